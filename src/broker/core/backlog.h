/* SPDX-License-Identifier: MIT
 * Messages that wait for their session: for its client to come back, or for room in its Receive Maximum or in
 * its output. A ring, oldest first; it owns no memory while it is empty. */
#ifndef MW_BROKER_CORE_BACKLOG_H
#define MW_BROKER_CORE_BACKLOG_H

#include "broker/core/publication.h"

struct mw_backlog {
  struct mw_delivery *ring;
  size_t cap, first, count;
};

void mw_backlog_fini(struct mw_backlog *b); /* releases what is in it */
/* Takes what *d owns. False: out of memory, *d still owns it. */
bool mw_backlog_push(struct mw_backlog *b, const struct mw_delivery *d);
struct mw_delivery *mw_backlog_first(const struct mw_backlog *b); /* NULL when empty */
struct mw_delivery mw_backlog_pop(struct mw_backlog *b);          /* not when empty; the caller owns it */

#endif
