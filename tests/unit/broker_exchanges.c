/* SPDX-License-Identifier: MIT
 * The table of packet identifiers and the backlog (src/broker/core/exchanges.c, backlog.c), to their limits.
 */
#include "broker/core/backlog.h"
#include "broker/core/exchanges.h"
#include "support/suite.h"

static struct mw_publication *a_publication(void) {
  const struct mw_will_view view = {.topic = mw_slice_text("t"), .payload = mw_slice_text("x")};
  return mw_publication_new(&view, 0);
}

START_TEST(identifiers_are_found_in_any_order_and_walked_in_theirs)
{
  struct mw_exchanges e = {0};
  static const uint16_t ids[] = {7, 3, 65535, 1, 4099, 11, 19};
  enum { COUNT = sizeof ids / sizeof ids[0] };
  for (size_t i = 0; i < COUNT; i++) ck_assert_ptr_nonnull(mw_exchanges_add(&e, ids[i]));
  for (size_t i = 0; i < COUNT; i++) ck_assert_uint_eq(mw_exchanges_find(&e, ids[i])->packet_id, ids[i]);
  ck_assert_ptr_null(mw_exchanges_find(&e, 2));
  mw_exchanges_remove(&e, mw_exchanges_find(&e, 65535)); /* the middle, the first, the last */
  mw_exchanges_remove(&e, mw_exchanges_find(&e, 7));
  mw_exchanges_remove(&e, mw_exchanges_find(&e, 19));
  ck_assert_ptr_null(mw_exchanges_find(&e, 7));
  static const uint16_t left[] = {3, 1, 4099, 11, 5};
  ck_assert_ptr_nonnull(mw_exchanges_add(&e, 5));
  size_t n = 0;
  for (uint16_t i = mw_exchanges_first(&e); i != MW_NO_EXCHANGE; i = e.slots[i].next)
    ck_assert_uint_eq(e.slots[i].packet_id, left[n++]);
  ck_assert_uint_eq(n, 5);
  mw_exchanges_fini(&e);
  ck_assert_uint_eq(mw_exchanges_first(&e), MW_NO_EXCHANGE);
}
END_TEST

START_TEST(all_65535_identifiers_fit_and_not_one_more)
{
  struct mw_exchanges e = {0};
  for (unsigned id = 1; id <= 65535; id++) ck_assert_ptr_nonnull(mw_exchanges_add(&e, (uint16_t)id));
  ck_assert_ptr_null(mw_exchanges_add(&e, 1));
  for (unsigned id = 1; id <= 65535; id++)
    ck_assert_uint_eq(mw_exchanges_find(&e, (uint16_t)id)->packet_id, id);
  mw_exchanges_remove(&e, mw_exchanges_find(&e, 4711));
  ck_assert_ptr_null(mw_exchanges_find(&e, 4711));
  ck_assert_ptr_nonnull(mw_exchanges_add(&e, 4711));
  ck_assert_uint_eq(e.slots[e.last].packet_id, 4711);
  for (unsigned id = 1; id <= 65535; id++) mw_exchanges_remove(&e, mw_exchanges_find(&e, (uint16_t)id));
  ck_assert_uint_eq(failmalloc_live(), 0); /* a large table is given back when it is empty */
  mw_exchanges_fini(&e);
}
END_TEST

START_TEST(a_table_in_use_allocates_nothing)
{
  struct mw_exchanges e = {0};
  for (uint16_t id = 1; id <= 4; id++) mw_exchanges_add(&e, id);
  failmalloc_at(1);
  for (uint16_t id = 5; id < 5000; id++) {
    mw_exchanges_remove(&e, mw_exchanges_find(&e, (uint16_t)(id - 4)));
    ck_assert_ptr_nonnull(mw_exchanges_add(&e, id));
  }
  ck_assert_uint_eq(failmalloc_count(), 0);
  ck_assert_ptr_null(mw_exchanges_add(&e, 6000)); /* the fifth: out of memory, and nothing is lost */
  for (uint16_t id = 4996; id < 5000; id++) ck_assert_ptr_nonnull(mw_exchanges_find(&e, id));
  mw_exchanges_fini(&e);
}
END_TEST

START_TEST(a_table_gives_up_what_it_holds)
{
  struct mw_exchanges e = {0};
  struct mw_publication *p = a_publication();
  for (uint16_t id = 1; id <= 3; id++)
    mw_exchanges_add(&e, id)->delivery.publication = mw_publication_share(p);
  mw_exchanges_remove(&e, mw_exchanges_find(&e, 2));
  ck_assert_uint_eq(p->references, 3);
  mw_exchanges_fini(&e);
  ck_assert_uint_eq(p->references, 1);
  mw_publication_release(p);
}
END_TEST

START_TEST(a_backlog_is_first_in_first_out_while_it_wraps_and_grows)
{
  struct mw_backlog b = {0};
  struct mw_publication *p = a_publication();
  uint32_t in = 0, out = 0;
  for (int round = 0; round < 200; round++) {
    for (int i = 0; i < 7; i++) {
      struct mw_delivery d = {.publication = mw_publication_share(p), .identifier = in++};
      ck_assert(mw_backlog_push(&b, &d));
    }
    for (int i = 0; i < 5; i++) {
      ck_assert_uint_eq(mw_backlog_first(&b)->identifier, out);
      struct mw_delivery d = mw_backlog_pop(&b);
      ck_assert_uint_eq(d.identifier, out++);
      mw_delivery_fini(&d);
    }
  }
  ck_assert_uint_eq(b.count, 400);
  mw_backlog_fini(&b);
  ck_assert_uint_eq(p->references, 1);
  mw_publication_release(p);
  ck_assert_ptr_null(mw_backlog_first(&b));
}
END_TEST

START_TEST(a_backlog_without_memory_keeps_what_it_had)
{
  struct mw_backlog b = {0};
  struct mw_delivery d = {.identifier = 1};
  for (int i = 0; i < 8; i++) ck_assert(mw_backlog_push(&b, &d));
  failmalloc_at(1);
  ck_assert(!mw_backlog_push(&b, &d));
  ck_assert_uint_eq(b.count, 8);
  mw_backlog_fini(&b);
  failmalloc_at(1);
  ck_assert(!mw_backlog_push(&b, &d));
  mw_backlog_fini(&b);
}
END_TEST

START_TEST(a_publication_expires_by_its_own_clock)
{
  const struct mw_slice properties = hex("02 00 00 00 02 | 23 00 05 | 18 00 00 00 09 | 01 01 | 0b 07");
  const struct mw_will_view view = {.topic = mw_slice_text("t"), .properties = properties};
  struct mw_publication *p = mw_publication_new(&view, 5000);
  ck_hex_eq(mw_publication_properties(p), "02 00 00 00 02 | 01 01");
  ck_assert_uint_eq(p->expiry_offset, 1);
  ck_assert_uint_eq(mw_publication_deadline(p), 7000);
  ck_assert_uint_eq(mw_publication_expiry_left(p, 5000), 2);
  ck_assert_uint_eq(mw_publication_expiry_left(p, 5999), 2);
  ck_assert_uint_eq(mw_publication_expiry_left(p, 6000), 1);
  ck_assert(!mw_publication_has_expired(p, 6999));
  ck_assert(mw_publication_has_expired(p, 7000));
  ck_assert_uint_eq(mw_publication_expiry_left(p, 90000), 0);
  p->published = 7000; /* as a will that was published later */
  ck_assert(!mw_publication_has_expired(p, 8999));
  p->expiry = 0; /* no time to wait, but at once is no waiting */
  ck_assert(!mw_publication_has_expired(p, 7000));
  ck_assert(mw_publication_has_expired(p, 7001));
  mw_publication_release(p);
}
END_TEST

SUITE("broker/exchanges", identifiers_are_found_in_any_order_and_walked_in_theirs,
      all_65535_identifiers_fit_and_not_one_more, a_table_in_use_allocates_nothing,
      a_table_gives_up_what_it_holds, a_backlog_is_first_in_first_out_while_it_wraps_and_grows,
      a_backlog_without_memory_keeps_what_it_had, a_publication_expires_by_its_own_clock)
