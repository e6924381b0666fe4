/* SPDX-License-Identifier: MIT
 * See exchanges.h. */
#include "broker/core/exchanges.h"

#include "base/alloc.h"

enum { SMALLEST = 4, LARGEST = 65536, MOST = 65535 };

static void forget(struct mw_exchanges *e) {
  mw_free(e->slots);
  mw_free(e->buckets);
  *e = (struct mw_exchanges){0};
}

void mw_exchanges_fini(struct mw_exchanges *e) {
  for (uint16_t i = mw_exchanges_first(e); i != MW_NO_EXCHANGE; i = e->slots[i].next)
    mw_delivery_fini(&e->slots[i].delivery);
  forget(e);
}

static void link_bucket(struct mw_exchanges *e, uint16_t slot) {
  uint16_t *bucket = &e->buckets[e->slots[slot].packet_id & (e->cap - 1)];
  e->slots[slot].chain = *bucket;
  *bucket = slot;
}

static bool grow(struct mw_exchanges *e) {
  uint32_t cap = e->cap == 0 ? SMALLEST : e->cap * 2;
  uint16_t *buckets = mw_malloc(cap * sizeof *buckets);
  struct mw_exchange *slots = buckets != NULL ? mw_realloc(e->slots, cap * sizeof *slots) : NULL;
  if (slots == NULL) {
    mw_free(buckets);
    return false;
  }
  if (e->cap == 0) e->first = e->last = MW_NO_EXCHANGE;
  mw_free(e->buckets);
  e->slots = slots;
  e->buckets = buckets;
  memset(buckets, 0xFF, cap * sizeof *buckets);
  e->vacant = MW_NO_EXCHANGE;
  uint32_t usable = cap < LARGEST ? cap : MOST; /* slot 65,535 is MW_NO_EXCHANGE */
  for (uint32_t i = usable; i > e->cap; i--) {
    slots[i - 1].next = e->vacant;
    e->vacant = (uint16_t)(i - 1);
  }
  e->cap = cap;
  for (uint16_t i = e->first; i != MW_NO_EXCHANGE; i = slots[i].next) link_bucket(e, i);
  return true;
}

struct mw_exchange *mw_exchanges_add(struct mw_exchanges *e, uint16_t packet_id) {
  if (e->count == MOST) return NULL;
  if (e->count == e->cap && !grow(e)) return NULL;
  uint16_t slot = e->vacant;
  struct mw_exchange *exchange = &e->slots[slot];
  e->vacant = exchange->next;
  *exchange = (struct mw_exchange){.packet_id = packet_id, .next = MW_NO_EXCHANGE, .previous = e->last};
  if (e->last != MW_NO_EXCHANGE)
    e->slots[e->last].next = slot;
  else
    e->first = slot;
  e->last = slot;
  e->count++;
  link_bucket(e, slot);
  return exchange;
}

struct mw_exchange *mw_exchanges_find(const struct mw_exchanges *e, uint16_t packet_id) {
  if (e->count == 0) return NULL;
  uint16_t slot = e->buckets[packet_id & (e->cap - 1)];
  while (slot != MW_NO_EXCHANGE && e->slots[slot].packet_id != packet_id) slot = e->slots[slot].chain;
  return slot != MW_NO_EXCHANGE ? &e->slots[slot] : NULL;
}

void mw_exchanges_remove(struct mw_exchanges *e, struct mw_exchange *exchange) {
  uint16_t slot = mw_exchanges_slot(e, exchange);
  uint16_t *at = &e->buckets[exchange->packet_id & (e->cap - 1)];
  while (*at != slot) at = &e->slots[*at].chain;
  *at = exchange->chain;

  if (exchange->previous != MW_NO_EXCHANGE)
    e->slots[exchange->previous].next = exchange->next;
  else
    e->first = exchange->next;
  if (exchange->next != MW_NO_EXCHANGE)
    e->slots[exchange->next].previous = exchange->previous;
  else
    e->last = exchange->previous;

  mw_delivery_fini(&exchange->delivery);
  exchange->next = e->vacant;
  e->vacant = slot;
  if (--e->count == 0 && e->cap > SMALLEST) forget(e);
}
