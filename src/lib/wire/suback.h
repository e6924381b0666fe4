/* SPDX-License-Identifier: MIT
 * SUBACK and UNSUBACK, MQTT 5 sections 3.9 and 3.11: one reason code per filter. */
#ifndef MW_WIRE_SUBACK_H
#define MW_WIRE_SUBACK_H

#include "wire/property.h"
#include "wire/wire.h"

struct mw_suback {
  enum mw_packet_type type; /* MW_SUBACK or MW_UNSUBACK */
  uint16_t packet_id;
  struct mw_slice properties;
  struct mw_slice reasons; /* empty in an UNSUBACK below MQTT 5 */
};

void mw_suback_encode(struct mw_writer *w, uint8_t version, const struct mw_suback *suback);
/* `type` is set by the caller before. Every reason must be defined (below MQTT 5: 0, 1, 2, 0x80). */
int mw_suback_decode(struct mw_suback *suback, uint8_t version, uint8_t flags, struct mw_slice body);

#endif
