/* SPDX-License-Identifier: MIT
 * PINGREQ and PINGRESP, MQTT 5 sections 3.12 and 3.13: two bytes each, nothing inside. */
#ifndef MW_WIRE_PING_H
#define MW_WIRE_PING_H

#include "wire/wire.h"
#include "wire/writer.h"

void mw_ping_encode(struct mw_writer *w, enum mw_packet_type type);
int mw_ping_decode(struct mw_slice body); /* MQTTWILL_ERR_MALFORMED unless empty */

#endif
