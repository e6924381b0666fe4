/* SPDX-License-Identifier: MIT
 * Every decoder of wire/ on arbitrary bytes, in every version. What decodes must encode again: to the same
 * bytes, where the packet has one form only, and in any case to bytes that decode to themselves. The first
 * byte is that of a packet, the rest its body; type 0, which no packet has, asks the parts that are not
 * packets: properties, topics, UTF-8. */
#include "fuzz.h"

#include "base/utf8.h"
#include "will/will.h"
#include "will/will_check.h"
#include "wire/ack.h"
#include "wire/auth.h"
#include "wire/connack.h"
#include "wire/connect.h"
#include "wire/disconnect.h"
#include "wire/fixed_header.h"
#include "wire/ping.h"
#include "wire/publish.h"
#include "wire/suback.h"
#include "wire/subscribe.h"
#include "wire/topic.h"

/* ---- packets ---- */

struct packet {
  enum mw_packet_type type;
  uint8_t version;
  union {
    struct mw_connect connect;
    struct mw_connack connack;
    struct mw_publish publish;
    struct mw_ack ack;
    struct mw_subscribe subscribe;
    struct mw_suback suback;
    struct mw_disconnect disconnect;
    struct mw_auth auth;
  } as;
};

static int decode(struct packet *p, uint8_t flags, struct mw_slice body) {
  switch (p->type) {
  case MW_CONNECT:
    return mw_connect_decode(&p->as.connect, 0, flags, body);
  case MW_CONNACK:
    return mw_connack_decode(&p->as.connack, p->version, flags, body);
  case MW_PUBLISH:
    return mw_publish_decode(&p->as.publish, p->version, flags, body);
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP:
    p->as.ack.type = p->type;
    return mw_ack_decode(&p->as.ack, p->version, flags, body);
  case MW_SUBSCRIBE:
  case MW_UNSUBSCRIBE:
    p->as.subscribe.type = p->type;
    return mw_subscribe_decode(&p->as.subscribe, p->version, flags, body);
  case MW_SUBACK:
  case MW_UNSUBACK:
    p->as.suback.type = p->type;
    return mw_suback_decode(&p->as.suback, p->version, flags, body);
  case MW_PINGREQ:
  case MW_PINGRESP:
    return mw_ping_decode(body);
  case MW_DISCONNECT:
    return mw_disconnect_decode(&p->as.disconnect, p->version, flags, body);
  case MW_AUTH:
    return mw_auth_decode(&p->as.auth, p->version, flags, body);
  }
  return MQTTWILL_ERR_MALFORMED;
}

static void encode(struct mw_writer *w, const struct packet *p) {
  switch (p->type) {
  case MW_CONNECT:
    mw_connect_encode(w, p->version, &p->as.connect);
    break;
  case MW_CONNACK:
    mw_connack_encode(w, p->version, &p->as.connack);
    break;
  case MW_PUBLISH:
    mw_publish_encode(w, p->version, &p->as.publish);
    break;
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP:
    mw_ack_encode(w, p->version, &p->as.ack);
    break;
  case MW_SUBSCRIBE:
  case MW_UNSUBSCRIBE:
    mw_subscribe_encode(w, p->version, &p->as.subscribe);
    break;
  case MW_SUBACK:
  case MW_UNSUBACK:
    mw_suback_encode(w, p->version, &p->as.suback);
    break;
  case MW_PINGREQ:
  case MW_PINGRESP:
    mw_ping_encode(w, p->type);
    break;
  case MW_DISCONNECT:
    mw_disconnect_encode(w, p->version, &p->as.disconnect);
    break;
  case MW_AUTH:
    mw_auth_encode(w, p->version, &p->as.auth);
    break;
  }
}

/* The packet in a block of its own; counting must have told its size, and one byte less must not do. */
static struct mw_slice encoded(const struct packet *p) {
  struct mw_writer w;
  mw_writer_init_counting(&w);
  encode(&w, p);
  PROMISE(mw_writer_status(&w) == MQTTWILL_OK);
  size_t len = w.len;
  if (p->type == MW_PUBLISH) PROMISE(mw_publish_size(p->version, &p->as.publish) == len);

  uint8_t *bytes = malloc(len);
  PROMISE(bytes != NULL);
  mw_writer_init(&w, bytes, len);
  encode(&w, p);
  PROMISE(mw_writer_status(&w) == MQTTWILL_OK && w.len == len);

  uint8_t *tight = malloc(len - 1);
  PROMISE(tight != NULL);
  mw_writer_init(&w, tight, len - 1);
  encode(&w, p);
  PROMISE(mw_writer_status(&w) == MQTTWILL_ERR_TOO_LONG);
  free(tight);
  return mw_slice(bytes, len);
}

/* Whether a packet of this type and version can be written in one way only. Others may leave out what is
 * empty, or have bits that are ignored. */
static bool has_one_form(const struct packet *p, struct mw_slice body) {
  switch (p->type) {
  case MW_CONNECT:
    return p->version > MW_MQTT_3_1;
  case MW_CONNACK:
    return p->version == MW_MQTT_3_1_1 || (p->version == MW_MQTT_5 && body.len > 2);
  case MW_PUBLISH:
  case MW_SUBSCRIBE:
  case MW_UNSUBSCRIBE:
  case MW_SUBACK:
  case MW_UNSUBACK:
  case MW_PINGREQ:
  case MW_PINGRESP:
    return true;
  default:
    return p->version < MW_MQTT_5;
  }
}

static void header_of(struct mw_slice packet, uint8_t version, struct mw_fixed_header *header) {
  for (size_t len = 0; len < 2; len++) /* never complete, never wrong */
    PROMISE(mw_fixed_header_decode(header, version, mw_slice(packet.data, len)) == 1);
  PROMISE(mw_fixed_header_decode(header, version, packet) == MQTTWILL_OK);
  PROMISE((size_t)header->size + header->remaining == packet.len);
}

/* What the checks of will/ say of a will that CONNECT's decoder let pass. */
static void try_will(const struct packet *p) {
  const struct mw_will_view *view = &p->as.connect.will;
  struct mw_will_fault fault;
  int status = mw_will_check(view, p->version, &fault);
  PROMISE(status == MQTTWILL_OK || status == MQTTWILL_ERR_PAYLOAD_FORMAT);
  struct mw_will will = {0};
  PROMISE(mw_will_set(&will, view) == MQTTWILL_OK);
  struct mw_will_view kept = mw_will_view(&will);
  PROMISE(mw_slice_equal(kept.topic, view->topic) && mw_slice_equal(kept.payload, view->payload));
  PROMISE(kept.qos == view->qos && kept.retain == view->retain);
  mw_will_fini(&will);
}

static void try_filters(const struct mw_subscribe *subscribe) {
  struct mw_slice rest = subscribe->filters;
  struct mw_filter filter;
  size_t size = 0;
  while (rest.len > 0) {
    PROMISE(mw_filter_next(&rest, subscribe->type, &filter));
    PROMISE(mw_topic_filter_check(filter.filter) == MQTTWILL_OK);
    size += filter.filter.len + (subscribe->type == MW_SUBSCRIBE ? 3 : 2);
  }
  PROMISE(size == subscribe->filters.len);
}

static void try_packet(uint8_t first, struct mw_slice body, uint8_t version) {
  struct packet p = {.type = (enum mw_packet_type)(first >> 4), .version = version};
  int status = decode(&p, first & 0x0F, body);
  if (status != MQTTWILL_OK) {
    PROMISE(status < 0);
    PROMISE(mw_reason_of(status) >= MQTTWILL_REASON_UNSPECIFIED_ERROR);
    return;
  }
  if (p.type == MW_CONNECT) p.version = p.as.connect.version;
  if (p.type == MW_AUTH) PROMISE(p.version == MW_MQTT_5);
  if (p.type == MW_CONNECT && p.as.connect.has_will) try_will(&p);
  if (p.type == MW_SUBSCRIBE || p.type == MW_UNSUBSCRIBE) try_filters(&p.as.subscribe);

  struct mw_slice again = encoded(&p);
  struct mw_fixed_header header;
  header_of(again, p.type == MW_CONNECT ? 0 : p.version, &header);
  PROMISE(header.type == p.type);
  if (p.type == MW_PUBLISH) PROMISE(header.flags == (first & 0x0F));
  struct mw_slice again_body = mw_slice_skip(again, header.size);
  if (has_one_form(&p, body)) PROMISE(mw_slice_equal(again_body, body));

  struct packet second = {.type = p.type, .version = p.version};
  PROMISE(decode(&second, header.flags, again_body) == MQTTWILL_OK);
  struct mw_slice third = encoded(&second);
  PROMISE(mw_slice_equal(again, third));
  free((void *)(uintptr_t)third.data);
  free((void *)(uintptr_t)again.data);
}

/* ---- what is not a packet ---- */

/* An independent reading of RFC 3629: decode, then ask whether that is the shortest form of a scalar value.
 */
static bool is_utf8(struct mw_slice text) {
  for (size_t i = 0; i < text.len;) {
    uint8_t b = text.data[i];
    size_t n = b < 0x80 ? 1 : (b & 0xE0) == 0xC0 ? 2 : (b & 0xF0) == 0xE0 ? 3 : (b & 0xF8) == 0xF0 ? 4 : 0;
    if (n == 0 || n > text.len - i) return false;
    uint32_t c = n == 1 ? b : b & (0xFFu >> (n + 1));
    for (size_t k = 1; k < n; k++) {
      if (text.data[i + k] >> 6 != 2) return false;
      c = c * 64 + text.data[i + k] % 64;
    }
    size_t shortest = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (shortest != n || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return false;
    i += n;
  }
  return true;
}

static bool holds(struct mw_slice text, char c) {
  return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

/* Every wildcard alone in its level, '#' in the last; "$share" with a plain group and a filter behind it. */
static bool is_filter(struct mw_slice text) {
  if (!is_utf8(text) || text.len == 0 || text.len > UINT16_MAX || holds(text, '\0')) return false;
  size_t start = 0;
  if (text.len >= 6 && memcmp(text.data, "$share", 6) == 0 && (text.len == 6 || text.data[6] == '/')) {
    size_t end = 7;
    while (end < text.len && text.data[end] != '/') {
      if (text.data[end] == '+' || text.data[end] == '#') return false;
      end++;
    }
    start = end + 1;
    if (end <= 7 || start >= text.len) return false;
  }
  for (size_t i = start; i < text.len; i++) {
    if (text.data[i] != '+' && text.data[i] != '#') continue;
    bool begins = i == start || text.data[i - 1] == '/', ends = i + 1 == text.len;
    if (!begins || !(ends || (text.data[i] == '+' && text.data[i + 1] == '/'))) return false;
  }
  return true;
}

static void try_text(struct mw_slice text) {
  unsigned found = 0;
  bool good = mw_utf8_check(text, &found);
  PROMISE(good == is_utf8(text));
  if (good) PROMISE(((found & MW_UTF8_NUL) != 0) == holds(text, '\0'));
  bool is_name = good && text.len > 0 && text.len <= UINT16_MAX && !holds(text, '\0') && !holds(text, '+') &&
                 !holds(text, '#');
  PROMISE((mw_topic_name_check(text) == MQTTWILL_OK) == is_name);
  PROMISE((mw_topic_filter_check(text) == MQTTWILL_OK) == is_filter(text));
}

/* Filter and name, parted by the first zero. */
static void try_match(struct mw_slice text) {
  const uint8_t *zero = text.len > 0 ? memchr(text.data, 0, text.len) : NULL;
  if (zero == NULL) return;
  struct mw_slice filter = mw_slice(text.data, (size_t)(zero - text.data));
  struct mw_slice name = mw_slice_skip(text, filter.len + 1), group, rest;
  PROMISE((mw_topic_filter_check(filter) == MQTTWILL_OK) == is_filter(filter));
  if (mw_topic_filter_check(filter) != MQTTWILL_OK || mw_topic_name_check(name) != MQTTWILL_OK) return;
  if (mw_topic_share(filter, &group, &rest)) {
    PROMISE(group.len > 0 && rest.len > 0);
    PROMISE(filter.len == strlen("$share/") + group.len + 1 + rest.len);
  } else {
    PROMISE(mw_slice_equal(rest, filter));
  }
  bool matches = mw_topic_matches(rest, name);
  bool is_plain = !holds(rest, '+') && !holds(rest, '#');
  if (is_plain) PROMISE(matches == mw_slice_equal(rest, name));
  if (mw_slice_equal(rest, mw_slice("#", 1))) PROMISE(matches == (name.data[0] != '$'));
  PROMISE(mw_topic_matches(name, name)); /* a name is a filter too */
}

/* Puts every property of a good list into another one, twice, and takes it out again. */
static void try_list(struct mw_slice list) {
  struct mw_buffer built = {0};
  struct mw_property property;
  size_t count = 0;
  for (int round = 0; round < 2; round++) {
    struct mw_slice rest = list;
    while (mw_property_next(&rest, &property)) {
      bool adds_up = property.identifier == MQTTWILL_PROPERTY_USER_PROPERTY ||
                     property.identifier == MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER;
      if (round == 1 && adds_up) continue;
      if (round == 1) PROMISE(mw_properties_put(&built, &property, false) == MQTTWILL_ERR_PROPERTY_TWICE);
      PROMISE(mw_properties_put(&built, &property, true) == MQTTWILL_OK);
      count++;
    }
    PROMISE(rest.len == 0);
    if (round == 0) PROMISE(mw_slice_equal(mw_buffer_view(&built), list));
    PROMISE(mw_buffer_len(&built) == list.len); /* replaced, not added */
  }
  struct mw_slice rest = list;
  while (mw_property_next(&rest, &property)) {
    struct mw_property found;
    bool was_there = mw_property_find(mw_buffer_view(&built), property.identifier, 0, &found);
    PROMISE(mw_properties_remove(&built, property.identifier) == was_there);
    PROMISE(!mw_property_find(mw_buffer_view(&built), property.identifier, 0, &found));
  }
  PROMISE(mw_buffer_len(&built) == 0);
  mw_buffer_fini(&built);
}

static void try_properties(struct mw_slice list) {
  bool good_somewhere = false;
  for (unsigned place = MW_IN_CONNECT; place <= MW_IN_AUTH; place <<= 1)
    if (mw_properties_check(list, (enum mw_place)place) == MQTTWILL_OK) good_somewhere = true;
  if (good_somewhere) try_list(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  fuzz_memory_begin();
  uint8_t *copy = exact_copy(mw_slice(data + 1, size - 1));
  struct mw_slice rest = mw_slice(copy, size - 1);
  if (data[0] >> 4 == 0) {
    try_text(rest);
    try_match(rest);
    try_properties(rest);
  } else {
    for (uint8_t version = MW_MQTT_3_1; version <= MW_MQTT_5; version++) try_packet(data[0], rest, version);
  }
  for (unsigned version = 0; version <= MW_MQTT_5; version++) { /* 1 and 2 are none, and do no harm */
    struct mw_fixed_header header;
    int status = mw_fixed_header_decode(&header, (uint8_t)version, mw_slice(data, size));
    PROMISE(status == MQTTWILL_OK || status == 1 || status == MQTTWILL_ERR_MALFORMED);
    if (status == 1) PROMISE(size < 5);
  }
  free(copy);
  fuzz_memory_end();
  return 0;
}
