/* SPDX-License-Identifier: MIT
 * See backlog.h. */
#include "broker/core/backlog.h"

#include "base/alloc.h"

enum { SMALLEST = 8 };

void mw_backlog_fini(struct mw_backlog *b) {
  while (b->count > 0) {
    struct mw_delivery d = mw_backlog_pop(b);
    mw_delivery_fini(&d);
  }
}

static bool grow(struct mw_backlog *b) {
  size_t cap = b->cap == 0 ? SMALLEST : b->cap * 2;
  if (cap > SIZE_MAX / sizeof *b->ring) return false;
  struct mw_delivery *ring = mw_malloc(cap * sizeof *ring);
  if (ring == NULL) return false;
  for (size_t i = 0; i < b->count; i++) ring[i] = b->ring[(b->first + i) & (b->cap - 1)];
  mw_free(b->ring);
  *b = (struct mw_backlog){.ring = ring, .cap = cap, .first = 0, .count = b->count};
  return true;
}

bool mw_backlog_push(struct mw_backlog *b, const struct mw_delivery *d) {
  if (b->count == b->cap && !grow(b)) return false;
  b->ring[(b->first + b->count++) & (b->cap - 1)] = *d;
  return true;
}

struct mw_delivery *mw_backlog_first(const struct mw_backlog *b) {
  return b->count > 0 ? &b->ring[b->first] : NULL;
}

struct mw_delivery mw_backlog_pop(struct mw_backlog *b) {
  struct mw_delivery d = b->ring[b->first];
  b->first = (b->first + 1) & (b->cap - 1);
  if (--b->count == 0) {
    mw_free(b->ring);
    *b = (struct mw_backlog){0};
  }
  return d;
}
