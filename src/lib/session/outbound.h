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
  MW_FLIGHT_DONE /* answered; waits for those before it to be done */
};

struct mw_flight {
  int64_t operation;
  uint64_t position; /* of its bytes: topic, properties, payload */
  uint32_t payload_len, properties_len;
  uint16_t topic_len;
  uint8_t state;                         /* enum mw_flight_state */
  uint8_t qos : 2, retain : 1, sent : 1; /* sent: over some connection, so a copy is a duplicate */
};

struct mw_unsent { /* a QoS 0 message that is in s->out */
  int64_t operation;
  uint64_t end; /* value of `sent` at which it has left */
};

struct mw_outbound {
  struct mw_flight *flights; /* ring */
  uint32_t flights_cap, first, count;
  uint16_t first_id;        /* packet identifier of flights[first] */
  uint32_t next;            /* 0..count: flights before it are not QUEUED */
  uint16_t window;          /* Receive Maximum of the server */
  uint16_t in_window;       /* PUBLISHes that count against it */
  struct mw_buffer store;   /* the messages' bytes */
  uint64_t store_position;  /* of the store's first byte */
  struct mw_unsent *unsent; /* ring */
  uint32_t unsent_cap, unsent_first, unsent_count;
  uint64_t written, sent; /* bytes put into the chain and taken by the kernel, ever */
};

#endif
