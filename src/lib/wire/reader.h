/* SPDX-License-Identifier: MIT
 * A cursor over received bytes that latches its first failure: after it every read answers 0 or an empty
 * view, so a decoder reads a packet from top to bottom and looks once, at the end. MQTT 5 section 1.5. */
#ifndef MW_WIRE_READER_H
#define MW_WIRE_READER_H

#include "base/slice.h"

struct mw_reader {
  const uint8_t *at;
  size_t left;
  int status; /* MQTTWILL_OK until something was wrong */
};

void mw_reader_init(struct mw_reader *r, struct mw_slice bytes);
void mw_reader_fail(struct mw_reader *r, int status); /* the first failure stays */

uint8_t mw_read_u8(struct mw_reader *r);
uint16_t mw_read_u16(struct mw_reader *r);
uint32_t mw_read_u32(struct mw_reader *r);
uint32_t mw_read_varint(struct mw_reader *r);                   /* minimal encodings only, [MQTT-1.5.5-1] */
struct mw_slice mw_read_bytes(struct mw_reader *r, size_t len); /* exactly len bytes */
struct mw_slice mw_read_rest(struct mw_reader *r);              /* whatever is left */
struct mw_slice mw_read_binary(struct mw_reader *r);            /* two-byte length first, section 1.5.6 */
struct mw_slice mw_read_string(struct mw_reader *r); /* the same, well-formed UTF-8 without U+0000 */

/* The latched status; where there is none, MQTTWILL_ERR_MALFORMED if bytes are left over. */
int mw_reader_end(struct mw_reader *r);

#endif
