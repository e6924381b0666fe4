/* SPDX-License-Identifier: MIT
 * Bytes written by hand, as the tests want them: "10 0c | 00 04 'MQTT' | 04 02 00 3c | 00 00".
 * Two hex digits are a byte, 'text' is ASCII, a star repeats the item before it (61*300, 'ab'*7,
 * (26 00 00 00 00)*9), white space and | mean nothing. Anything else fails the test. */
#ifndef TESTS_SUPPORT_HEX_H
#define TESTS_SUPPORT_HEX_H

#include "base/slice.h"

/* In a heap block of exactly that size, so that a sanitizer sees every read beyond it; it lives until
 * hex_free_all(), which the suite calls after each test. */
struct mw_slice hex(const char *text);
struct mw_slice hex_copy(struct mw_slice bytes); /* another such block */
void hex_free_all(void);

/* Fails the test, showing both in hex, unless they are equal. */
void ck_bytes_eq(struct mw_slice got, struct mw_slice expected);
/* The same against hand-written bytes. */
void ck_hex_eq(struct mw_slice got, const char *expected);

#endif
