/* SPDX-License-Identifier: MIT
 * See packet.h. */
#include "support/packet.h"

#include "support/hex.h"

#include <check.h>
#include <stdlib.h>

static volatile unsigned touched;

static void touch(struct mw_slice bytes) {
  for (size_t i = 0; i < bytes.len; i++) touched += bytes.data[i];
}

static void touch_properties(struct mw_slice list) {
  struct mw_property property;
  while (mw_property_next(&list, &property)) {
    touch(property.bytes);
    touch(property.value);
  }
}

static void touch_filters(struct mw_slice list, enum mw_packet_type type) {
  struct mw_filter filter;
  while (mw_filter_next(&list, type, &filter)) touch(filter.filter);
}

static int decode_body(struct packet *p, uint8_t version, uint8_t flags, struct mw_slice body) {
  switch (p->type) {
  case MW_CONNECT:
    return mw_connect_decode(&p->connect, version, flags, body);
  case MW_CONNACK:
    return mw_connack_decode(&p->connack, version, flags, body);
  case MW_PUBLISH:
    return mw_publish_decode(&p->publish, version, flags, body);
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP:
    p->ack.type = p->type;
    return mw_ack_decode(&p->ack, version, flags, body);
  case MW_SUBSCRIBE:
  case MW_UNSUBSCRIBE:
    p->subscribe.type = p->type;
    return mw_subscribe_decode(&p->subscribe, version, flags, body);
  case MW_SUBACK:
  case MW_UNSUBACK:
    p->suback.type = p->type;
    return mw_suback_decode(&p->suback, version, flags, body);
  case MW_PINGREQ:
  case MW_PINGRESP:
    return mw_ping_decode(body);
  case MW_DISCONNECT:
    return mw_disconnect_decode(&p->disconnect, version, flags, body);
  case MW_AUTH:
    return mw_auth_decode(&p->auth, version, flags, body);
  }
  return MQTTWILL_ERR_ARGUMENT;
}

static void touch_all(const struct packet *p) {
  switch (p->type) {
  case MW_CONNECT:
    touch_properties(p->connect.properties);
    touch(p->connect.client_id);
    touch_properties(p->connect.will.properties);
    touch(p->connect.will.topic);
    touch(p->connect.will.payload);
    touch(p->connect.username);
    touch(p->connect.password);
    break;
  case MW_CONNACK:
    touch_properties(p->connack.properties);
    break;
  case MW_PUBLISH:
    touch_properties(p->publish.properties);
    touch(p->publish.topic);
    touch(p->publish.payload);
    break;
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP:
    touch_properties(p->ack.properties);
    break;
  case MW_SUBSCRIBE:
  case MW_UNSUBSCRIBE:
    touch_properties(p->subscribe.properties);
    touch_filters(p->subscribe.filters, p->type);
    break;
  case MW_SUBACK:
  case MW_UNSUBACK:
    touch_properties(p->suback.properties);
    touch(p->suback.reasons);
    break;
  case MW_DISCONNECT:
    touch_properties(p->disconnect.properties);
    break;
  case MW_AUTH:
    touch_properties(p->auth.properties);
    break;
  default:
    break;
  }
}

int packet_decode(struct packet *packet, uint8_t version, struct mw_slice bytes) {
  struct mw_fixed_header header;
  memset(packet, 0xA5, sizeof *packet); /* a decoder must not lean on zeroes */
  int status = mw_fixed_header_decode(&header, version, bytes);
  if (status != MQTTWILL_OK) return status;
  if (bytes.len - header.size < header.remaining) return 1;
  if (bytes.len - header.size > header.remaining) return MQTTWILL_ERR_MALFORMED;
  packet->type = header.type;
  status = decode_body(packet, version, header.flags, mw_slice(bytes.data + header.size, header.remaining));
  if (status == MQTTWILL_OK) touch_all(packet);
  return status;
}

void packet_encode(struct mw_writer *w, uint8_t version, const struct packet *p) {
  switch (p->type) {
  case MW_CONNECT:
    mw_connect_encode(w, version, &p->connect);
    break;
  case MW_CONNACK:
    mw_connack_encode(w, version, &p->connack);
    break;
  case MW_PUBLISH:
    mw_publish_encode(w, version, &p->publish);
    break;
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP:
    mw_ack_encode(w, version, &p->ack);
    break;
  case MW_SUBSCRIBE:
  case MW_UNSUBSCRIBE:
    mw_subscribe_encode(w, version, &p->subscribe);
    break;
  case MW_SUBACK:
  case MW_UNSUBACK:
    mw_suback_encode(w, version, &p->suback);
    break;
  case MW_PINGREQ:
  case MW_PINGRESP:
    mw_ping_encode(w, p->type);
    break;
  case MW_DISCONNECT:
    mw_disconnect_encode(w, version, &p->disconnect);
    break;
  case MW_AUTH:
    mw_auth_encode(w, version, &p->auth);
    break;
  }
}

void ck_decodes(uint8_t version, const char *text, int status) {
  struct packet packet;
  int got = packet_decode(&packet, version, hex(text));
  ck_assert_msg(got == status, "version %u: %s\nis %d (%s), expected %d (%s)", version, text, got,
                mqttwill_strerror(got), status, mqttwill_strerror(status));
}

/* Above this many bytes a packet is not cut at every place, lest the tests take minutes. */
enum { CUTS = 2000 };

static void check_stream_cuts(uint8_t version, struct mw_slice bytes) {
  struct packet packet;
  for (size_t len = 0; len < bytes.len && len < CUTS; len++) {
    int status = packet_decode(&packet, version, hex_copy(mw_slice(bytes.data, len)));
    ck_assert_msg(status == 1, "cut after %zu bytes: %d", len, status);
  }
}

static void check_body_cuts(uint8_t version, const struct packet *packet, struct mw_slice bytes,
                            size_t valid_prefixes) {
  struct mw_fixed_header header;
  struct packet cut = *packet;
  size_t valid = 0;
  ck_assert_int_eq(mw_fixed_header_decode(&header, version, bytes), MQTTWILL_OK);
  for (size_t len = 0; len < header.remaining && len < CUTS; len++) {
    struct mw_slice body = hex_copy(mw_slice(bytes.data + header.size, len));
    int status = decode_body(&cut, version, header.flags, body);
    ck_assert_int_le(status, MQTTWILL_OK);
    if (status != MQTTWILL_OK) continue;
    valid++;
    touch_all(&cut);
  }
  ck_assert_msg(valid == valid_prefixes, "%zu bodies cut short pass, not %zu", valid, valid_prefixes);
}

static void check_encoding(uint8_t version, const struct packet *packet, struct mw_slice bytes) {
  struct mw_writer w;
  mw_writer_init_counting(&w);
  packet_encode(&w, version, packet);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  ck_assert_uint_eq(w.len, bytes.len);

  uint8_t *data = malloc(bytes.len);
  ck_assert_ptr_nonnull(data);
  mw_writer_init(&w, data, bytes.len);
  packet_encode(&w, version, packet);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  ck_bytes_eq(mw_slice(data, w.len), bytes);
  free(data);

  for (size_t cap = 0; cap < bytes.len && cap < CUTS; cap++) {
    data = malloc(cap);
    mw_writer_init(&w, data, cap);
    packet_encode(&w, version, packet);
    if (data != NULL) ck_assert_msg(mw_writer_status(&w) == MQTTWILL_ERR_TOO_LONG, "fits %zu bytes", cap);
    free(data);
  }
}

struct packet ck_whole(uint8_t version, const char *text, size_t valid_prefixes) {
  struct packet packet;
  struct mw_slice bytes = hex(text);
  int status = packet_decode(&packet, version, bytes);
  ck_assert_msg(status == MQTTWILL_OK, "version %u: %s\nis %d (%s)", version, text, status,
                mqttwill_strerror(status));
  check_encoding(version, &packet, bytes);
  check_stream_cuts(version, bytes);
  check_body_cuts(version, &packet, bytes, valid_prefixes);
  return packet;
}
