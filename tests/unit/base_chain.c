/* SPDX-License-Identifier: MIT
 * Bytes on their way out (src/lib/base/chain.h). */
#include "support/suite.h"

#include "base/chain.h"

#include <mqttwill/status.h>

#include <stdlib.h>

/* All bytes of a chain, in order. */
static struct mw_slice bytes_of(const struct mw_chain *c) {
  struct mw_slice views[64];
  size_t n = mw_chain_views(c, views, 64), len = 0;
  uint8_t *all = malloc(c->len);
  for (size_t i = 0; i < n; i++) {
    ck_assert_uint_le(len + views[i].len, c->len);
    memcpy(all + len, views[i].data, views[i].len);
    len += views[i].len;
  }
  ck_assert_uint_eq(len, c->len);
  struct mw_slice copy = hex_copy(mw_slice(all, len));
  free(all);
  return copy;
}

START_TEST(an_empty_chain_owns_no_memory)
{
  struct mw_chain c = {0};
  struct mw_slice view;
  ck_assert_int_eq(mw_chain_append(&c, NULL, 0), MQTTWILL_OK);
  ck_assert_uint_eq(mw_chain_views(&c, &view, 1), 0);
  ck_assert_uint_eq(failmalloc_count(), 0);
  mw_chain_fini(&c);
}
END_TEST

START_TEST(small_appends_share_a_block)
{
  struct mw_chain c = {0};
  for (int i = 0; i < 10; i++) ck_assert_int_eq(mw_chain_append(&c, "0123456789", 10), MQTTWILL_OK);
  ck_assert_uint_eq(failmalloc_count(), 1);
  ck_bytes_eq(bytes_of(&c), hex("'0123456789'*10"));
  mw_chain_fini(&c);
  ck_assert_uint_eq(c.len, 0);
  ck_assert_ptr_null(c.head);
}
END_TEST

START_TEST(many_bytes_come_out_in_order_whatever_their_size)
{
  struct mw_chain c = {0};
  ck_assert_int_eq(mw_chain_append(&c, "abc", 3), MQTTWILL_OK);
  struct mw_slice large = hex("58*70000");
  ck_assert_int_eq(mw_chain_append(&c, large.data, large.len), MQTTWILL_OK);
  ck_assert_int_eq(mw_chain_append(&c, "def", 3), MQTTWILL_OK);
  ck_bytes_eq(bytes_of(&c), hex("'abc' 58*70000 'def'"));
  mw_chain_consume(&c, 2);
  mw_chain_consume(&c, 70000);
  ck_hex_eq(bytes_of(&c), "'Xdef'");
  mw_chain_consume(&c, 4);
  ck_assert_uint_eq(c.len, 0);
  ck_assert_uint_eq(failmalloc_live(), 0); /* sent blocks are freed at once */
  ck_assert_int_eq(mw_chain_append(&c, "again", 5), MQTTWILL_OK);
  ck_hex_eq(bytes_of(&c), "'again'");
  mw_chain_fini(&c);
}
END_TEST

START_TEST(extended_room_is_in_one_piece_and_counted)
{
  struct mw_chain c = {0};
  mw_chain_append(&c, "a", 1);
  uint8_t *room = mw_chain_extend(&c, 5000);
  ck_assert_ptr_nonnull(room);
  memset(room, 'r', 5000);
  ck_assert_uint_eq(c.len, 5001);
  ck_bytes_eq(bytes_of(&c), hex("'a' 'r'*5000"));
  mw_chain_fini(&c);
}
END_TEST

START_TEST(views_stop_at_the_number_asked_for)
{
  struct mw_chain c = {0};
  struct mw_slice views[2], large = hex("58*20000");
  for (int i = 0; i < 4; i++) mw_chain_append(&c, large.data, large.len);
  ck_assert_uint_eq(mw_chain_views(&c, views, 2), 2);
  mw_chain_fini(&c);
}
END_TEST

START_TEST(a_taken_chain_goes_back_in_front)
{
  struct mw_chain c = {0};
  mw_chain_append(&c, "old", 3);
  struct mw_chain taken = mw_chain_take(&c);
  ck_assert_uint_eq(c.len, 0);
  mw_chain_append(&c, "new", 3);
  mw_chain_consume(&taken, 1);
  mw_chain_prepend(&c, &taken);
  ck_assert_uint_eq(taken.len, 0);
  ck_hex_eq(bytes_of(&c), "'ldnew'");
  mw_chain_prepend(&c, &taken); /* nothing changes nothing */
  mw_chain_append(&c, "!", 1);
  ck_hex_eq(bytes_of(&c), "'ldnew!'");
  struct mw_chain empty = {0};
  mw_chain_prepend(&empty, &c);
  mw_chain_append(&empty, "?", 1);
  ck_hex_eq(bytes_of(&empty), "'ldnew!?'");
  mw_chain_fini(&empty);
}
END_TEST

START_TEST(out_of_memory_changes_nothing)
{
  struct mw_chain c = {0};
  failmalloc_at(1);
  ck_assert_int_eq(mw_chain_append(&c, "a", 1), MQTTWILL_ERR_MEMORY);
  ck_assert_int_eq(mw_chain_append(&c, "a", 1), MQTTWILL_OK);
  failmalloc_at(1);
  ck_assert_ptr_null(mw_chain_extend(&c, 100000));
  ck_assert_ptr_null(mw_chain_extend(&c, SIZE_MAX));
  ck_hex_eq(bytes_of(&c), "'a'");
  mw_chain_fini(&c);
}
END_TEST

SUITE("base/chain", an_empty_chain_owns_no_memory, small_appends_share_a_block,
      many_bytes_come_out_in_order_whatever_their_size, extended_room_is_in_one_piece_and_counted,
      views_stop_at_the_number_asked_for, a_taken_chain_goes_back_in_front, out_of_memory_changes_nothing)
