/* SPDX-License-Identifier: MIT
 * AUTH, MQTT 5 section 3.15. */
#ifndef MW_WIRE_AUTH_H
#define MW_WIRE_AUTH_H

#include "wire/property.h"
#include "wire/wire.h"

struct mw_auth {
  uint8_t reason;
  struct mw_slice properties;
};

void mw_auth_encode(struct mw_writer *w, uint8_t version, const struct mw_auth *auth);
/* Without an authentication method: MQTTWILL_ERR_PROTOCOL, except in the empty form "f0 00". */
int mw_auth_decode(struct mw_auth *auth, uint8_t version, uint8_t flags, struct mw_slice body);

#endif
