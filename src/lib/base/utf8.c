/* SPDX-License-Identifier: MIT
 * See utf8.h. Table 3-7 of the Unicode standard, as ranges of the second byte. */
#include "base/utf8.h"

/* Length of the sequence that `first` starts, and the range of its second byte; 0: cannot start one. */
static size_t sequence(uint8_t first, uint8_t *low, uint8_t *high) {
  *low = 0x80;
  *high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0) *low = 0xA0;  /* overlong below */
    if (first == 0xED) *high = 0x9F; /* surrogates above */
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0) *low = 0x90;
    if (first == 0xF4) *high = 0x8F; /* U+10FFFF is the last */
    return 4;
  }
  return 0;
}

static bool is_control(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

/* Most text is printable ASCII throughout: how many bytes at the front are, looked at eight at a time. */
static size_t plain_prefix(const uint8_t *p, size_t len) {
  const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
  size_t n = 0;
  for (; len - n >= 8; n += 8) {
    uint64_t word;
    memcpy(&word, p + n, 8);
    uint64_t below_space = (word - ones * 0x20) & ~word;
    uint64_t is_delete = word + ones; /* 0x7F + 1 reaches the top bit */
    if (((word | below_space | is_delete) & tops) != 0) break;
  }
  return n;
}

bool mw_utf8_check(struct mw_slice text, unsigned *found) {
  unsigned bits = 0;
  const uint8_t *p = text.data;
  size_t left = text.len;
  for (;;) {
    size_t plain = plain_prefix(p, left);
    left -= plain;
    if (left == 0) break;
    p += plain;
    uint32_t c = *p;
    size_t n = 1;
    if (c >= 0x80) {
      uint8_t low, high;
      n = sequence(*p, &low, &high);
      if (n == 0 || n > left || p[1] < low || p[1] > high) return false;
      c &= 0x7Fu >> n;
      for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return false;
        c = c << 6 | (p[i] & 0x3Fu);
      }
    }
    if (c == 0)
      bits |= MW_UTF8_NUL;
    else if (is_control(c))
      bits |= MW_UTF8_CONTROL;
    p += n;
    left -= n;
  }
  if (found != NULL) *found = bits;
  return true;
}
