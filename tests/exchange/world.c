/* SPDX-License-Identifier: MIT
 * See world.h. */
#include "world.h"

#include "base/heap.h"

#include <mqttwill/status.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void *grown(void *array, size_t count, size_t size) {
  void *block = realloc(array, (count + 1) * size);
  if (block == NULL) {
    fprintf(stderr, "exchange: out of memory\n");
    exit(99);
  }
  return block;
}

void xch_world_init(struct xch_world *w, const struct mw_session_options *options, bool trickle) {
  memset(w, 0, sizeof *w);
  w->now = XCH_EPOCH;
  w->trickle = trickle;
  w->session = grown(NULL, 0, sizeof *w->session);
  memset(w->session, 0xa5, sizeof *w->session);
  mw_session_init(w->session, options);
}

void xch_world_fini(struct xch_world *w) {
  if (w->session != NULL) mw_session_fini(w->session);
  free(w->session);
  for (size_t i = 0; i < w->record_count; i++) xch_record_free(&w->records[i]);
  free(w->records);
  free(w->operations);
  free(w->tokens);
  xch_bytes_free(&w->output);
}

bool xch_wrong(struct xch_world *w, const char *form, ...) {
  if (w->wrong[0] != '\0') return false;
  va_list arguments;
  va_start(arguments, form);
  vsnprintf(w->wrong, sizeof w->wrong, form, arguments);
  va_end(arguments);
  return false;
}

/* ---- operations and events ---- */

bool xch_operation_begins(struct xch_world *w, const char *name, int64_t number) {
  if (w->operation_count > 0 && number <= w->operations[w->operation_count - 1].number)
    return xch_wrong(w, "operation number %lld does not ascend", (long long)number);
  w->operations = grown(w->operations, w->operation_count, sizeof *w->operations);
  w->operations[w->operation_count++] = (struct xch_operation){name, number, false};
  return true;
}

struct xch_operation *xch_operation_find(struct xch_world *w, const char *name) {
  for (size_t i = 0; i < w->operation_count; i++)
    if (w->operations[i].name != NULL && strcmp(w->operations[i].name, name) == 0) return &w->operations[i];
  return NULL;
}

const char *xch_operation_name(const struct xch_world *w, int64_t number) {
  for (size_t i = 0; i < w->operation_count; i++)
    if (w->operations[i].number == number && w->operations[i].name != NULL) return w->operations[i].name;
  return "";
}

static bool operation_ends(struct xch_world *w, int64_t number) {
  for (size_t i = 0; i < w->operation_count; i++) {
    if (w->operations[i].number != number) continue;
    if (w->operations[i].ended)
      return xch_wrong(w, "operation %s (%lld) ended twice", xch_operation_name(w, number),
                       (long long)number);
    if (mw_session_is_pending(w->session, number))
      return xch_wrong(w, "operation %s (%lld) ended, but is said to be pending",
                       xch_operation_name(w, number), (long long)number);
    w->operations[i].ended = true;
    return true;
  }
  return xch_wrong(w, "operation %lld ended and had never begun", (long long)number);
}

static bool pending_is_true(struct xch_world *w) {
  for (size_t i = 0; i < w->operation_count; i++)
    if (!w->operations[i].ended && !mw_session_is_pending(w->session, w->operations[i].number))
      return xch_wrong(w, "operation %s (%lld) has not ended, but is said not to be pending",
                       xch_operation_name(w, w->operations[i].number), (long long)w->operations[i].number);
  return true;
}

/* All records but the last `late` ones are still what the script asks for. */
static void starves(struct xch_world *w, size_t late) {
  if (!w->starved) w->sound = w->record_count - late;
  w->starved = true;
}

static bool record(struct xch_world *w, const struct mw_event *event) {
  if (event->type == MW_EVENT_NONE) return true;
  w->records = grown(w->records, w->record_count, sizeof *w->records);
  xch_record_copy(&w->records[w->record_count++], event);
  if (event->status == MQTTWILL_ERR_MEMORY && event->type != MW_EVENT_MESSAGE) starves(w, 1);
  if (event->type == MW_EVENT_COMPLETED) return operation_ends(w, event->operation);
  if (event->type == MW_EVENT_CLOSED && ++w->closes > w->opens)
    return xch_wrong(w, "a connection was told to be over twice");
  return true;
}

struct xch_record xch_record_take(struct xch_world *w) {
  struct xch_record first = w->records[0];
  w->record_count--;
  memmove(w->records, w->records + 1, w->record_count * sizeof *w->records);
  if (w->sound > 0) w->sound--;
  return first;
}

/* ---- what happens by itself ---- */

static bool drain_events(struct xch_world *w) {
  for (;;) {
    struct mw_event event;
    memset(&event, 0xa5, sizeof event);
    bool more = mw_session_next(w->session, &event);
    if (more != (event.type != MW_EVENT_NONE))
      return xch_wrong(w, "next answered %d with event type %d", more, (int)event.type);
    if (!more) return true;
    if (!record(w, &event)) return false;
  }
}

/* The socket takes `len` bytes of all there are; the rest goes back. */
static void pull(struct xch_world *w, size_t len) {
  struct mw_chain taken = mw_chain_take(&w->session->out);
  if (len > taken.len) len = taken.len;
  for (size_t left = len; left > 0;) {
    struct mw_slice view;
    if (mw_chain_views(&taken, &view, 1) != 1) break;
    size_t part = view.len < left ? view.len : left;
    xch_bytes_append(&w->output, view.data, part);
    mw_chain_consume(&taken, part);
    left -= part;
  }
  mw_chain_prepend(&w->session->out, &taken);
  mw_session_sent(w->session, len, w->now);
}

/* What client/ does once a message callback has returned. Without memory the connection ends. */
static bool acknowledge(struct xch_world *w, const struct mw_event *event) {
  if (w->manual || event->type != MW_EVENT_MESSAGE || event->token == 0) return true;
  int status = mw_session_ack(w->session, event->token);
  if (status == MQTTWILL_OK || status == MQTTWILL_ERR_MEMORY) return true;
  return xch_wrong(w, "a message that was just delivered cannot be acknowledged: %s",
                   xch_status_text(status));
}

static size_t appetite(const struct xch_world *w) {
  if (!w->trickle) return SIZE_MAX;
  return w->session->out.len > 256 ? 101 : 1; /* long ones in larger bites: they would take all day */
}

static bool dead_connections_have_no_bytes(struct xch_world *w) {
  if (w->session->phase != MW_PHASE_CLOSED || w->session->out.len == 0) return true;
  return xch_wrong(w, "%zu bytes wait for a connection that is closed", w->session->out.len);
}

/* A connection that ended for lack of memory is closed, as client/ would. */
static bool starve_to_death(struct xch_world *w) {
  struct mw_session *s = w->session;
  if (!mw_session_wants_close(s) || s->close_status != MQTTWILL_ERR_MEMORY) return true;
  starves(w, 0);
  return xch_lost(w, MQTTWILL_ERR_CLOSED);
}

static bool settle(struct xch_world *w) {
  unsigned ticks = 0;
  for (;;) {
    if (!drain_events(w) || !dead_connections_have_no_bytes(w)) return false;
    if (!w->blocked && w->session->out.len > 0) {
      pull(w, appetite(w));
      continue;
    }
    if (mw_session_deadline(w->session) > w->now) return pending_is_true(w);
    if (++ticks > 1000) return xch_wrong(w, "the deadline stands still: tick was called 1000 times");
    mw_session_tick(w->session, w->now);
  }
}

bool xch_settle(struct xch_world *w) {
  return settle(w) && starve_to_death(w);
}

/* Every call of feed gets a block of its own that is gone before the next call: whoever keeps a view of it is
 * found out. */
bool xch_feed(struct xch_world *w, struct mw_slice bytes) {
  while (bytes.len > 0) {
    uint8_t *block = grown(NULL, 0, bytes.len);
    memcpy(block, bytes.data, bytes.len);
    struct mw_event event;
    memset(&event, 0xa5, sizeof event);
    size_t consumed = mw_session_feed(w->session, mw_slice(block, bytes.len), w->now, &event);
    bool good = record(w, &event);
    memset(block, 0xdd, bytes.len);
    free(block);
    if (!good || !acknowledge(w, &event) || !xch_settle(w)) return false;
    if (consumed == 0 || consumed > bytes.len)
      return xch_wrong(w, "feed consumed %zu of %zu bytes", consumed, bytes.len);
    bytes = mw_slice_skip(bytes, consumed);
  }
  return true;
}

bool xch_clock(struct xch_world *w, uint64_t until) {
  if (until < w->now) return xch_wrong(w, "time does not run backwards");
  while (mw_session_deadline(w->session) <= until) {
    w->now = mw_session_deadline(w->session); /* settled: it lies ahead */
    if (!xch_settle(w)) return false;
  }
  w->now = until;
  return xch_settle(w);
}

bool xch_sleep(struct xch_world *w, uint64_t until) {
  if (until < w->now) return xch_wrong(w, "time does not run backwards");
  w->now = until;
  return xch_settle(w);
}

bool xch_socket_takes(struct xch_world *w, size_t len) {
  if (!w->blocked) return xch_wrong(w, "the socket takes everything by itself unless it is blocked");
  if (len > w->session->out.len) return xch_wrong(w, "only %zu bytes wait to be sent", w->session->out.len);
  pull(w, len);
  return xch_settle(w);
}

bool xch_lost(struct xch_world *w, int status) {
  mw_session_lost(w->session, status);
  if (w->session->phase != MW_PHASE_CLOSED)
    return xch_wrong(w, "lost left the session in phase %d", (int)w->session->phase);
  if (mw_session_deadline(w->session) != MW_NEVER) return xch_wrong(w, "a closed session has a deadline");
  if (!xch_settle(w)) return false;
  if (w->closes != w->opens) return xch_wrong(w, "the connection is gone and no closed event came");
  return true;
}

bool xch_abandon(struct xch_world *w, int status) {
  mw_session_abandon(w->session, status);
  if (!xch_settle(w)) return false;
  for (size_t i = 0; i < w->operation_count; i++)
    if (!w->operations[i].ended)
      return xch_wrong(w, "operation %s (%lld) never ended", xch_operation_name(w, w->operations[i].number),
                       (long long)w->operations[i].number);
  return true;
}

/* ---- the end ---- */

/* A session that ran out of memory must be good for another connection. */
static bool reopens(struct xch_world *w) {
  static const uint8_t connack_3[] = {0x20, 2, 0, 0}, connack_5[] = {0x20, 3, 0, 0, 0};
  bool five = w->session->options->version == MW_MQTT_5;
  int status = mw_session_open(w->session, w->now);
  if (status != MQTTWILL_OK)
    return xch_wrong(w, "after running out of memory the session cannot be opened: %s",
                     xch_status_text(status));
  w->opens++;
  w->output.len = 0;
  if (!xch_settle(w)) return false;
  if (w->output.len == 0 || w->output.data[0] != 0x10)
    return xch_wrong(w, "after running out of memory the new connection does not begin with CONNECT");
  if (!xch_feed(w, mw_slice(five ? connack_5 : connack_3, five ? 5 : 4))) return false;
  if (w->session->phase != MW_PHASE_OPEN)
    return xch_wrong(w, "after running out of memory a new connection did not get beyond phase %d",
                     (int)w->session->phase);
  return xch_lost(w, MQTTWILL_ERR_CLOSED);
}

bool xch_world_ends(struct xch_world *w, bool reopen) {
  w->blocked = false;
  if (w->session->phase != MW_PHASE_CLOSED && !xch_lost(w, MQTTWILL_ERR_CLOSED)) return false;
  if (w->closes != w->opens) return xch_wrong(w, "%u opens and %u closed events", w->opens, w->closes);
  if (reopen && !reopens(w)) return false;
  return xch_abandon(w, MQTTWILL_ERR_CANCELLED);
}
