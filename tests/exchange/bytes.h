/* SPDX-License-Identifier: MIT
 * Bytes as scripts write them and as complaints show them: hex pairs, 'text', "text", and `*N` behind either
 * for repetition; `|` only helps the eye. */
#ifndef XCH_BYTES_H
#define XCH_BYTES_H

#include "base/slice.h"

struct xch_bytes {
  uint8_t *data;
  size_t len, cap;
};

void xch_bytes_append(struct xch_bytes *b, const void *data,
                      size_t len);                       /* ends the program without memory */
void xch_bytes_consume(struct xch_bytes *b, size_t len); /* from the front */
void xch_bytes_free(struct xch_bytes *b);

/* Reads one item (a hex word or a quoted text, and its `*N`) at *at. False: not one; *at says where. */
bool xch_bytes_item(struct xch_bytes *b, const char **at);

/* Up to `max` bytes as "10 0c 00 .M .Q", into a buffer that is overwritten by the fourth call after. */
const char *xch_show(struct mw_slice bytes, size_t max);

/* The first place where two differ, or the length of the shorter one. */
size_t xch_difference(struct mw_slice a, struct mw_slice b);

#endif
