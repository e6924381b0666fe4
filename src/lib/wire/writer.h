/* SPDX-License-Identifier: MIT
 * A cursor over memory to be filled. It latches its first failure, and without memory it only counts: one
 * encode function gives both the size of a packet and its bytes. MQTT 5 section 1.5. */
#ifndef MW_WIRE_WRITER_H
#define MW_WIRE_WRITER_H

#include "base/slice.h"

struct mw_writer {
  uint8_t *data; /* NULL: only count */
  size_t cap;
  size_t len; /* written, or counted, so far */
  int status;
};

void mw_writer_init(struct mw_writer *w, uint8_t *data, size_t cap);
void mw_writer_init_counting(struct mw_writer *w);
void mw_writer_fail(struct mw_writer *w, int status);

void mw_write_u8(struct mw_writer *w, uint8_t value);
void mw_write_u16(struct mw_writer *w, uint16_t value);
void mw_write_u32(struct mw_writer *w, uint32_t value);
void mw_write_varint(struct mw_writer *w,
                     uint32_t value); /* fails with MQTTWILL_ERR_TOO_LONG above the maximum */
void mw_write_bytes(struct mw_writer *w, struct mw_slice bytes);
void mw_write_binary(struct mw_writer *w,
                     struct mw_slice bytes); /* two-byte length first, or MQTTWILL_ERR_TOO_LONG */
size_t mw_varint_size(uint32_t value);

/* MQTTWILL_OK; MQTTWILL_ERR_TOO_LONG: something does not fit its length field, or the packet its memory. */
static inline int mw_writer_status(const struct mw_writer *w) {
  return w->status;
}

#endif
