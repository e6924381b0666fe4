/* SPDX-License-Identifier: MIT
 * The two to five bytes in front of every packet, MQTT 5 section 2.1. */
#ifndef MW_WIRE_FIXED_HEADER_H
#define MW_WIRE_FIXED_HEADER_H

#include "wire/wire.h"
#include "wire/writer.h"

struct mw_fixed_header {
  enum mw_packet_type type;
  uint8_t flags;      /* low four bits of the first byte */
  uint8_t size;       /* of this header itself: 2..5 */
  uint32_t remaining; /* bytes of the body */
};

/* MQTTWILL_OK and *header filled; or 1 while more bytes are needed; or MQTTWILL_ERR_MALFORMED: type 0, flags
 * that are not the prescribed ones for the type (section 2.1.3; MQTT 3.1 allows any where it does not define
 * them, and DUP in SUBSCRIBE, UNSUBSCRIBE and PUBREL), QoS 3 in PUBLISH, AUTH below MQTT 5, a length of five
 * bytes or not minimal. What is wrong with the first byte is told before the second is there. `version` 0:
 * unknown, before CONNECT; then only CONNECT passes and its flags are left to mw_connect_decode(). */
int mw_fixed_header_decode(struct mw_fixed_header *header, uint8_t version, struct mw_slice bytes);

void mw_write_fixed_header(struct mw_writer *w, enum mw_packet_type type, uint8_t flags, size_t remaining);

/* The header of a packet whose length is known only at its end: begin leaves room for the shortest one and
 * answers where the packet starts; end fills in the length, and moves the body where it takes more bytes. */
size_t mw_packet_begin(struct mw_writer *w, enum mw_packet_type type, uint8_t flags);
void mw_packet_end(struct mw_writer *w, size_t start);

/* The flags a packet other than PUBLISH must carry: 2 for PUBREL, SUBSCRIBE and UNSUBSCRIBE, else 0. */
uint8_t mw_fixed_flags(enum mw_packet_type type);

/* Whether a packet other than PUBLISH may come with these flags, in any version. */
bool mw_fixed_flags_valid(enum mw_packet_type type, uint8_t version, uint8_t flags);

#endif
