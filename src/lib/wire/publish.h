/* SPDX-License-Identifier: MIT
 * PUBLISH, MQTT 5 section 3.3. */
#ifndef MW_WIRE_PUBLISH_H
#define MW_WIRE_PUBLISH_H

#include "wire/property.h"
#include "wire/wire.h"

struct mw_publish {
  struct mw_slice topic; /* may be empty in MQTT 5 when a topic alias stands for it */
  struct mw_slice payload;
  struct mw_slice properties;
  uint16_t packet_id; /* QoS 1 and 2 */
  uint8_t qos;
  bool retain, duplicate;
};

/* The size of the whole packet by arithmetic alone; 0: it cannot be encoded (longer than 268,435,460 bytes).
 */
size_t mw_publish_size(uint8_t version, const struct mw_publish *publish);
/* Writes exactly mw_publish_size() bytes. One pass. */
void mw_publish_encode(struct mw_writer *w, uint8_t version, const struct mw_publish *publish);
/* Strict: topic a valid name (MQTTWILL_ERR_TOPIC_*: reason 0x90 for wildcards, 0x81 for UTF-8), empty only
 * with an alias in MQTT 5, packet id not 0, no QoS 3, DUP only with QoS > 0. A subscription identifier is
 * allowed here; whether the sender may use it is the receiver's to check. */
int mw_publish_decode(struct mw_publish *publish, uint8_t version, uint8_t flags, struct mw_slice body);

#endif
