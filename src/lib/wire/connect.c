/* SPDX-License-Identifier: MIT
 * CONNECT, with the will in it; see connect.h. MQTT 5 section 3.1, MQTT 3.1.1 section 3.1. */
#include "wire/connect.h"

#include "wire/fixed_header.h"
#include "wire/topic.h"

enum {
  RESERVED = 0x01,
  CLEAN_START = 0x02,
  WILL = 0x04,
  WILL_QOS = 0x18,
  WILL_QOS_SHIFT = 3,
  WILL_RETAIN = 0x20,
  PASSWORD = 0x40,
  USER_NAME = 0x80
};

static struct mw_slice protocol_name(uint8_t version) {
  return version == MW_MQTT_3_1 ? mw_slice("MQIsdp", 6) : mw_slice("MQTT", 4);
}

static uint8_t connect_flags(const struct mw_connect *connect) {
  unsigned flags = 0;
  if (connect->clean_start) flags |= CLEAN_START;
  if (connect->has_will) flags |= WILL | ((connect->will.qos & 3u) << WILL_QOS_SHIFT);
  if (connect->has_will && connect->will.retain) flags |= WILL_RETAIN;
  if (connect->has_password) flags |= PASSWORD;
  if (connect->has_username) flags |= USER_NAME;
  return (uint8_t)flags;
}

static void write_will(struct mw_writer *w, uint8_t version, const struct mw_will_view *will) {
  if (version >= MW_MQTT_5) mw_write_properties(w, will->properties);
  mw_write_binary(w, will->topic);
  mw_write_binary(w, will->payload);
}

void mw_connect_encode(struct mw_writer *w, uint8_t version, const struct mw_connect *connect) {
  size_t start = mw_packet_begin(w, MW_CONNECT, 0);
  mw_write_binary(w, protocol_name(version));
  mw_write_u8(w, version);
  mw_write_u8(w, connect_flags(connect));
  mw_write_u16(w, connect->keep_alive);
  if (version >= MW_MQTT_5) mw_write_properties(w, connect->properties);
  mw_write_binary(w, connect->client_id);
  if (connect->has_will) write_will(w, version, &connect->will);
  if (connect->has_username) mw_write_binary(w, connect->username);
  if (connect->has_password) mw_write_binary(w, connect->password);
  mw_packet_end(w, start);
}

static int check_protocol(struct mw_slice name, uint8_t level) {
  bool is_3_1 = mw_slice_equal(name, protocol_name(MW_MQTT_3_1));
  if (!is_3_1 && !mw_slice_equal(name, protocol_name(MW_MQTT_5))) return MQTTWILL_ERR_MALFORMED;
  bool is_known = is_3_1 ? level == MW_MQTT_3_1 : level == MW_MQTT_3_1_1 || level == MW_MQTT_5;
  return is_known ? MQTTWILL_OK : MQTTWILL_ERR_VERSION;
}

/* 3.1.2.3 to 3.1.2.9. MQTT 3.1 does not look at bits that mean nothing. */
static int check_connect_flags(uint8_t version, uint8_t flags) {
  if ((flags & WILL_QOS) == WILL_QOS && ((flags & WILL) != 0 || version > MW_MQTT_3_1))
    return MQTTWILL_ERR_MALFORMED; /* [MQTT-3.1.2-12] */
  if (version < MW_MQTT_5 && (flags & PASSWORD) != 0 && (flags & USER_NAME) == 0)
    return MQTTWILL_ERR_MALFORMED; /* 3.1.1: [MQTT-3.1.2-22] */
  if (version == MW_MQTT_3_1) return MQTTWILL_OK;
  if ((flags & RESERVED) != 0) return MQTTWILL_ERR_MALFORMED; /* [MQTT-3.1.2-3] */
  if ((flags & WILL) == 0 && (flags & (WILL_QOS | WILL_RETAIN)) != 0)
    return MQTTWILL_ERR_MALFORMED; /* [MQTT-3.1.2-11], [MQTT-3.1.2-13] */
  return MQTTWILL_OK;
}

static void read_will(struct mw_reader *r, uint8_t version, uint8_t flags, struct mw_will_view *will) {
  will->qos = (flags & WILL_QOS) >> WILL_QOS_SHIFT;
  will->retain = (flags & WILL_RETAIN) != 0;
  if (version >= MW_MQTT_5) will->properties = mw_read_properties(r, MW_IN_WILL);
  will->topic = mw_read_binary(r);
  int status = mw_topic_name_check(will->topic);
  if (status != MQTTWILL_OK) mw_reader_fail(r, status);
  will->payload = mw_read_binary(r);
}

/* 3.1.2.11.10: data for an authentication whose method is not named. */
static bool is_authentication_nameless(struct mw_slice properties) {
  return mw_property_bytes(properties, MQTTWILL_PROPERTY_AUTHENTICATION_DATA).data != NULL &&
         mw_property_bytes(properties, MQTTWILL_PROPERTY_AUTHENTICATION_METHOD).data == NULL;
}

int mw_connect_decode(struct mw_connect *connect, uint8_t version, uint8_t flags, struct mw_slice body) {
  struct mw_reader r;
  (void)version; /* the packet tells it */
  mw_reader_init(&r, body);
  struct mw_slice name = mw_read_binary(&r);
  *connect = (struct mw_connect){.version = mw_read_u8(&r)};
  if (r.status != MQTTWILL_OK) return r.status;
  int status = check_protocol(name, connect->version);
  if (status != MQTTWILL_OK) return status;
  if (!mw_fixed_flags_valid(MW_CONNECT, connect->version, flags)) return MQTTWILL_ERR_MALFORMED;

  uint8_t bits = mw_read_u8(&r);
  status = check_connect_flags(connect->version, bits);
  if (status != MQTTWILL_OK) return status;
  connect->clean_start = (bits & CLEAN_START) != 0;
  connect->has_will = (bits & WILL) != 0;
  connect->has_username = (bits & USER_NAME) != 0;
  connect->has_password = (bits & PASSWORD) != 0;
  connect->keep_alive = mw_read_u16(&r);
  if (connect->version >= MW_MQTT_5) {
    connect->properties = mw_read_properties(&r, MW_IN_CONNECT);
    if (is_authentication_nameless(connect->properties)) mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL);
  }
  connect->client_id = mw_read_string(&r);
  if (connect->has_will) read_will(&r, connect->version, bits, &connect->will);
  if (connect->has_username) connect->username = mw_read_string(&r);
  if (connect->has_password) connect->password = mw_read_binary(&r);
  return mw_reader_end(&r);
}
