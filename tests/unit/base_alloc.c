/* SPDX-License-Identifier: MIT
 * The allocator hook (src/lib/base/alloc.h) and its public face in include/mqttwill/base.h. */
#include "support/suite.h"

#include "base/alloc.h"

#include <mqttwill/base.h>
#include <mqttwill/status.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

START_TEST(zeroed_memory_is_zero)
{
  unsigned char *block = mw_calloc(7, 9);
  ck_assert_ptr_nonnull(block);
  for (size_t i = 0; i < 63; i++) ck_assert_uint_eq(block[i], 0);
  mw_free(block);
}
END_TEST

START_TEST(a_product_that_overflows_is_no_memory)
{
  ck_assert_ptr_null(mw_calloc(SIZE_MAX / 2 + 1, 2));
  ck_assert_uint_eq(failmalloc_count(), 0);
}
END_TEST

START_TEST(a_copy_ends_with_a_zero_that_was_not_asked_for)
{
  char *copy = mw_memdup("abc", 3);
  ck_assert_str_eq(copy, "abc");
  mw_free(copy);
  copy = mw_memdup(NULL, 0);
  ck_assert_str_eq(copy, "");
  mw_free(copy);
  ck_assert_ptr_null(mw_memdup("x", SIZE_MAX));
}
END_TEST

START_TEST(failure_is_handed_on)
{
  failmalloc_at(1);
  ck_assert_ptr_null(mw_malloc(1));
  failmalloc_at(1);
  ck_assert_ptr_null(mw_calloc(1, 1));
  failmalloc_at(1);
  ck_assert_ptr_null(mw_memdup("x", 1));
  char *block = mw_malloc(1);
  failmalloc_at(1);
  ck_assert_ptr_null(mw_realloc(block, 100));
  mw_free(block);
}
END_TEST

START_TEST(freeing_nothing_is_fine_and_asks_nobody)
{
  mw_free(NULL);
  ck_assert_uint_eq(failmalloc_live(), 0);
}
END_TEST

START_TEST(wiping_leaves_zeroes)
{
  char secret[] = "secret!";
  mw_wipe(secret, sizeof secret);
  for (size_t i = 0; i < sizeof secret; i++) ck_assert_int_eq(secret[i], 0);
}
END_TEST

START_TEST(an_allocator_is_whole_or_refused)
{
  ck_assert_int_eq(mqttwill_set_allocator(NULL, realloc, free), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_allocator(malloc, NULL, free), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_allocator(malloc, realloc, NULL), MQTTWILL_ERR_ARGUMENT);
  void *block = mw_malloc(1); /* still the counting one */
  ck_assert_uint_eq(failmalloc_live(), 1);
  mw_free(block);
  ck_assert_int_eq(mqttwill_set_allocator(malloc, realloc, free), MQTTWILL_OK);
  block = mw_malloc(1);
  ck_assert_uint_eq(failmalloc_live(), 0);
  mw_free(block);
}
END_TEST

START_TEST(the_version_is_that_of_the_header)
{ ck_assert_str_eq(mqttwill_version(), MQTTWILL_VERSION_TEXT); }
END_TEST

SUITE("base/alloc", zeroed_memory_is_zero, a_product_that_overflows_is_no_memory,
      a_copy_ends_with_a_zero_that_was_not_asked_for, failure_is_handed_on,
      freeing_nothing_is_fine_and_asks_nobody, wiping_leaves_zeroes, an_allocator_is_whole_or_refused,
      the_version_is_that_of_the_header)
