/* SPDX-License-Identifier: MIT
 * CONNECT, with the will in it. MQTT 5 section 3.1. */
#ifndef MW_WIRE_CONNECT_H
#define MW_WIRE_CONNECT_H

#include "wire/property.h"
#include "wire/wire.h"

/* A will as it stands in CONNECT, whoever holds the bytes. */
struct mw_will_view {
  struct mw_slice topic;
  struct mw_slice payload;
  struct mw_slice properties; /* encoded; empty below MQTT 5 */
  uint8_t qos;
  bool retain;
};

struct mw_connect {
  uint8_t version; /* of the packet; the `version` argument of encode must be the same, that of decode is not
                      looked at */
  bool clean_start;
  bool has_will, has_username, has_password;
  uint16_t keep_alive;
  struct mw_slice client_id;
  struct mw_slice properties;
  struct mw_will_view will;
  struct mw_slice username;
  struct mw_slice password;
};

void mw_connect_encode(struct mw_writer *w, uint8_t version, const struct mw_connect *connect);

/* Strict: section 1.2 of the flags, will fields iff will flag, no surplus bytes, will topic a valid topic
 * name, payload format 0 or 1. An unknown protocol level with a known name answers MQTTWILL_ERR_VERSION and
 * fills `version` with the level; an unknown name MQTTWILL_ERR_MALFORMED. In 3.1 the will bits are ignored
 * without will flag, and bit 0 always. The length of a client id (3.1: 1 to 23 characters) and an empty one
 * are the server's decision, not checked here. With a bad will topic: its MQTTWILL_ERR_TOPIC_* (reason 0x90).
 */
int mw_connect_decode(struct mw_connect *connect, uint8_t version, uint8_t flags, struct mw_slice body);

#endif
