/* SPDX-License-Identifier: MIT
 * Session state, MQTT 5 section 4.1: what a client id has here, connected or not, its will included. Made by
 * an accepted CONNECT, ended by its expiry, by Clean Start or with its connection. Called by on_connect.c, by
 * peer.c when a connection ends, and by the clock. */
#ifndef MW_BROKER_CORE_SESSIONS_H
#define MW_BROKER_CORE_SESSIONS_H

#include "broker/core/backlog.h"
#include "broker/core/exchanges.h"
#include "broker/core/state.h"

enum { MW_NO_EXPIRY = UINT32_MAX }; /* seconds: the session never ends by itself */

struct mw_broker_session {
  struct mw_map_node by_client_id;
  struct mw_peer *peer;            /* NULL: offline */
  uint32_t expiry;                 /* Session Expiry Interval in force, seconds */
  struct mw_heap_node expiry_node; /* set while offline */

  /* wills.h */
  struct mw_publication *will; /* armed while the peer lives, waiting while will_node is set; or NULL */
  struct mw_heap_node will_node;
  uint32_t will_delay;
  uint8_t will_version;

  /* subscriptions.h */
  struct mw_map subscriptions;     /* by filter, `$share` included */
  struct mw_subscription *matched; /* those the message being routed matches */
  struct mw_broker_session *next_matched;

  /* delivery.h */
  struct mw_exchanges outbound, inbound;
  struct mw_backlog backlog;
  size_t held_bytes;         /* of messages in outbound and backlog */
  size_t held_inbound_bytes; /* of QoS 2 messages whose PUBREL has not come */
  uint32_t connection;       /* counts them */
  uint32_t outstanding;      /* PUBLISHes sent on this connection and not acknowledged */
  uint32_t unreleased;       /* QoS 2 PUBLISHes received on this connection and not released */
  uint16_t last_packet_id;
  uint16_t resend; /* slot of the first exchange not yet sent on this connection; MW_NO_EXCHANGE: all were */

  uint8_t client_id[];
};

static inline struct mw_slice mw_session_client_id(const struct mw_broker_session *s) {
  return s->by_client_id.key;
}

struct mw_broker_session *mw_sessions_find(const struct mw_broker *b,
                                           struct mw_slice client_id); /* or NULL */
/* A new one for a client id that has none. NULL: out of memory. */
struct mw_broker_session *mw_sessions_add(struct mw_broker *b, struct mw_slice client_id);
/* Ends an offline session: subscriptions, messages and a will that is left go with it, silently. */
void mw_sessions_end(struct mw_broker *b, struct mw_broker_session *s);
/* The connection is gone: starts the expiry. */
void mw_sessions_start_expiry(struct mw_broker *b, struct mw_broker_session *s);
/* Its expiry has passed: a waiting will speaks first. */
void mw_sessions_expire(struct mw_broker *b, struct mw_broker_session *s);
/* What fell due for this session by now, should the clock not have been asked yet; it may be gone then. */
void mw_sessions_catch_up(struct mw_broker *b, struct mw_broker_session *s);
struct mw_broker_session *mw_sessions_of_expiry(struct mw_heap_node *node);

#endif
