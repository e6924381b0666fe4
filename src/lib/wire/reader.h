/* SPDX-License-Identifier: MIT
 * A cursor over received bytes that latches its first failure: after it every read answers 0 or an empty
 * view, so a decoder reads a packet from top to bottom and looks once, at the end. MQTT 5 section 1.5. */
#ifndef MW_WIRE_READER_H
#define MW_WIRE_READER_H

#include "base/slice.h"

#include <mqttwill/status.h>

struct mw_reader {
  const uint8_t *at;
  size_t left; /* 0 from the first failure on, so that nothing more can be read */
  int status;  /* MQTTWILL_OK until something was wrong */
};

static inline void mw_reader_init(struct mw_reader *r, struct mw_slice bytes) {
  *r = (struct mw_reader){bytes.data, bytes.len, MQTTWILL_OK};
}

void mw_reader_fail(struct mw_reader *r, int status); /* the first failure stays */

/* Exactly len bytes. */
static inline struct mw_slice mw_read_bytes(struct mw_reader *r, size_t len) {
  if (len > r->left) {
    mw_reader_fail(r, MQTTWILL_ERR_MALFORMED);
    return mw_slice(NULL, 0);
  }
  struct mw_slice bytes = mw_slice(r->at, len);
  if (len > 0) r->at += len;
  r->left -= len;
  return bytes;
}

static inline uint8_t mw_read_u8(struct mw_reader *r) {
  struct mw_slice b = mw_read_bytes(r, 1);
  return b.len == 1 ? b.data[0] : 0;
}

static inline uint16_t mw_read_u16(struct mw_reader *r) {
  struct mw_slice b = mw_read_bytes(r, 2);
  return b.len == 2 ? (uint16_t)(b.data[0] << 8 | b.data[1]) : 0;
}

static inline uint32_t mw_read_u32(struct mw_reader *r) {
  uint32_t high = mw_read_u16(r);
  return high << 16 | mw_read_u16(r);
}

uint32_t mw_read_varint(struct mw_reader *r); /* minimal encodings only, [MQTT-1.5.5-1] */

/* Whatever is left. */
static inline struct mw_slice mw_read_rest(struct mw_reader *r) {
  return mw_read_bytes(r, r->left);
}

/* Two-byte length first, section 1.5.6. */
static inline struct mw_slice mw_read_binary(struct mw_reader *r) {
  return mw_read_bytes(r, mw_read_u16(r));
}

struct mw_slice mw_read_string(struct mw_reader *r); /* the same, well-formed UTF-8 without U+0000 */

/* A packet identifier: never 0, section 2.2.1. */
static inline uint16_t mw_read_packet_id(struct mw_reader *r) {
  uint16_t id = mw_read_u16(r);
  if (id == 0) mw_reader_fail(r, MQTTWILL_ERR_MALFORMED);
  return id;
}

/* The latched status; where there is none, MQTTWILL_ERR_MALFORMED if bytes are left over. */
static inline int mw_reader_end(struct mw_reader *r) {
  if (r->left > 0) mw_reader_fail(r, MQTTWILL_ERR_MALFORMED);
  return r->status;
}

#endif
