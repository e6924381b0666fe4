/* SPDX-License-Identifier: MIT
 * The two topic trees (src/broker/core/topic_tree.c, subscriptions.c, retained.c) against a matcher that is
 * nothing but the standard's sentences: thousands of filters and names by chance. MQTT 5 section 4.7. */
#include "broker_world.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint32_t any(uint32_t below) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)((state * 0x2545F4914F6CDD1Du >> 33) % below);
}

/* Level by level, by recursion; `$` is looked at once, in front. */
static bool level_matches(const char *filter, const char *name) {
  if (strcmp(filter, "#") == 0) return true;
  size_t f = strcspn(filter, "/"), n = strcspn(name, "/");
  bool same = (f == 1 && filter[0] == '+') || (f == n && memcmp(filter, name, f) == 0);
  if (!same) return false;
  if (filter[f] == '\0') return name[n] == '\0';
  if (name[n] == '\0') return strcmp(filter + f, "/#") == 0; /* the parent level */
  return level_matches(filter + f + 1, name + n + 1);
}

static bool matches(const char *filter, const char *name) {
  if (name[0] == '$' && (filter[0] == '+' || filter[0] == '#')) return false;
  return level_matches(filter, name);
}

static void make_topic(char *text, bool is_filter) {
  static const char *const levels[] = {"a", "b", "", "$s", "cc"};
  text[0] = '\0';
  uint32_t count = 1 + any(5);
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0) strcat(text, "/");
    if (is_filter && any(4) == 0)
      strcat(text, "+");
    else if (is_filter && i == count - 1 && any(3) == 0)
      strcat(text, "#");
    else
      strcat(text, levels[any(5)]);
  }
  if (text[0] == '\0') strcpy(text, "a");
}

static struct mw_slice subscribe_packet(uint8_t *packet, uint8_t first, const char *filter) {
  size_t len = strlen(filter), at = 0;
  packet[at++] = first;
  packet[at++] = (uint8_t)(len + (first == 0x82 ? 5 : 4));
  packet[at++] = 0;
  packet[at++] = 1;
  packet[at++] = 0;
  packet[at++] = (uint8_t)len;
  memcpy(packet + at, filter, len);
  at += len;
  if (first == 0x82) packet[at++] = 0;
  return mw_slice(packet, at);
}

static struct mw_slice publish_packet(uint8_t *packet, bool retain, const char *name, bool has_payload) {
  size_t len = strlen(name);
  packet[0] = retain ? 0x31 : 0x30;
  packet[1] = (uint8_t)(len + 2 + has_payload);
  packet[2] = 0;
  packet[3] = (uint8_t)len;
  memcpy(packet + 4, name, len);
  packet[4 + len] = 'x';
  return mw_slice(packet, len + 4 + has_payload);
}

enum { CLIENTS = 12, FILTERS = 6, LONGEST = 40 };

START_TEST(a_message_reaches_exactly_those_whose_filter_matches)
{
  for (uint64_t seed = 1; seed <= 30; seed++) {
    static char filters[CLIENTS][FILTERS][LONGEST];
    uint8_t packet[80];
    state = seed * 0x9e3779b97f4a7c15u;
    world_open();
    struct client *p = joins_311("p"), *c[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
      char id[2] = {(char)('A' + i), '\0'};
      c[i] = joins_311(id);
      for (int j = 0; j < FILTERS; j++) {
        make_topic(filters[i][j], true);
        say_bytes(c[i], subscribe_packet(packet, 0x82, filters[i][j]));
        hears(c[i], "90 03 00 01 00");
      }
    }
    for (int round = 0; round < 100; round++) {
      char name[LONGEST];
      make_topic(name, false);
      struct mw_slice message = publish_packet(packet, false, name, true);
      say_bytes(p, message);
      for (int i = 0; i < CLIENTS; i++) {
        bool is_wanted = false;
        for (int j = 0; j < FILTERS; j++) is_wanted = is_wanted || matches(filters[i][j], name);
        struct mw_slice got = heard(c[i]);
        ck_assert_msg((got.len > 0) == is_wanted, "seed %d, name %s, client %d", (int)seed, name, i);
        if (is_wanted) ck_bytes_eq(got, message);
      }
      int i = (int)any(CLIENTS), j = (int)any(FILTERS); /* and one changes its mind */
      say_bytes(c[i], subscribe_packet(packet, 0xa2, filters[i][j]));
      for (int k = 0; k < FILTERS; k++) { /* the same filter twice is one subscription */
        if (k == j || strcmp(filters[i][k], filters[i][j]) != 0) continue;
        make_topic(filters[i][k], true);
        say_bytes(c[i], subscribe_packet(packet, 0x82, filters[i][k]));
      }
      make_topic(filters[i][j], true);
      say_bytes(c[i], subscribe_packet(packet, 0x82, filters[i][j]));
      heard(c[i]);
      hex_free_all();
    }
    forget_all();
    ck_assert_uint_eq(mw_broker_counts(world_broker()).subscriptions, 0);
    world_close();
  }
}
END_TEST

START_TEST(a_filter_finds_exactly_the_retained_messages_that_match)
{
  for (uint64_t seed = 1; seed <= 30; seed++) {
    enum { NAMES = 60 };
    static char names[NAMES][LONGEST];
    uint8_t packet[80];
    state = seed * 0x9e3779b97f4a7c15u;
    world_open();
    struct client *p = joins_311("p"), *c = joins_311("c");
    size_t count = 0;
    for (int i = 0; i < NAMES; i++) {
      char name[LONGEST];
      make_topic(name, false);
      bool is_known = false;
      for (size_t j = 0; j < count; j++) is_known = is_known || strcmp(names[j], name) == 0;
      say_bytes(p, publish_packet(packet, true, name, true));
      if (!is_known) strcpy(names[count++], name);
    }
    ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, count);
    for (int round = 0; round < 100; round++) {
      char filter[LONGEST];
      make_topic(filter, true);
      say_bytes(c, subscribe_packet(packet, 0x82, filter));
      hears(c, "90 03 00 01 00");
      size_t wanted = 0, found = 0;
      for (size_t j = 0; j < count; j++) wanted += matches(filter, names[j]);
      struct mw_slice got = heard(c);
      for (size_t at = 0; at < got.len; at += 2u + got.data[at + 1], found++) {
        char name[LONGEST];
        snprintf(name, sizeof name, "%.*s", (int)got.data[at + 3], (const char *)got.data + at + 4);
        ck_assert_uint_eq(got.data[at], 0x31);
        ck_assert_msg(matches(filter, name), "seed %d, filter %s, name %s", (int)seed, filter, name);
      }
      ck_assert_msg(found == wanted, "seed %d, filter %s: %zu of %zu", (int)seed, filter, found, wanted);
      hex_free_all();
    }
    for (size_t j = 0; j < count; j++) say_bytes(p, publish_packet(packet, true, names[j], false));
    ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, 0);
    heard(c);
    world_close();
  }
}
END_TEST

START_TEST(the_oracle_knows_the_examples_of_the_standard)
{
  ck_assert(matches("sport/tennis/player1/#", "sport/tennis/player1"));
  ck_assert(matches("sport/#", "sport"));
  ck_assert(!matches("sport/tennis/+", "sport/tennis/player1/ranking"));
  ck_assert(!matches("sport/+", "sport"));
  ck_assert(matches("sport/+", "sport/"));
  ck_assert(matches("+/+", "/finance"));
  ck_assert(matches("/+", "/finance"));
  ck_assert(!matches("+", "/finance"));
  ck_assert(!matches("#", "$SYS/x"));
  ck_assert(!matches("+/monitor/Clients", "$SYS/monitor/Clients"));
  ck_assert(matches("$SYS/monitor/+", "$SYS/monitor/Clients"));
}
END_TEST

SUITE("broker/topics", the_oracle_knows_the_examples_of_the_standard,
      a_message_reaches_exactly_those_whose_filter_matches,
      a_filter_finds_exactly_the_retained_messages_that_match)
