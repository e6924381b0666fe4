/* SPDX-License-Identifier: MIT
 * Letters of names whose case does not matter (schemes, hosts): ASCII only, whatever the locale. */
#ifndef MW_BASE_ASCII_H
#define MW_BASE_ASCII_H

#include "base/slice.h"

static inline uint8_t mw_ascii_lower(uint8_t c) {
  return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static inline bool mw_ascii_equal(struct mw_slice a, struct mw_slice b) {
  if (a.len != b.len) return false;
  for (size_t i = 0; i < a.len; i++)
    if (mw_ascii_lower(a.data[i]) != mw_ascii_lower(b.data[i])) return false;
  return true;
}

#endif
