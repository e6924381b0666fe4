/* SPDX-License-Identifier: MIT
 * Topic names, filters, and their meeting (src/lib/wire/topic.h): MQTT 5 sections 4.7 and 4.8.2, with the
 * standard's own examples. */
#include "support/suite.h"

#include "wire/topic.h"

#include <mqttwill/status.h>

static int name(const char *text) {
  return mw_topic_name_check(hex(text));
}

START_TEST(topic_names_are_checked_for_one_thing_after_the_other)
{
  ck_assert_int_eq(name("'a'"), MQTTWILL_OK);
  ck_assert_int_eq(name("'/'"), MQTTWILL_OK);
  ck_assert_int_eq(name("'sport/tennis/player 1'"), MQTTWILL_OK);
  ck_assert_int_eq(name("'$share/g/t'"), MQTTWILL_OK); /* an odd name, not a group */
  ck_assert_int_eq(name("ef bb bf 'a'"), MQTTWILL_OK);
  ck_assert_int_eq(name("01"), MQTTWILL_OK); /* control characters are the receiver's choice */
  ck_assert_int_eq(name("61*65535"), MQTTWILL_OK);
  ck_assert_int_eq(name(""), MQTTWILL_ERR_TOPIC_EMPTY);
  ck_assert_int_eq(name("61*65536"), MQTTWILL_ERR_TOPIC_TOO_LONG);
  ck_assert_int_eq(name("ff*65536"), MQTTWILL_ERR_TOPIC_TOO_LONG);
  ck_assert_int_eq(name("'a' ed a0 80"), MQTTWILL_ERR_TOPIC_UTF8);
  ck_assert_int_eq(name("00 '#' c3"), MQTTWILL_ERR_TOPIC_UTF8);
  ck_assert_int_eq(name("'a' 00"), MQTTWILL_ERR_TOPIC_NUL);
  ck_assert_int_eq(name("'+' 00"), MQTTWILL_ERR_TOPIC_NUL);
  ck_assert_int_eq(name("'a/+'"), MQTTWILL_ERR_TOPIC_WILDCARD);
  ck_assert_int_eq(name("'a#'"), MQTTWILL_ERR_TOPIC_WILDCARD);
}
END_TEST

START_TEST(wildcards_in_place_make_valid_filters)
{
  static const char *const good[] = {"'a'",
                                     "'/'",
                                     "'#'",
                                     "'+'",
                                     "'/+'",
                                     "'+/+'",
                                     "'sport/tennis/#'",
                                     "'+/tennis/#'",
                                     "'sport/+/player1'",
                                     "'$SYS/#'",
                                     "'a//b'",
                                     "'//'",
                                     "'/#'",
                                     "'$share/g/t'",
                                     "'$share/g/#'",
                                     "'$share/g//'",
                                     "'$share/g/+/+'",
                                     "'$sharex/t'",
                                     "'$Share'",
                                     "61*65535"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    ck_assert_msg(mw_topic_filter_check(hex(good[i])) == MQTTWILL_OK, "%s is refused", good[i]);
}
END_TEST

START_TEST(ill_formed_filters_are_refused)
{
  static const char *const bad[] = {"", "61*65536", "'a' ff", "'a' 00",
                                    /* the standard's examples, 4.7.1.2 and 4.7.1.3 */
                                    "'sport/tennis#'", "'sport/tennis/#/ranking'", "'sport+'", "'+a/b'",
                                    "'#/'", "'##'", "'a/#b'", "'a/++'", "'#/a'", "'+#'",
                                    /* 4.8.2 */
                                    "'$share'", "'$share/'", "'$share//t'", "'$share/g'", "'$share/g/'",
                                    "'$share/+/t'", "'$share/g+/t'", "'$share/#'", "'$share/#/t'",
                                    "'$share/a#b/t'", "'$share/g/a#'", "'$share/g/#/a'"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    ck_assert_msg(mw_topic_filter_check(hex(bad[i])) == MQTTWILL_ERR_FILTER, "%s passes", bad[i]);
}
END_TEST

START_TEST(a_shared_subscription_falls_into_group_and_filter)
{
  struct mw_slice group, rest;
  ck_assert(mw_topic_share(hex("'$share/consumer1/sport/tennis/+'"), &group, &rest));
  ck_hex_eq(group, "'consumer1'");
  ck_hex_eq(rest, "'sport/tennis/+'");
  ck_assert(mw_topic_share(hex("'$share/g//finance'"), &group, &rest));
  ck_hex_eq(rest, "'/finance'");
}
END_TEST

START_TEST(any_other_filter_is_its_own_rest)
{
  static const char *const plain[] = {"'sport/#'", "'$sharex/g/t'", "'$SYS/x'", "'#'", "'a$share/g/t'"};
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    struct mw_slice group, rest;
    ck_assert(!mw_topic_share(hex(plain[i]), &group, &rest));
    ck_hex_eq(rest, plain[i]);
  }
}
END_TEST

static const struct {
  const char *filter, *name;
  bool matches;
} meetings[] = {
    /* 4.7.1.2 */
    {"'sport/tennis/player1/#'", "'sport/tennis/player1'", true},
    {"'sport/tennis/player1/#'", "'sport/tennis/player1/ranking'", true},
    {"'sport/tennis/player1/#'", "'sport/tennis/player1/score/wimbledon'", true},
    {"'sport/tennis/player1/#'", "'sport/tennis/player10'", false},
    {"'sport/#'", "'sport'", true},
    {"'#'", "'sport'", true},
    {"'#'", "'/'", true},
    /* 4.7.1.3 */
    {"'sport/tennis/+'", "'sport/tennis/player1'", true},
    {"'sport/tennis/+'", "'sport/tennis/player2'", true},
    {"'sport/tennis/+'", "'sport/tennis/player1/ranking'", false},
    {"'sport/+'", "'sport'", false},
    {"'sport/+'", "'sport/'", true},
    {"'+/+'", "'/finance'", true},
    {"'/+'", "'/finance'", true},
    {"'+'", "'/finance'", false},
    {"'+/tennis/#'", "'sport/tennis'", true},
    /* 4.7.2 */
    {"'#'", "'$SYS/monitor/Clients'", false},
    {"'+/monitor/Clients'", "'$SYS/monitor/Clients'", false},
    {"'$SYS/#'", "'$SYS/monitor/Clients'", true},
    {"'$SYS/monitor/+'", "'$SYS/monitor/Clients'", true},
    {"'$SYS/#'", "'$SYS'", true},
    {"'a/+'", "'a/$b'", true},
    {"'a/#'", "'a/$b'", true},
    /* 4.7.3 */
    {"'ACCOUNTS'", "'Accounts'", false},
    {"'Accounts payable'", "'Accounts payable'", true},
    {"'/finance'", "'finance'", false},
    {"'finance'", "'/finance'", false},
    {"'a//b'", "'a//b'", true},
    {"'a/+/b'", "'a//b'", true},
    {"'a//b'", "'a/b'", false},
    {"'a/b'", "'a/b/'", false},
    {"'a/b/'", "'a/b'", false},
    {"'a/+'", "'a/b/c'", false},
    {"'a/b'", "'a'", false},
    {"'a/b/#'", "'a'", false},
    {"'aa'", "'a'", false},
    {"'/#'", "'/'", true},
    {"'/#'", "'a'", false},
};

START_TEST(filters_match_as_the_standards_examples_say)
{
  for (size_t i = 0; i < sizeof meetings / sizeof meetings[0]; i++)
    ck_assert_msg(mw_topic_matches(hex(meetings[i].filter), hex(meetings[i].name)) == meetings[i].matches,
                  "%s and %s", meetings[i].filter, meetings[i].name);
}
END_TEST

static size_t levels(const char *text, const char *expected[]) {
  struct mw_slice rest = hex(text), level;
  bool more = true;
  size_t n = 0;
  for (; mw_topic_level(&rest, &more, &level); n++) ck_hex_eq(level, expected[n]);
  ck_assert(!mw_topic_level(&rest, &more, &level));
  return n;
}

START_TEST(levels_are_what_stands_between_slashes_empty_ones_too)
{
  ck_assert_uint_eq(levels("'a//b'", (const char *[]){"'a'", "", "'b'"}), 3);
  ck_assert_uint_eq(levels("", (const char *[]){""}), 1);
  ck_assert_uint_eq(levels("'/'", (const char *[]){"", ""}), 2);
  ck_assert_uint_eq(levels("'ab'", (const char *[]){"'ab'"}), 1);
  ck_assert_uint_eq(levels("'a/'", (const char *[]){"'a'", ""}), 2);
}
END_TEST

START_TEST(no_memory_is_an_empty_topic)
{
  struct mw_slice none = mw_slice(NULL, 0), group, rest;
  ck_assert_int_eq(mw_topic_name_check(none), MQTTWILL_ERR_TOPIC_EMPTY);
  ck_assert_int_eq(mw_topic_filter_check(none), MQTTWILL_ERR_FILTER);
  ck_assert(!mw_topic_share(none, &group, &rest));
  ck_assert(!mw_topic_matches(hex("'a'"), none));
  ck_assert(!mw_topic_matches(none, hex("'a'")));
}
END_TEST

SUITE("wire/topic", topic_names_are_checked_for_one_thing_after_the_other,
      wildcards_in_place_make_valid_filters, ill_formed_filters_are_refused,
      a_shared_subscription_falls_into_group_and_filter, any_other_filter_is_its_own_rest,
      filters_match_as_the_standards_examples_say, levels_are_what_stands_between_slashes_empty_ones_too,
      no_memory_is_an_empty_topic)
