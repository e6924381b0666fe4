/* SPDX-License-Identifier: MIT
 * What a session still owes its server: QoS 0 messages that the kernel has not got, and everything that has a
 * packet identifier (QoS 1 and 2 messages, SUBSCRIBE, UNSUBSCRIBE) until its answer came. MQTT 5
 * sections 2.2.1, 4.3, 4.4, 4.9.
 *
 * Flights stand in a ring in the order of their operation numbers, and their packet identifiers count up with
 * them, so an identifier is an index and nothing is ever searched. Message bytes stand in one buffer in the
 * same order and are given back from the front. In the steady state nothing is allocated. */
#ifndef MW_SESSION_OUTBOUND_H
#define MW_SESSION_OUTBOUND_H

#include "base/buffer.h"
#include "wire/publish.h"

enum mw_flight_state {
  MW_FLIGHT_QUEUED, /* not sent over this connection */
  MW_FLIGHT_PUBACK, /* sent, this answer awaited */
  MW_FLIGHT_PUBREC,
  MW_FLIGHT_PUBCOMP,
  MW_FLIGHT_SUBACK,
  MW_FLIGHT_UNSUBACK,
  MW_FLIGHT_UNTOLD, /* over without an answer: `status` is still to be told */
  MW_FLIGHT_DONE    /* over and told; waits for those before it */
};

struct mw_flight {
  int64_t operation;
  uint64_t position;    /* of its bytes in the store: topic, properties, payload */
  uint32_t payload_len; /* SUBSCRIBE and UNSUBSCRIBE: how many filters */
  uint32_t properties_len;
  int32_t status; /* while UNTOLD */
  uint16_t topic_len;
  uint8_t state;                         /* enum mw_flight_state */
  uint8_t qos : 2, retain : 1, sent : 1; /* sent: over some connection, so a copy is a duplicate */
};

struct mw_unsent { /* a QoS 0 message that is among the bytes to send */
  int64_t operation;
  uint64_t end; /* the value of `sent` at which it has left */
};

struct mw_outbound {
  struct mw_flight *flights; /* ring */
  struct mw_unsent *unsent;  /* ring */
  uint32_t flights_cap, first, count;
  uint32_t unsent_cap, unsent_first, unsent_count;
  uint32_t next;           /* 0..count: no flight before it is QUEUED */
  uint32_t tell, untold;   /* no flight before `tell` is UNTOLD; how many are */
  uint16_t first_id;       /* packet identifier of the first flight */
  uint16_t window;         /* the server's Receive Maximum */
  uint16_t in_window;      /* PUBLISHes that count against it */
  struct mw_buffer store;  /* the messages' bytes */
  uint64_t store_position; /* of the store's first byte */
  uint64_t written, sent;  /* bytes put on the way and taken by the kernel, ever */
};

void mw_outbound_init(struct mw_outbound *o);
void mw_outbound_fini(struct mw_outbound *o);
void mw_outbound_trim(struct mw_outbound *o); /* gives back memory that an idle session does not need */

/* Bytes of messages unsent or unacknowledged. */
size_t mw_outbound_used(const struct mw_outbound *o);

/* Appends a flight with the next packet identifier; `message` may be NULL (SUBSCRIBE, UNSUBSCRIBE).
 * MQTTWILL_ERR_MEMORY; MQTTWILL_ERR_FULL: all 65,535 packet identifiers are in use. */
int mw_outbound_add(struct mw_outbound *o, int64_t operation, const struct mw_publish *message);
void mw_outbound_drop_last(struct mw_outbound *o); /* takes mw_outbound_add back */

struct mw_flight *mw_outbound_at(const struct mw_outbound *o, uint32_t index); /* index < count */
uint16_t mw_outbound_packet_id(const struct mw_outbound *o, uint32_t index);
struct mw_flight *mw_outbound_find(const struct mw_outbound *o, uint16_t packet_id); /* NULL: not in flight */
/* The message of a flight, with its packet identifier; views into the store, void after the next add. */
struct mw_publish mw_outbound_message(const struct mw_outbound *o, uint32_t index);

void mw_outbound_done(struct mw_outbound *o,
                      struct mw_flight *flight); /* gives back what is done at the front */
void mw_outbound_untell(struct mw_outbound *o, struct mw_flight *flight, int status); /* over, to be told */
/* The oldest flight that is to be told, or NULL; mw_outbound_done() when it has been. */
struct mw_flight *mw_outbound_untold(struct mw_outbound *o);

int mw_outbound_add_unsent(struct mw_outbound *o,
                           int64_t operation); /* ends at `written`; or MQTTWILL_ERR_MEMORY */
struct mw_unsent *mw_outbound_first_unsent(const struct mw_outbound *o); /* NULL: none */
void mw_outbound_drop_unsent(struct mw_outbound *o);                     /* the first */

bool mw_outbound_is_pending(const struct mw_outbound *o, int64_t operation);

#endif
