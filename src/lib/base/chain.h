/* SPDX-License-Identifier: MIT
 * Bytes on their way out: blocks in a list, filled at the tail, sent from the head by one gather-write. Large
 * bytes get a block of their own, so nothing is ever moved; an empty chain owns no memory. A chain is taken
 * away whole (mw_chain_take) so that it can be sent while new bytes gather in another. Used by session/ and
 * broker/core. */
#ifndef MW_BASE_CHAIN_H
#define MW_BASE_CHAIN_H

#include "base/slice.h"

struct mw_block {
  struct mw_block *next;
  size_t start, end, cap; /* start: first byte not sent */
  uint8_t data[];
};

struct mw_chain {
  struct mw_block *head, *tail;
  size_t len; /* bytes not sent */
};

void mw_chain_fini(struct mw_chain *c); /* frees, and leaves an empty chain */

/* Room for exactly `len` bytes in one piece at the tail, already counted as part of the chain: the caller
 * fills it at once. NULL: out of memory, nothing changed. */
uint8_t *mw_chain_extend(struct mw_chain *c, size_t len);
int mw_chain_append(struct mw_chain *c, const void *data, size_t len); /* 0 or MQTTWILL_ERR_MEMORY */

/* Up to `max` views from the head on; returns how many. */
size_t mw_chain_views(const struct mw_chain *c, struct mw_slice *views, size_t max);
void mw_chain_consume(struct mw_chain *c, size_t len); /* len <= c->len; frees blocks that are done */

struct mw_chain mw_chain_take(struct mw_chain *c); /* leaves c empty */
void mw_chain_prepend(struct mw_chain *c,
                      struct mw_chain *rest); /* rest goes before c's bytes; rest is empty then */

#endif
