/* SPDX-License-Identifier: MIT
 * What a session owes its server for messages it received (src/lib/session/inbound.h). */
#include "support/suite.h"

#include "session/inbound.h"

#include <mqttwill/status.h>

enum { ALL_IDENTIFIERS = 65535 };

/* For loops: Check notes every assertion it makes in a pipe. */
#define MUST(truth)                                                                                          \
  do {                                                                                                       \
    if (!(truth)) ck_abort_msg("must hold: %s", #truth);                                                     \
  } while (0)

static uint64_t arrive(struct mw_inbound *i, uint16_t packet_id, uint8_t qos) {
  uint64_t token = 0;
  MUST(mw_inbound_arrived(i, packet_id, qos, &token) == MQTTWILL_OK);
  MUST(token != 0);
  return token;
}

/* The program is done with it, and the acknowledgement goes out. */
static void acknowledge(struct mw_inbound *i, uint64_t token, uint16_t packet_id) {
  MUST(mw_inbound_ready(i, token) == MQTTWILL_OK);
  MUST(mw_inbound_first_ready(i) != NULL);
  MUST(mw_inbound_first_ready(i)->packet_id == packet_id);
  mw_inbound_acknowledged(i);
}

static struct mw_inbound opened(void) {
  struct mw_inbound i = {0};
  mw_inbound_reopen(&i);
  return i;
}

START_TEST(acknowledgements_leave_in_the_order_of_arrival)
{
  struct mw_inbound i = opened();
  uint64_t first = arrive(&i, 9, 1), second = arrive(&i, 3, 1), third = arrive(&i, 5, 2);
  ck_assert_int_eq(mw_inbound_ready(&i, third), MQTTWILL_OK);
  ck_assert_int_eq(mw_inbound_ready(&i, second), MQTTWILL_OK);
  ck_assert_ptr_null(mw_inbound_first_ready(&i));
  ck_assert_int_eq(mw_inbound_ready(&i, first), MQTTWILL_OK);
  const uint16_t order[] = {9, 3, 5};
  for (int n = 0; n < 3; n++) {
    ck_assert_uint_eq(mw_inbound_first_ready(&i)->packet_id, order[n]);
    mw_inbound_acknowledged(&i);
  }
  ck_assert_ptr_null(mw_inbound_first_ready(&i));
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(a_token_serves_once_and_only_over_its_connection)
{
  struct mw_inbound i = opened();
  uint64_t token = arrive(&i, 1, 1);
  ck_assert_int_eq(mw_inbound_ready(&i, token + 1), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mw_inbound_ready(&i, 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mw_inbound_ready(&i, token), MQTTWILL_OK);
  ck_assert_int_eq(mw_inbound_ready(&i, token), MQTTWILL_ERR_ARGUMENT);
  mw_inbound_acknowledged(&i);
  ck_assert_int_eq(mw_inbound_ready(&i, token), MQTTWILL_ERR_ARGUMENT);
  mw_inbound_reopen(&i);
  uint64_t again = arrive(&i, 1, 1);
  ck_assert_uint_ne(again, token);
  ck_assert_int_eq(mw_inbound_ready(&i, token), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mw_inbound_ready(&i, again), MQTTWILL_OK);
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(the_same_identifier_twice_is_two_debts)
{ /* a QoS 1 copy over the same connection */
  struct mw_inbound i = opened();
  uint64_t token = arrive(&i, 1, 1), copy = arrive(&i, 1, 1);
  acknowledge(&i, token, 1);
  ck_assert_ptr_null(mw_inbound_first_ready(&i));
  acknowledge(&i, copy, 1);
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(a_qos_2_identifier_is_remembered_from_pubrec_to_pubrel)
{
  struct mw_inbound i = opened();
  uint64_t token = arrive(&i, 7, 2);
  ck_assert(!mw_inbound_is_received(&i, 7));
  ck_assert(mw_inbound_is_owed(&i, 7, 2));
  ck_assert(!mw_inbound_is_owed(&i, 7, 1));
  ck_assert(!mw_inbound_is_owed(&i, 8, 2));
  ck_assert(!mw_inbound_release(&i, 7));
  acknowledge(&i, token, 7);
  ck_assert(mw_inbound_is_received(&i, 7));
  ck_assert(!mw_inbound_is_owed(&i, 7, 2));
  ck_assert(mw_inbound_release(&i, 7));
  ck_assert(!mw_inbound_is_received(&i, 7));
  ck_assert(!mw_inbound_release(&i, 7));
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(a_qos_1_identifier_is_not_remembered)
{
  struct mw_inbound i = opened();
  acknowledge(&i, arrive(&i, 7, 1), 7);
  ck_assert(!mw_inbound_is_received(&i, 7));
  ck_assert_uint_eq(mw_inbound_in_window(&i), 0);
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(a_new_connection_voids_debts_and_keeps_what_was_received)
{
  struct mw_inbound i = opened();
  acknowledge(&i, arrive(&i, 7, 2), 7);
  arrive(&i, 8, 2);
  arrive(&i, 9, 1);
  ck_assert_uint_eq(mw_inbound_in_window(&i), 3);
  mw_inbound_reopen(&i);
  ck_assert_uint_eq(mw_inbound_in_window(&i), 1);
  ck_assert(mw_inbound_is_received(&i, 7));
  ck_assert(!mw_inbound_is_owed(&i, 8, 2));
  mw_inbound_forget(&i); /* the session was lost */
  ck_assert(!mw_inbound_is_received(&i, 7));
  ck_assert_uint_eq(mw_inbound_in_window(&i), 0);
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(received_identifiers_of_any_order_are_found)
{
  struct mw_inbound i = opened();
  for (uint32_t n = 0; n < 2000; n++) { /* 7919 is prime: each once, scattered */
    uint16_t id = (uint16_t)(n * 7919 % 65521 + 1);
    acknowledge(&i, arrive(&i, id, 2), id);
  }
  ck_assert_uint_eq(mw_inbound_in_window(&i), 2000);
  for (uint32_t n = 0; n < 4000; n++)
    ck_assert(mw_inbound_is_received(&i, (uint16_t)(n * 7919 % 65521 + 1)) == (n < 2000));
  for (uint32_t n = 0; n < 2000; n += 2) ck_assert(mw_inbound_release(&i, (uint16_t)(n * 7919 % 65521 + 1)));
  for (uint32_t n = 0; n < 2000; n++)
    ck_assert(mw_inbound_is_received(&i, (uint16_t)(n * 7919 % 65521 + 1)) == (n % 2 == 1));
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(every_identifier_can_be_received)
{
  struct mw_inbound i = opened();
  for (uint32_t id = 1; id <= ALL_IDENTIFIERS; id++)
    acknowledge(&i, arrive(&i, (uint16_t)id, 2), (uint16_t)id);
  ck_assert_uint_eq(mw_inbound_in_window(&i), ALL_IDENTIFIERS);
  ck_assert(mw_inbound_is_received(&i, 1));
  ck_assert(mw_inbound_is_received(&i, 65535));
  for (uint32_t id = ALL_IDENTIFIERS; id >= 1; id--) MUST(mw_inbound_release(&i, (uint16_t)id));
  ck_assert_uint_eq(mw_inbound_in_window(&i), 0);
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(a_ring_that_grows_while_wrapped_keeps_its_order)
{
  struct mw_inbound i = opened();
  uint64_t tokens[200];
  uint16_t arrived = 0, acknowledged = 0;
  for (int round = 0; round < 30; round++) {
    for (int n = 0; n < 5; n++, arrived++) tokens[arrived] = arrive(&i, (uint16_t)(arrived + 1), 1);
    for (int n = 0; n < 3; n++, acknowledged++)
      acknowledge(&i, tokens[acknowledged], (uint16_t)(acknowledged + 1));
  }
  ck_assert_uint_eq(mw_inbound_in_window(&i), (uint32_t)(arrived - acknowledged));
  for (; acknowledged < arrived; acknowledged++)
    acknowledge(&i, tokens[acknowledged], (uint16_t)(acknowledged + 1));
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(an_acknowledgement_never_fails_for_lack_of_memory)
{
  struct mw_inbound i = opened();
  uint64_t tokens[40];
  for (uint16_t n = 0; n < 40; n++) tokens[n] = arrive(&i, (uint16_t)(n + 1), n % 3 == 0 ? 1 : 2);
  failmalloc_at(0);
  for (uint16_t n = 0; n < 40; n++) acknowledge(&i, tokens[n], (uint16_t)(n + 1));
  ck_assert_uint_eq(failmalloc_count(), 0);
  mw_inbound_fini(&i);
}
END_TEST

START_TEST(out_of_memory_changes_nothing)
{
  for (size_t n = 1;; n++) {
    struct mw_inbound i = opened();
    bool failed = false;
    failmalloc_at(n);
    for (uint16_t id = 1; id <= 20; id++) {
      uint64_t token;
      if (mw_inbound_arrived(&i, id, 2, &token) == MQTTWILL_OK) continue;
      failed = true;
      ck_assert_uint_eq(mw_inbound_in_window(&i), id - 1u);
      ck_assert(!mw_inbound_is_owed(&i, id, 2));
      arrive(&i, id, 2);
    }
    for (uint16_t id = 1; id <= 20; id++) ck_assert(mw_inbound_is_owed(&i, id, 2));
    mw_inbound_fini(&i);
    if (!failed) {
      ck_assert_uint_gt(n, 3);
      break;
    }
  }
}
END_TEST

START_TEST(an_idle_session_gives_its_memory_back)
{
  struct mw_inbound i = opened();
  uint64_t token = arrive(&i, 1, 2);
  mw_inbound_trim(&i);
  acknowledge(&i, token, 1);
  mw_inbound_trim(&i);
  ck_assert(mw_inbound_is_received(&i, 1));
  ck_assert(mw_inbound_release(&i, 1));
  mw_inbound_trim(&i);
  ck_assert_uint_eq(failmalloc_live(), 0);
  uint64_t next = arrive(&i, 1, 2);
  ck_assert_uint_eq(next >> 16, token >> 16); /* still the same connection */
  mw_inbound_fini(&i);
}
END_TEST

SUITE("session/inbound", acknowledgements_leave_in_the_order_of_arrival,
      a_token_serves_once_and_only_over_its_connection, the_same_identifier_twice_is_two_debts,
      a_qos_2_identifier_is_remembered_from_pubrec_to_pubrel, a_qos_1_identifier_is_not_remembered,
      a_new_connection_voids_debts_and_keeps_what_was_received, received_identifiers_of_any_order_are_found,
      every_identifier_can_be_received, a_ring_that_grows_while_wrapped_keeps_its_order,
      an_acknowledgement_never_fails_for_lack_of_memory, out_of_memory_changes_nothing,
      an_idle_session_gives_its_memory_back)
