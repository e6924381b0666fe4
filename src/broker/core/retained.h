/* SPDX-License-Identifier: MIT
 * Retained messages, MQTT 5 section 3.3.1.3: a tree of topic names with the last retained message of each.
 * Called by routing.c, which stores, by on_subscribe.c, which looks up, and by the clock, which expires. */
#ifndef MW_BROKER_CORE_RETAINED_H
#define MW_BROKER_CORE_RETAINED_H

#include "base/heap.h"
#include "broker/core/publication.h"
#include "broker/core/topic_tree.h"

struct mw_retained {
  struct mw_topic_tree tree;
  struct mw_heap expiries;
  struct mw_slice *levels; /* room to look up with, one for each level a filter may have */
  size_t bytes, count;
};

bool mw_retained_init(struct mw_retained *r, size_t levels, uint64_t seed); /* false: out of memory */
void mw_retained_fini(struct mw_retained *r);

/* Replaces the topic's message; an empty payload erases it. `limit`: bytes in all. MQTTWILL_OK;
 * MQTTWILL_ERR_MEMORY or MQTTWILL_ERR_FULL: what was retained before is gone, for it is out of date. */
int mw_retained_store(struct mw_retained *r, struct mw_publication *p, size_t limit);

/* Calls `found` for each message whose topic matches the checked filter, expired ones left out. It must not
 * change what is retained. */
void mw_retained_match(struct mw_retained *r, struct mw_slice filter, uint64_t now,
                       void (*found)(void *context, struct mw_publication *p), void *context);

void mw_retained_expire(struct mw_retained *r, struct mw_heap_node *node); /* of r->expiries */

#endif
