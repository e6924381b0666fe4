/* SPDX-License-Identifier: MIT
 * PUBACK, PUBREC, PUBREL and PUBCOMP: one form, MQTT 5 sections 3.4 to 3.7. */
#ifndef MW_WIRE_ACK_H
#define MW_WIRE_ACK_H

#include "wire/property.h"
#include "wire/wire.h"

struct mw_ack {
  enum mw_packet_type type; /* one of the four */
  uint8_t reason;           /* 0 below MQTT 5 */
  uint16_t packet_id;
  struct mw_slice properties;
};

/* The shortest form: reason 0 without properties is left out, an empty property list too. */
void mw_ack_encode(struct mw_writer *w, uint8_t version, const struct mw_ack *ack);
/* `ack->type` is set by the caller before. Packet id 0 is malformed; the reason must be defined for the
 * packet. */
int mw_ack_decode(struct mw_ack *ack, uint8_t version, uint8_t flags, struct mw_slice body);

#endif
