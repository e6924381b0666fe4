/* SPDX-License-Identifier: MIT
 * Slices that own their bytes (src/lib/base/slice.h). */
#include "support/suite.h"

#include "base/slice.h"

#include <mqttwill/status.h>

START_TEST(kept_bytes_are_a_copy)
{
  char bytes[] = "abc";
  struct mw_slice own = {0};
  ck_assert_int_eq(mw_slice_keep(&own, mw_slice_text(bytes)), MQTTWILL_OK);
  bytes[0] = 'x';
  ck_hex_eq(own, "'abc'");
  ck_assert_int_eq(mw_slice_keep(&own, mw_slice_text("de")), MQTTWILL_OK);
  ck_hex_eq(own, "'de'");
  mw_slice_drop(&own);
  ck_assert_ptr_null(own.data);
  ck_assert_uint_eq(own.len, 0);
}
END_TEST

START_TEST(keeping_nothing_owns_nothing)
{
  struct mw_slice own = {0};
  ck_assert_int_eq(mw_slice_keep(&own, mw_slice_text("abc")), MQTTWILL_OK);
  ck_assert_int_eq(mw_slice_keep(&own, mw_slice(NULL, 0)), MQTTWILL_OK);
  ck_assert_ptr_null(own.data);
  ck_assert_uint_eq(failmalloc_live(), 0);
  mw_slice_drop(&own);
}
END_TEST

START_TEST(without_memory_what_was_kept_stays)
{
  struct mw_slice own = {0};
  ck_assert_int_eq(mw_slice_keep(&own, mw_slice_text("abc")), MQTTWILL_OK);
  failmalloc_at(1);
  ck_assert_int_eq(mw_slice_keep(&own, mw_slice_text("de")), MQTTWILL_ERR_MEMORY);
  ck_hex_eq(own, "'abc'");
  mw_slice_drop(&own);
}
END_TEST

SUITE("base/slice", kept_bytes_are_a_copy, keeping_nothing_owns_nothing, without_memory_what_was_kept_stays)
