/* SPDX-License-Identifier: MIT
 * Any packet, for tests that treat all alike: whole bytes in, one status out. */
#ifndef TESTS_SUPPORT_PACKET_H
#define TESTS_SUPPORT_PACKET_H

#include "wire/ack.h"
#include "wire/auth.h"
#include "wire/connack.h"
#include "wire/connect.h"
#include "wire/disconnect.h"
#include "wire/fixed_header.h"
#include "wire/ping.h"
#include "wire/publish.h"
#include "wire/suback.h"
#include "wire/subscribe.h"
#include "wire/topic.h"

struct packet {
  enum mw_packet_type type;
  union {
    struct mw_connect connect;
    struct mw_connack connack;
    struct mw_publish publish;
    struct mw_ack ack;
    struct mw_subscribe subscribe;
    struct mw_suback suback;
    struct mw_disconnect disconnect;
    struct mw_auth auth;
  };
};

/* One whole packet, not a byte more: else MQTTWILL_ERR_MALFORMED, or 1 where bytes are missing. Reads every
 * byte that the result points to. */
int packet_decode(struct packet *packet, uint8_t version, struct mw_slice bytes);
void packet_encode(struct mw_writer *w, uint8_t version, const struct packet *packet);

/* The packet in `text` (hex.h) decodes with this status. */
void ck_decodes(uint8_t version, const char *text, int status);

/* The packet in `text` decodes; encoded again it is the same bytes, of the size that a counting writer says,
 * and fits no smaller memory. Of all bodies cut short just `valid_prefixes` are packets of their own, the
 * others are refused, and a stream cut anywhere asks for more. */
struct packet ck_whole(uint8_t version, const char *text, size_t valid_prefixes);

#endif
