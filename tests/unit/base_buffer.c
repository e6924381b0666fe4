/* SPDX-License-Identifier: MIT
 * Bytes that grow at the end and are consumed from the front (src/lib/base/buffer.h). */
#include "support/suite.h"

#include "base/buffer.h"

#include <mqttwill/status.h>

START_TEST(an_empty_buffer_owns_no_memory)
{
  struct mw_buffer b = {0};
  ck_assert_uint_eq(mw_buffer_len(&b), 0);
  ck_assert_uint_eq(mw_buffer_view(&b).len, 0);
  mw_buffer_fini(&b);
  ck_assert_uint_eq(failmalloc_count(), 0);
}
END_TEST

START_TEST(bytes_come_out_in_the_order_they_went_in)
{
  struct mw_buffer b = {0};
  ck_assert_int_eq(mw_buffer_append(&b, "abc", 3), MQTTWILL_OK);
  ck_assert_int_eq(mw_buffer_append(&b, "def", 3), MQTTWILL_OK);
  ck_hex_eq(mw_buffer_view(&b), "'abcdef'");
  mw_buffer_consume(&b, 2);
  ck_hex_eq(mw_buffer_view(&b), "'cdef'");
  ck_assert_int_eq(mw_buffer_append(&b, NULL, 0), MQTTWILL_OK);
  mw_buffer_consume(&b, 4);
  ck_assert_uint_eq(b.start, 0); /* empty again: room from the front on */
  mw_buffer_fini(&b);
}
END_TEST

START_TEST(reserved_room_is_taken_by_commit_alone)
{
  struct mw_buffer b = {0};
  uint8_t *room = mw_buffer_reserve(&b, 10);
  ck_assert_ptr_nonnull(room);
  memcpy(room, "0123456789", 10);
  ck_assert_uint_eq(mw_buffer_len(&b), 0);
  mw_buffer_commit(&b, 4);
  ck_hex_eq(mw_buffer_view(&b), "'0123'");
  mw_buffer_clear(&b);
  ck_assert_uint_eq(mw_buffer_len(&b), 0);
  mw_buffer_fini(&b);
}
END_TEST

START_TEST(consumed_room_is_used_again_before_memory_is_asked_for)
{
  struct mw_buffer b = {0};
  mw_buffer_append(&b, hex("61*64").data, 64);
  mw_buffer_consume(&b, 40);
  failmalloc_at(0);
  ck_assert_int_eq(mw_buffer_append(&b, hex("62*40").data, 40), MQTTWILL_OK);
  ck_assert_uint_eq(failmalloc_count(), 0);
  ck_hex_eq(mw_buffer_view(&b), "61*24 62*40");
  mw_buffer_fini(&b);
}
END_TEST

START_TEST(remains_that_overlap_their_new_place_move_to_new_memory)
{
  struct mw_buffer b = {0};
  mw_buffer_append(&b, hex("'a'*10 'b'*54").data, 64);
  mw_buffer_consume(&b, 10);
  failmalloc_at(0);
  ck_assert_int_eq(mw_buffer_append(&b, "ccccc", 5), MQTTWILL_OK);
  ck_assert_uint_eq(failmalloc_count(), 1);
  ck_hex_eq(mw_buffer_view(&b), "'b'*54 'c'*5");
  mw_buffer_fini(&b);
}
END_TEST

START_TEST(growth_keeps_the_bytes)
{
  struct mw_buffer b = {0};
  for (unsigned i = 0; i < 5000; i++)
    ck_assert_int_eq(mw_buffer_append(&b, &(uint8_t){(uint8_t)i}, 1), MQTTWILL_OK);
  struct mw_slice view = mw_buffer_view(&b);
  ck_assert_uint_eq(view.len, 5000);
  for (unsigned i = 0; i < 5000; i++) ck_assert_uint_eq(view.data[i], (uint8_t)i);
  ck_assert_uint_le(failmalloc_count(), 10); /* it doubles */
  mw_buffer_fini(&b);
}
END_TEST

START_TEST(out_of_memory_changes_nothing)
{
  struct mw_buffer b = {0};
  failmalloc_at(1);
  ck_assert_int_eq(mw_buffer_append(&b, "a", 1), MQTTWILL_ERR_MEMORY);
  ck_assert_ptr_null(b.data);
  ck_assert_int_eq(mw_buffer_append(&b, "abc", 3), MQTTWILL_OK);
  failmalloc_at(1);
  ck_assert_ptr_null(mw_buffer_reserve(&b, 1000));
  ck_hex_eq(mw_buffer_view(&b), "'abc'");
  ck_assert_ptr_null(mw_buffer_reserve(&b, SIZE_MAX));
  ck_assert_ptr_null(mw_buffer_reserve(&b, SIZE_MAX / 2));
  ck_hex_eq(mw_buffer_view(&b), "'abc'");
  mw_buffer_fini(&b);
}
END_TEST

SUITE("base/buffer", an_empty_buffer_owns_no_memory, bytes_come_out_in_the_order_they_went_in,
      reserved_room_is_taken_by_commit_alone, consumed_room_is_used_again_before_memory_is_asked_for,
      remains_that_overlap_their_new_place_move_to_new_memory, growth_keeps_the_bytes,
      out_of_memory_changes_nothing)
