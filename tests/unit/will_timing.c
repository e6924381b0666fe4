/* SPDX-License-Identifier: MIT
 * How long a death stays unnoticed, and every warning with the neighbour that does not deserve it
 * (src/lib/will/will_timing.c). */
#include "will/will_timing.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) mw_slice(literal, sizeof literal - 1)

/* A will nobody can object to. */
static struct mw_will_view plain(void) {
  return (struct mw_will_view){.topic = TEXT("A/status"), .payload = TEXT("offline"), .qos = 1};
}

/* MQTT 5, keep alive 60, session 600, nothing granted yet. */
static struct mw_will_terms terms_of(uint8_t version) {
  return (struct mw_will_terms){.version = version, .keep_alive = 60, .session_expiry = 600};
}

static void connect_with(struct mw_will_terms *terms, uint16_t keep_alive, uint32_t session_expiry) {
  terms->connected = true;
  terms->keep_alive_used = keep_alive;
  terms->session_expiry_used = session_expiry;
}

/* 18 00000005: will delay 5. */
static struct mw_will_view delayed(void) {
  struct mw_will_view will = plain();
  will.properties = TEXT("\x18\x00\x00\x00\x05");
  return will;
}

static void is_timing(const struct mw_will_view *will, const struct mw_will_terms *terms, uint64_t best,
                      uint64_t worst, unsigned warnings) {
  struct mw_will_timing timing = mw_will_timing(will, terms);
  ck_assert(timing.best_ms == best);
  ck_assert(timing.worst_ms == worst);
  ck_assert_uint_eq(timing.warnings, warnings);
}

START_TEST(without_delay_a_closed_connection_is_known_at_once_and_a_silent_one_after_90_seconds)
{
  struct mw_will_view will = plain();
  for (uint8_t version = 3; version <= 5; version++) {
    struct mw_will_terms terms = terms_of(version);
    is_timing(&will, &terms, 0, 90000, 0);
  }
}
END_TEST

START_TEST(a_delay_comes_on_top_of_both)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(5);
  is_timing(&will, &terms, 5000, 95000, 0);
}
END_TEST

START_TEST(an_odd_keep_alive_is_not_rounded)
{
  struct mw_will_view will = plain();
  struct mw_will_terms terms = terms_of(5);
  terms.keep_alive = 1;
  is_timing(&will, &terms, 0, 1500, 0);
  terms.keep_alive = 65535;
  is_timing(&will, &terms, 0, 98302500, 0);
}
END_TEST

START_TEST(below_mqtt_5_a_delay_counts_for_nothing)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(4);
  terms.session_expiry = 0;
  is_timing(&will, &terms, 0, 90000, 0);
}
END_TEST

START_TEST(a_delay_without_a_session_to_wait_in_is_ignored)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(5);
  terms.session_expiry = 0;
  is_timing(&will, &terms, 0, 90000, MQTTWILL_WILL_DELAY_IGNORED);
  will = plain(); /* no delay, nothing to ignore */
  is_timing(&will, &terms, 0, 90000, 0);
}
END_TEST

START_TEST(a_delay_longer_than_its_session_is_capped)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(5);
  terms.session_expiry = 4;
  is_timing(&will, &terms, 4000, 94000, MQTTWILL_WILL_DELAY_CAPPED);
  terms.session_expiry = 5;
  is_timing(&will, &terms, 5000, 95000, 0);
  terms.session_expiry = UINT32_MAX;
  is_timing(&will, &terms, 5000, 95000, 0);
}
END_TEST

START_TEST(the_longest_delay_and_session_do_not_wrap)
{
  struct mw_will_view will = plain();
  struct mw_will_terms terms = terms_of(5);
  will.properties = TEXT("\x18\xff\xff\xff\xff");
  terms.session_expiry = UINT32_MAX;
  is_timing(&will, &terms, UINT64_C(4294967295000), UINT64_C(4294967385000), 0);
}
END_TEST

START_TEST(keep_alive_0_is_never_noticed)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(5);
  terms.keep_alive = 0;
  is_timing(&will, &terms, 5000, UINT64_MAX, MQTTWILL_WILL_NEVER_NOTICED);
}
END_TEST

START_TEST(while_connected_the_servers_grants_count)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(5);
  connect_with(&terms, 60, 600);
  is_timing(&will, &terms, 5000, 95000, 0);
  connect_with(&terms, 10, 600);
  is_timing(&will, &terms, 5000, 20000, MQTTWILL_WILL_KEEP_ALIVE_CHANGED);
  connect_with(&terms, 60, 599);
  is_timing(&will, &terms, 5000, 95000, MQTTWILL_WILL_EXPIRY_LOWERED);
  connect_with(&terms, 60, 3);
  is_timing(&will, &terms, 3000, 93000, MQTTWILL_WILL_EXPIRY_LOWERED | MQTTWILL_WILL_DELAY_CAPPED);
  connect_with(&terms, 60, 0);
  is_timing(&will, &terms, 0, 90000, MQTTWILL_WILL_EXPIRY_LOWERED | MQTTWILL_WILL_DELAY_IGNORED);
  connect_with(&terms, 0, 600);
  is_timing(&will, &terms, 5000, UINT64_MAX, MQTTWILL_WILL_KEEP_ALIVE_CHANGED | MQTTWILL_WILL_NEVER_NOTICED);
}
END_TEST

START_TEST(a_keep_alive_dictated_where_none_was_asked_for_is_noticed)
{
  struct mw_will_view will = plain();
  struct mw_will_terms terms = terms_of(5);
  terms.keep_alive = 0;
  connect_with(&terms, 30, 600);
  is_timing(&will, &terms, 0, 45000, MQTTWILL_WILL_KEEP_ALIVE_CHANGED);
}
END_TEST

START_TEST(a_longer_session_than_asked_for_is_no_warning)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(5);
  connect_with(&terms, 60, 601);
  is_timing(&will, &terms, 5000, 95000, 0);
}
END_TEST

START_TEST(before_connecting_there_are_no_grants_to_look_at)
{
  struct mw_will_view will = delayed();
  struct mw_will_terms terms = terms_of(5);
  connect_with(&terms, 7, 1);
  terms.connected = false;
  is_timing(&will, &terms, 5000, 95000, 0);
}
END_TEST

START_TEST(below_mqtt_5_there_is_no_expiry_to_lower)
{
  struct mw_will_view will = plain();
  struct mw_will_terms terms = terms_of(4);
  connect_with(&terms, 60, 0);
  is_timing(&will, &terms, 0, 90000, 0);
}
END_TEST

static void warns_of_topic(const char *topic, size_t len, unsigned warnings) {
  struct mw_will_view will = plain();
  struct mw_will_terms terms = terms_of(5);
  will.topic = mw_slice(topic, len);
  is_timing(&will, &terms, 0, 90000, warnings);
}

START_TEST(a_topic_that_begins_with_a_dollar_is_warned_of)
{
  warns_of_topic("$SYS/x", 6, MQTTWILL_WILL_DOLLAR_TOPIC);
  warns_of_topic("$", 1, MQTTWILL_WILL_DOLLAR_TOPIC);
  warns_of_topic("a/$SYS", 6, 0);
  warns_of_topic(NULL, 0, 0); /* only properties are set */
}
END_TEST

START_TEST(control_and_non_characters_in_the_topic_are_warned_of)
{
  warns_of_topic("a\x01", 2, MQTTWILL_WILL_CONTROL_CHARACTERS);
  warns_of_topic("a\x1f", 2, MQTTWILL_WILL_CONTROL_CHARACTERS);
  warns_of_topic("a\x20", 2, 0);
  warns_of_topic("a~", 2, 0);
  warns_of_topic("a\x7f", 2, MQTTWILL_WILL_CONTROL_CHARACTERS);
  warns_of_topic("a\xc2\x9f", 3, MQTTWILL_WILL_CONTROL_CHARACTERS);     /* U+009F */
  warns_of_topic("a\xc2\xa0", 3, 0);                                    /* U+00A0 */
  warns_of_topic("a\xef\xbf\xbf", 4, MQTTWILL_WILL_CONTROL_CHARACTERS); /* U+FFFF */
  warns_of_topic(
      "\xef\xbb\xbf"
      "a",
      4, 0); /* U+FEFF is data */
}
END_TEST

START_TEST(an_empty_retained_will_erases)
{
  struct mw_will_view will = plain();
  struct mw_will_terms terms = terms_of(5);
  will.retain = true;
  is_timing(&will, &terms, 0, 90000, 0);
  will.payload = mw_slice(NULL, 0);
  is_timing(&will, &terms, 0, 90000, MQTTWILL_WILL_ERASES_RETAINED);
  will.retain = false;
  is_timing(&will, &terms, 0, 90000, 0);
}
END_TEST

START_TEST(only_mqtt_3_1_minds_a_payload_above_7_bits)
{
  struct mw_will_view will = plain();
  struct mw_will_terms terms = terms_of(3);
  will.payload = TEXT("caf\x7f");
  is_timing(&will, &terms, 0, 90000, 0);
  will.payload = TEXT("caf\x80");
  is_timing(&will, &terms, 0, 90000, MQTTWILL_WILL_NOT_ASCII);
  will.payload = TEXT("\xc3\xa9t\xc3\xa9");
  is_timing(&will, &terms, 0, 90000, MQTTWILL_WILL_NOT_ASCII);
  terms.version = 4;
  is_timing(&will, &terms, 0, 90000, 0);
  terms.version = 5;
  is_timing(&will, &terms, 0, 90000, 0);
}
END_TEST

START_TEST(every_warning_has_words_of_its_own_and_nothing_else_has)
{
  const char *seen[9];
  for (unsigned i = 0; i < 9; i++) {
    seen[i] = mqttwill_will_warning_text(1u << i);
    ck_assert_ptr_nonnull(seen[i]);
    for (unsigned j = 0; j < i; j++) ck_assert_str_ne(seen[i], seen[j]);
  }
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_DELAY_IGNORED), "no effect"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_DELAY_CAPPED), "expires before"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_EXPIRY_LOWERED), "shorter"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_KEEP_ALIVE_CHANGED), "another"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_NEVER_NOTICED), "silent"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_DOLLAR_TOPIC), "$"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_ERASES_RETAINED), "erases"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_CONTROL_CHARACTERS), "control"));
  ck_assert_ptr_nonnull(strstr(mqttwill_will_warning_text(MQTTWILL_WILL_NOT_ASCII), "3.1"));
  ck_assert_ptr_null(mqttwill_will_warning_text(0));
  ck_assert_ptr_null(mqttwill_will_warning_text(1u << 9));
  ck_assert_ptr_null(mqttwill_will_warning_text(3)); /* one bit at a time */
}
END_TEST

int main(void) {
  Suite *suite = suite_create("will/will_timing");
  TCase *times = tcase_create("times");
  tcase_add_test(times, without_delay_a_closed_connection_is_known_at_once_and_a_silent_one_after_90_seconds);
  tcase_add_test(times, a_delay_comes_on_top_of_both);
  tcase_add_test(times, an_odd_keep_alive_is_not_rounded);
  tcase_add_test(times, below_mqtt_5_a_delay_counts_for_nothing);
  tcase_add_test(times, a_delay_without_a_session_to_wait_in_is_ignored);
  tcase_add_test(times, a_delay_longer_than_its_session_is_capped);
  tcase_add_test(times, the_longest_delay_and_session_do_not_wrap);
  tcase_add_test(times, keep_alive_0_is_never_noticed);
  tcase_add_test(times, while_connected_the_servers_grants_count);
  tcase_add_test(times, a_keep_alive_dictated_where_none_was_asked_for_is_noticed);
  tcase_add_test(times, a_longer_session_than_asked_for_is_no_warning);
  tcase_add_test(times, before_connecting_there_are_no_grants_to_look_at);
  tcase_add_test(times, below_mqtt_5_there_is_no_expiry_to_lower);
  suite_add_tcase(suite, times);
  TCase *warnings = tcase_create("warnings");
  tcase_add_test(warnings, a_topic_that_begins_with_a_dollar_is_warned_of);
  tcase_add_test(warnings, control_and_non_characters_in_the_topic_are_warned_of);
  tcase_add_test(warnings, an_empty_retained_will_erases);
  tcase_add_test(warnings, only_mqtt_3_1_minds_a_payload_above_7_bits);
  tcase_add_test(warnings, every_warning_has_words_of_its_own_and_nothing_else_has);
  suite_add_tcase(suite, warnings);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
