/* SPDX-License-Identifier: MIT
 * The loop's own descriptor that another thread makes readable: an eventfd, or a pipe. Called by loop.c only.
 */
#ifndef MW_LOOP_WAKE_H
#define MW_LOOP_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>

struct mw_wake {
  int read_fd;
  int write_fd; /* the same for an eventfd */
  atomic_bool raised;
};

int mw_wake_init(struct mw_wake *w); /* 0, or -1 with errno */
void mw_wake_fini(struct mw_wake *w);

void mw_wake_raise(struct mw_wake *w); /* any thread; writes only when it is not raised already */

/* The turner, when read_fd is readable: takes notice. Whatever was changed before a raise that did not write
 * is seen by who looks after this. */
void mw_wake_lower(struct mw_wake *w);

#endif
