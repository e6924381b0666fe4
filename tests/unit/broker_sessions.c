/* SPDX-License-Identifier: MIT
 * Session state: how long it lives and what it keeps (src/broker/core/sessions.c, delivery.c). MQTT 5
 * sections 3.1.2.4, 3.1.2.11.2, 4.1; MQTT 3.1.1 section 3.1.2.4. */
#include "broker_world.h"

#include <stdio.h>

/* MQTT 5, Clean Start as told, Session Expiry Interval in seconds, id 's'. */
static struct client *comes(bool is_clean, uint32_t expiry) {
  char text[120];
  struct client *c = dial();
  snprintf(text, sizeof text, "10 13 | 00 04 'MQTT' 05 | %s | 00 00 | 05 11 %02x %02x %02x %02x | 00 01 's'",
           is_clean ? "02" : "00", expiry >> 24, expiry >> 16 & 255, expiry >> 8 & 255, expiry & 255);
  say(c, text);
  return c;
}

static size_t sessions(void) {
  return mw_broker_counts(world_broker()).sessions;
}

START_TEST(a_session_ends_its_expiry_after_its_connection)
{
  static const struct {
    uint32_t expiry;
    uint64_t lives_ms;
  } rows[] = {{1, 1000}, {60, 60000}, {0xFFFFFFFE, 0xFFFFFFFEull * 1000}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    world_open();
    struct client *c = comes(true, rows[i].expiry);
    hears(c, CONNACK_5);
    say(c, "82 07 | 00 01 00 | 00 01 't' 01");
    heard(c);
    pass(3600 * 1000); /* while connected it does not age */
    cut(c);
    pass(rows[i].lives_ms - 1);
    ck_assert_uint_eq(sessions(), 1);
    c = comes(false, rows[i].expiry);
    hears(c, CONNACK_5_PRESENT);
    cut(c);
    pass(rows[i].lives_ms);
    ck_assert_uint_eq(sessions(), 0);
    ck_assert_uint_eq(mw_broker_counts(world_broker()).subscriptions, 0);
    c = comes(false, rows[i].expiry);
    hears(c, CONNACK_5);
    world_close();
  }
}
END_TEST

START_TEST(without_an_expiry_a_session_ends_with_its_connection)
{
  world_open();
  struct client *c = comes(false, 0);
  hears(c, CONNACK_5);
  cut(c);
  ck_assert_uint_eq(sessions(), 0);
  c = joins_311("s"); /* CleanSession 1 */
  cut(c);
  ck_assert_uint_eq(sessions(), 0);
  world_close();
}
END_TEST

START_TEST(an_expiry_of_all_ones_never_comes)
{
  world_open();
  struct client *c = comes(true, 0xFFFFFFFF);
  hears(c, CONNACK_5);
  cut(c);
  c = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'p'", CONNACK_3);
  cut(c);
  pass(0xFFFFFFFFull * 1000 * 3);
  ck_assert_uint_eq(sessions(), 2);
  c = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'p'", CONNACK_3_PRESENT);
  cut(c);
  /* 3.1 resumes it too, though its CONNACK cannot say so */
  c = joins("10 0f | 00 06 'MQIsdp' 03 | 00 | 00 00 | 00 01 'p'", "20 02 00 00");
  ck_assert_uint_eq(sessions(), 2);
  world_close();
}
END_TEST

START_TEST(a_session_that_expired_is_not_resumed_though_the_clock_was_not_asked)
{
  world_open();
  struct client *c = comes(true, 1), *d;
  hears(c, CONNACK_5);
  cut(c);
  d = dial();
  mw_broker_feed(peer_of(d), hex("10 0e | 00 04 'MQTT' 05 | 00 | 00 00 | 00 | 00 01 's'"),
                 world_now() + 1000);
  pass(1000);
  hears(d, CONNACK_5);
  world_close();
}
END_TEST

START_TEST(a_disconnect_sets_the_expiry_anew)
{
  world_open();
  struct client *c = comes(true, 60);
  hears(c, CONNACK_5);
  say(c, "e0 07 00 05 11 00 00 00 02");
  is_closed(c);
  pass(1999);
  ck_assert_uint_eq(sessions(), 1);
  pass(1);
  ck_assert_uint_eq(sessions(), 0);
  c = comes(true, 60);
  hears(c, CONNACK_5);
  say(c, "e0 07 00 05 11 00 00 00 00");
  is_closed(c);
  ck_assert_uint_eq(sessions(), 0);
  world_close();
}
END_TEST

START_TEST(a_server_can_cap_the_expiry)
{
  world_options = mw_broker_defaults;
  world_options.session_expiry = 5;
  world_open();
  struct client *c = comes(true, 60);
  hears(c, "20 0e 00 00 | 0b | 22 00 0a | 11 00 00 00 05 | 21 00 14");
  say(c, "e0 07 00 05 11 00 00 00 3c");
  is_closed(c);
  pass(4999);
  ck_assert_uint_eq(sessions(), 1);
  pass(1);
  ck_assert_uint_eq(sessions(), 0);
  c = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'p'", CONNACK_3);
  cut(c);
  pass(5000);
  ck_assert_uint_eq(sessions(), 0);
  world_close();
}
END_TEST

START_TEST(an_offline_session_keeps_what_it_subscribed_to)
{
  world_open();
  struct client *p = joins_311("p"), *c = comes(true, 60);
  hears(c, CONNACK_5);
  say(c, "82 07 | 00 01 00 | 00 01 't' 01 | 82 07 | 00 02 00 | 00 01 'u' 00");
  heard(c);
  cut(c);
  say(p,
      "32 06 00 01 't' 00 01 'a' | 30 04 00 01 't' 'b' | 32 06 00 01 'u' 00 02 'c' | 34 06 00 01 't' 00 03 "
      "'d' |"
      "62 02 00 03");
  heard(p);
  c = comes(false, 60);
  hears(c, CONNACK_5_PRESENT "32 07 00 01 't' 00 01 00 'a' | 32 07 00 01 't' 00 02 00 'd'");
  cut(c);
  c = comes(true, 60); /* Clean Start forgets */
  hears(c, CONNACK_5);
  say(p, "32 06 00 01 't' 00 01 'a'");
  heard(p);
  hears_nothing(c);
  world_close();
}
END_TEST

START_TEST(a_takeover_hands_the_messages_on)
{
  world_open();
  struct client *p = joins_311("p"), *c = comes(true, 60), *d;
  hears(c, CONNACK_5);
  say(c, "82 07 | 00 01 00 | 00 01 't' 01");
  heard(c);
  stuff(c);
  say(p, "32 06 00 01 't' 00 01 'a' | 32 06 00 01 't' 00 01 'b'");
  heard(p);
  d = comes(false, 60);
  hears(d, CONNACK_5_PRESENT "3a 07 00 01 't' 00 01 00 'a' | 3a 07 00 01 't' 00 02 00 'b'");
  is_closed(c);
  say(d, "40 02 00 01 | 40 02 00 02");
  is_open(d);
  world_close();
}
END_TEST

START_TEST(an_offline_backlog_is_bounded_and_keeps_the_oldest)
{
  world_options = mw_broker_defaults;
  world_options.queue_bytes = 2000;
  world_open();
  struct client *p = joins_311("p"), *c = comes(true, 60);
  hears(c, CONNACK_5);
  say(c, "82 07 | 00 01 00 | 00 01 't' 01");
  heard(c);
  cut(c);
  for (int i = 0; i < 100; i++) {
    char text[80];
    snprintf(text, sizeof text, "32 69 00 01 't' 00 01 '%03d' 'x'*97", i);
    say(p, text);
  }
  heard(p);
  ck_assert_uint_gt(mw_broker_counts(world_broker()).dropped, 80);
  c = comes(false, 60);
  struct mw_slice got = heard(c);
  ck_assert_uint_gt(got.len, 11 + 108 * 5);
  ck_assert_uint_lt(got.len, 2000);
  for (size_t i = 0; 11 + i * 108 < got.len; i++) {
    char number[4];
    snprintf(number, sizeof number, "%03d", (int)i);
    ck_bytes_eq(mw_slice(got.data + 11 + i * 108 + 8, 3), mw_slice_text(number));
  }
  world_close();
}
END_TEST

/* The output of a session that comes back to a large backlog grows only as the client reads. */
START_TEST(a_large_backlog_leaves_in_portions)
{
  enum { MESSAGES = 300 };
  world_options = mw_broker_defaults;
  world_options.output_bytes = 1000;
  world_open();
  struct client *p = joins_311("p"), *c = comes(true, 60);
  hears(c, CONNACK_5);
  say(c, "82 07 | 00 01 00 | 00 01 't' 01");
  heard(c);
  cut(c);
  for (int i = 0; i < MESSAGES; i++) say(p, "32 69 00 01 't' 00 01 'x'*100");
  heard(p);
  c = dial();
  stuff(c);
  say(c, "10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 's'");
  ck_assert_uint_lt(unsent(c), 1200);
  unstuff(c);
  ck_assert_uint_eq(heard(c).len, 11 + MESSAGES * 108);
  world_close();
}
END_TEST

SUITE("broker/sessions", a_session_ends_its_expiry_after_its_connection,
      without_an_expiry_a_session_ends_with_its_connection, an_expiry_of_all_ones_never_comes,
      a_session_that_expired_is_not_resumed_though_the_clock_was_not_asked, a_disconnect_sets_the_expiry_anew,
      a_server_can_cap_the_expiry, an_offline_session_keeps_what_it_subscribed_to,
      a_takeover_hands_the_messages_on, an_offline_backlog_is_bounded_and_keeps_the_oldest,
      a_large_backlog_leaves_in_portions)
