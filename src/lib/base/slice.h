/* SPDX-License-Identifier: MIT
 * A view of bytes that belong to somebody else; or, where that is said, of bytes of its own. */
#ifndef MW_BASE_SLICE_H
#define MW_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mw_slice {
  const uint8_t *data; /* may be NULL when len is 0 */
  size_t len;
};

static inline struct mw_slice mw_slice(const void *data, size_t len) {
  return (struct mw_slice){(const uint8_t *)data, len};
}

static inline struct mw_slice mw_slice_text(const char *text) {
  return mw_slice(text, text != NULL ? strlen(text) : 0);
}

static inline bool mw_slice_equal(struct mw_slice a, struct mw_slice b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline struct mw_slice mw_slice_skip(struct mw_slice s, size_t n) {
  return n < s.len ? mw_slice(s.data + n, s.len - n) : mw_slice(NULL, 0);
}

/* A slice that owns its bytes, for those that are kept whole and never grow; NULL and 0 own nothing. */
int mw_slice_keep(struct mw_slice *own, struct mw_slice bytes); /* a copy; MQTTWILL_ERR_MEMORY: as before */
void mw_slice_drop(struct mw_slice *own);

#endif
