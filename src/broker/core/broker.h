/* SPDX-License-Identifier: MIT
 * The broker without I/O: bytes and time in, bytes, a deadline and events out. broker/shell joins it to
 * sockets and to a clock, tests and the simulation join it to scripts. MQTT 3.1, 3.1.1 and 5.0.
 *
 *   accept    a transport is up: a peer is made for it
 *   feed      bytes from the peer
 *   ready     the next peer with bytes to send, or to be closed; no peer is ever searched for
 *   out       those bytes: take or peek, send, put the rest back, tell mw_broker_sent()
 *   closed    the transport is gone; the peer is freed
 *   tick      the deadline was reached
 *   shutdown  every will speaks, every peer is told, every peer wants to be closed
 *
 * All times are monotonic milliseconds passed in; time that goes backwards stands still. A hook must not call
 * a door. Nothing here allocates for an idle peer but the peer, its session and its will. Out of memory ends
 * the connection that needed it. */
#ifndef MW_BROKER_CORE_BROKER_H
#define MW_BROKER_CORE_BROKER_H

#include "base/chain.h"
#include "base/heap.h"
#include "will/will_fate.h"

struct mw_broker; /* everything */
struct mw_peer;   /* the other end of one network connection */

/* Limits and grants; mw_broker_defaults is the one table of defaults. */
struct mw_broker_options {
  size_t connections;           /* more are not accepted */
  uint32_t connect_timeout_ms;  /* from accept to a whole CONNECT */
  uint32_t linger_ms;           /* how long last bytes may take to leave before the connection is cut */
  uint32_t packet_size;         /* inbound, whole packet; MW_MAX_PACKET: unlimited and not announced */
  uint16_t receive_maximum;     /* inbound QoS 2 messages of one client in flight; announced to MQTT 5 */
  uint16_t topic_alias_maximum; /* inbound */
  uint16_t outbound_aliases;    /* at most so many, where the client allows some */
  uint16_t server_keep_alive;   /* seconds; the longest an MQTT 5 client may have; 0: any */
  uint32_t session_expiry;      /* seconds; the longest a client may have */
  uint8_t maximum_qos;          /* 0..2 */
  bool retain_available;
  bool wildcard_available;
  bool identifiers_available;
  bool shared_available;
  uint32_t inflight;      /* outbound QoS 1 and 2 messages of one client in flight, 1..65535 */
  size_t queue_bytes;     /* of messages held for one client, and of bytes unsent to it; what comes on
                             top is dropped (QoS 0) or not queued. One message always fits. */
  size_t output_bytes;    /* unsent bytes from which on queued messages wait in the queue */
  size_t retained_bytes;  /* of all retained messages; what comes on top is delivered, not kept */
  uint32_t subscriptions; /* of one client */
  uint32_t topic_levels;  /* of a topic name or filter */
  const char *response_information; /* for MQTT 5 clients that ask; NULL: none */
  bool keeps_state;                 /* sessions outlive the process: shutdown leaves waiting wills alone */
};

extern const struct mw_broker_options mw_broker_defaults;

/* What became of a will. */
enum mw_will_outcome {
  MW_OUTCOME_NONE,      /* there was none */
  MW_OUTCOME_PUBLISHED, /* now */
  MW_OUTCOME_DISCARDED,
  MW_OUTCOME_WAITS, /* for its delay */
  MW_OUTCOME_ARMED  /* in struct mw_will_event only */
};

/* A connection is over. Views live until the hook returns. */
struct mw_broker_end {
  void *owner;               /* of the peer */
  struct mw_slice client_id; /* empty where no CONNECT was accepted */
  bool connected;            /* a CONNECT was accepted */
  uint8_t version;           /* 0: unknown */
  enum mw_will_end end;
  int status; /* what was wrong, MQTTWILL_OK where nothing was */
  int reason; /* reason or return code sent with the close, or received in DISCONNECT; -1: none */
  enum mw_will_outcome will;
  uint64_t wait_ms; /* MW_OUTCOME_WAITS */
};

/* Something happened to a will. */
struct mw_will_event {
  enum mw_will_outcome outcome; /* never NONE */
  enum mw_will_end why;         /* not with ARMED */
  struct mw_slice client_id, topic;
  uint64_t wait_ms; /* WAITS */
};

struct mw_broker_hooks {
  void *context;
  /* Fills `bytes` with random ones: the secret of the hash tables, and assigned client identifiers. */
  void (*random)(void *context, uint8_t *bytes, size_t len);
  void (*ended)(void *context, const struct mw_broker_end *end);  /* may be NULL */
  void (*will)(void *context, const struct mw_will_event *event); /* may be NULL */
};

/* Options and hooks are copied (the response information is borrowed). NULL: out of memory. */
struct mw_broker *mw_broker_new(const struct mw_broker_options *options, const struct mw_broker_hooks *hooks);
/* Forgets everything without a word: no will is published, peers are freed. NULL is fine. */
void mw_broker_free(struct mw_broker *b);

/* `owner` comes back from mw_peer_owner(). NULL: out of memory, too many connections, or shut down. */
struct mw_peer *mw_broker_accept(struct mw_broker *b, void *owner, uint64_t now);
/* Takes all the bytes. What follows the end of the protocol is ignored. */
void mw_broker_feed(struct mw_peer *peer, struct mw_slice bytes, uint64_t now);
/* The transport is gone: without a DISCONNECT before, the will speaks. Frees the peer. */
void mw_broker_closed(struct mw_peer *peer, uint64_t now);

/* The next peer whose bytes or whose wish to be closed are news; each is told once. NULL: no more. */
struct mw_peer *mw_broker_ready(struct mw_broker *b);

uint64_t mw_broker_deadline(const struct mw_broker *b); /* MW_NEVER (base/heap.h) for never */
void mw_broker_tick(struct mw_broker *b, uint64_t now);

/* Publishes every armed will, and without options.keeps_state every waiting one; then tells every MQTT 5
 * client 0x8B. All peers want to be closed afterwards, and no new one is accepted. */
void mw_broker_shutdown(struct mw_broker *b, uint64_t now);

enum mw_peer_wish {
  MW_PEER_STAYS, /* send what there is, go on */
  MW_PEER_CLOSE, /* send what there is, then close */
  MW_PEER_CUT    /* close now: what is unsent never will be */
};

void *mw_peer_owner(const struct mw_peer *peer);
enum mw_peer_wish mw_peer_wish(const struct mw_peer *peer);
/* False while so much is unsent that nothing more should be read from this peer. */
bool mw_peer_wants_bytes(const struct mw_peer *peer);
struct mw_chain *mw_peer_out(struct mw_peer *peer);
/* `bytes` of the chain have left; queued messages may follow, the peer is ready again then. */
void mw_broker_sent(struct mw_peer *peer, size_t bytes, uint64_t now);

/* For tests and the operator's view. */
struct mw_broker_counts {
  size_t peers, sessions, subscriptions, retained, wills_waiting;
  uint64_t dropped; /* messages not delivered for lack of room, ever */
};
struct mw_broker_counts mw_broker_counts(const struct mw_broker *b);

#endif
