/* SPDX-License-Identifier: MIT
 * The other end of one network connection: cuts its bytes into packets, keeps its deadlines, carries its
 * output, and is the one place where a connection ends. Called by the doors (broker.c) and by the packet
 * handlers. MQTT 5 sections 2.1, 3.1.2.10, 4.8, 4.13. */
#ifndef MW_BROKER_CORE_PEER_H
#define MW_BROKER_CORE_PEER_H

#include "broker/core/aliases.h"
#include "broker/core/sessions.h"
#include "wire/fixed_header.h"
#include "wire/wire.h"

enum mw_peer_phase {
  MW_PEER_NEW,  /* CONNECT awaited */
  MW_PEER_OPEN, /* CONNACK with success is written */
  MW_PEER_OVER  /* the protocol has ended: last bytes leave */
};

/* How a connection ends. */
struct mw_ending {
  enum mw_will_end end;
  int status;   /* what was wrong, or MQTTWILL_OK */
  int reason;   /* -1: none */
  bool is_told; /* the peer gets the reason in a DISCONNECT (MQTT 5) */
};

struct mw_peer {
  struct mw_broker *broker;
  void *owner;
  struct mw_list peers, ready, doomed; /* places in the broker's lists */
  struct mw_heap_node deadline;        /* of CONNECT, then of the keep alive, then of the last bytes */
  struct mw_broker_session *session;   /* while OPEN */
  struct mw_chain out;
  size_t unsent;          /* bytes ever put into `out` less those reported sent */
  struct mw_buffer in;    /* a packet that has not arrived whole */
  size_t in_need;         /* its length; 0: not known yet */
  uint64_t last_received; /* the last whole packet, ms */
  struct mw_ending doom;  /* while in broker->doomed */
  struct mw_aliases_in aliases_in;
  struct mw_aliases_out aliases_out;
  uint32_t maximum_packet_size;                      /* the client's */
  uint32_t requested_expiry;                         /* Session Expiry Interval of CONNECT */
  uint16_t keep_alive;                               /* seconds, in force */
  uint16_t receive_maximum;                          /* the client's */
  uint16_t granted_receive_maximum, granted_aliases; /* ours */
  uint8_t version;                                   /* 0: unknown */
  uint8_t phase;
  bool is_doomed, is_cut;
  uint8_t early_outcome; /* of its will, settled before its end: at the broker's shutdown */
};

/* False once its protocol has ended or is about to. */
static inline bool mw_peer_is_live(const struct mw_peer *p) {
  return p->phase != MW_PEER_OVER && !p->is_doomed;
}

void mw_peer_feed(struct mw_peer *p, struct mw_slice bytes);
void mw_peer_tick(struct mw_peer *p); /* its deadline is reached */
void mw_peer_restart_keep_alive(struct mw_peer *p);
struct mw_peer *mw_peer_of_deadline(struct mw_heap_node *node);

/* Room for a packet of `len` bytes at the end of the output, to be filled at once. NULL: it is over, there is
 * no memory, or the client does not take packets of that size; it is doomed then. */
uint8_t *mw_peer_reserve(struct mw_peer *p, size_t len);
void mw_peer_write(struct mw_peer *p, struct mw_slice packet);
void mw_peer_give_news(struct mw_peer *p); /* the shell is to look at it */

/* Ends the connection now: DISCONNECT where it is told, the fate of its will, its session's expiry. Not while
 * a message is being routed. */
void mw_peer_end(struct mw_peer *p, const struct mw_ending *ending);
/* The peer broke the protocol: `status` tells how. */
void mw_peer_fail(struct mw_peer *p, int status);
/* Ends it before the door closes; can be called anywhere. The first reason stays. */
void mw_peer_doom(struct mw_peer *p, int status, int reason);
void mw_peer_free(struct mw_peer *p); /* over already */

/* The handlers, one for each packet a client sends; on_*.c. */
void mw_on_connect(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);
void mw_on_publish(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);
void mw_on_pubrel(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);
void mw_on_ack(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);
void mw_on_subscribe(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);
void mw_on_unsubscribe(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);
void mw_on_pingreq(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);
void mw_on_disconnect(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body);

#endif
