/* SPDX-License-Identifier: MIT
 * A cursor over memory to be filled. It latches its first failure, and without memory it only counts: one
 * encode function gives both the size of a packet and its bytes. MQTT 5 section 1.5. */
#ifndef MW_WIRE_WRITER_H
#define MW_WIRE_WRITER_H

#include "base/slice.h"

#include <mqttwill/status.h>

struct mw_writer {
  uint8_t *data; /* NULL: only count */
  size_t cap;    /* len from the first failure on, so that nothing more can be written */
  size_t len;    /* written, or counted, so far */
  int status;
};

static inline void mw_writer_init(struct mw_writer *w, uint8_t *data, size_t cap) {
  *w = (struct mw_writer){data, cap, 0, MQTTWILL_OK};
}

static inline void mw_writer_init_counting(struct mw_writer *w) {
  *w = (struct mw_writer){NULL, SIZE_MAX, 0, MQTTWILL_OK};
}

void mw_writer_fail(struct mw_writer *w, int status); /* the first failure stays */

/* Takes `len` bytes that the caller fills at once; NULL: only counted, or no room (latched). */
static inline uint8_t *mw_writer_take(struct mw_writer *w, size_t len) {
  if (len > w->cap - w->len) {
    mw_writer_fail(w, MQTTWILL_ERR_TOO_LONG);
    return NULL;
  }
  uint8_t *room = w->data != NULL ? w->data + w->len : NULL;
  w->len += len;
  return room;
}

static inline void mw_write_u8(struct mw_writer *w, uint8_t value) {
  uint8_t *p = mw_writer_take(w, 1);
  if (p != NULL) p[0] = value;
}

static inline void mw_write_u16(struct mw_writer *w, uint16_t value) {
  uint8_t *p = mw_writer_take(w, 2);
  if (p == NULL) return;
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

static inline void mw_write_u32(struct mw_writer *w, uint32_t value) {
  uint8_t *p = mw_writer_take(w, 4);
  if (p == NULL) return;
  p[0] = (uint8_t)(value >> 24);
  p[1] = (uint8_t)(value >> 16);
  p[2] = (uint8_t)(value >> 8);
  p[3] = (uint8_t)value;
}

static inline void mw_write_bytes(struct mw_writer *w, struct mw_slice bytes) {
  uint8_t *p = mw_writer_take(w, bytes.len);
  if (p != NULL && bytes.len > 0) memcpy(p, bytes.data, bytes.len);
}

/* Two-byte length first, or MQTTWILL_ERR_TOO_LONG. */
static inline void mw_write_binary(struct mw_writer *w, struct mw_slice bytes) {
  if (bytes.len > UINT16_MAX) {
    mw_writer_fail(w, MQTTWILL_ERR_TOO_LONG);
    return;
  }
  mw_write_u16(w, (uint16_t)bytes.len);
  mw_write_bytes(w, bytes);
}

/* Fails with MQTTWILL_ERR_TOO_LONG above 268,435,455. */
void mw_write_varint(struct mw_writer *w, size_t value);

/* 1 to 4; of a value up to 268,435,455. */
static inline size_t mw_varint_size(size_t value) {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

/* Writes mw_varint_size() bytes to `p`. */
static inline void mw_varint_put(uint8_t *p, size_t value) {
  for (; value >= 0x80; value >>= 7) *p++ = (uint8_t)(value | 0x80);
  *p = (uint8_t)value;
}

/* MQTTWILL_OK; MQTTWILL_ERR_TOO_LONG: something does not fit its length field, or the packet its memory. */
static inline int mw_writer_status(const struct mw_writer *w) {
  return w->status;
}

#endif
