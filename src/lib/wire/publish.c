/* SPDX-License-Identifier: MIT
 * PUBLISH; see publish.h. The one packet whose speed matters: its length is arithmetic, its bytes are written
 * in one pass. MQTT 5 section 3.3. */
#include "wire/publish.h"

#include "wire/fixed_header.h"
#include "wire/topic.h"

enum { RETAIN = 0x01, QOS_SHIFT = 1, QOS_MASK = 0x03, DUPLICATE = 0x08 };

/* The Remaining Length; SIZE_MAX where a part of the packet does not fit its field. */
static size_t remaining_length(uint8_t version, const struct mw_publish *publish) {
  const size_t most = MW_MAX_REMAINING;
  if (publish->topic.len > UINT16_MAX || publish->payload.len > most) return SIZE_MAX;
  size_t remaining = 2 + publish->topic.len + publish->payload.len;
  if (publish->qos > 0) remaining += 2;
  if (version >= MW_MQTT_5) {
    if (publish->properties.len > most) return SIZE_MAX;
    remaining += mw_varint_size(publish->properties.len) + publish->properties.len;
  }
  return remaining <= most ? remaining : SIZE_MAX;
}

size_t mw_publish_size(uint8_t version, const struct mw_publish *publish) {
  size_t remaining = remaining_length(version, publish);
  return remaining == SIZE_MAX ? 0 : 1 + mw_varint_size(remaining) + remaining;
}

void mw_publish_encode(struct mw_writer *w, uint8_t version, const struct mw_publish *publish) {
  uint8_t flags = (uint8_t)((publish->qos & QOS_MASK) << QOS_SHIFT);
  if (publish->retain) flags |= RETAIN;
  if (publish->duplicate) flags |= DUPLICATE;
  mw_write_fixed_header(w, MW_PUBLISH, flags, remaining_length(version, publish));
  mw_write_binary(w, publish->topic);
  if (publish->qos > 0) mw_write_u16(w, publish->packet_id);
  if (version >= MW_MQTT_5) mw_write_properties(w, publish->properties);
  mw_write_bytes(w, publish->payload);
}

/* 3.3.2.1: the topic may be empty where an alias stands for it. */
static int check_topic(uint8_t version, const struct mw_publish *publish) {
  if (publish->topic.len > 0 || version < MW_MQTT_5) return mw_topic_name_check(publish->topic);
  return mw_property_number(publish->properties, MQTTWILL_PROPERTY_TOPIC_ALIAS, 0) != 0
             ? MQTTWILL_OK
             : MQTTWILL_ERR_PROTOCOL;
}

int mw_publish_decode(struct mw_publish *publish, uint8_t version, uint8_t flags, struct mw_slice body) {
  struct mw_reader r;
  mw_reader_init(&r, body);
  *publish = (struct mw_publish){
      .qos = flags >> QOS_SHIFT & QOS_MASK,
      .retain = (flags & RETAIN) != 0,
      .duplicate = (flags & DUPLICATE) != 0,
  };
  if (publish->qos == 3) return MQTTWILL_ERR_MALFORMED;                       /* [MQTT-3.3.1-4] */
  if (publish->duplicate && publish->qos == 0) return MQTTWILL_ERR_MALFORMED; /* [MQTT-3.3.1-2] */

  publish->topic = mw_read_binary(&r);
  if (publish->qos > 0) publish->packet_id = mw_read_packet_id(&r);
  if (version >= MW_MQTT_5) publish->properties = mw_read_properties(&r, MW_IN_PUBLISH);
  publish->payload = mw_read_rest(&r);
  if (r.status != MQTTWILL_OK) return r.status;
  return check_topic(version, publish);
}
