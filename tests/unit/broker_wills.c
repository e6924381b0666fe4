/* SPDX-License-Identifier: MIT
 * The whole life of a will (src/broker/core/wills.c and everything that ends a connection), case by case:
 * tests/conformance/will-cases.tsv has the numbers. W owns the will, S listens. MQTT 5 sections 3.1.2.5,
 * 3.1.3.2, 3.1.4, 3.14. */
#include "broker_world.h"

#include <stdio.h>

/* W: will 'w' = 'bye', QoS 0, no delay, clean, no keep alive. */
#define W_31  "10 17 | 00 06 'MQIsdp' 03 | 06 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'"
#define W_311 "10 15 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'"
#define W_5   "10 17 | 00 04 'MQTT' 05 | 06 | 00 00 | 00 | 00 01 'W' | 00 | 00 01 'w' | 00 03 'bye'"
/* What S, of MQTT 3.1.1 and at QoS 0, hears. */
#define BYE "30 06 00 01 'w' 'bye'"

static struct client *listener(void) {
  struct client *s = joins_311("S");
  say(s, "82 06 | 00 01 | 00 01 'w' 00");
  hears(s, "90 03 00 01 00");
  return s;
}

static struct client *listener_5(const char *options) {
  char text[60];
  struct client *s = joins_5("S");
  snprintf(text, sizeof text, "82 07 | 00 01 00 | 00 01 'w' %s", options);
  say(s, text);
  ck_assert_uint_eq(heard(s).len, 6);
  return s;
}

/* MQTT 5 with these connect flags, Session Expiry Interval and Will Delay Interval; the will is 'w' = 'bye'.
 */
static struct client *owner(unsigned flags, uint32_t expiry, uint32_t delay) {
  char text[200];
  struct client *w = dial();
  snprintf(text, sizeof text,
           "10 21 | 00 04 'MQTT' 05 | %02x | 00 00 | 05 11 %02x %02x %02x %02x | 00 01 'W' |"
           "05 18 %02x %02x %02x %02x | 00 01 'w' | 00 03 'bye'",
           flags, expiry >> 24, expiry >> 16 & 255, expiry >> 8 & 255, expiry & 255, delay >> 24,
           delay >> 16 & 255, delay >> 8 & 255, delay & 255);
  say(w, text);
  return w;
}

enum { CLEAN = 0x06, RESUME = 0x04 };

static void is_accepted(struct client *w) {
  hears(w, CONNACK_5);
}

static void is_resumed(struct client *w) {
  hears(w, CONNACK_5_PRESENT);
}

/* The will comes after exactly `ms`: nothing a millisecond earlier, one then, and none later. */
static void fires_after(struct client *s, uint64_t ms) {
  if (ms > 0) {
    pass(ms - 1);
    hears_nothing(s);
    pass(1);
  }
  hears(s, BYE);
  hears_nothing(s);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_PUBLISHED], 1);
  pass(200000);
  hears_nothing(s);
}

static void never_fires(struct client *s) {
  pass(200000);
  hears_nothing(s);
}

/* WILL-001, 002, 048, 056: FIN or RST, in all versions. */
START_TEST(a_lost_connection_fires_the_will)
{
  static const char *const connects[][2] = {{W_31, CONNACK_3}, {W_311, CONNACK_3}, {W_5, CONNACK_5}};
  for (size_t i = 0; i < 3; i++) {
    world_open();
    struct client *s = listener(), *w = joins(connects[i][0], connects[i][1]);
    ck_assert_uint_eq(world_wills[MW_OUTCOME_ARMED], 1);
    pass(1000);
    hears_nothing(s);
    cut(w);
    ck_assert_int_eq(world_end.end, MW_END_LOST);
    ck_assert_int_eq(world_end.will, MW_OUTCOME_PUBLISHED);
    fires_after(s, 0);
    world_close();
  }
}
END_TEST

START_TEST(without_a_will_nothing_fires)
{
  world_open();
  struct client *s = listener(), *w = joins_5("W");
  cut(w);
  ck_assert_int_eq(world_end.will, MW_OUTCOME_NONE);
  never_fires(s);
  world_close();
}
END_TEST

/* WILL-052, 053, 054, 055 */
START_TEST(a_clean_disconnect_discards_the_will)
{
  static const char *const disconnects[] = {"e0 00", "e0 01 00", "e0 02 00 00", "e0 07 00 05 11 00 00 00 05",
                                            "e0 07 00 05 11 ff ff ff ff"};
  world_open();
  struct client *s = listener(), *w;
  for (size_t i = 0; i < sizeof disconnects / sizeof disconnects[0]; i++) {
    w = owner(CLEAN, 60, 2);
    is_accepted(w);
    say(w, disconnects[i]);
    is_closed(w);
    ck_assert_int_eq(world_end.will, MW_OUTCOME_DISCARDED);
    never_fires(s);
  }
  w = joins(W_311, CONNACK_3);
  say(w, "e0 00");
  is_closed(w);
  w = joins(W_31, CONNACK_3);
  say(w, "e0 00");
  is_closed(w);
  never_fires(s);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_DISCARDED], 7);
  world_close();
}
END_TEST

/* WILL-063, 067: what follows DISCONNECT in the same segment does not count. */
START_TEST(connect_and_disconnect_in_one_segment_leave_nothing)
{
  world_open();
  struct client *s = listener(), *w = dial();
  say(w, W_311 "e0 00 | 30 03 00 01 'w'");
  hears(w, CONNACK_3);
  is_closed(w);
  never_fires(s);
  world_close();
}
END_TEST

/* WILL-036: accepted is accepted, though the CONNACK was never read. */
START_TEST(a_will_is_armed_before_its_connack_is_read)
{
  world_open();
  struct client *s = listener(), *w = dial();
  stuff(w);
  say(w, W_5);
  cut(w);
  fires_after(s, 0);
  world_close();
}
END_TEST

/* WILL-062 */
START_TEST(a_connect_cut_short_arms_nothing)
{
  world_open();
  struct client *s = listener(), *w = dial();
  say(w, "10 15 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03");
  cut(w);
  never_fires(s);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_ARMED], 0);
  world_close();
}
END_TEST

/* WILL-021, 022, 089: only 0x00 discards. */
START_TEST(a_disconnect_with_any_other_code_fires_the_will)
{
  static const char *const codes[] = {"04", "80", "81", "82", "83", "90", "93",
                                      "94", "95", "96", "97", "98", "99"};
  world_open();
  struct client *s = listener();
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    char text[20];
    struct client *w = joins(W_5, CONNACK_5);
    snprintf(text, sizeof text, "e0 01 %s", codes[i]);
    say(w, text);
    is_closed(w);
    hears(s, BYE);
    ck_assert_int_eq(world_end.end, i == 0 ? MW_END_DISCONNECT_WITH_WILL : MW_END_DISCONNECT_ERROR);
  }
  world_close();
}
END_TEST

START_TEST(a_disconnect_with_will_keeps_the_delay)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 60, 2);
  is_accepted(w);
  say(w, "e0 01 04");
  is_closed(w);
  ck_assert_int_eq(world_end.will, MW_OUTCOME_WAITS);
  ck_assert_uint_eq(world_end.wait_ms, 2000);
  fires_after(s, 2000);
  world_close();
}
END_TEST

/* WILL-009 to 015, 023 to 028: whatever is an error, at any time. */
START_TEST(every_protocol_error_fires_the_will)
{
  static const char *const errors[] = {
      W_5,                           /* a second CONNECT */
      "00 00",                       /* type 0 */
      "30 06 00 03 'a/#' 00",        /* a wildcard in a topic name */
      "36 06 00 01 't' 00 01 00",    /* QoS 3 */
      "80 07 00 01 00 00 01 't' 00", /* SUBSCRIBE with flags 0 */
      "30 80 80 80 80 01",           /* a length of five bytes */
      "20 03 00 00 00",              /* a server's packet */
      "e1 00",                       /* DISCONNECT with a reserved bit */
      "e0 01 03",                    /* with a code that there is not */
      "e0 01 8e",                    /* with a server's code */
      "e0 07 00 05 11 00 00 00 05",  /* raising the session expiry from 0 */
      "e0 0c 00 0a 11 00 00 00 05 11 00 00 00 05",
      "f0 00", /* AUTH out of the blue */
  };
  world_open();
  struct client *s = listener();
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    struct client *w = joins(W_5, CONNACK_5);
    say(w, errors[i]);
    ck_assert_uint_eq(heard(w).len, 3); /* DISCONNECT with a reason */
    is_closed(w);
    ck_assert_int_eq(world_end.end, MW_END_PROTOCOL_ERROR);
    hears(s, BYE);
  }
  struct client *w = joins(W_311, CONNACK_3);
  say(w, "e0 01 00"); /* WILL-026: DISCONNECT has no body in 3.1.1 */
  is_closed(w);
  hears(s, BYE);
  w = joins(W_311, CONNACK_3);
  say(w, "f0 00");
  is_closed(w);
  hears(s, BYE);
  world_close();
}
END_TEST

/* WILL-004, 005, 006, 057, 094 */
START_TEST(silence_fires_the_will_after_one_and_a_half_keep_alives)
{
  world_open();
  struct client *s = listener();
  struct client *w =
      joins("10 15 | 00 04 'MQTT' 04 | 06 | 00 02 | 00 01 'W' | 00 01 'w' | 00 03 'bye'", CONNACK_3);
  for (int i = 0; i < 10; i++) {
    pass(1000);
    say(w, "c0 00");
    hears(w, "d0 00");
  }
  hears_nothing(s);
  fires_after(s, 3000);
  is_closed(w);
  world_close();

  world_open(); /* with a delay, which starts at the close */
  s = listener();
  w = dial();
  say(w,
      "10 21 | 00 04 'MQTT' 05 | 06 | 00 02 | 05 11 00 00 00 3c | 00 01 'W' | 05 18 00 00 00 02 | 00 01 'w' |"
      "00 03 'bye'");
  is_accepted(w);
  fires_after(s, 5000);
  hears(w, "e0 01 8d");
  is_closed(w);
  world_close();
}
END_TEST

/* WILL-007 */
START_TEST(the_keep_alive_that_the_server_says_is_the_one_that_counts)
{
  world_options = mw_broker_defaults;
  world_options.server_keep_alive = 2;
  world_open();
  struct client *s = listener(), *w = dial();
  say(w, "10 17 | 00 04 'MQTT' 05 | 06 | 00 3c | 00 | 00 01 'W' | 00 | 00 01 'w' | 00 03 'bye'");
  hears(w, "20 0c 00 00 | 09 | 22 00 0a | 13 00 02 | 21 00 14");
  fires_after(s, 3000);
  hears(w, "e0 01 8d");
  is_closed(w);
  world_close();
}
END_TEST

/* WILL-016, 017 */
START_TEST(a_limit_overstepped_fires_the_will)
{
  world_options = mw_broker_defaults;
  world_options.packet_size = 50;
  world_options.receive_maximum = 1;
  world_open();
  struct client *s = listener(), *w = dial();
  say(w, W_5);
  heard(w);
  say(w, "30 40");
  hears(w, "e0 01 95");
  is_closed(w);
  hears(s, BYE);
  w = dial();
  say(w, W_5);
  heard(w);
  say(w, "34 06 00 01 't' 00 01 00 | 34 06 00 01 't' 00 02 00");
  hears(w, "50 02 00 01 | e0 01 93");
  is_closed(w);
  hears(s, BYE);
  world_close();
}
END_TEST

/* WILL-029 to 034 and 066, MQTT 5 section 3.1.4: who takes over what. */
START_TEST(a_takeover_fires_or_drops_the_will_as_the_session_says)
{
  static const struct {
    uint32_t expiry, delay;
    bool is_clean, fires;
  } rows[] = {
      {60, 0, false, true},  {60, 0, true, true}, {0, 0, false, true}, {0, 0, true, true},
      {0, 5, false, true},   {0, 5, true, true}, /* the old session ended with its connection */
      {60, 5, true, true},                       /* Clean Start ended it */
      {60, 5, false, false},                     /* it goes on */
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    world_open();
    struct client *s = listener(), *w = owner(CLEAN, rows[i].expiry, rows[i].delay), *next;
    is_accepted(w);
    /* WILL-035: the old will comes before what the new connection publishes */
    next = dial();
    say(next, rows[i].is_clean
                  ? "10 0e | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 01 'W' | 30 04 00 01 'w' 00"
                  : "10 0e | 00 04 'MQTT' 05 | 00 | 00 00 | 00 | 00 01 'W' | 30 04 00 01 'w' 00");
    hears(w, "e0 01 8e");
    is_closed(w);
    hears(next, rows[i].is_clean || rows[i].expiry == 0 ? CONNACK_5 : CONNACK_5_PRESENT);
    if (rows[i].fires) hears(s, BYE);
    hears(s, "30 03 00 01 'w'");
    never_fires(s);
    world_close();
  }
}
END_TEST

START_TEST(a_takeover_in_mqtt_3_always_fires)
{
  static const char *const again[] = {"10 0d | 00 04 'MQTT' 04 | 02 | 00 00 | 00 01 'W'",
                                      "10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'W'"};
  for (size_t i = 0; i < 4; i++) {
    world_open();
    struct client *s = listener();
    struct client *w =
        joins(i < 2 ? W_311 : "10 15 | 00 04 'MQTT' 04 | 04 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'",
              CONNACK_3);
    struct client *next = dial();
    say(next, again[i % 2]);
    is_closed(w);
    hears(next, i == 3 ? CONNACK_3_PRESENT : CONNACK_3);
    fires_after(s, 0);
    world_close();
  }
}
END_TEST

/* WILL-070 to 079 */
START_TEST(a_delayed_will_waits_for_the_lesser_of_delay_and_session)
{
  static const struct {
    uint32_t expiry, delay;
    uint64_t after_ms;
  } rows[] = {
      {10, 2, 2000},
      {10, 0, 0},
      {0, 5, 0},
      {2, 6, 2000},
      {3, 3, 3000},
      {0xFFFFFFFF, 2, 2000},
      {2, 0xFFFFFFFF, 2000},
      {1, 0xFFFFFFFE, 1000},
      {120, 120, 120000},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    world_open();
    struct client *s = listener(), *w = owner(CLEAN, rows[i].expiry, rows[i].delay);
    is_accepted(w);
    pass(5000);
    cut(w);
    fires_after(s, rows[i].after_ms);
    if (rows[i].expiry < 200) ck_assert_uint_eq(mw_broker_counts(world_broker()).sessions, 1); /* S */
    world_close();
  }
}
END_TEST

/* WILL-080: unsigned all the way, and 136 years do not wrap. */
START_TEST(the_longest_delay_is_no_short_one)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 0xFFFFFFFF, 0xFFFFFFFF);
  is_accepted(w);
  cut(w);
  ck_assert_int_eq(world_end.will, MW_OUTCOME_WAITS);
  ck_assert_uint_eq(world_end.wait_ms, 0xFFFFFFFFull * 1000);
  pass(0xFFFFFFFEull * 1000);
  hears_nothing(s);
  is_resumed(w = owner(RESUME, 0xFFFFFFFF, 0xFFFFFFFF));
  hears_nothing(s);
  cut(w);
  pass(0xFFFFFFFFull * 1000 - 1);
  hears_nothing(s);
  pass(1);
  hears(s, BYE);
  world_close();
}
END_TEST

/* WILL-081, 085 to 088 */
START_TEST(a_session_that_is_resumed_in_time_cancels_the_will)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 60, 3);
  is_accepted(w);
  cut(w);
  pass(2999);
  is_resumed(w = owner(RESUME, 60, 3)); /* with the same will again */
  ck_assert_uint_eq(world_wills[MW_OUTCOME_DISCARDED], 1);
  pass(10000);
  hears_nothing(s);
  cut(w); /* the delay starts anew */
  pass(2999);
  hears_nothing(s);
  w = joins("10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 'W'",
            CONNACK_5_PRESENT); /* no will */
  cut(w);
  never_fires(s);

  is_accepted(w = owner(RESUME, 60, 3));
  cut(w);
  pass(1000);
  is_resumed(w = owner(RESUME, 60, 0)); /* will B without a delay */
  cut(w);
  hears(s, BYE);
  pass(10000);
  hears_nothing(s);

  is_resumed(w = owner(RESUME, 60, 3));
  cut(w);
  pass(1000);
  is_resumed(w = owner(RESUME, 60, 3));
  say(w, "e0 00");
  is_closed(w);
  never_fires(s);
  world_close();
}
END_TEST

/* WILL-082 */
START_TEST(a_clean_start_publishes_what_waits)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 60, 3);
  is_accepted(w);
  cut(w);
  pass(1000);
  hears_nothing(s);
  is_accepted(w = owner(CLEAN, 60, 3));
  hears(s, BYE);
  pass(100000);
  hears_nothing(s);
  world_close();
}
END_TEST

/* WILL-083 */
START_TEST(a_session_resumed_too_late_cancels_nothing_and_fires_once)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 60, 2);
  is_accepted(w);
  cut(w);
  pass(5000);
  hears(s, BYE);
  is_resumed(w = owner(RESUME, 60, 0));
  say(w, "e0 00");
  is_closed(w);
  never_fires(s);
  world_close();
}
END_TEST

/* WILL-100: at the due instant itself, whoever comes first, one or none. */
START_TEST(at_the_due_instant_a_will_fires_once_or_never)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 60, 2);
  is_accepted(w);
  cut(w);
  mw_broker_tick(world_broker(), world_now() + 1999);
  w = dial();
  /* the CONNECT arrives at 2000 before the clock was asked: the delay is over all the same */
  mw_broker_feed(peer_of(w), hex("10 0e | 00 04 'MQTT' 05 | 00 | 00 00 | 00 | 00 01 'W'"),
                 world_now() + 2000);
  pass(2000);
  hears(w, CONNACK_5_PRESENT);
  hears(s, BYE);
  pass(100000);
  hears_nothing(s);
  world_close();
}
END_TEST

/* WILL-090 to 093 */
START_TEST(a_disconnect_can_move_the_end_of_the_session)
{
  static const struct {
    uint32_t expiry, delay;
    const char *disconnect;
    uint64_t after_ms;
  } rows[] = {
      {60, 5, "e0 07 04 05 11 00 00 00 00", 0},
      {1, 3, "e0 07 04 05 11 00 00 00 3c", 3000},
      {3, 60, "e0 01 04", 3000},
      {60, 6, "e0 07 04 05 11 00 00 00 02", 2000},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    world_open();
    struct client *s = listener(), *w = owner(CLEAN, rows[i].expiry, rows[i].delay);
    is_accepted(w);
    say(w, rows[i].disconnect);
    is_closed(w);
    fires_after(s, rows[i].after_ms);
    world_close();
  }
  world_options = mw_broker_defaults;
  world_options.session_expiry = 2;
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 3600, 6);
  hears(w, "20 0e 00 00 | 0b | 22 00 0a | 11 00 00 00 02 | 21 00 14");
  cut(w);
  fires_after(s, 2000);
  world_close();
}
END_TEST

/* WILL-095, 096: by due time, not by length of delay; equal ones all. */
START_TEST(wills_fire_in_the_order_in_which_they_fall_due)
{
  world_open();
  struct client *s = listener();
  struct client *a = dial(), *b = dial();
  say(a,
      "10 21 | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 3c | 00 01 'a' | 05 18 00 00 00 04 | 00 01 'w' |"
      "00 03 'aaa'");
  say(b,
      "10 21 | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 3c | 00 01 'b' | 05 18 00 00 00 03 | 00 01 'w' |"
      "00 03 'bbb'");
  is_accepted(a);
  is_accepted(b);
  cut(a);
  pass(2500);
  cut(b);
  pass(1499);
  hears_nothing(s);
  pass(1);
  hears(s, "30 06 00 01 'w' 'aaa'");
  pass(1499);
  hears_nothing(s);
  pass(1);
  hears(s, "30 06 00 01 'w' 'bbb'");

  for (int i = 0; i < 100; i++) {
    char text[160];
    struct client *w = dial();
    snprintf(text, sizeof text,
             "10 22 | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 3c | 00 02 '%02d' | 05 18 00 00 00 03 |"
             "00 01 'w' | 00 03 'bye'",
             i);
    say(w, text);
    is_accepted(w);
    cut(w);
  }
  pass(2999);
  hears_nothing(s);
  pass(1);
  ck_assert_uint_eq(heard(s).len, 100 * 8);
  world_close();
}
END_TEST

/* A clock that leaps serves everything in its order, each at its own time. */
START_TEST(a_leap_of_the_clock_loses_no_will)
{
  world_open();
  struct client *s = listener_5("00"), *w = dial();
  /* delay 2, Message Expiry 10 */
  say(w,
      "10 26 | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 03 | 00 01 'W' | 0a 18 00 00 00 02 02 00 00 00 "
      "0a |"
      "00 01 'w' | 00 03 'bye'");
  is_accepted(w);
  cut(w);
  mw_broker_tick(world_broker(), world_now() + 3600 * 1000);
  pass(3600 * 1000);
  hears(s, "30 0c 00 01 'w' 05 02 00 00 00 0a 'bye'");
  ck_assert_uint_eq(mw_broker_counts(world_broker()).sessions, 1);
  /* and its expiry counts from its own due time: an hour later nobody gets it any more */
  struct client *q = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'q'", CONNACK_3);
  say(q, "82 06 | 00 01 | 00 01 'w' 01");
  hears(q, "90 03 00 01 01");
  cut(q);
  w = dial();
  say(w,
      "10 26 | 00 04 'MQTT' 05 | 0e | 00 00 | 05 11 00 00 00 03 | 00 01 'W' | 0a 18 00 00 00 02 02 00 00 00 "
      "0a |"
      "00 01 'w' | 00 03 'bye'");
  is_accepted(w);
  cut(w);
  mw_broker_tick(world_broker(), world_now() + 3600 * 1000);
  pass(3600 * 1000);
  hears(s, "30 0c 00 01 'w' 05 02 00 00 00 0a 'bye'");
  q = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'q'", CONNACK_3_PRESENT);
  hears_nothing(q);
  world_close();
}
END_TEST

/* WILL-098 */
START_TEST(a_waiting_will_of_mqtt_5_is_cancelled_by_a_resume_in_3_1_1)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 60, 4);
  is_accepted(w);
  cut(w);
  pass(1000);
  w = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'W'", CONNACK_3_PRESENT);
  never_fires(s);
  cut(w);
  world_close();
}
END_TEST

/* WILL-097, 199: who is refused changes nothing. */
START_TEST(a_refused_connect_touches_no_will)
{
  world_open();
  struct client *s = listener(), *w = owner(CLEAN, 60, 4), *x = dial();
  is_accepted(w);
  say(x, "10 15 | 00 04 'MQTT' 05 | 02 | 00 3c | 07 15 00 04 'none' | 00 01 'W'");
  hears(x, "20 03 00 8c 00");
  is_closed(x);
  is_open(w);
  cut(w);
  pass(1000);
  x = dial();
  say(x, "10 15 | 00 04 'MQTT' 05 | 02 | 00 3c | 07 15 00 04 'none' | 00 01 'W'");
  hears(x, "20 03 00 8c 00");
  is_closed(x);
  fires_after(s, 3000);
  world_close();
}
END_TEST

/* WILL-045, 064, 065, 068 */
START_TEST(a_will_belongs_to_one_connection_and_fires_once)
{
  world_open();
  struct client *s = listener(), *w = joins(W_311, CONNACK_3), *x = dial();
  cut(w);
  hears(s, BYE);
  w = joins(W_311, CONNACK_3);
  cut(w);
  hears(s, BYE);
  w = joins_311("W"); /* no will this time */
  cut(w);
  w = joins("10 15 | 00 04 'MQTT' 04 | 04 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'", CONNACK_3);
  say(x, "10 15 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'X' | 00 01 'w' | 00 03 'xxx'");
  hears(x, CONNACK_3);
  say(w, "e0 00");
  is_closed(w);
  w = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'W'", CONNACK_3_PRESENT);
  cut(w);
  hears_nothing(s);
  cut(x);
  hears(s, "30 06 00 01 'w' 'xxx'");
  world_close();
}
END_TEST

/* WILL-101 to 112: retained when published, not before. */
START_TEST(a_retained_will_is_kept_when_it_is_published)
{
  world_open();
  struct client *s = listener_5("08"); /* Retain As Published */
  struct client *w =
      joins("10 15 | 00 04 'MQTT' 04 | 2e | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'", CONNACK_3);
  struct client *n = joins_311("n");
  say(n, "82 06 | 00 01 | 00 01 'w' 01");
  hears(n, "90 03 00 01 01"); /* nothing while W lives */
  say(w, "31 09 00 01 'w' 'online'");
  hears(s, "31 0a 00 01 'w' 00 'online'");
  hears(n, "30 09 00 01 'w' 'online'");
  cut(w);
  hears(s, "31 07 00 01 'w' 00 'bye'");
  hears(n, "32 08 00 01 'w' 00 01 'bye'");
  struct client *late = joins_311("l");
  say(late, "82 06 | 00 01 | 00 01 'w' 01");
  hears(late, "90 03 00 01 01 | 33 08 00 01 'w' 00 01 'bye'");

  w = joins(W_311, CONNACK_3); /* not retained: what is retained stays */
  cut(w);
  heard(s);
  heard(n);
  heard(late);
  struct client *later = joins_311("m");
  say(later, "82 06 | 00 01 | 00 01 'w' 00");
  hears(later, "90 03 00 01 00 | 31 06 00 01 'w' 'bye'");

  /* an empty one erases, and is heard */
  w = joins("10 12 | 00 04 'MQTT' 04 | 26 | 00 00 | 00 01 'W' | 00 01 'w' | 00 00", CONNACK_3);
  cut(w);
  hears(s, "31 04 00 01 'w' 00");
  heard(n);
  heard(late);
  heard(later);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, 0);
  world_close();
}
END_TEST

/* WILL-116 */
START_TEST(a_retained_will_expires)
{
  world_open();
  struct client *w = dial();
  say(w,
      "10 1c | 00 04 'MQTT' 05 | 26 | 00 00 | 00 | 00 01 'W' | 05 02 00 00 00 01 | 00 01 'w' | 00 03 'bye'");
  is_accepted(w);
  cut(w);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, 1);
  pass(3000);
  struct client *s = listener();
  hears_nothing(s);
  world_close();
}
END_TEST

/* WILL-119 to 122, 042: QoS and offline sessions. */
START_TEST(a_will_is_delivered_like_any_message)
{
  world_open();
  struct client *p = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'p'", CONNACK_3);
  say(p, "82 06 | 00 01 | 00 01 'w' 02");
  hears(p, "90 03 00 01 02");
  struct client *s = listener();
  struct client *w =
      joins("10 15 | 00 04 'MQTT' 04 | 16 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'", CONNACK_3);
  cut(w);
  hears(p, "34 08 00 01 'w' 00 01 'bye'");
  hears(s, BYE);
  say(p, "50 02 00 01");
  hears(p, "62 02 00 01");
  cut(p);
  w = joins("10 15 | 00 04 'MQTT' 04 | 0e | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'", CONNACK_3);
  cut(w);
  hears(s, BYE);
  p = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'p'",
            CONNACK_3_PRESENT "62 02 00 01 | 32 08 00 01 'w' 00 02 'bye'");
  world_close();
}
END_TEST

/* WILL-043, 044 */
START_TEST(an_owner_hears_its_own_will_later_unless_no_local)
{
  for (int is_local = 0; is_local < 2; is_local++) {
    world_open();
    struct client *s = listener();
    struct client *w = dial();
    say(w,
        "10 21 | 00 04 'MQTT' 05 | 0e | 00 00 | 05 11 00 00 00 3c | 00 01 'W' | 05 18 00 00 00 01 | 00 01 "
        "'w' |"
        "00 03 'bye'");
    is_accepted(w);
    say(w, is_local ? "82 07 | 00 01 00 | 00 01 'w' 01" : "82 07 | 00 01 00 | 00 01 'w' 05");
    hears(w, "90 04 00 01 00 01");
    cut(w);
    pass(2000);
    hears(s, BYE);
    w = joins("10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 'W'",
              is_local ? CONNACK_5_PRESENT "32 09 00 01 'w' 00 01 00 'bye'" : CONNACK_5_PRESENT);
    world_close();
  }
}
END_TEST

/* WILL-128 to 142 */
START_TEST(will_properties_are_forwarded_but_for_the_delay)
{
  world_open();
  struct client *s5 = listener_5("00"), *s3 = joins_311("3"), *w = dial();
  say(s3, "82 06 | 00 01 | 00 01 'w' 00");
  hears(s3, "90 03 00 01 00");
  say(w,
      "10 4d | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 3c | 00 01 'W' |"
      "31 | 26 00 01 'b' 00 01 '2' | 18 00 00 00 02 | 01 01 | 02 00 00 00 1e | 26 00 01 'a' 00 01 '1' |"
      "03 00 03 't/p' | 08 00 01 'r' | 09 00 00 | 26 00 01 'b' 00 01 '3' | 09 00 00"
      "| 00 01 'w' | 00 03 'bye'");
  hears(w, "20 03 00 82 00"); /* correlation data twice; lengths are right otherwise */
  is_closed(w);
  w = dial();
  say(w,
      "10 4a | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 3c | 00 01 'W' |"
      "2e | 26 00 01 'b' 00 01 '2' | 18 00 00 00 02 | 01 01 | 02 00 00 00 1e | 26 00 01 'a' 00 01 '1' |"
      "03 00 03 't/p' | 08 00 01 'r' | 09 00 00 | 26 00 01 'b' 00 01 '3'"
      "| 00 01 'w' | 00 03 'bye'");
  is_accepted(w);
  cut(w);
  pass(2000);
  hears(s5,
        "30 30 00 01 'w' | 29 | 26 00 01 'b' 00 01 '2' | 01 01 | 02 00 00 00 1e | 26 00 01 'a' 00 01 '1' |"
        "03 00 03 't/p' | 08 00 01 'r' | 09 00 00 | 26 00 01 'b' 00 01 '3' | 'bye'");
  hears(s3, BYE);
  w = joins(W_311, CONNACK_3);
  cut(w);
  hears(s5, "30 07 00 01 'w' 00 'bye'");
  hears(s3, BYE);
  world_close();
}
END_TEST

/* WILL-114, 123, 145 to 183: refused, and never published. */
START_TEST(a_bad_will_is_refused)
{
  static const char *const bad_5[][2] = {
      {"00 01 '+'", "90"},
      {"00 01 '#'", "90"},
      {"00 01 00", "81"},
      {"00 01 ff", "81"},
  };
  static const char *const bad_properties[][2] = {
      {"0a 18 00 00 00 01 18 00 00 00 01", "82"}, /* twice */
      {"0a 01 01 01 01 01 01 01 01 01 01", "82"},
      {"0a 01 02 01 01 01 01 01 01 01 01", "82"}, /* payload format 2 */
      {"0a 11 00 00 00 01 02 00 00 00 01", "82"}, /* a property of CONNECT */
      {"0a 23 00 01 23 00 01 23 00 01 01", "82"}, /* of PUBLISH */
      {"0a 7f 00 00 00 01 02 00 00 00 01", "81"}, /* unknown */
      {"0a 03 00 07 ff 00 00 00 00 00 00", "81"}, /* content type not UTF-8 */
      {"0a 08 00 07 'r/#' 'abcd'", "82"},         /* response topic */
      {"ff 18 00 00 00 01 02 00 00 00 01", "81"}, /* longer than the packet */
  };
  world_open();
  struct client *s = joins_311("s");
  say(s, "82 06 | 00 01 | 00 01 '#' 00");
  hears(s, "90 03 00 01 00");
  char text[200];
  for (size_t i = 0; i < sizeof bad_5 / sizeof bad_5[0]; i++) {
    struct client *w = dial();
    snprintf(text, sizeof text, "10 14 | 00 04 'MQTT' 05 | 06 | 00 00 | 00 | 00 01 'W' | 00 | %s | 00 00",
             bad_5[i][0]);
    say(w, text);
    struct mw_slice got = heard(w);
    ck_assert_msg(got.len == 5 && got.data[3] == hex(bad_5[i][1]).data[0], "case %zu", i);
    is_closed(w);
    w = dial();
    snprintf(text, sizeof text, "10 12 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | %s | 00 00", bad_5[i][0]);
    say(w, text);
    is_closed(w);
  }
  for (size_t i = 0; i < sizeof bad_properties / sizeof bad_properties[0]; i++) {
    struct client *w = dial();
    snprintf(text, sizeof text,
             "10 1e | 00 04 'MQTT' 05 | 06 | 00 00 | 00 | 00 01 'W' | %s | 00 01 'w' | 00 00",
             bad_properties[i][0]);
    say(w, text);
    struct mw_slice got = heard(w);
    ck_assert_msg(got.len == 5 && got.data[3] == hex(bad_properties[i][1]).data[0], "property case %zu: %02x",
                  i, got.len == 5 ? got.data[3] : 0u);
    is_closed(w);
  }
  struct client *w = dial(); /* payload format 1 and no UTF-8 */
  say(w, "10 18 | 00 04 'MQTT' 05 | 06 | 00 00 | 00 | 00 01 'W' | 02 01 01 | 00 01 'w' | 00 02 ff fe");
  hears(w, "20 03 00 99 00");
  is_closed(w);
  hears_nothing(s);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_ARMED], 0);
  world_close();

  world_options = mw_broker_defaults;
  world_options.maximum_qos = 1;
  world_options.retain_available = false;
  world_open();
  w = dial();
  say(w, "10 17 | 00 04 'MQTT' 05 | 16 | 00 00 | 00 | 00 01 'W' | 00 | 00 01 'w' | 00 03 'bye'");
  hears(w, "20 03 00 9b 00");
  is_closed(w);
  w = dial();
  say(w, "10 17 | 00 04 'MQTT' 05 | 26 | 00 00 | 00 | 00 01 'W' | 00 | 00 01 'w' | 00 03 'bye'");
  hears(w, "20 03 00 9a 00");
  is_closed(w);
  w = dial();
  say(w, "10 15 | 00 04 'MQTT' 04 | 16 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'");
  is_closed(w);
  world_close();
}
END_TEST

/* WILL-162 */
START_TEST(a_will_of_65535_bytes_goes_through_whole)
{
  world_open();
  struct client *s = listener(), *w = dial();
  say(w, "10 91 80 04 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | 00 01 'w' | ff ff 'x'*65535");
  hears(w, CONNACK_3);
  cut(w);
  hears(s, "30 82 80 04 00 01 'w' 'x'*65535");
  world_close();
}
END_TEST

/* WILL-200, 201, 202 */
START_TEST(dollar_topics_stay_out_of_reach)
{
  world_open();
  struct client *s = joins_311("s"), *x = joins_311("x");
  say(s, "82 06 | 00 01 | 00 01 '#' 00");
  heard(s);
  say(x, "82 11 | 00 01 | 00 02 '$p' 00 | 00 07 '$SYS/p' 'x' 00");
  heard(x);
  struct client *w =
      joins("10 13 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | 00 02 '$p' | 00 00", CONNACK_3);
  cut(w);
  hears_nothing(s);
  hears(x, "30 04 00 02 '$p'");
  w = joins("10 18 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | 00 07 '$SYS/px' | 00 00", CONNACK_3);
  cut(w);
  hears_nothing(x);
  world_close();
}
END_TEST

/* WILL-051 */
START_TEST(one_member_of_a_group_hears_the_will)
{
  world_open();
  struct client *a = joins_311("a"), *b = joins_311("b"), *s = listener();
  say(a, "82 0f | 00 01 | 00 0a '$share/g/w' 00");
  heard(a);
  say(b, "82 0f | 00 01 | 00 0a '$share/g/w' 00");
  heard(b);
  struct client *w = joins(W_5, CONNACK_5);
  cut(w);
  hears(s, BYE);
  hears(a, BYE);
  hears_nothing(b);
  world_close();
}
END_TEST

/* WILL-125, 126 */
START_TEST(a_will_keeps_within_what_its_listener_takes)
{
  world_open();
  /* Maximum Packet Size 9 */
  struct client *p =
      joins("10 18 | 00 04 'MQTT' 05 | 02 | 00 00 | 0a 11 00 00 00 3c 27 00 00 00 09 | 00 01 'p'",
            "20 06 00 00 | 03 | 21 00 14");
  say(p, "82 07 | 00 01 00 | 00 01 'w' 00");
  heard(p);
  struct client *s = listener(), *w = joins(W_5, CONNACK_5);
  cut(w);
  hears(s, BYE);
  hears(p, "30 07 00 01 'w' 00 'bye'");
  w = joins("10 16 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | 00 01 'w' | 00 04 'long'", CONNACK_3);
  cut(w);
  hears(s, "30 07 00 01 'w' 'long'");
  hears_nothing(p);
  is_open(p);
  world_close();
}
END_TEST

/* WILL-208, 209: every will before every goodbye; a waiting one too, for its session ends here. */
START_TEST(a_shutdown_publishes_all_wills_first)
{
  world_open();
  struct client *waiting = owner(CLEAN, 60, 30), *delayed, *a = joins_311("a"), *b = joins_5("b"), *w;
  is_accepted(waiting);
  cut(waiting);
  say(a, "82 06 | 00 01 | 00 01 'w' 00");
  heard(a);
  w = joins("10 17 | 00 04 'MQTT' 05 | 06 | 00 00 | 00 | 00 01 'X' | 00 | 00 01 'w' | 00 03 'xxx'",
            CONNACK_5);
  say(b, "82 07 | 00 01 00 | 00 01 'w' 00");
  heard(b);
  delayed = dial();
  say(delayed,
      "10 21 | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 3c | 00 01 'Y' | 05 18 00 00 00 04 | 00 01 'w' |"
      "00 03 'yyy'");
  is_accepted(delayed);
  mw_broker_shutdown(world_broker(), world_now());
  pass(0);
  hears(a, "30 06 00 01 'w' 'xxx' | 30 06 00 01 'w' 'yyy' | 30 06 00 01 'w' 'bye'");
  ck_assert_uint_eq(heard(b).len, 3 * 9 + 3);
  hears(w, "e0 01 8b");
  hears(delayed, "e0 01 8b");
  is_closed(delayed);
  is_closed(w);
  is_closed(a);
  is_closed(b);
  world_close();

  world_options = mw_broker_defaults;
  world_options.keeps_state = true;
  world_open();
  struct client *s = listener();
  waiting = owner(CLEAN, 60, 30);
  is_accepted(waiting);
  cut(waiting);
  mw_broker_shutdown(world_broker(), world_now());
  pass(0);
  is_closed(s);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).wills_waiting, 1);
  world_close();

  /* A delayed will whose client is still there begins to wait, and that is told once. */
  world_options.keeps_state = true;
  world_open();
  waiting = owner(CLEAN, 60, 30);
  is_accepted(waiting);
  mw_broker_shutdown(world_broker(), world_now());
  pass(0);
  hears(waiting, "e0 01 8b");
  is_closed(waiting);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_WAITS], 1);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).wills_waiting, 1);
  world_close();
}
END_TEST

/* WILL-041 */
START_TEST(everybody_hears_it_once)
{
  struct client *s[50];
  world_open();
  for (int i = 0; i < 50; i++) {
    char id[20];
    snprintf(id, sizeof id, "%c", 'A' + i);
    s[i] = joins_311(id[0] == '\'' || id[0] == 'W' ? "?" : id);
    say(s[i], "82 06 | 00 01 | 00 01 'w' 00");
    hears(s[i], "90 03 00 01 00");
  }
  struct client *w = joins(W_31, CONNACK_3);
  cut(w);
  for (int i = 0; i < 50; i++) hears(s[i], BYE);
  world_close();
}
END_TEST

/* Wills whose owners listen to each other: one end leads to the next without recursion. */
START_TEST(five_thousand_wills_at_once_reach_a_listener_each_once)
{
  enum { WILLS = 5000 };
  static struct client *w[WILLS];
  static bool seen[WILLS];
  world_open();
  struct client *s = joins_311("S");
  say(s, "82 06 | 00 01 | 00 01 '#' 00");
  heard(s);
  for (int i = 0; i < WILLS; i++) {
    char text[160];
    w[i] = dial();
    snprintf(text, sizeof text,
             "10 2a | 00 04 'MQTT' 05 | 06 | 00 00 | 05 11 00 00 00 3c | 00 04 '%04d' | 05 18 00 00 00 02 | "
             "00 04 'w%03d' |"
             "00 06 '%06d'",
             i, i % 1000, i);
    say(w[i], text);
    heard(w[i]);
    hex_free_all();
  }
  for (int i = 0; i < WILLS; i++) cut(w[i]);
  pass(1999);
  hears_nothing(s);
  pass(1);
  struct mw_slice all = heard(s);
  ck_assert_uint_eq(all.len, WILLS * 14);
  for (size_t at = 0; at < all.len; at += 14) {
    int i = 0;
    for (int digit = 8; digit < 14; digit++) i = i * 10 + (all.data[at + (size_t)digit] - '0');
    ck_assert(i < WILLS && !seen[i]);
    seen[i] = true;
  }
  ck_assert_uint_eq(world_wills[MW_OUTCOME_PUBLISHED], WILLS);
  world_close();
}
END_TEST

SUITE("broker/wills", a_lost_connection_fires_the_will, without_a_will_nothing_fires,
      a_clean_disconnect_discards_the_will, connect_and_disconnect_in_one_segment_leave_nothing,
      a_will_is_armed_before_its_connack_is_read, a_connect_cut_short_arms_nothing,
      a_disconnect_with_any_other_code_fires_the_will, a_disconnect_with_will_keeps_the_delay,
      every_protocol_error_fires_the_will, silence_fires_the_will_after_one_and_a_half_keep_alives,
      the_keep_alive_that_the_server_says_is_the_one_that_counts, a_limit_overstepped_fires_the_will,
      a_takeover_fires_or_drops_the_will_as_the_session_says, a_takeover_in_mqtt_3_always_fires,
      a_delayed_will_waits_for_the_lesser_of_delay_and_session, the_longest_delay_is_no_short_one,
      a_session_that_is_resumed_in_time_cancels_the_will, a_clean_start_publishes_what_waits,
      a_session_resumed_too_late_cancels_nothing_and_fires_once,
      at_the_due_instant_a_will_fires_once_or_never, a_disconnect_can_move_the_end_of_the_session,
      wills_fire_in_the_order_in_which_they_fall_due, a_leap_of_the_clock_loses_no_will,
      a_waiting_will_of_mqtt_5_is_cancelled_by_a_resume_in_3_1_1, a_refused_connect_touches_no_will,
      a_will_belongs_to_one_connection_and_fires_once, a_retained_will_is_kept_when_it_is_published,
      a_retained_will_expires, a_will_is_delivered_like_any_message,
      an_owner_hears_its_own_will_later_unless_no_local, will_properties_are_forwarded_but_for_the_delay,
      a_bad_will_is_refused, a_will_of_65535_bytes_goes_through_whole, dollar_topics_stay_out_of_reach,
      one_member_of_a_group_hears_the_will, a_will_keeps_within_what_its_listener_takes,
      a_shutdown_publishes_all_wills_first, everybody_hears_it_once,
      five_thousand_wills_at_once_reach_a_listener_each_once)
