/* SPDX-License-Identifier: MIT
 * Messages that have a packet identifier: of one session, in one direction, from the first PUBLISH to the
 * last acknowledgement. A table with constant-time access by identifier, in the order of first sending, which
 * is the order of resending [MQTT-4.6.0-1]. Nothing is allocated in the steady state, and nothing is kept
 * when it is empty but a few slots. MQTT 5 sections 2.2.1, 4.3, 4.4. */
#ifndef MW_BROKER_CORE_EXCHANGES_H
#define MW_BROKER_CORE_EXCHANGES_H

#include "broker/core/publication.h"

enum mw_exchange_state {
  MW_AWAITS_PUBACK,
  MW_AWAITS_PUBREC,
  MW_AWAITS_PUBCOMP, /* the delivery is given up: PUBREL needs the identifier alone */
  MW_AWAITS_PUBREL   /* inbound: the message is held until then */
};

enum { MW_NO_EXCHANGE = UINT16_MAX };

struct mw_exchange {
  struct mw_delivery delivery;
  uint32_t connection; /* number of the connection on which it counts against a Receive Maximum */
  uint16_t packet_id;
  uint16_t next, previous; /* slots, in the order of first sending; `next` also links free slots */
  uint16_t chain;          /* next slot of the same bucket */
  uint8_t state;
};

struct mw_exchanges {
  struct mw_exchange *slots;
  uint16_t *buckets; /* as many as slots: a power of two, so identifiers that count up never collide */
  uint32_t cap, count;
  uint16_t first, last, vacant; /* slots or MW_NO_EXCHANGE; valid with cap > 0 */
};

void mw_exchanges_fini(struct mw_exchanges *e); /* releases what is in it */

/* At the end of the order; `packet_id` is not in yet. NULL: out of memory, or 65,535 are in. Pointers taken
 * before are void. */
struct mw_exchange *mw_exchanges_add(struct mw_exchanges *e, uint16_t packet_id);
struct mw_exchange *mw_exchanges_find(const struct mw_exchanges *e, uint16_t packet_id);
void mw_exchanges_remove(struct mw_exchanges *e, struct mw_exchange *exchange); /* releases its delivery */

static inline uint16_t mw_exchanges_first(const struct mw_exchanges *e) {
  return e->count > 0 ? e->first : MW_NO_EXCHANGE;
}

static inline uint16_t mw_exchanges_slot(const struct mw_exchanges *e, const struct mw_exchange *exchange) {
  return (uint16_t)(exchange - e->slots);
}

#endif
