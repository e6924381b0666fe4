/* SPDX-License-Identifier: MIT
 * The heap of deadlines (src/lib/base/heap.h). */
#include "support/suite.h"

#include "base/heap.h"

#include <mqttwill/status.h>

/* Takes the first node off and answers its index in `nodes`. */
static size_t pop(struct mw_heap *h, const struct mw_heap_node *nodes) {
  struct mw_heap_node *first = mw_heap_first(h);
  ck_assert_ptr_nonnull(first);
  mw_heap_remove(h, first);
  return (size_t)(first - nodes);
}

START_TEST(an_empty_heap_never_comes_due)
{
  struct mw_heap h = {0};
  ck_assert_ptr_null(mw_heap_first(&h));
  ck_assert(mw_heap_deadline(&h) == MW_NEVER);
  mw_heap_fini(&h);
}
END_TEST

START_TEST(deadlines_leave_in_their_order)
{
  static const uint64_t deadlines[] = {50, 10, 40, 30, 20, UINT64_MAX - 1, 0};
  static const size_t expected[] = {6, 1, 4, 3, 2, 0, 5};
  struct mw_heap_node nodes[7] = {0};
  struct mw_heap h = {0};
  for (size_t i = 0; i < 7; i++) ck_assert_int_eq(mw_heap_set(&h, &nodes[i], deadlines[i]), MQTTWILL_OK);
  ck_assert(mw_heap_deadline(&h) == 0);
  for (size_t i = 0; i < 7; i++) ck_assert_uint_eq(pop(&h, nodes), expected[i]);
  mw_heap_fini(&h);
}
END_TEST

START_TEST(equal_deadlines_leave_in_the_order_they_were_set)
{
  struct mw_heap_node nodes[100] = {0};
  struct mw_heap h = {0};
  for (size_t i = 0; i < 100; i++) mw_heap_set(&h, &nodes[i], 7);
  mw_heap_set(&h, &nodes[3], 7); /* the same again is not a new setting */
  for (size_t i = 0; i < 100; i++) ck_assert_uint_eq(pop(&h, nodes), i);
  mw_heap_fini(&h);
}
END_TEST

START_TEST(a_deadline_moves_both_ways_and_never_removes)
{
  struct mw_heap_node nodes[5] = {0};
  struct mw_heap h = {0};
  for (size_t i = 0; i < 5; i++) mw_heap_set(&h, &nodes[i], 10 * (i + 1));
  mw_heap_set(&h, &nodes[4], 1);
  mw_heap_set(&h, &nodes[0], 100);
  mw_heap_set(&h, &nodes[2], MW_NEVER);
  ck_assert_uint_eq(nodes[2].place, 0);
  mw_heap_set(&h, &nodes[2], MW_NEVER); /* fine when it is not in */
  ck_assert_uint_eq(pop(&h, nodes), 4);
  ck_assert_uint_eq(pop(&h, nodes), 1);
  ck_assert_uint_eq(pop(&h, nodes), 3);
  ck_assert_uint_eq(pop(&h, nodes), 0);
  ck_assert_ptr_null(mw_heap_first(&h));
  mw_heap_fini(&h);
}
END_TEST

START_TEST(thousands_of_settings_and_removals_keep_the_order)
{
  enum { COUNT = 3000 };
  static struct mw_heap_node nodes[COUNT];
  struct mw_heap h = {0};
  uint64_t random = 88172645463325252u; /* xorshift: the same every time */
  for (int round = 0; round < 5; round++)
    for (size_t i = 0; i < COUNT; i++) {
      random ^= random << 13;
      random ^= random >> 7;
      random ^= random << 17;
      if (random % 5 == 0)
        mw_heap_remove(&h, &nodes[i]);
      else
        ck_assert_int_eq(mw_heap_set(&h, &nodes[i], random % 1000), MQTTWILL_OK);
    }
  size_t left = 0;
  for (size_t i = 0; i < COUNT; i++) left += nodes[i].place != 0;
  ck_assert_uint_eq(left, h.count);
  struct mw_heap_node previous = {0};
  while (mw_heap_first(&h) != NULL) {
    struct mw_heap_node *first = mw_heap_first(&h);
    ck_assert(first->deadline > previous.deadline ||
              (first->deadline == previous.deadline && first->order >= previous.order));
    previous = *first;
    mw_heap_remove(&h, first);
    left--;
  }
  ck_assert_uint_eq(left, 0);
  mw_heap_fini(&h);
}
END_TEST

START_TEST(with_room_reserved_setting_cannot_fail)
{
  struct mw_heap_node nodes[20] = {0};
  struct mw_heap h = {0};
  ck_assert_int_eq(mw_heap_reserve(&h, 20), MQTTWILL_OK);
  failmalloc_at(1);
  for (size_t i = 0; i < 20; i++) ck_assert_int_eq(mw_heap_set(&h, &nodes[i], i), MQTTWILL_OK);
  mw_heap_fini(&h);
  ck_assert_uint_eq(nodes[7].place, 0); /* and the nodes may be used again */
}
END_TEST

START_TEST(out_of_memory_leaves_the_others_in)
{
  struct mw_heap_node nodes[9] = {0};
  struct mw_heap h = {0};
  failmalloc_at(1);
  ck_assert_int_eq(mw_heap_set(&h, &nodes[0], 1), MQTTWILL_ERR_MEMORY);
  for (size_t i = 0; i < 8; i++) ck_assert_int_eq(mw_heap_set(&h, &nodes[i], i), MQTTWILL_OK);
  failmalloc_at(1);
  ck_assert_int_eq(mw_heap_set(&h, &nodes[8], 0), MQTTWILL_ERR_MEMORY);
  ck_assert_uint_eq(nodes[8].place, 0);
  ck_assert_int_eq(mw_heap_set(&h, &nodes[0], 100), MQTTWILL_OK); /* one that is in needs no memory */
  ck_assert_uint_eq(pop(&h, nodes), 1);
  ck_assert_int_eq(mw_heap_reserve(&h, SIZE_MAX / 4), MQTTWILL_ERR_MEMORY);
  mw_heap_fini(&h);
}
END_TEST

SUITE("base/heap", an_empty_heap_never_comes_due, deadlines_leave_in_their_order,
      equal_deadlines_leave_in_the_order_they_were_set, a_deadline_moves_both_ways_and_never_removes,
      thousands_of_settings_and_removals_keep_the_order, with_room_reserved_setting_cannot_fail,
      out_of_memory_leaves_the_others_in)
