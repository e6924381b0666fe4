/* SPDX-License-Identifier: MIT
 * An intrusive hash map from bytes to nodes. The keys live in their owners and must not change while they are
 * in. The hash is seeded by the map's owner, so that a peer who chooses the keys cannot choose their buckets.
 */
#ifndef MW_BASE_MAP_H
#define MW_BASE_MAP_H

#include "base/slice.h"

struct mw_map_node {
  struct mw_map_node *next;
  struct mw_slice key;
  uint64_t hash;
};

struct mw_map {
  struct mw_map_node **buckets;
  size_t count, cap; /* cap is a power of two, or 0 */
  uint64_t seed;
};

void mw_map_fini(struct mw_map *m); /* the nodes are their owners' business */
struct mw_map_node *mw_map_find(const struct mw_map *m, struct mw_slice key);
/* `key` must not be in the map yet. 0 or MQTTWILL_ERR_MEMORY. */
int mw_map_insert(struct mw_map *m, struct mw_map_node *node, struct mw_slice key);
void mw_map_remove(struct mw_map *m, struct mw_map_node *node); /* the node must be in */

/* Walks all nodes in no order: start with NULL; the map must not change meanwhile. */
struct mw_map_node *mw_map_next(const struct mw_map *m, const struct mw_map_node *node);

#endif
