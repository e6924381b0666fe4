/* SPDX-License-Identifier: MIT
 * See heap.h. */
#include "base/heap.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

void mw_heap_fini(struct mw_heap *h) {
  for (size_t i = 0; i < h->count; i++) h->nodes[i]->place = 0;
  mw_free(h->nodes);
  *h = (struct mw_heap){0};
}

int mw_heap_reserve(struct mw_heap *h, size_t count) {
  if (count <= h->cap) return MQTTWILL_OK;
  size_t cap = h->cap < 8 ? 8 : h->cap;
  while (cap < count) cap *= 2;
  if (cap > SIZE_MAX / sizeof *h->nodes) return MQTTWILL_ERR_MEMORY;
  struct mw_heap_node **nodes = mw_realloc(h->nodes, cap * sizeof *nodes);
  if (nodes == NULL) return MQTTWILL_ERR_MEMORY;
  h->nodes = nodes;
  h->cap = cap;
  return MQTTWILL_OK;
}

static bool is_before(const struct mw_heap_node *a, const struct mw_heap_node *b) {
  return a->deadline != b->deadline ? a->deadline < b->deadline : a->order < b->order;
}

static void put(struct mw_heap *h, size_t i, struct mw_heap_node *node) {
  h->nodes[i] = node;
  node->place = i + 1;
}

static void sift_up(struct mw_heap *h, size_t i) {
  struct mw_heap_node *node = h->nodes[i];
  while (i > 0 && is_before(node, h->nodes[(i - 1) / 2])) {
    put(h, i, h->nodes[(i - 1) / 2]);
    i = (i - 1) / 2;
  }
  put(h, i, node);
}

static void sift_down(struct mw_heap *h, size_t i) {
  struct mw_heap_node *node = h->nodes[i];
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= h->count) break;
    if (child + 1 < h->count && is_before(h->nodes[child + 1], h->nodes[child])) child++;
    if (!is_before(h->nodes[child], node)) break;
    put(h, i, h->nodes[child]);
    i = child;
  }
  put(h, i, node);
}

int mw_heap_set(struct mw_heap *h, struct mw_heap_node *node, uint64_t deadline) {
  if (deadline == MW_NEVER) {
    mw_heap_remove(h, node);
    return MQTTWILL_OK;
  }
  if (node->place == 0) {
    if (mw_heap_reserve(h, h->count + 1) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
    put(h, h->count++, node);
  } else if (node->deadline == deadline) {
    return MQTTWILL_OK;
  }
  node->deadline = deadline;
  node->order = h->order++;
  sift_up(h, node->place - 1);
  sift_down(h, node->place - 1);
  return MQTTWILL_OK;
}

void mw_heap_remove(struct mw_heap *h, struct mw_heap_node *node) {
  if (node->place == 0) return;
  size_t i = node->place - 1;
  struct mw_heap_node *last = h->nodes[--h->count];
  node->place = 0;
  if (last == node) return;
  put(h, i, last);
  sift_up(h, i);
  sift_down(h, last->place - 1);
}

struct mw_heap_node *mw_heap_first(const struct mw_heap *h) {
  return h->count > 0 ? h->nodes[0] : NULL;
}
