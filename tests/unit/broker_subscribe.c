/* SPDX-License-Identifier: MIT
 * SUBSCRIBE and UNSUBSCRIBE, retained messages, shared subscriptions (src/broker/core/on_subscribe.c,
 * routing.c). MQTT 5 sections 3.8 to 3.11, 3.3.1.3, 4.7, 4.8. */
#include "broker_world.h"

#include <stdio.h>
#include <stdlib.h>

START_TEST(every_filter_gets_its_answer)
{
  world_open();
  struct client *a = joins_311("a"), *b = joins_5("b");
  say(a, "82 0e | 12 34 | 00 01 'x' 00 | 00 01 'y' 01 | 00 01 'z' 02");
  hears(a, "90 05 12 34 00 01 02");
  say(b, "82 0f | 12 34 00 | 00 01 'x' 00 | 00 01 'y' 01 | 00 01 'z' 02");
  hears(b, "90 06 12 34 00 00 01 02");
  say(a, "a2 08 | 12 35 | 00 01 'x' | 00 01 'q'");
  hears(a, "b0 02 12 35");
  say(b, "a2 09 | 12 35 00 | 00 01 'x' | 00 01 'q'");
  hears(b, "b0 05 12 35 00 00 11");
  say(a, "30 03 00 01 'x' | 30 03 00 01 'y'");
  hears(a, "30 03 00 01 'y'");
  hears(b, "30 04 00 01 'y' 00");
  ck_assert_uint_eq(mw_broker_counts(world_broker()).subscriptions, 4);
  cut(a);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).subscriptions, 2);
  world_close();
}
END_TEST

START_TEST(ill_formed_requests_end_the_connection)
{
  static const char *const bad[][2] = {
      {"82 06 | 00 01 00 | 00 00 00", "e0 01 82"}, /* an empty filter */
      {"82 09 | 00 01 00 | 00 03 'a#b' 00", "e0 01 82"},
      {"82 09 | 00 01 00 | 00 03 '#/a' 00", "e0 01 82"},
      {"82 09 | 00 01 00 | 00 03 'a+/' 00", "e0 01 82"},
      {"82 0e | 00 01 00 | 00 08 '$share/g' 00", "e0 01 82"},
      {"82 0f | 00 01 00 | 00 09 '$share//t' 00", "e0 01 82"},
      {"82 10 | 00 01 00 | 00 0a '$share/g/t' 04", "e0 01 82"}, /* No Local */
      {"82 07 | 00 01 00 | 00 01 't' 03", "e0 01 82"},          /* QoS 3 */
      {"82 07 | 00 01 00 | 00 01 't' 30", "e0 01 82"},          /* Retain Handling 3 */
      {"82 07 | 00 01 00 | 00 01 't' 40", "e0 01 81"},          /* reserved bits */
      {"82 03 | 00 01 00", "e0 01 82"},                         /* no filter */
      {"82 07 | 00 00 00 | 00 01 't' 00", "e0 01 81"},          /* identifier 0 */
      {"82 09 | 00 01 02 0b 00 | 00 01 't' 00", "e0 01 82"},    /* subscription identifier 0 */
      {"82 07 | 00 01 00 | 00 01 ff 00", "e0 01 81"},
      {"a2 08 | 00 01 00 | 00 03 'a#b'", "e0 01 82"},
      {"a2 03 | 00 01 00", "e0 01 82"},
  };
  world_open();
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct client *c = joins_5("a");
    say(c, bad[i][0]);
    struct mw_slice got = heard(c);
    ck_assert_msg(got.len == 3 && got.data[2] == hex(bad[i][1]).data[2], "case %zu: %02x", i,
                  got.len == 3 ? got.data[2] : 0u);
    is_closed(c);
  }
  struct client *c = joins_311("a");
  say(c, "82 06 | 00 01 | 00 01 't' 04"); /* No Local is MQTT 5 */
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(what_is_not_available_is_refused_filter_by_filter)
{
  world_options = mw_broker_defaults;
  world_options.wildcard_available = world_options.shared_available = world_options.identifiers_available =
      false;
  world_options.maximum_qos = 1;
  world_options.subscriptions = 2;
  world_options.topic_levels = 3;
  world_open();
  struct client *c = dial(), *d = joins_311("d");
  say(c, "10 0e | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 01 'c'");
  heard(c);
  say(c,
      "82 2a | 00 01 00 | 00 01 '#' 00 | 00 0a '$share/g/t' 00 | 00 07 'a/b/c/d' 00 | 00 01 'a' 02 | 00 01 "
      "'b' 00 |"
      "00 01 'a' 00");
  hears(c, "90 09 00 01 00 a2 9e 8f 01 00 00");
  say(c, "82 07 | 00 02 00 | 00 01 'c' 00");
  hears(c, "90 04 00 02 00 97");
  say(c, "82 09 | 00 03 02 0b 01 | 00 01 'a' 00");
  hears(c, "90 04 00 03 00 a1");
  say(d, "82 0a | 00 01 | 00 01 '#' 00 | 00 01 'a' 02");
  hears(d, "90 04 00 01 80 01");
  say(c, "30 0a | 00 07 'a/b/c/d' 00"); /* a name of so many levels neither */
  hears(c, "e0 01 90");
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(wildcards_match_whole_levels_and_leave_dollar_topics_alone)
{
  world_open();
  struct client *hash = joins_311("h"), *plus = joins_311("p"), *below = joins_311("b"),
                *dollar = joins_311("d");
  say(hash, "82 06 | 00 01 | 00 01 '#' 00");
  heard(hash);
  say(plus, "82 08 | 00 01 | 00 03 '+/b' 00");
  heard(plus);
  say(below, "82 08 | 00 01 | 00 03 'a/#' 00");
  heard(below);
  say(dollar, "82 08 | 00 01 | 00 03 '$/#' 00");
  heard(dollar);
  struct client *c = joins_311("c");
  say(c, "30 03 00 01 'a'");
  hears(hash, "30 03 00 01 'a'");
  hears(below, "30 03 00 01 'a'"); /* the parent level too */
  say(c, "30 05 00 03 'a/b'");
  hears(hash, "30 05 00 03 'a/b'");
  hears(below, "30 05 00 03 'a/b'");
  hears(plus, "30 05 00 03 'a/b'");
  say(c, "30 04 00 02 '/b'"); /* an empty level is a level */
  hears(hash, "30 04 00 02 '/b'");
  hears(plus, "30 04 00 02 '/b'");
  say(c, "30 05 00 03 '$/b'");
  hears(dollar, "30 05 00 03 '$/b'");
  world_close();
}
END_TEST

START_TEST(overlapping_subscriptions_get_one_copy_with_all_identifiers)
{
  world_open();
  struct client *c = joins_5("c"), *p = joins_5("p");
  say(c, "82 0b | 00 01 02 0b 05 | 00 03 't/x' 00");
  hears(c, "90 04 00 01 00 00");
  say(c, "82 0c | 00 02 03 0b 80 01 | 00 03 't/#' 02");
  hears(c, "90 04 00 02 00 02");
  say(c, "82 09 | 00 03 00 | 00 03 '+/x' 01"); /* has none */
  hears(c, "90 04 00 03 00 01");
  say(p, "34 08 00 03 't/x' 00 01 00 | 62 02 00 01");
  heard(p);
  struct mw_slice got = heard(c);
  /* in whichever order */
  if (got.len > 11 && got.data[11] == 0x05)
    ck_hex_eq(got, "34 0d 00 03 't/x' 00 01 05 | 0b 05 | 0b 80 01");
  else
    ck_hex_eq(got, "34 0d 00 03 't/x' 00 01 05 | 0b 80 01 | 0b 05");
  say(c, "82 0b | 00 04 02 0b 07 | 00 03 't/#' 00"); /* replaces identifier and QoS */
  hears(c, "90 04 00 04 00 00");
  say(c, "a2 0d | 00 05 00 | 00 03 't/x' | 00 03 '+/x'");
  hears(c, "b0 05 00 05 00 00 00");
  say(p, "30 06 00 03 't/x' 00");
  hears(c, "30 08 00 03 't/x' 02 0b 07");
  world_close();
}
END_TEST

START_TEST(no_local_keeps_a_client_from_hearing_itself)
{
  world_open();
  struct client *a = joins_5("a"), *b = joins_5("b");
  say(a, "82 07 | 00 01 00 | 00 01 't' 04");
  heard(a);
  say(b, "82 07 | 00 01 00 | 00 01 't' 04");
  heard(b);
  say(a, "30 04 00 01 't' 00");
  hears_nothing(a);
  hears(b, "30 04 00 01 't' 00");
  world_close();
}
END_TEST

START_TEST(retained_messages_wait_for_new_subscribers)
{
  world_open();
  struct client *p = joins_5("p"), *live = joins_5("l"), *keeps = joins_5("k");
  say(live, "82 07 | 00 01 00 | 00 01 '#' 00");
  heard(live);
  say(keeps, "82 07 | 00 01 00 | 00 01 '#' 08"); /* Retain As Published */
  heard(keeps);
  say(p, "33 08 00 01 'a' 00 01 00 'xx' | 31 05 00 01 'b' 00 'y' | 31 07 00 03 '$/c' 00 'z'");
  heard(p);
  hears(live, "30 06 00 01 'a' 00 'xx' | 30 05 00 01 'b' 00 'y'");
  hears(keeps, "31 06 00 01 'a' 00 'xx' | 31 05 00 01 'b' 00 'y'");
  ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, 3);

  struct client *late = joins_5("n");
  say(late, "82 09 | 00 01 02 0b 03 | 00 01 'a' 02");
  hears(late, "90 04 00 01 00 02 | 33 0a 00 01 'a' 00 01 02 0b 03 'xx'"); /* SUBACK first */
  say(late, "82 07 | 00 02 00 | 00 01 '+' 00");
  hears(late, "90 04 00 02 00 00 | 31 06 00 01 'a' 00 'xx' | 31 05 00 01 'b' 00 'y'");
  say(late, "82 09 | 00 03 00 | 00 03 '$/#' 00");
  hears(late, "90 04 00 03 00 00 | 31 07 00 03 '$/c' 00 'z'");

  say(p, "31 04 00 01 'b' 00"); /* an empty one erases, and is heard by those who listen */
  hears(live, "30 04 00 01 'b' 00");
  hears(keeps, "31 04 00 01 'b' 00");
  hears(late, "30 04 00 01 'b' 00");
  say(p, "31 06 00 01 'a' 00 'zz'"); /* the last one stays */
  heard(live);
  heard(keeps);
  heard(late);
  struct client *later = joins_311("m");
  say(later, "82 06 | 00 01 | 00 01 '#' 00");
  hears(later, "90 03 00 01 00 | 31 05 00 01 'a' 'zz'");
  world_close();
}
END_TEST

START_TEST(retain_handling_decides_when_they_are_sent)
{
  world_open();
  struct client *p = joins_311("p"), *c = joins_5("c"), *old = joins_311("o");
  say(p, "31 04 00 01 't' 'x'");
  say(c, "82 07 | 00 01 00 | 00 01 't' 20"); /* 2: never */
  hears(c, "90 04 00 01 00 00");
  say(c, "82 07 | 00 02 00 | 00 01 't' 10"); /* 1: only for a new subscription */
  hears(c, "90 04 00 02 00 00");
  say(c, "a2 06 | 00 03 00 | 00 01 't' | 82 07 | 00 04 00 | 00 01 't' 10");
  hears(c, "b0 04 00 03 00 00 | 90 04 00 04 00 00 | 31 05 00 01 't' 00 'x'");
  say(c, "82 07 | 00 05 00 | 00 01 't' 00"); /* 0: always */
  hears(c, "90 04 00 05 00 00 | 31 05 00 01 't' 00 'x'");
  say(c, "82 10 | 00 06 00 | 00 0a '$share/g/t' 00"); /* never for a shared one */
  hears(c, "90 04 00 06 00 00");
  say(old, "82 06 | 00 01 | 00 01 't' 00 | 82 06 | 00 02 | 00 01 't' 00");
  hears(old, "90 03 00 01 00 | 31 04 00 01 't' 'x' | 90 03 00 02 00 | 31 04 00 01 't' 'x'");
  world_close();
}
END_TEST

START_TEST(retained_messages_expire_and_shrink_meanwhile)
{
  world_open();
  struct client *p = joins_5("p");
  say(p, "31 0a 00 01 't' 05 02 00 00 00 03 'x'");
  pass(2500);
  struct client *c = joins_5("c");
  say(c, "82 07 | 00 01 00 | 00 01 't' 00");
  hears(c, "90 04 00 01 00 00 | 31 0a 00 01 't' 05 02 00 00 00 01 'x'");
  pass(500);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, 0);
  say(c, "82 07 | 00 02 00 | 00 01 't' 00");
  hears(c, "90 04 00 02 00 00");
  world_close();
}
END_TEST

START_TEST(an_expired_message_is_not_sent_though_the_clock_was_not_asked)
{
  world_open();
  struct client *p = joins_5("p"), *c = joins_5("c");
  say(p, "31 0a 00 01 't' 05 02 00 00 00 03 'x'");
  mw_broker_feed(peer_of(c), hex("82 07 | 00 01 00 | 00 01 't' 00"), world_now() + 3000);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, 1);
  pass(3000);
  hears(c, "90 04 00 01 00 00");
  world_close();
}
END_TEST

START_TEST(retained_messages_are_bounded)
{
  world_options = mw_broker_defaults;
  world_options.retained_bytes = 1000;
  world_open();
  struct client *p = joins_311("p"), *c = joins_311("c");
  for (char i = 'a'; i <= 'z'; i++) {
    char text[60];
    snprintf(text, sizeof text, "31 67 00 01 '%c' 'x'*100", i);
    say(p, text);
  }
  size_t kept = mw_broker_counts(world_broker()).retained;
  ck_assert_uint_ge(kept, 5);
  ck_assert_uint_le(kept, 9);
  say(c, "82 06 | 00 01 | 00 01 '#' 00");
  ck_assert_uint_eq(heard(c).len, 5 + kept * 105);
  say(p, "31 03 00 01 'a' | 31 67 00 01 'z' 'x'*100"); /* room again */
  heard(c);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, kept);
  world_close();
}
END_TEST

START_TEST(members_of_a_group_take_turns_in_the_order_of_their_coming)
{
  world_open();
  struct client *p = joins_311("p"), *m[3];
  static const char *const names[] = {"1", "2", "3"};
  for (int i = 0; i < 3; i++) {
    m[i] = i == 0 ? joins_311(names[i]) : joins_5(names[i]);
    say(m[i], i == 0 ? "82 0f | 00 01 | 00 0a '$share/g/t' 01" : "82 10 | 00 01 00 | 00 0a '$share/g/t' 01");
    heard(m[i]);
  }
  struct client *other = joins_311("o"), *plain = joins_311("q");
  say(other, "82 0f | 00 01 | 00 0a '$share/h/t' 00");
  heard(other);
  say(plain, "82 06 | 00 01 | 00 01 't' 00");
  heard(plain);
  for (int i = 0; i < 6; i++) {
    say(p, "30 04 00 01 't' 'x'");
    if (i % 3 == 0)
      hears(m[0], "30 04 00 01 't' 'x'");
    else
      hears(m[i % 3], "30 05 00 01 't' 00 'x'");
    hears_nothing(m[(i + 1) % 3]);
    hears_nothing(m[(i + 2) % 3]);
    hears(other, "30 04 00 01 't' 'x'");
    hears(plain, "30 04 00 01 't' 'x'");
  }
  cut(m[1]); /* offline: passed over while another is online */
  say(p, "30 04 00 01 't' 'y' | 30 04 00 01 't' 'y' | 30 04 00 01 't' 'y'");
  hears(m[0], "30 04 00 01 't' 'y' | 30 04 00 01 't' 'y'");
  hears(m[2], "30 05 00 01 't' 00 'y'");
  heard(other);
  heard(plain);
  cut(m[0]);
  cut(m[2]); /* both of MQTT 5 are offline now: one of them gets it later */
  say(p, "32 06 00 01 't' 00 01 'z'");
  heard(p);
  heard(other);
  heard(plain);
  struct client *back2 =
      joins("10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 '2'", CONNACK_5_PRESENT);
  struct client *back3 = dial();
  say(back3, "10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 '3'");
  size_t got2 = heard(back2).len, got3 = heard(back3).len - 11;
  ck_assert_uint_eq(got2 + got3, 9); /* one PUBLISH */
  world_close();
}
END_TEST

START_TEST(a_topic_that_looks_like_a_share_is_just_a_name)
{
  world_open();
  struct client *p = joins_311("p"), *m = joins_311("m"), *x = joins_311("x");
  say(m, "82 0f | 00 01 | 00 0a '$share/g/t' 00");
  heard(m);
  say(x, "82 06 | 00 01 | 00 01 't' 00");
  heard(x);
  say(p, "30 0c 00 0a '$share/g/t'");
  hears_nothing(m);
  hears_nothing(x);
  world_close();
}
END_TEST

START_TEST(a_subscribe_of_thousands_of_filters_is_answered_whole)
{
  enum { FILTERS = 5000 };
  world_open();
  struct client *c = joins_311("c"), *p = joins_311("p");
  uint8_t *packet = malloc(10 + FILTERS * 7);
  size_t len = 4, body = 2 + FILTERS * 7;
  packet[0] = 0x82;
  packet[1] = (uint8_t)(body & 0x7F) | 0x80;
  packet[2] = (uint8_t)((body >> 7) & 0x7F) | 0x80;
  packet[3] = (uint8_t)(body >> 14);
  packet[len++] = 0;
  packet[len++] = 1;
  for (int i = 0; i < FILTERS; i++) {
    char filter[8];
    snprintf(filter, sizeof filter, "%04d", i);
    packet[len++] = 0;
    packet[len++] = 4;
    for (int j = 0; j < 4; j++) packet[len++] = (uint8_t)filter[j];
    packet[len++] = 0;
  }
  say_bytes(c, mw_slice(packet, len));
  free(packet);
  ck_assert_uint_eq(heard(c).len, 1 + 2 + 2 + FILTERS);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).subscriptions, FILTERS);
  say(p, "30 06 00 04 '4711'");
  hears(c, "30 06 00 04 '4711'");
  world_close();
}
END_TEST

SUITE("broker/subscribe", every_filter_gets_its_answer, ill_formed_requests_end_the_connection,
      what_is_not_available_is_refused_filter_by_filter,
      wildcards_match_whole_levels_and_leave_dollar_topics_alone,
      overlapping_subscriptions_get_one_copy_with_all_identifiers,
      no_local_keeps_a_client_from_hearing_itself, retained_messages_wait_for_new_subscribers,
      retain_handling_decides_when_they_are_sent, retained_messages_expire_and_shrink_meanwhile,
      an_expired_message_is_not_sent_though_the_clock_was_not_asked, retained_messages_are_bounded,
      members_of_a_group_take_turns_in_the_order_of_their_coming,
      a_topic_that_looks_like_a_share_is_just_a_name, a_subscribe_of_thousands_of_filters_is_answered_whole)
