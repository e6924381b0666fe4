/* SPDX-License-Identifier: MIT
 * The fate table (src/lib/will/will_fate.c) against an expectation that was written down from the standards'
 * text, answer by answer, for every end, version, delay and session expiry. It shares nothing with the table
 * but the names of the ends. */
#include "will/will_fate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FOR_EVER UINT32_MAX

/* The columns of every answer string below. */
static const struct {
  uint32_t delay, session_expiry;
} columns[] = {
    {0, 0},        /* 0 */
    {0, 9},        /* 1 */
    {0, FOR_EVER}, /* 2 */
    {5, 0},        /* 3: the session ends with its connection */
    {5, 3},        /* 4: the session ends before the delay */
    {5, 5},        /* 5: both at once */
    {5, 9},        /* 6 */
    {5, FOR_EVER}, /* 7 */
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* One letter a column, those of delay 0 before the bar. D: discarded. P: published at once. 3, 5: published
 * after so many seconds, unless something happens before. */
struct answers {
  enum mw_will_end end;
  const char *mqtt_3_1, *mqtt_3_1_1, *mqtt_5;
};

static const struct answers answers[] = {
    {MW_END_DISCONNECT, "DDD|DDDDD", "DDD|DDDDD", "DDD|DDDDD"},
    {MW_END_DISCONNECT_WITH_WILL, "PPP|PPPPP", "PPP|PPPPP", "PPP|P3555"},
    {MW_END_DISCONNECT_ERROR, "PPP|PPPPP", "PPP|PPPPP", "PPP|P3555"},
    {MW_END_LOST, "PPP|PPPPP", "PPP|PPPPP", "PPP|P3555"},
    {MW_END_KEEP_ALIVE, "PPP|PPPPP", "PPP|PPPPP", "PPP|P3555"},
    {MW_END_PROTOCOL_ERROR, "PPP|PPPPP", "PPP|PPPPP", "PPP|P3555"},
    {MW_END_SERVER_CLOSED, "PPP|PPPPP", "PPP|PPPPP", "PPP|P3555"},
    {MW_END_SESSION_DELETED, "PPP|PPPPP", "PPP|PPPPP", "PPP|PPPPP"},
    {MW_END_TAKEOVER_RESUME, "PPP|PPPPP", "PPP|PPPPP", "PPP|PDDDD"},
    {MW_END_TAKEOVER_CLEAN, "PPP|PPPPP", "PPP|PPPPP", "PPP|PPPPP"},
    {MW_END_SHUTDOWN, "PPP|PPPPP", "PPP|PPPPP", "PPP|P3555"},
    /* Only columns 4 to 7 of MQTT 5 can wait at all; elsewhere a will that is still there is overdue. */
    {MW_END_RESUMED, "PPP|PPPPP", "PPP|PPPPP", "PPP|PDDDD"},
    {MW_END_RESTARTED, "PPP|PPPPP", "PPP|PPPPP", "PPP|PPPPP"},
    {MW_END_DELAY_OVER, "PPP|PPPPP", "PPP|PPPPP", "PPP|PPPPP"},
    {MW_END_SESSION_EXPIRED, "PPP|PPPPP", "PPP|PPPPP", "PPP|PPPPP"},
};
enum { ANSWERS = sizeof answers / sizeof answers[0] };

static void expect(enum mw_will_end end, uint8_t version, size_t column, const char *letters) {
  char answer = letters[columns[column].delay == 0 ? column : column + 1]; /* the bar */
  struct mw_will_fate fate =
      mw_will_fate(end, version, columns[column].delay, columns[column].session_expiry);
  enum mw_will_verdict verdict = answer == 'D'   ? MW_WILL_DISCARD
                                 : answer == 'P' ? MW_WILL_PUBLISH
                                                 : MW_WILL_WAIT;
  uint64_t wait_ms = verdict == MW_WILL_WAIT ? (uint64_t)(answer - '0') * 1000 : 0;
  ck_assert_msg(fate.verdict == verdict && fate.wait_ms == wait_ms,
                "%s, version %u, column %zu: verdict %d after %llu ms, expected %c", mw_will_end_text(end),
                version, column, (int)fate.verdict, (unsigned long long)fate.wait_ms, answer);
}

START_TEST(every_end_version_delay_and_expiry_has_the_fate_the_standards_give_it)
{
  const struct answers *row = &answers[_i];
  ck_assert_uint_eq(strlen(row->mqtt_3_1), COLUMNS + 1);
  ck_assert_uint_eq(strlen(row->mqtt_3_1_1), COLUMNS + 1);
  ck_assert_uint_eq(strlen(row->mqtt_5), COLUMNS + 1);
  for (size_t column = 0; column < COLUMNS; column++) {
    expect(row->end, 3, column, row->mqtt_3_1);
    expect(row->end, 4, column, row->mqtt_3_1_1);
    expect(row->end, 5, column, row->mqtt_5);
  }
}
END_TEST

START_TEST(the_expectation_names_every_end_once)
{
  ck_assert_int_eq(ANSWERS, MW_END_COUNT_);
  for (size_t i = 0; i < ANSWERS; i++) ck_assert_uint_eq(answers[i].end, i);
}
END_TEST

START_TEST(the_longest_delay_is_136_years_and_does_not_wrap)
{
  struct mw_will_fate fate = mw_will_fate(MW_END_LOST, 5, UINT32_MAX, FOR_EVER);
  ck_assert_int_eq(fate.verdict, MW_WILL_WAIT);
  ck_assert(fate.wait_ms == UINT64_C(4294967295000));
  fate = mw_will_fate(MW_END_LOST, 5, UINT32_MAX, UINT32_MAX - 1);
  ck_assert(fate.wait_ms == UINT64_C(4294967294000));
  fate = mw_will_fate(MW_END_LOST, 5, UINT32_MAX, 1);
  ck_assert(fate.wait_ms == 1000);
}
END_TEST

START_TEST(the_effective_delay_is_the_smaller_of_delay_and_session_expiry)
{
  ck_assert_uint_eq(mw_will_effective_delay(5, 0, 0), 0);
  ck_assert_uint_eq(mw_will_effective_delay(5, 0, FOR_EVER), 0);
  ck_assert_uint_eq(mw_will_effective_delay(5, 5, 0), 0);
  ck_assert_uint_eq(mw_will_effective_delay(5, 5, 4), 4);
  ck_assert_uint_eq(mw_will_effective_delay(5, 5, 5), 5);
  ck_assert_uint_eq(mw_will_effective_delay(5, 5, 6), 5);
  ck_assert_uint_eq(mw_will_effective_delay(5, 5, FOR_EVER), 5);
  ck_assert_uint_eq(mw_will_effective_delay(5, UINT32_MAX, 7), 7);
  ck_assert_uint_eq(mw_will_effective_delay(5, UINT32_MAX, FOR_EVER), UINT32_MAX);
}
END_TEST

START_TEST(below_mqtt_5_there_is_no_delay)
{
  ck_assert_uint_eq(mw_will_effective_delay(3, 5, 9), 0);
  ck_assert_uint_eq(mw_will_effective_delay(4, 5, 9), 0);
  ck_assert_uint_eq(mw_will_effective_delay(4, UINT32_MAX, FOR_EVER), 0);
}
END_TEST

START_TEST(every_end_has_words_of_its_own)
{
  for (int i = 0; i < MW_END_COUNT_; i++) {
    const char *text = mw_will_end_text((enum mw_will_end)i);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_gt(strlen(text), 0);
    for (int j = 0; j < i; j++) ck_assert_str_ne(text, mw_will_end_text((enum mw_will_end)j));
  }
  ck_assert_str_eq(mw_will_end_text(MW_END_DISCONNECT), "disconnect");
  ck_assert_str_eq(mw_will_end_text(MW_END_KEEP_ALIVE), "keep alive timeout");
  ck_assert_str_eq(mw_will_end_text(MW_END_TAKEOVER_RESUME), "takeover");
  ck_assert_str_eq(mw_will_end_text(MW_END_SESSION_EXPIRED), "session expired");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("will/will_fate");
  TCase *tests = tcase_create("fate");
  tcase_add_loop_test(tests, every_end_version_delay_and_expiry_has_the_fate_the_standards_give_it, 0,
                      ANSWERS);
  tcase_add_test(tests, the_expectation_names_every_end_once);
  tcase_add_test(tests, the_longest_delay_is_136_years_and_does_not_wrap);
  tcase_add_test(tests, the_effective_delay_is_the_smaller_of_delay_and_session_expiry);
  tcase_add_test(tests, below_mqtt_5_there_is_no_delay);
  tcase_add_test(tests, every_end_has_words_of_its_own);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
