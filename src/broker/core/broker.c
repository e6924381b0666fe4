/* SPDX-License-Identifier: MIT
 * The doors of the broker, the clock behind them, and the table of defaults; see broker.h. Before a door
 * closes, every peer that was doomed inside is ended: that may publish wills, which may doom others. */
#include "broker/core/state.h"

#include "base/alloc.h"
#include "broker/core/delivery.h"
#include "broker/core/peer.h"
#include "broker/core/wills.h"

enum { LARGEST_KEPT_SCRATCH = 65536 };

const struct mw_broker_options mw_broker_defaults = {
    .connections = 1000000,
    .connect_timeout_ms = 20000,
    .linger_ms = 5000,
    .packet_size = MW_MAX_PACKET,
    .receive_maximum = 20,
    .topic_alias_maximum = 10,
    .outbound_aliases = 100,
    .server_keep_alive = 0,
    .session_expiry = MW_NO_EXPIRY,
    .maximum_qos = 2,
    .retain_available = true,
    .wildcard_available = true,
    .identifiers_available = true,
    .shared_available = true,
    .inflight = 65535,
    .queue_bytes = 64u << 20,
    .output_bytes = 256u << 10,
    .retained_bytes = 1u << 30,
    .subscriptions = 100000,
    .topic_levels = 1000,
    .response_information = NULL,
    .keeps_state = false,
};

/* ---- making and freeing ---- */

static void init_lists(struct mw_broker *b) {
  mw_list_init(&b->peers);
  mw_list_init(&b->ready);
  mw_list_init(&b->doomed);
}

struct mw_broker *mw_broker_new(const struct mw_broker_options *options,
                                const struct mw_broker_hooks *hooks) {
  struct mw_broker *b = mw_calloc(1, sizeof *b);
  if (b == NULL) return NULL;
  b->options = *options;
  b->hooks = *hooks;
  init_lists(b);
  uint8_t random[sizeof b->sessions.seed];
  hooks->random(hooks->context, random, sizeof random);
  memcpy(&b->sessions.seed, random, sizeof random);
  bool has_trees = mw_subscriptions_init(&b->subscriptions, options->topic_levels, b->sessions.seed);
  has_trees = mw_retained_init(&b->retained, options->topic_levels, b->sessions.seed) && has_trees;
  if (has_trees) return b;
  mw_broker_free(b);
  return NULL;
}

static void forget_peer(struct mw_peer *p) {
  mw_list_remove(&p->doomed);
  mw_buffer_fini(&p->in);
  mw_aliases_in_fini(&p->aliases_in);
  mw_aliases_out_fini(&p->aliases_out);
  mw_peer_free(p);
}

void mw_broker_free(struct mw_broker *b) {
  if (b == NULL) return;
  struct mw_list *peer;
  while ((peer = mw_list_first(&b->peers)) != NULL) forget_peer(MW_CONTAINER(peer, struct mw_peer, peers));
  struct mw_map_node *next, *node = mw_map_next(&b->sessions, NULL);
  for (; node != NULL; node = next) {
    next = mw_map_next(&b->sessions, node);
    mw_sessions_end(b, MW_CONTAINER(node, struct mw_broker_session, by_client_id));
  }
  mw_map_fini(&b->sessions);
  mw_subscriptions_fini(&b->subscriptions);
  mw_retained_fini(&b->retained);
  mw_heap_fini(&b->peer_deadlines);
  mw_heap_fini(&b->session_expiries);
  mw_heap_fini(&b->will_deadlines);
  mw_buffer_fini(&b->scratch);
  mw_free(b);
}

struct mw_buffer *mw_broker_scratch(struct mw_broker *b) {
  if (b->scratch.cap > LARGEST_KEPT_SCRATCH) mw_buffer_fini(&b->scratch);
  mw_buffer_clear(&b->scratch);
  return &b->scratch;
}

/* ---- the doors ---- */

static void enter(struct mw_broker *b, uint64_t now) {
  if (now > b->now) b->now = now;
}

static void settle(struct mw_broker *b) {
  struct mw_list *first;
  while ((first = mw_list_first(&b->doomed)) != NULL) {
    struct mw_peer *p = MW_CONTAINER(first, struct mw_peer, doomed);
    struct mw_ending doom = p->doom;
    mw_peer_end(p, &doom);
  }
}

struct mw_peer *mw_broker_accept(struct mw_broker *b, void *owner, uint64_t now) {
  enter(b, now);
  if (b->is_shut || b->peer_count >= b->options.connections) return NULL;
  if (mw_heap_reserve(&b->peer_deadlines, b->peer_count + 1) != 0) return NULL;
  struct mw_peer *p = mw_calloc(1, sizeof *p);
  if (p == NULL) return NULL;
  p->broker = b;
  p->owner = owner;
  p->last_received = b->now;
  p->maximum_packet_size = MW_MAX_PACKET;
  mw_list_init(&p->ready);
  mw_list_init(&p->doomed);
  mw_list_append(&b->peers, &p->peers);
  b->peer_count++;
  mw_heap_set(&b->peer_deadlines, &p->deadline, b->now + b->options.connect_timeout_ms);
  return p;
}

void mw_broker_feed(struct mw_peer *peer, struct mw_slice bytes, uint64_t now) {
  struct mw_broker *b = peer->broker;
  enter(b, now);
  mw_peer_feed(peer, bytes);
  settle(b);
}

void mw_broker_sent(struct mw_peer *peer, size_t bytes, uint64_t now) {
  struct mw_broker *b = peer->broker;
  enter(b, now);
  peer->unsent -= bytes;
  if (peer->session != NULL) mw_delivery_pump(b, peer->session);
  settle(b);
}

void mw_broker_closed(struct mw_peer *peer, uint64_t now) {
  struct mw_broker *b = peer->broker;
  enter(b, now);
  mw_peer_end(peer, &(struct mw_ending){MW_END_LOST, MQTTWILL_OK, -1, false});
  mw_peer_free(peer);
  settle(b);
}

struct mw_peer *mw_broker_ready(struct mw_broker *b) {
  struct mw_list *first = mw_list_first(&b->ready);
  if (first == NULL) return NULL;
  mw_list_remove(first);
  return MW_CONTAINER(first, struct mw_peer, ready);
}

/* ---- the clock ---- */

typedef void server(struct mw_broker *, struct mw_heap_node *);

static void serve_will(struct mw_broker *b, struct mw_heap_node *node) {
  struct mw_broker_session *s = mw_wills_of_deadline(node);
  mw_wills_publish(b, mw_wills_take(b, s, MW_END_DELAY_OVER), s);
}

static void serve_session(struct mw_broker *b, struct mw_heap_node *node) {
  mw_sessions_expire(b, mw_sessions_of_expiry(node));
}

static void serve_peer(struct mw_broker *b, struct mw_heap_node *node) {
  (void)b;
  mw_peer_tick(mw_peer_of_deadline(node));
}

static void serve_retained(struct mw_broker *b, struct mw_heap_node *node) {
  mw_retained_expire(&b->retained, node);
}

/* The heap whose first deadline is the earliest, and who serves it. Of equal ones the first named: a will
 * speaks before its session expires. */
static const struct mw_heap *earliest(const struct mw_broker *b, server **serve) {
  const struct {
    const struct mw_heap *heap;
    server *serve;
  } heaps[] = {
      {&b->will_deadlines, serve_will},
      {&b->session_expiries, serve_session},
      {&b->peer_deadlines, serve_peer},
      {&b->retained.expiries, serve_retained},
  };
  const struct mw_heap *first = heaps[0].heap;
  *serve = heaps[0].serve;
  for (size_t i = 1; i < sizeof heaps / sizeof heaps[0]; i++) {
    if (mw_heap_deadline(heaps[i].heap) >= mw_heap_deadline(first)) continue;
    first = heaps[i].heap;
    *serve = heaps[i].serve;
  }
  return first;
}

uint64_t mw_broker_deadline(const struct mw_broker *b) {
  server *serve;
  return mw_heap_deadline(earliest(b, &serve));
}

/* In the order in which they fell due, each at its own time: a clock that leaps an hour is a clock that ran
 * an hour. */
void mw_broker_tick(struct mw_broker *b, uint64_t now) {
  server *serve;
  for (;;) {
    const struct mw_heap *heap = earliest(b, &serve);
    uint64_t deadline = mw_heap_deadline(heap);
    if (deadline == MW_NEVER || deadline > now) break;
    enter(b, deadline);
    serve(b, mw_heap_first(heap));
    settle(b);
  }
  enter(b, now);
}

/* ---- the end ---- */

/* Every will speaks while those who listen are still connected. */
static void publish_armed_wills(struct mw_broker *b) {
  for (struct mw_list *at = b->peers.next; at != &b->peers; at = at->next) {
    struct mw_peer *p = MW_CONTAINER(at, struct mw_peer, peers);
    if (p->session == NULL || p->session->will == NULL) continue;
    enum mw_will_outcome outcome;
    uint64_t wait_ms;
    struct mw_publication *will = mw_wills_settle(b, p->session, MW_END_SHUTDOWN, &outcome, &wait_ms);
    bool is_over = b->options.keeps_state || outcome != MW_OUTCOME_WAITS;
    p->early_outcome = is_over ? (uint8_t)outcome : MW_OUTCOME_PUBLISHED;
    mw_wills_publish(b, will, p->session);
  }
}

/* Those that wait outlive the process only where their sessions do; without that every session ends here. */
static void publish_waiting_wills(struct mw_broker *b) {
  for (struct mw_heap_node *first; (first = mw_heap_first(&b->will_deadlines)) != NULL;) {
    struct mw_broker_session *s = mw_wills_of_deadline(first);
    mw_wills_publish(b, mw_wills_take(b, s, MW_END_SESSION_EXPIRED), s);
  }
}

void mw_broker_shutdown(struct mw_broker *b, uint64_t now) {
  enter(b, now);
  b->is_shut = true;
  publish_armed_wills(b);
  if (!b->options.keeps_state) publish_waiting_wills(b);
  struct mw_list *at;
  for (at = b->peers.next; at != &b->peers; at = at->next) {
    struct mw_peer *p = MW_CONTAINER(at, struct mw_peer, peers);
    mw_peer_end(
        p, &(struct mw_ending){MW_END_SHUTDOWN, MQTTWILL_OK, MQTTWILL_REASON_SERVER_SHUTTING_DOWN, true});
  }
  settle(b);
}

/* ---- looking in ---- */

void *mw_peer_owner(const struct mw_peer *peer) {
  return peer->owner;
}

enum mw_peer_wish mw_peer_wish(const struct mw_peer *peer) {
  if (peer->is_cut) return MW_PEER_CUT;
  return peer->phase == MW_PEER_OVER ? MW_PEER_CLOSE : MW_PEER_STAYS;
}

bool mw_peer_wants_bytes(const struct mw_peer *peer) {
  return peer->phase == MW_PEER_OVER || peer->unsent < peer->broker->options.queue_bytes;
}

struct mw_chain *mw_peer_out(struct mw_peer *peer) {
  return &peer->out;
}

struct mw_broker_counts mw_broker_counts(const struct mw_broker *b) {
  return (struct mw_broker_counts){
      .peers = b->peer_count,
      .sessions = b->sessions.count,
      .subscriptions = b->subscriptions.count,
      .retained = b->retained.count,
      .wills_waiting = b->will_deadlines.count,
      .dropped = b->dropped,
  };
}
