/* SPDX-License-Identifier: MIT
 * See map.h. FNV-1a from a secret start, finished by a multiply-and-shift mix; chained buckets, doubled when
 * full. */
#include "base/map.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

static uint64_t hash_of(const struct mw_map *m, struct mw_slice key) {
  uint64_t h = m->seed ^ 0xcbf29ce484222325u;
  for (size_t i = 0; i < key.len; i++) h = (h ^ key.data[i]) * 0x100000001b3u;
  h ^= m->seed >> 17;
  h = (h ^ (h >> 32)) * 0x9e3779b97f4a7c15u;
  return h ^ (h >> 29);
}

void mw_map_fini(struct mw_map *m) {
  mw_free(m->buckets);
  m->buckets = NULL;
  m->count = m->cap = 0;
}

struct mw_map_node *mw_map_find(const struct mw_map *m, struct mw_slice key) {
  if (m->count == 0) return NULL;
  uint64_t hash = hash_of(m, key);
  struct mw_map_node *n = m->buckets[hash & (m->cap - 1)];
  while (n != NULL && !(n->hash == hash && mw_slice_equal(n->key, key))) n = n->next;
  return n;
}

static void link_node(struct mw_map_node **buckets, size_t cap, struct mw_map_node *node) {
  struct mw_map_node **bucket = &buckets[node->hash & (cap - 1)];
  node->next = *bucket;
  *bucket = node;
}

static int grow(struct mw_map *m) {
  size_t cap = m->cap == 0 ? 8 : m->cap * 2;
  struct mw_map_node **buckets = mw_calloc(cap, sizeof *buckets);
  if (buckets == NULL) return MQTTWILL_ERR_MEMORY;
  for (size_t i = 0; i < m->cap; i++) {
    struct mw_map_node *next;
    for (struct mw_map_node *n = m->buckets[i]; n != NULL; n = next) {
      next = n->next;
      link_node(buckets, cap, n);
    }
  }
  mw_free(m->buckets);
  m->buckets = buckets;
  m->cap = cap;
  return MQTTWILL_OK;
}

int mw_map_insert(struct mw_map *m, struct mw_map_node *node, struct mw_slice key) {
  if (m->count >= m->cap && grow(m) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  node->key = key;
  node->hash = hash_of(m, key);
  link_node(m->buckets, m->cap, node);
  m->count++;
  return MQTTWILL_OK;
}

void mw_map_remove(struct mw_map *m, struct mw_map_node *node) {
  struct mw_map_node **at = &m->buckets[node->hash & (m->cap - 1)];
  while (*at != node) at = &(*at)->next;
  *at = node->next;
  node->next = NULL;
  m->count--;
}

struct mw_map_node *mw_map_next(const struct mw_map *m, const struct mw_map_node *node) {
  if (node != NULL && node->next != NULL) return node->next;
  for (size_t i = node != NULL ? (node->hash & (m->cap - 1)) + 1 : 0; i < m->cap; i++)
    if (m->buckets[i] != NULL) return m->buckets[i];
  return NULL;
}
