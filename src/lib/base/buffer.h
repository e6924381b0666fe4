/* SPDX-License-Identifier: MIT
 * Bytes that grow at the end and are consumed from the front. An empty buffer owns no memory until it is
 * written. */
#ifndef MW_BASE_BUFFER_H
#define MW_BASE_BUFFER_H

#include "base/slice.h"

struct mw_buffer {
  uint8_t *data;
  size_t start; /* first byte not consumed; start <= end <= cap */
  size_t end;
  size_t cap;
};

void mw_buffer_fini(struct mw_buffer *b); /* frees, and leaves an empty buffer */

static inline size_t mw_buffer_len(const struct mw_buffer *b) {
  return b->end - b->start;
}

static inline struct mw_slice mw_buffer_view(const struct mw_buffer *b) {
  if (b->data == NULL) return mw_slice(NULL, 0); /* NULL + 0 is undefined in C */
  return mw_slice(b->data + b->start, mw_buffer_len(b));
}

/* Room for `len` more bytes behind the end, or NULL: out of memory, nothing changed. mw_buffer_commit() takes
 * what was written there. Views taken before are void. */
uint8_t *mw_buffer_reserve(struct mw_buffer *b, size_t len);
void mw_buffer_commit(struct mw_buffer *b, size_t len);

/* 0, or MQTTWILL_ERR_MEMORY with nothing changed. */
int mw_buffer_append(struct mw_buffer *b, const void *data, size_t len);

void mw_buffer_consume(struct mw_buffer *b, size_t len); /* len <= mw_buffer_len() */
void mw_buffer_clear(struct mw_buffer *b);               /* forgets the bytes, keeps the memory */

#endif
