/* SPDX-License-Identifier: MIT
 * DISCONNECT, MQTT 5 section 3.14. */
#ifndef MW_WIRE_DISCONNECT_H
#define MW_WIRE_DISCONNECT_H

#include "wire/property.h"
#include "wire/wire.h"

struct mw_disconnect {
  uint8_t reason; /* 0 below MQTT 5 */
  struct mw_slice properties;
};

/* The shortest form: "e0 00" for reason 0 without properties. */
void mw_disconnect_encode(struct mw_writer *w, uint8_t version, const struct mw_disconnect *disconnect);
/* The reason must be defined for DISCONNECT; who may send it is the receiver's to check
 * (mw_reason_by_client()). A body below MQTT 5 is malformed. */
int mw_disconnect_decode(struct mw_disconnect *disconnect, uint8_t version, uint8_t flags,
                         struct mw_slice body);

#endif
