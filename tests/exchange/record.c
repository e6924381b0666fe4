/* SPDX-License-Identifier: MIT
 * See record.h. What a statement does not name has a value all the same: no properties, no reasons, status
 * OK, QoS 0 ...; only the reason code and the packet identifier of a message are not looked at unless they
 * are named. */
#include "record.h"

#include <mqttwill/status.h>

#include <stdarg.h>
#include <stdio.h>

static const char *const kinds[] = {"none", "connected", "message", "completed", "drained", "closed"};

static void views(struct mw_event *event, struct mw_slice **slices) {
  slices[0] = &event->message.topic;
  slices[1] = &event->message.payload;
  slices[2] = &event->message.properties;
  slices[3] = &event->properties;
  slices[4] = &event->reasons;
}

void xch_record_copy(struct xch_record *record, const struct mw_event *event) {
  struct mw_slice *slices[5];
  record->event = *event;
  record->bytes = (struct xch_bytes){NULL, 0, 0};
  if (event->type != MW_EVENT_MESSAGE) record->event.message = (struct mw_publish){0};
  views(&record->event, slices);
  for (int i = 0; i < 5; i++) xch_bytes_append(&record->bytes, slices[i]->data, slices[i]->len);
  const uint8_t *at = record->bytes.data;
  for (int i = 0; i < 5; i++) {
    slices[i]->data = at;
    if (slices[i]->len > 0) at += slices[i]->len;
  }
}

void xch_record_free(struct xch_record *record) {
  xch_bytes_free(&record->bytes);
}

const char *xch_status_text(int status) {
  static char number[4][24];
  static unsigned turn;
  const char *name = mqttwill_status_name(status);
  if (name != NULL) return strncmp(name, "MQTTWILL_", 9) == 0 ? name + 9 : name;
  char *text = number[turn++ % 4];
  snprintf(text, sizeof number[0], "%d (no status)", status);
  return text;
}

static char text[4096];

static void __attribute__((format(printf, 1, 2))) tell(const char *form, ...) {
  size_t len = strlen(text);
  va_list arguments;
  va_start(arguments, form);
  vsnprintf(text + len, sizeof text - len, form, arguments);
  va_end(arguments);
}

static void tell_bytes(const char *name, struct mw_slice bytes) {
  if (bytes.len > 0) tell(" %s={%s}", name, xch_show(bytes, 64));
}

const char *xch_record_text(const struct xch_record *record) {
  const struct mw_event *e = &record->event;
  text[0] = '\0';
  tell("event %s", (size_t)e->type < sizeof kinds / sizeof *kinds ? kinds[e->type] : "(unknown)");
  if (e->type == MW_EVENT_COMPLETED) tell(" (operation %lld)", (long long)e->operation);
  if (e->type == MW_EVENT_MESSAGE) {
    const struct mw_publish *m = &e->message;
    tell(" topic={%s} payload={%s} qos=%d retain=%d dup=%d id=%u", xch_show(m->topic, 64),
         xch_show(m->payload, 64), m->qos, m->retain, m->duplicate, m->packet_id);
    tell_bytes("properties", m->properties);
    return text;
  }
  if (e->type == MW_EVENT_CONNECTED) tell(" session_present=%d", e->session_present);
  tell(" status=%s", xch_status_text(e->status));
  if (e->reason >= 0)
    tell(" reason=0x%02x", (unsigned)e->reason);
  else
    tell(" reason=-1");
  tell_bytes("reasons", e->reasons);
  tell_bytes("properties", e->properties);
  return text;
}

static bool same(struct xch_arguments *a, const char *name, struct mw_slice got) {
  return mw_slice_equal(xch_take_bytes(a, name, mw_slice(NULL, 0)), got);
}

/* Every comparison is made, even after one that failed, so that every argument is taken. */
static bool message_matches(const struct mw_event *e, struct xch_arguments *a) {
  const struct mw_publish *m = &e->message;
  bool match = same(a, "topic", m->topic);
  match &= same(a, "payload", m->payload);
  match &= same(a, "properties", m->properties) && mw_slice_equal(m->properties, e->properties);
  match &= xch_take_number(a, "qos", 0) == m->qos;
  match &= xch_take_number(a, "retain", 0) == m->retain;
  match &= xch_take_number(a, "dup", 0) == m->duplicate;
  match &= xch_take_number(a, "id", m->packet_id) == m->packet_id;
  return match && (m->qos == 0) == (e->token == 0);
}

bool xch_record_matches(const struct xch_record *record, const char *kind, int64_t operation, bool poor,
                        struct xch_arguments *a) {
  const struct mw_event *e = &record->event;
  bool match = (size_t)e->type < sizeof kinds / sizeof *kinds && strcmp(kind, kinds[e->type]) == 0;
  if (strcmp(kind, "message") == 0) return message_matches(e, a) && match;
  if (strcmp(kind, "connected") == 0)
    match &= (xch_take_number(a, "session_present", 0) != 0) == e->session_present;
  if (strcmp(kind, "completed") == 0) {
    match &= operation == e->operation;
    match &= same(a, "reasons", e->reasons);
  }
  if (strcmp(kind, "drained") == 0) return match;
  match &= xch_take_status(a, "status", MQTTWILL_OK) == e->status;
  match &= xch_take_number(a, "reason", e->reason) == e->reason;
  bool forgotten = poor && e->type == MW_EVENT_CLOSED && e->properties.len == 0;
  match &= same(a, "properties", e->properties) || forgotten;
  return match;
}
