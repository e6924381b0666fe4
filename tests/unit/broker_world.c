/* SPDX-License-Identifier: MIT
 * See broker_world.h. */
#include "broker_world.h"

#include "base/buffer.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client {
  struct client *next;
  struct mw_peer *peer;
  uint8_t *got; /* unheard; not of the counting allocator */
  size_t len;
  bool is_stuffed;
};

struct mw_broker_options world_options;
size_t world_chunk;
struct mw_broker_end world_end;
char world_end_id[64];
unsigned world_ends, world_wills[MW_OUTCOME_ARMED + 1];

static struct mw_broker *broker;
static struct client *clients;
static uint64_t now;
static uint8_t random_byte;

static void count_random(void *context, uint8_t *bytes, size_t len) {
  (void)context;
  memset(bytes, random_byte++, len);
}

static void note_end(void *context, const struct mw_broker_end *end) {
  (void)context;
  world_ends++;
  world_end = *end;
  snprintf(world_end_id, sizeof world_end_id, "%.*s", (int)end->client_id.len,
           end->client_id.len > 0 ? (const char *)end->client_id.data : "");
}

static void note_will(void *context, const struct mw_will_event *event) {
  (void)context;
  ck_assert_uint_gt(event->topic.len, 0);
  world_wills[event->outcome]++;
}

void world_open(void) {
  static const struct mw_broker_options untouched;
  const struct mw_broker_hooks hooks = {NULL, count_random, note_end, note_will};
  if (memcmp(&world_options, &untouched, sizeof untouched) == 0) world_options = mw_broker_defaults;
  random_byte = 0xa0;
  now = 1000000;
  clients = NULL;
  world_ends = 0;
  memset(world_wills, 0, sizeof world_wills);
  broker = mw_broker_new(&world_options, &hooks);
  world_options = mw_broker_defaults;
}

struct mw_broker *world_broker(void) {
  return broker;
}

uint64_t world_now(void) {
  return now;
}

static void collect_one(struct client *c) {
  struct mw_slice views[8];
  struct mw_chain *out = mw_peer_out(c->peer);
  while (!c->is_stuffed && out->len > 0) {
    size_t sent = 0, n = mw_chain_views(out, views, 8);
    for (size_t i = 0; i < n; i++) {
      c->got = realloc(c->got, c->len + views[i].len);
      memcpy(c->got + c->len, views[i].data, views[i].len);
      c->len += views[i].len;
      sent += views[i].len;
    }
    mw_chain_consume(out, sent);
    mw_broker_sent(c->peer, sent, now);
  }
}

static void collect(void) {
  struct mw_peer *peer;
  while ((peer = mw_broker_ready(broker)) != NULL) collect_one(mw_peer_owner(peer));
}

static void forget(struct client *c) {
  struct client **at = &clients;
  while (*at != c) at = &(*at)->next;
  *at = c->next;
  free(c->got);
  free(c);
}

void world_close(void) {
  for (struct client *c = clients; c != NULL; c = c->next) hears_nothing(c);
  mw_broker_free(broker);
  while (clients != NULL) forget(clients);
}

void forget_all(void) {
  while (clients != NULL) cut(clients);
}

void pass(uint64_t ms) {
  uint64_t until = now + ms;
  collect();
  while (mw_broker_deadline(broker) <= until) {
    if (mw_broker_deadline(broker) > now) now = mw_broker_deadline(broker);
    mw_broker_tick(broker, now);
    collect();
  }
  now = until;
  mw_broker_tick(broker, now);
  collect();
}

struct client *dial(void) {
  struct client *c = calloc(1, sizeof *c);
  c->peer = mw_broker_accept(broker, c, now);
  if (c->peer == NULL) {
    free(c);
    return NULL;
  }
  c->next = clients;
  clients = c;
  return c;
}

void say_bytes(struct client *c, struct mw_slice bytes) {
  while (bytes.len > 0) {
    size_t n = world_chunk != 0 && world_chunk < bytes.len ? world_chunk : bytes.len;
    mw_broker_feed(c->peer, mw_slice(bytes.data, n), now);
    bytes = mw_slice_skip(bytes, n);
  }
  collect();
}

void say(struct client *c, const char *hex_text) {
  say_bytes(c, hex(hex_text));
}

void hears(struct client *c, const char *hex_text) {
  struct mw_slice wanted = hex(hex_text);
  size_t len = wanted.len < c->len ? wanted.len : c->len;
  ck_bytes_eq(mw_slice(c->got, len), wanted);
  c->len -= len;
  memmove(c->got, c->got + len, c->len);
}

void hears_nothing(struct client *c) {
  ck_bytes_eq(mw_slice(c->got, c->len), mw_slice(NULL, 0));
}

struct mw_slice heard(struct client *c) {
  struct mw_slice all = hex_copy(mw_slice(c->got, c->len));
  c->len = 0;
  return all;
}

void cut(struct client *c) {
  mw_broker_closed(c->peer, now);
  forget(c);
  collect();
}

void is_closed(struct client *c) {
  hears_nothing(c);
  ck_assert(is_over(c));
  cut(c);
}

bool is_over(const struct client *c) {
  return mw_peer_wish(c->peer) != MW_PEER_STAYS;
}

void is_open(struct client *c) {
  ck_assert(!is_over(c));
}

void stuff(struct client *c) {
  c->is_stuffed = true;
}

void unstuff(struct client *c) {
  c->is_stuffed = false;
  collect_one(c);
  collect();
}

struct mw_peer *peer_of(const struct client *c) {
  return c->peer;
}

size_t unsent(const struct client *c) {
  return mw_peer_out(c->peer)->len;
}

bool wants_bytes(const struct client *c) {
  return mw_peer_wants_bytes(c->peer);
}

struct client *joins(const char *hex_text, const char *connack) {
  struct client *c = dial();
  say(c, hex_text);
  hears(c, connack);
  is_open(c);
  return c;
}

struct client *joins_311(const char *id) {
  char text[100];
  snprintf(text, sizeof text, "10 0d | 00 04 'MQTT' 04 | 02 | 00 00 | 00 01 '%s'", id);
  return joins(text, CONNACK_3);
}

struct client *joins_5(const char *id) {
  char text[100];
  snprintf(text, sizeof text, "10 13 | 00 04 'MQTT' 05 | 02 | 00 00 | 05 11 00 00 00 3c | 00 01 '%s'", id);
  return joins(text, CONNACK_5);
}
