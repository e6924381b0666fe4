/* SPDX-License-Identifier: MIT
 * Peers that mean no good: noise, mutated packets, floods and depths, at any chunking. The broker neither
 * falls over nor keeps anything, and its other clients go on. */
#include "broker_world.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint32_t any(uint32_t below) { /* xorshift64*: the seed tells all */
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)((state * 0x2545F4914F6CDD1Du >> 33) % below);
}

static const char *const seeds[] = {
    "10 0d | 00 04 'MQTT' 04 | 00 | 00 02 | 00 01 'a'",
    "10 16 | 00 04 'MQTT' 05 | 00 | 00 02 | 08 11 00 00 00 02 22 00 05 | 00 01 'a'",
    "10 27 | 00 04 'MQTT' 05 | 0e | 00 00 | 05 11 00 00 00 3c | 00 01 'W' | 0b 18 00 00 00 02 26 00 01 'k' "
    "00 00 |"
    "00 01 'w' | 00 03 'bye'",
    "10 17 | 00 06 'MQIsdp' 03 | 26 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'",
    "82 0f | 00 01 02 0b 05 | 00 01 '#' 02 | 00 01 '+' 01",
    "82 10 | 00 01 00 | 00 0a '$share/g/t' 01",
    "82 0a | 00 01 | 00 01 '#' 02 | 00 01 '+' 01",
    "a2 06 | 00 01 00 | 00 01 '#'",
    "30 04 00 01 't' 'x'",
    "33 0d 00 01 't' 00 01 05 02 00 00 00 01 'xy'",
    "34 08 00 01 't' 00 02 03 23 00 01",
    "31 08 00 01 't' 03 23 00 01 'a'",
    "62 02 00 02",
    "40 02 00 01",
    "50 02 00 01",
    "70 02 00 01",
    "c0 00",
    "e0 02 04 00",
    "e0 07 00 05 11 00 00 00 05",
    "f0 00",
};

enum { SEEDS = sizeof seeds / sizeof seeds[0], CLIENTS = 8 };

/* One of the seeds, with a few bytes changed, doubled or lost, as chance has it. */
static struct mw_slice mutant(void) {
  static uint8_t bytes[600];
  struct mw_slice seed = hex(seeds[any(SEEDS)]);
  size_t len = seed.len;
  memcpy(bytes, seed.data, len);
  for (uint32_t changes = any(4) == 0 ? 0 : any(3); changes > 0; changes--) {
    size_t at = any((uint32_t)len);
    switch (any(4)) {
    case 0:
      bytes[at] = (uint8_t)any(256);
      break;
    case 1:
      bytes[at] ^= (uint8_t)(1u << any(8));
      break;
    case 2:
      memmove(bytes + at + 1, bytes + at, len - at);
      len++;
      break;
    default:
      if (len > 1) memmove(bytes + at, bytes + at + 1, --len - at);
    }
  }
  return mw_slice(bytes, len);
}

static void do_anything(struct client **c) {
  if (*c != NULL && is_over(*c) && any(4) == 0) {
    cut(*c);
    *c = NULL;
  }
  if (*c == NULL) {
    *c = dial();
    if (any(8) != 0) say(*c, seeds[any(4)]);
    return;
  }
  switch (any(20)) {
  case 0:
    cut(*c);
    *c = NULL;
    break;
  case 1:
    stuff(*c);
    break;
  case 2:
    unstuff(*c);
    break;
  case 3:
    pass(any(3000));
    break;
  default:
    say_bytes(*c, mutant());
  }
}

START_TEST(noise_of_many_clients_leaves_nothing_behind)
{
  for (uint64_t seed = 1; seed <= 60; seed++) {
    state = seed * 0x9e3779b97f4a7c15u;
    world_chunk = seed % 3 == 0 ? 1 + any(7) : 0;
    world_options = mw_broker_defaults;
    world_options.queue_bytes = 5000;
    world_options.packet_size = seed % 2 == 0 ? 200 : mw_broker_defaults.packet_size;
    world_open();
    struct client *c[CLIENTS] = {NULL};
    for (int i = 0; i < 1500; i++) {
      do_anything(&c[any(CLIENTS)]);
      if (i % 50 == 0) hex_free_all();
    }
    world_chunk = 0;
    mw_broker_shutdown(world_broker(), world_now());
    pass(10000);
    ck_assert_msg(world_wills[MW_OUTCOME_ARMED] ==
                      world_wills[MW_OUTCOME_PUBLISHED] + world_wills[MW_OUTCOME_DISCARDED],
                  "seed %llu", (unsigned long long)seed);
    forget_all();
    world_close();
    ck_assert_msg(failmalloc_live() == 0, "seed %llu leaks", (unsigned long long)seed);
  }
}
END_TEST

START_TEST(a_length_is_not_believed_before_its_bytes_come)
{
  world_open();
  struct client *c = joins_311("c");
  size_t blocks = failmalloc_live();
  say(c, "30 ff ff ff 7f 00 01 't'"); /* 256 MiB announced */
  ck_assert_uint_le(failmalloc_live(), blocks + 1);
  is_open(c);
  world_close();
}
END_TEST

START_TEST(the_deepest_topics_are_refused_and_two_hundred_levels_are_not)
{
  world_open();
  struct client *c = joins_311("c");
  say(c, "82 06 | 00 01 | 00 01 '#' 00");
  heard(c);
  say(c, "82 cc 01 | 00 02 | 00 c7 '/'*199 00"); /* 200 levels */
  hears(c, "90 03 00 02 00");
  say(c, "31 c9 01 | 00 c7 '/'*199");
  hears(c, "30 c9 01 | 00 c7 '/'*199"); /* one copy for two subscriptions that overlap */
  say(c, "30 81 80 04 | ff ff '/'*65535");
  is_closed(c);
  world_close();
}
END_TEST

/* "+/+/+..." beside literals: each level doubles the ways, and still each node is seen once. */
START_TEST(crossing_wildcards_cost_no_more_than_their_nodes)
{
  enum { LEVELS = 12 };
  world_open();
  struct client *c = joins_311("c");
  for (unsigned pattern = 0; pattern < 1u << LEVELS; pattern++) {
    uint8_t packet[2 + 2 + 2 + 2 * LEVELS] = {0x82, 2 * LEVELS + 4, 0, 1, 0, 2 * LEVELS - 1};
    for (unsigned level = 0; level < LEVELS; level++) {
      packet[6 + 2 * level] = (pattern >> level & 1) != 0 ? '+' : 'a';
      packet[7 + 2 * level] = level == LEVELS - 1 ? 0 : '/';
    }
    say_bytes(c, mw_slice(packet, sizeof packet));
    heard(c);
    hex_free_all();
  }
  say(c, "30 19 | 00 17 'a' '/a'*11");
  hears(c, "30 19 | 00 17 'a' '/a'*11");
  world_close();
}
END_TEST

START_TEST(thousands_of_user_properties_pass_in_linear_time)
{
  world_open();
  struct client *s = joins_5("s"), *p = joins_5("p");
  say(s, "82 07 | 00 01 00 | 00 01 't' 00");
  heard(s);
  /* 20,000 pairs of 7 bytes */
  say(p, "30 e6 c5 08 | 00 01 't' | e0 c5 08 (26 00 01 'k' 00 01 'v')*20000");
  hears(s, "30 e6 c5 08 | 00 01 't' | e0 c5 08 (26 00 01 'k' 00 01 'v')*20000");
  world_close();
}
END_TEST

SUITE("broker/hostile", noise_of_many_clients_leaves_nothing_behind,
      a_length_is_not_believed_before_its_bytes_come,
      the_deepest_topics_are_refused_and_two_hundred_levels_are_not,
      crossing_wildcards_cost_no_more_than_their_nodes, thousands_of_user_properties_pass_in_linear_time)
