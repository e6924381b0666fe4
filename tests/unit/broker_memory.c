/* SPDX-License-Identifier: MIT
 * A long day of a broker, with each of its allocations failing in turn: whoever needed that memory is cut,
 * every will is published or discarded exactly once, nobody else notices for long, and nothing leaks. */
#include "broker_world.h"

#include <stdlib.h>

/* A dial that was not accepted, and a client that was cut, are borne from here on. */
static struct client *tries(const char *connect) {
  struct client *c = dial();
  if (c != NULL) say(c, connect);
  return c;
}

static void says(struct client *c, const char *text) {
  if (c != NULL) say(c, text);
}

static void leaves(struct client *c) {
  if (c != NULL) cut(c);
}

/* Answers whether all who should be there at its end are. */
static bool live_a_day(void) {
  /* S: MQTT 5, aliases, wildcard, shared, identifiers; P: MQTT 5, publishes; O: 3.1.1, persistent, a will */
  struct client *s = tries("10 16 | 00 04 'MQTT' 05 | 02 | 00 3c | 08 11 00 00 00 3c 22 00 05 | 00 01 's'");
  struct client *p = tries("10 13 | 00 04 'MQTT' 05 | 02 | 00 00 | 05 11 00 00 00 3c | 00 01 'p'");
  struct client *o = tries("10 15 | 00 04 'MQTT' 04 | 2c | 00 3c | 00 01 'o' | 00 01 'w' | 00 03 'bye'");
  struct client *x = tries("10 0d | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 00");
  says(s, "82 1b | 00 01 02 0b 05 | 00 01 '#' 02 | 00 03 'a/+' 01 | 00 03 'a/#' 01 | 00 01 'w' 02");
  says(s, "82 14 | 00 02 02 0b 06 | 00 01 'a' 02 | 00 07 '$share/' 'x' 02"); /* ill-formed: its end */
  leaves(s);
  s = tries("10 16 | 00 04 'MQTT' 05 | 00 | 00 3c | 08 11 00 00 00 3c 22 00 05 | 00 01 's'");
  says(s, "82 19 | 00 01 02 0b 05 | 00 01 '#' 02 | 00 03 'a/+' 01 | 00 03 'a/#' 01 | 00 00");
  leaves(s);
  s = tries("10 16 | 00 04 'MQTT' 05 | 00 | 00 3c | 08 11 00 00 00 3c 22 00 05 | 00 01 's'");
  says(s, "82 15 | 00 01 02 0b 05 | 00 01 '#' 02 | 00 03 'a/+' 01 | 00 03 'a/#' 01");
  says(o, "82 15 | 00 01 | 00 0a '$share/g/t' 01 | 00 03 'a/b' 01");
  says(x, "82 10 | 00 01 00 | 00 0a '$share/g/t' 01");
  says(p, "33 0a | 00 03 'a/b' 00 01 00 'mm' | 31 0f | 00 03 'a/c' 08 02 00 00 00 0a 23 00 01 'x'");
  says(p, "30 0a | 00 00 03 23 00 01 'long' | 34 0a | 00 03 'a/b' 00 02 00 'qq' | 62 02 00 02");
  says(p, "32 08 00 01 't' 00 03 00 '11' | 32 08 00 01 't' 00 04 00 '22'");
  says(p, "32 3f 00 01 't' 00 07 38 26 00 17 'k'*23 00 17 'v'*23 02 00 00 00 05 'x'");
  says(s, "40 02 00 01 | 50 02 00 02 | 70 02 00 02 | 40 02 00 03");
  leaves(o);
  says(p, "32 0a | 00 03 'a/b' 00 05 00 'of' | 32 0a | 00 03 'a/b' 00 06 00 'fl'");
  o = tries("10 15 | 00 04 'MQTT' 04 | 04 | 00 3c | 00 01 'o' | 00 01 'w' | 00 03 'bye'");
  says(o, "40 02 00 01");
  leaves(s);
  says(p, "30 40 | 00 03 'a/d' 00 'x'*30"); /* half a packet */
  pass(1000);
  says(p, "'x'*28");
  s = tries("10 16 | 00 04 'MQTT' 05 | 00 | 00 3c | 08 11 00 00 00 3c 22 00 05 | 00 01 's'");
  /* W: a delayed will, cancelled, then not; takeovers with and without Clean Start */
  static const char w[] =
      "10 27 | 00 04 'MQTT' 05 | 0e | 00 00 | 05 11 00 00 00 3c | 00 01 'W' |"
      "0b 18 00 00 00 02 26 00 01 'k' 00 00 | 00 01 'w' | 00 03 'bye'";
  static const char w_again[] =
      "10 27 | 00 04 'MQTT' 05 | 0c | 00 00 | 05 11 00 00 00 3c | 00 01 'W' |"
      "0b 18 00 00 00 02 26 00 01 'k' 00 00 | 00 01 'w' | 00 03 'bye'";
  struct client *w1 = tries(w);
  leaves(w1);
  pass(1000);
  w1 = tries(w_again);
  struct client *w2 = tries(w_again), *w3 = tries(w);
  leaves(w1);
  leaves(w2);
  leaves(w3);
  pass(10000);
  says(x, "a2 0f | 00 02 00 | 00 0a '$share/g/t'");
  says(p, "31 06 | 00 03 'a/b' 00");
  says(s, "a2 08 | 00 03 00 | 00 03 'a/+'");
  bool is_well = p != NULL && s != NULL && x != NULL && !is_over(p) && !is_over(s) && !is_over(x);
  leaves(x);
  pass(100000);
  return is_well;
}

static void shut_down(void) {
  mw_broker_shutdown(world_broker(), world_now());
  pass(10000);
}

/* Every will that was armed has had one outcome, and one only. */
static void ck_wills_settled(size_t failing) {
  ck_assert_msg(
      world_wills[MW_OUTCOME_ARMED] == world_wills[MW_OUTCOME_PUBLISHED] + world_wills[MW_OUTCOME_DISCARDED],
      "allocation %zu: %u armed, %u published, %u discarded", failing, world_wills[MW_OUTCOME_ARMED],
      world_wills[MW_OUTCOME_PUBLISHED], world_wills[MW_OUTCOME_DISCARDED]);
}

/* After whatever went wrong, the broker serves the next ones. */
static void ck_goes_on(void) {
  struct client *s = joins("10 0e | 00 04 'MQTT' 04 | 02 | 00 00 | 00 02 'ok'", CONNACK_3);
  say(s, "82 07 | 00 01 | 00 02 'ok' 01");
  hears(s, "90 03 00 01 01");
  say(s, "32 06 00 02 'ok' 00 01");
  hears(s, "40 02 00 01 | 32 06 00 02 'ok' 00 01");
  say(s, "40 02 00 01 | e0 00");
  is_closed(s);
}

START_TEST(each_allocation_may_fail)
{
  size_t failing = 0, made;
  do {
    failmalloc_at(++failing);
    world_open();
    if (world_broker() != NULL) {
      live_a_day();
      made = failmalloc_count();
      failmalloc_at(0);
      ck_goes_on();
      shut_down();
      ck_wills_settled(failing);
      forget_all();
      world_close();
    } else {
      made = failmalloc_count();
      failmalloc_at(0);
    }
    ck_assert_msg(failmalloc_live() == 0, "allocation %zu leaves %zu blocks", failing, failmalloc_live());
    hex_free_all();
  } while (failing <= made);
  ck_assert_uint_gt(failing, 150);
}
END_TEST

START_TEST(the_day_goes_well_with_memory)
{
  world_open();
  ck_assert(live_a_day());
  ck_goes_on();
  shut_down();
  ck_wills_settled(0);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_ARMED], 6);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_DISCARDED], 2); /* W resumed, W taken over and resumed */
  forget_all();
  world_close();
}
END_TEST

SUITE("broker/memory", the_day_goes_well_with_memory, each_allocation_may_fail)
