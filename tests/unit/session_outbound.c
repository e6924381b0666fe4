/* SPDX-License-Identifier: MIT
 * What a session still owes its server (src/lib/session/outbound.h): packet identifiers, the ring of flights,
 * the store of their bytes. What goes over the wire is the exchange scripts' business. */
#include "support/suite.h"

#include "session/outbound.h"

#include <mqttwill/status.h>

#include <stdio.h>

enum { ALL_IDENTIFIERS = 65535 };

/* For loops: Check notes every assertion it makes in a pipe. */
#define MUST(truth)                                                                                          \
  do {                                                                                                       \
    if (!(truth)) ck_abort_msg("must hold: %s", #truth);                                                     \
  } while (0)

static struct mw_publish message(const char *topic, const char *payload, uint8_t qos) {
  return (struct mw_publish){
      .topic = mw_slice_text(topic), .payload = mw_slice_text(payload), .qos = qos, .retain = false};
}

/* Queues "m<operation>" on topic "t". */
static void add(struct mw_outbound *o, int64_t operation) {
  char payload[24];
  snprintf(payload, sizeof payload, "m%lld", (long long)operation);
  struct mw_publish m = message("t", payload, 1);
  MUST(mw_outbound_add(o, operation, &m) == MQTTWILL_OK);
}

static void finish(struct mw_outbound *o, uint32_t index) {
  mw_outbound_done(o, mw_outbound_at(o, index));
}

static void ck_holds(const struct mw_outbound *o, uint32_t index, int64_t operation) {
  char payload[24];
  snprintf(payload, sizeof payload, "m%lld", (long long)operation);
  ck_assert_int_eq(mw_outbound_at(o, index)->operation, operation);
  struct mw_publish m = mw_outbound_message(o, index);
  ck_bytes_eq(m.topic, mw_slice_text("t"));
  ck_bytes_eq(m.payload, mw_slice_text(payload));
}

START_TEST(an_empty_queue_owns_no_memory)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  ck_assert_uint_eq(mw_outbound_used(&o), 0);
  ck_assert_ptr_null(mw_outbound_find(&o, 1));
  ck_assert_ptr_null(mw_outbound_untold(&o));
  ck_assert_ptr_null(mw_outbound_first_unsent(&o));
  ck_assert(!mw_outbound_is_pending(&o, 1));
  ck_assert_uint_eq(failmalloc_count(), 0);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(packet_identifiers_count_up_from_1_and_skip_0_when_they_wrap)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 2 * ALL_IDENTIFIERS + 3; i++) {
    add(&o, i);
    MUST(mw_outbound_packet_id(&o, 0) == (i - 1) % ALL_IDENTIFIERS + 1);
    MUST(mw_outbound_find(&o, mw_outbound_packet_id(&o, 0)) == mw_outbound_at(&o, 0));
    finish(&o, 0);
  }
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(flights_on_both_sides_of_the_wrap_are_found)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i < ALL_IDENTIFIERS; i++) {
    add(&o, i);
    finish(&o, 0);
  }
  for (int64_t i = 0; i < 4; i++) add(&o, 100000 + i);
  const uint16_t expected[] = {65535, 1, 2, 3};
  for (uint32_t i = 0; i < 4; i++) {
    ck_assert_uint_eq(mw_outbound_packet_id(&o, i), expected[i]);
    ck_assert_ptr_eq(mw_outbound_find(&o, expected[i]), mw_outbound_at(&o, i));
    ck_holds(&o, i, 100000 + i);
  }
  ck_assert_ptr_null(mw_outbound_find(&o, 0));
  ck_assert_ptr_null(mw_outbound_find(&o, 4));
  ck_assert_ptr_null(mw_outbound_find(&o, 65534));
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(every_packet_identifier_can_be_in_flight_and_not_one_more)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 1000; i++) { /* so that the ring begins somewhere */
    add(&o, i);
    finish(&o, 0);
  }
  for (int64_t i = 0; i < ALL_IDENTIFIERS; i++) add(&o, 2000 + i);
  struct mw_publish one_more = message("t", "x", 1);
  ck_assert_int_eq(mw_outbound_add(&o, 99999, &one_more), MQTTWILL_ERR_FULL);
  ck_assert_int_eq(mw_outbound_add(&o, 99999, NULL), MQTTWILL_ERR_FULL);
  for (unsigned id = 1; id <= ALL_IDENTIFIERS; id++) {
    struct mw_flight *flight = mw_outbound_find(&o, (uint16_t)id);
    MUST(flight != NULL);
    MUST(flight->operation == 2000 + (id > 1000 ? id - 1001 : id + ALL_IDENTIFIERS - 1001));
  }
  ck_assert_ptr_null(mw_outbound_find(&o, 0));
  finish(&o, 0); /* one is free again, and it is that of the first */
  add(&o, 99999);
  ck_assert_uint_eq(mw_outbound_packet_id(&o, ALL_IDENTIFIERS - 1), 1001);
  ck_holds(&o, ALL_IDENTIFIERS - 1, 99999);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(a_ring_that_grows_while_wrapped_keeps_its_order)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 8; i++) add(&o, i);
  for (int i = 0; i < 5; i++) finish(&o, 0);
  for (int64_t i = 9; i <= 40; i++) add(&o, i);
  ck_assert_uint_eq(o.count, 35);
  for (uint32_t i = 0; i < 35; i++) {
    ck_holds(&o, i, 6 + i);
    ck_assert_uint_eq(mw_outbound_packet_id(&o, i), 6 + i);
  }
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(what_is_answered_out_of_turn_waits_for_the_front)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 4; i++) add(&o, i);
  finish(&o, 2);
  finish(&o, 1);
  ck_assert_uint_eq(o.count, 4);
  ck_holds(&o, 0, 1);
  ck_holds(&o, 3, 4);
  finish(&o, 0); /* takes the two behind it along */
  ck_assert_uint_eq(o.count, 1);
  ck_holds(&o, 0, 4);
  ck_assert_uint_eq(mw_outbound_packet_id(&o, 0), 4);
  ck_assert_ptr_null(mw_outbound_find(&o, 3));
  ck_assert_uint_eq(mw_outbound_used(&o), 3);
  mw_outbound_fini(&o);
}
END_TEST

/* What message number `number` of the next test looks like. */
static struct mw_publish of_many_sizes(int64_t number) {
  static uint8_t payload[700];
  size_t len = (size_t)(number * 37 % 700);
  memset(payload, (int)(number & 0xff), len);
  return (struct mw_publish){.topic = mw_slice_text("topic"),
                             .properties = mw_slice("\x01\x01", 2),
                             .payload = mw_slice(payload, len),
                             .qos = 2,
                             .retain = number % 2 == 0};
}

/* Sizes from 0 to some hundreds, six in flight, so that the store is moved and grown all the time. */
START_TEST(bytes_survive_every_move_of_the_store)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 3000; i++) {
    struct mw_publish m = of_many_sizes(i);
    MUST(mw_outbound_add(&o, i, &m) == MQTTWILL_OK);
    if (o.count < 6) continue;
    for (uint32_t k = 0; k < o.count; k++) {
      struct mw_publish expected = of_many_sizes(mw_outbound_at(&o, k)->operation);
      struct mw_publish got = mw_outbound_message(&o, k);
      MUST(mw_slice_equal(got.topic, expected.topic));
      MUST(mw_slice_equal(got.properties, expected.properties));
      MUST(mw_slice_equal(got.payload, expected.payload));
      MUST(got.qos == 2 && got.retain == expected.retain);
    }
    finish(&o, 0);
  }
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(the_steady_state_allocates_nothing)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 100; i++) add(&o, 1000000 + i);
  for (int64_t i = 0; i < 100; i++) { /* until the store has found its size */
    finish(&o, 0);
    add(&o, 1000200 + i);
  }
  failmalloc_at(0);
  for (int64_t i = 0; i < 100000; i++) {
    finish(&o, 0);
    add(&o, 2000000 + i);
  }
  ck_assert_uint_eq(failmalloc_count(), 0);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(a_copy_is_marked_once_it_was_sent)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  add(&o, 1);
  ck_assert(!mw_outbound_message(&o, 0).duplicate);
  mw_outbound_at(&o, 0)->sent = true;
  ck_assert(mw_outbound_message(&o, 0).duplicate);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(taking_the_last_back_leaves_no_trace)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  add(&o, 1);
  size_t used = mw_outbound_used(&o);
  add(&o, 2);
  o.next = 2;
  mw_outbound_drop_last(&o);
  ck_assert_uint_eq(o.count, 1);
  ck_assert_uint_eq(o.next, 1);
  ck_assert_uint_eq(mw_outbound_used(&o), used);
  add(&o, 3);
  ck_assert_uint_eq(mw_outbound_packet_id(&o, 1), 2);
  ck_holds(&o, 0, 1);
  ck_holds(&o, 1, 3);
  ck_assert_int_eq(mw_outbound_add(&o, 4, NULL), MQTTWILL_OK);
  mw_outbound_drop_last(&o);
  ck_holds(&o, 1, 3);
  struct mw_publish long_one = message("topic", "payload", 1);
  long_one.properties = mw_slice("\x01\x01", 2);
  used = mw_outbound_used(&o);
  ck_assert_int_eq(mw_outbound_add(&o, 4, &long_one), MQTTWILL_OK);
  mw_outbound_drop_last(&o);
  ck_assert_uint_eq(mw_outbound_used(&o), used);
  mw_outbound_drop_last(&o);
  mw_outbound_drop_last(&o);
  ck_assert_uint_eq(mw_outbound_used(&o), 0);
  add(&o, 5);
  ck_assert_uint_eq(mw_outbound_packet_id(&o, 0), 1);
  ck_holds(&o, 0, 5);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(subscriptions_have_an_identifier_and_no_bytes)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  add(&o, 1);
  ck_assert_int_eq(mw_outbound_add(&o, 2, NULL), MQTTWILL_OK);
  mw_outbound_at(&o, 1)->payload_len = 7; /* how many filters: not a length in the store */
  add(&o, 3);
  ck_assert_uint_eq(mw_outbound_packet_id(&o, 2), 3);
  finish(&o, 0);
  finish(&o, 0);
  ck_holds(&o, 0, 3);
  ck_assert_uint_eq(mw_outbound_used(&o), 3);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(out_of_memory_changes_nothing)
{
  for (size_t n = 1;; n++) {
    struct mw_outbound o;
    mw_outbound_init(&o);
    failmalloc_at(n);
    bool failed = false;
    for (int64_t i = 1; i <= 40; i++) {
      struct mw_publish m = message("topic", "payload of some length", 1);
      size_t used = mw_outbound_used(&o);
      uint32_t count = o.count;
      if (mw_outbound_add(&o, i, &m) == MQTTWILL_OK) continue;
      failed = true;
      ck_assert_uint_eq(mw_outbound_used(&o), used);
      ck_assert_uint_eq(o.count, count);
      ck_assert_int_eq(mw_outbound_add(&o, i, &m), MQTTWILL_OK);
    }
    for (uint32_t i = 0; i < 40; i++) {
      ck_assert_uint_eq(mw_outbound_packet_id(&o, i), i + 1);
      ck_bytes_eq(mw_outbound_message(&o, i).payload, mw_slice_text("payload of some length"));
    }
    mw_outbound_fini(&o);
    if (!failed) {
      ck_assert_uint_gt(n, 3); /* some did fail */
      break;
    }
  }
}
END_TEST

START_TEST(unsent_messages_leave_in_order)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  int64_t added = 0, left = 0;
  for (int round = 0; round < 50; round++) { /* in and out, so that the ring wraps and grows */
    for (int i = 0; i < 7; i++) {
      o.written += 10;
      ck_assert_int_eq(mw_outbound_add_unsent(&o, ++added), MQTTWILL_OK);
    }
    for (int i = 0; i < 5; i++) {
      struct mw_unsent *first = mw_outbound_first_unsent(&o);
      ck_assert_ptr_nonnull(first);
      ck_assert_int_eq(first->operation, ++left);
      ck_assert_uint_eq(first->end, (uint64_t)left * 10);
      mw_outbound_drop_unsent(&o);
    }
    ck_assert(!mw_outbound_is_pending(&o, left));
    for (int64_t i = left + 1; i <= added; i++) ck_assert(mw_outbound_is_pending(&o, i));
    ck_assert(!mw_outbound_is_pending(&o, added + 1));
  }
  failmalloc_at(1);
  int status;
  do status = mw_outbound_add_unsent(&o, ++added);
  while (status == MQTTWILL_OK);
  ck_assert_int_eq(status, MQTTWILL_ERR_MEMORY);
  ck_assert(!mw_outbound_is_pending(&o, added));
  ck_assert(mw_outbound_is_pending(&o, added - 1));
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(pending_is_found_among_gaps)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 20; i++) add(&o, i * 3);
  finish(&o, 5); /* operation 18 */
  for (int64_t i = 0; i <= 61; i++)
    ck_assert_msg(mw_outbound_is_pending(&o, i) == (i > 0 && i <= 60 && i % 3 == 0 && i != 18),
                  "operation %lld", (long long)i);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(what_is_over_untold_is_told_in_order_and_once)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 6; i++) add(&o, i);
  mw_outbound_untell(&o, mw_outbound_at(&o, 4), MQTTWILL_ERR_CLOSED);
  ck_assert_int_eq(mw_outbound_untold(&o)->operation, 5);
  mw_outbound_untell(&o, mw_outbound_at(&o, 1), MQTTWILL_ERR_CANCELLED); /* later, and before it */
  mw_outbound_untell(&o, mw_outbound_at(&o, 1), MQTTWILL_ERR_MEMORY);    /* the first word stays */
  ck_assert(mw_outbound_is_pending(&o, 2));
  struct mw_flight *untold = mw_outbound_untold(&o);
  ck_assert_int_eq(untold->operation, 2);
  ck_assert_int_eq(untold->status, MQTTWILL_ERR_CANCELLED);
  ck_assert_ptr_eq(mw_outbound_untold(&o), untold); /* until it is done */
  mw_outbound_done(&o, untold);
  ck_assert(!mw_outbound_is_pending(&o, 2));
  mw_outbound_untell(&o, mw_outbound_at(&o, 1), MQTTWILL_ERR_MEMORY); /* done is done */
  finish(&o, 0);                                                      /* the front goes meanwhile */
  untold = mw_outbound_untold(&o);
  ck_assert_int_eq(untold->operation, 5);
  ck_assert_int_eq(untold->status, MQTTWILL_ERR_CLOSED);
  mw_outbound_done(&o, untold);
  ck_assert_ptr_null(mw_outbound_untold(&o));
  mw_outbound_untell(&o, mw_outbound_at(&o, 0), MQTTWILL_OK); /* an earlier one, later */
  ck_assert_int_eq(mw_outbound_untold(&o)->operation, 3);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(an_idle_queue_gives_its_memory_back_and_counts_on)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  for (int64_t i = 1; i <= 11; i++) add(&o, i);
  ck_assert_int_eq(mw_outbound_add_unsent(&o, 12), MQTTWILL_OK);
  mw_outbound_trim(&o); /* not idle: nothing is lost */
  ck_holds(&o, 10, 11);
  ck_assert(mw_outbound_is_pending(&o, 12));
  for (int i = 0; i < 11; i++) finish(&o, 0);
  mw_outbound_drop_unsent(&o);
  mw_outbound_trim(&o);
  ck_assert_uint_eq(failmalloc_live(), 0);
  add(&o, 13);
  ck_assert_uint_eq(mw_outbound_packet_id(&o, 0), 12);
  ck_holds(&o, 0, 13);
  ck_assert_int_eq(mw_outbound_add_unsent(&o, 14), MQTTWILL_OK);
  ck_assert_int_eq(mw_outbound_first_unsent(&o)->operation, 14);
  mw_outbound_fini(&o);
}
END_TEST

START_TEST(use_counts_bytes_kept_and_bytes_unsent)
{
  struct mw_outbound o;
  mw_outbound_init(&o);
  struct mw_publish m = message("abc", "12345", 1);
  ck_assert_int_eq(mw_outbound_add(&o, 1, &m), MQTTWILL_OK);
  ck_assert_uint_eq(mw_outbound_used(&o), 8);
  o.written = 100;
  o.sent = 60;
  ck_assert_uint_eq(mw_outbound_used(&o), 48);
  o.sent = 100;
  finish(&o, 0);
  ck_assert_uint_eq(mw_outbound_used(&o), 0);
  mw_outbound_fini(&o);
}
END_TEST

SUITE("session/outbound", an_empty_queue_owns_no_memory,
      packet_identifiers_count_up_from_1_and_skip_0_when_they_wrap,
      flights_on_both_sides_of_the_wrap_are_found, every_packet_identifier_can_be_in_flight_and_not_one_more,
      a_ring_that_grows_while_wrapped_keeps_its_order, what_is_answered_out_of_turn_waits_for_the_front,
      bytes_survive_every_move_of_the_store, the_steady_state_allocates_nothing,
      a_copy_is_marked_once_it_was_sent, taking_the_last_back_leaves_no_trace,
      subscriptions_have_an_identifier_and_no_bytes, out_of_memory_changes_nothing,
      unsent_messages_leave_in_order, pending_is_found_among_gaps,
      what_is_over_untold_is_told_in_order_and_once, an_idle_queue_gives_its_memory_back_and_counts_on,
      use_counts_bytes_kept_and_bytes_unsent)
