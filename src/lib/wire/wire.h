/* SPDX-License-Identifier: MIT
 * What all packets share: the protocol's versions, the packet types, and how a failure to decode becomes a
 * reason code. The structs beside it (connect.h ...) hold views into the caller's bytes; decoding never
 * allocates.
 *
 * Every packet has one encode and one decode function for all versions, side by side in one file:
 *   void mw_X_encode(struct mw_writer *w, uint8_t version, const struct mw_X *x);   the whole packet; the
 * writer latches int mw_X_decode(struct mw_X *x, uint8_t version, uint8_t flags, struct mw_slice body);
 * `flags` are the low four bits of the first byte, `body` everything behind the Remaining Length. Decode
 * answers MQTTWILL_OK, MQTTWILL_ERR_MALFORMED, MQTTWILL_ERR_PROTOCOL, or a status more exact than these where
 * MQTT 5 has a more exact reason code; mw_reason_of() tells which. On failure *x is unspecified. */
#ifndef MW_WIRE_WIRE_H
#define MW_WIRE_WIRE_H

#include "base/slice.h"

#include <mqttwill/reason.h>
#include <mqttwill/status.h>

enum { MW_MQTT_3_1 = 3, MW_MQTT_3_1_1 = 4, MW_MQTT_5 = 5 };

enum mw_packet_type {
  MW_CONNECT = 1,
  MW_CONNACK,
  MW_PUBLISH,
  MW_PUBACK,
  MW_PUBREC,
  MW_PUBREL,
  MW_PUBCOMP,
  MW_SUBSCRIBE,
  MW_SUBACK,
  MW_UNSUBSCRIBE,
  MW_UNSUBACK,
  MW_PINGREQ,
  MW_PINGRESP,
  MW_DISCONNECT,
  MW_AUTH
};

enum { MW_MAX_REMAINING = 268435455, MW_MAX_PACKET = MW_MAX_REMAINING + 5 };

/* The reason code (MQTT 5 section 2.4) with which a peer is told of a decode failure. */
mqttwill_reason mw_reason_of(int status);

/* Whether `reason` is defined for a packet: `packet` is one of MW_CONNACK, MW_PUBACK..MW_PUBCOMP, MW_SUBACK,
 * MW_UNSUBACK, MW_AUTH or MW_DISCONNECT. A DISCONNECT's code is checked for either sender here; which side
 * may send it is told by mw_reason_by_client(). */
bool mw_reason_defined(enum mw_packet_type packet, uint8_t reason);
bool mw_reason_by_client(uint8_t reason); /* in DISCONNECT */
bool mw_reason_by_server(uint8_t reason); /* in DISCONNECT */

#endif
