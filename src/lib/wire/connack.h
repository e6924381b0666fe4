/* SPDX-License-Identifier: MIT
 * CONNACK, MQTT 5 section 3.2. */
#ifndef MW_WIRE_CONNACK_H
#define MW_WIRE_CONNACK_H

#include "wire/property.h"
#include "wire/wire.h"

struct mw_connack {
  bool session_present;
  uint8_t reason; /* below MQTT 5: the return code */
  struct mw_slice properties;
};

void mw_connack_encode(struct mw_writer *w, uint8_t version, const struct mw_connack *connack);
/* A server that does not know MQTT 5 answers in 3.1.1's form: with version 5 a body of just two bytes and a
 * return code of 1 to 5 decodes as reason 0x84 (code 1), 0x85, 0x88, 0x86, 0x87. Session present with a
 * refusal is a protocol error. */
int mw_connack_decode(struct mw_connack *connack, uint8_t version, uint8_t flags, struct mw_slice body);

#endif
