/* SPDX-License-Identifier: MIT
 * The fixed header, read and written; see fixed_header.h. Called by whoever cuts a stream into packets, and
 * by every encoder. MQTT 5 sections 2.1.1 to 2.1.4. */
#include "wire/fixed_header.h"

uint8_t mw_fixed_flags(enum mw_packet_type type) {
  return type == MW_PUBREL || type == MW_SUBSCRIBE || type == MW_UNSUBSCRIBE ? 2 : 0;
}

bool mw_fixed_flags_valid(enum mw_packet_type type, uint8_t version, uint8_t flags) {
  uint8_t prescribed = mw_fixed_flags(type);
  if (version > MW_MQTT_3_1) return flags == prescribed;
  return prescribed == 0 || (flags & 0x06) == prescribed; /* 3.1 defines QoS 1 and DUP there, nothing else */
}

static bool is_first_byte(uint8_t version, enum mw_packet_type type, uint8_t flags) {
  if (version == 0) return type == MW_CONNECT;
  if (type == MW_PUBLISH) return (flags & 0x06) != 0x06;
  if (type < MW_CONNECT || (type == MW_AUTH && version < MW_MQTT_5)) return false;
  return mw_fixed_flags_valid(type, version, flags);
}

int mw_fixed_header_decode(struct mw_fixed_header *header, uint8_t version, struct mw_slice bytes) {
  if (bytes.len == 0) return 1;
  header->type = (enum mw_packet_type)(bytes.data[0] >> 4);
  header->flags = bytes.data[0] & 0x0F;
  if (!is_first_byte(version, header->type, header->flags)) return MQTTWILL_ERR_MALFORMED;

  uint32_t remaining = 0;
  for (size_t i = 1; i <= 4; i++) {
    if (i == bytes.len) return 1;
    uint8_t byte = bytes.data[i];
    remaining |= (uint32_t)(byte & 0x7F) << 7 * (i - 1);
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && i > 1) return MQTTWILL_ERR_MALFORMED; /* a shorter encoding exists */
    header->size = (uint8_t)(i + 1);
    header->remaining = remaining;
    return MQTTWILL_OK;
  }
  return MQTTWILL_ERR_MALFORMED;
}

static uint8_t first_byte(enum mw_packet_type type, uint8_t flags) {
  return (uint8_t)((unsigned)type << 4 | flags);
}

void mw_write_fixed_header(struct mw_writer *w, enum mw_packet_type type, uint8_t flags, size_t remaining) {
  mw_write_u8(w, first_byte(type, flags));
  mw_write_varint(w, remaining);
}

enum { SHORTEST = 2 };

size_t mw_packet_begin(struct mw_writer *w, enum mw_packet_type type, uint8_t flags) {
  size_t start = w->len;
  mw_write_u8(w, first_byte(type, flags));
  mw_write_u8(w, 0);
  return start;
}

void mw_packet_end(struct mw_writer *w, size_t start) {
  if (w->status != MQTTWILL_OK) return;
  size_t remaining = w->len - start - SHORTEST;
  if (remaining > MW_MAX_REMAINING) {
    mw_writer_fail(w, MQTTWILL_ERR_TOO_LONG);
    return;
  }
  size_t more = mw_varint_size(remaining) - 1;
  mw_writer_take(w, more);
  if (w->status != MQTTWILL_OK || w->data == NULL) return;
  uint8_t *packet = w->data + start;
  if (more > 0) memmove(packet + SHORTEST + more, packet + SHORTEST, remaining);
  mw_varint_put(packet + 1, remaining);
}
