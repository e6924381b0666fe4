/* SPDX-License-Identifier: MIT
 * See chain.h. The first block of a chain is small, for the lone packet of an idle client; the next ones are
 * large, for streams. */
#include "base/chain.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

enum { FIRST_BLOCK = 256 - sizeof(struct mw_block), NEXT_BLOCK = 16384 - sizeof(struct mw_block) };

void mw_chain_fini(struct mw_chain *c) {
  while (c->head != NULL) {
    struct mw_block *next = c->head->next;
    mw_free(c->head);
    c->head = next;
  }
  *c = (struct mw_chain){0};
}

static struct mw_block *add_block(struct mw_chain *c, size_t len) {
  size_t cap = c->head == NULL ? FIRST_BLOCK : NEXT_BLOCK;
  if (cap < len) cap = len;
  if (cap > SIZE_MAX - sizeof(struct mw_block)) return NULL;
  struct mw_block *block = mw_malloc(sizeof *block + cap);
  if (block == NULL) return NULL;
  block->next = NULL;
  block->start = block->end = 0;
  block->cap = cap;
  if (c->tail != NULL)
    c->tail->next = block;
  else
    c->head = block;
  c->tail = block;
  return block;
}

uint8_t *mw_chain_extend(struct mw_chain *c, size_t len) {
  struct mw_block *tail = c->tail;
  if (tail == NULL || tail->cap - tail->end < len) tail = add_block(c, len);
  if (tail == NULL) return NULL;
  uint8_t *room = tail->data + tail->end;
  tail->end += len;
  c->len += len;
  return room;
}

int mw_chain_append(struct mw_chain *c, const void *data, size_t len) {
  if (len == 0) return MQTTWILL_OK;
  uint8_t *room = mw_chain_extend(c, len);
  if (room == NULL) return MQTTWILL_ERR_MEMORY;
  memcpy(room, data, len);
  return MQTTWILL_OK;
}

size_t mw_chain_views(const struct mw_chain *c, struct mw_slice *views, size_t max) {
  size_t n = 0;
  for (const struct mw_block *b = c->head; b != NULL && n < max; b = b->next)
    if (b->end > b->start) views[n++] = mw_slice(b->data + b->start, b->end - b->start);
  return n;
}

void mw_chain_consume(struct mw_chain *c, size_t len) {
  c->len -= len;
  while (c->head != NULL) {
    struct mw_block *b = c->head;
    size_t here = b->end - b->start;
    if (len < here) {
      b->start += len;
      return;
    }
    len -= here;
    c->head = b->next;
    mw_free(b);
  }
  c->tail = NULL;
}

struct mw_chain mw_chain_take(struct mw_chain *c) {
  struct mw_chain taken = *c;
  *c = (struct mw_chain){0};
  return taken;
}

void mw_chain_prepend(struct mw_chain *c, struct mw_chain *rest) {
  if (rest->head == NULL) return;
  rest->tail->next = c->head;
  if (c->tail == NULL) c->tail = rest->tail;
  c->head = rest->head;
  c->len += rest->len;
  *rest = (struct mw_chain){0};
}
