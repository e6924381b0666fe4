/* SPDX-License-Identifier: MIT
 * UTF-8 (src/lib/base/utf8.h): RFC 3629 and MQTT 5 section 1.5.4. */
#include "support/suite.h"

#include "base/utf8.h"

static const char *const well_formed[] = {
    "",
    "'abc'",
    "7f",
    "c2 80",
    "df bf",
    "e0 a0 80",
    "ed 9f bf",    /* U+D7FF, the last before the surrogates */
    "ee 80 80",    /* U+E000, the first behind them */
    "ef bb bf",    /* U+FEFF */
    "ef bf bf",    /* U+FFFF, a non-character */
    "f0 90 80 80", /* U+10000 */
    "f4 8f bf bf", /* U+10FFFF */
    "'A' f0 aa 9b 94",
    "'0123456' c3 a9 '01234567' e2 82 ac '0123456789abcdef'",
};

static const char *const ill_formed[] = {
    "80",
    "bf",
    "c2",
    "c2 41",
    "c2 c2",
    "e0 a0",
    "f0 90 80",
    "e2 82 41",
    "f0 90 41 80",
    "f0 90 80 41", /* cut */
    "c0 80",
    "c1 bf",
    "e0 80 80",
    "e0 9f bf",
    "f0 80 80 80",
    "f0 8f bf bf", /* overlong */
    "ed a0 80",
    "ed bf bf", /* surrogates */
    "f4 90 80 80",
    "f5 80 80 80",
    "f8 88 80 80 80",
    "fe",
    "ff", /* too high */
    "'01234567' 80 '01234567'",
    "'0123456789abcdef' c3",
    "61*100 ff 61*100",
};

START_TEST(well_formed_text_passes)
{
  for (size_t i = 0; i < sizeof well_formed / sizeof well_formed[0]; i++)
    ck_assert_msg(mw_utf8_check(hex(well_formed[i]), NULL), "%s is refused", well_formed[i]);
  ck_assert(mw_utf8_check(mw_slice(NULL, 0), NULL));
}
END_TEST

START_TEST(ill_formed_text_is_refused)
{
  for (size_t i = 0; i < sizeof ill_formed / sizeof ill_formed[0]; i++)
    ck_assert_msg(!mw_utf8_check(hex(ill_formed[i]), NULL), "%s passes", ill_formed[i]);
}
END_TEST

/* The definition, code point by code point, instead of byte ranges. */
static size_t encode(uint32_t c, uint8_t *out) {
  if (c < 0x80) {
    out[0] = (uint8_t)c;
    return 1;
  }
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
  out[0] = (uint8_t)((0xF0u << (4 - n)) | c);
  return n;
}

START_TEST(every_code_point_is_judged_as_the_standard_says)
{
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    uint8_t bytes[4];
    unsigned found = 0, expected = 0;
    size_t len = encode(c, bytes);
    bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    ck_assert_msg(mw_utf8_check(mw_slice(bytes, len), &found) == !surrogate, "U+%04X", c);
    if (surrogate) continue;
    if (c == 0) expected = MW_UTF8_NUL;
    if ((c >= 1 && c <= 0x1F) || (c >= 0x7F && c <= 0x9F)) expected = MW_UTF8_CONTROL;
    if ((c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFF) >= 0xFFFE) expected = MW_UTF8_CONTROL;
    ck_assert_msg(found == expected, "U+%04X: %u", c, found);
  }
}
END_TEST

START_TEST(every_pair_of_bytes_is_judged)
{
  for (unsigned a = 0; a < 256; a++)
    for (unsigned b = 0; b < 256; b++) {
      uint8_t bytes[] = {(uint8_t)a, (uint8_t)b};
      bool expected = (a < 0x80 && b < 0x80) || (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF);
      ck_assert_msg(mw_utf8_check(mw_slice(bytes, 2), NULL) == expected, "%02x %02x", a, b);
    }
}
END_TEST

START_TEST(what_is_special_is_found_at_every_place)
{
  for (size_t len = 1; len <= 40; len++)
    for (size_t at = 0; at < len; at++) {
      static const struct {
        uint8_t byte;
        bool passes;
        unsigned found;
      } rows[] = {{0x00, true, MW_UTF8_NUL},
                  {0x1F, true, MW_UTF8_CONTROL},
                  {0x20, true, 0},
                  {0x7E, true, 0},
                  {0x7F, true, MW_UTF8_CONTROL},
                  {0x80, false, 0},
                  {0x01, true, MW_UTF8_CONTROL},
                  {0xFF, false, 0}};
      for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t text[40];
        unsigned found = 0;
        memset(text, 'a', sizeof text);
        text[at] = rows[i].byte;
        ck_assert(mw_utf8_check(mw_slice(text, len), &found) == rows[i].passes);
        if (rows[i].passes) ck_assert_uint_eq(found, rows[i].found);
      }
    }
}
END_TEST

SUITE("base/utf8", well_formed_text_passes, ill_formed_text_is_refused,
      every_code_point_is_judged_as_the_standard_says, every_pair_of_bytes_is_judged,
      what_is_special_is_found_at_every_place)
