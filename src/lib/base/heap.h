/* SPDX-License-Identifier: MIT
 * A binary heap of deadlines in milliseconds; the nodes live in their owners. Equal deadlines leave in the
 * order in which they were set. Insertion may fail for lack of memory unless room was reserved. */
#ifndef MW_BASE_HEAP_H
#define MW_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MW_NEVER UINT64_MAX

struct mw_heap_node {
  uint64_t deadline;
  uint64_t order; /* the heap's count when the deadline was set */
  size_t place;   /* 1-based place in the heap; 0: not in it */
};

struct mw_heap {
  struct mw_heap_node **nodes;
  size_t count, cap;
  uint64_t order;
};

void mw_heap_fini(struct mw_heap *h); /* the nodes are their owners' business */

/* Room for `count` nodes in all, so that setting them cannot fail. 0 or MQTTWILL_ERR_MEMORY. */
int mw_heap_reserve(struct mw_heap *h, size_t count);

/* Inserts or moves; MW_NEVER removes. 0, or MQTTWILL_ERR_MEMORY (never for a node that is in already). */
int mw_heap_set(struct mw_heap *h, struct mw_heap_node *node, uint64_t deadline);
void mw_heap_remove(struct mw_heap *h, struct mw_heap_node *node); /* fine when it is not in */

struct mw_heap_node *mw_heap_first(const struct mw_heap *h); /* NULL when empty */

static inline uint64_t mw_heap_deadline(const struct mw_heap *h) {
  return h->count > 0 ? h->nodes[0]->deadline : MW_NEVER;
}

#endif
