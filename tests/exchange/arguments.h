/* SPDX-License-Identifier: MIT
 * The arguments of a statement, taken one by one; what nobody took is a slip of the script's author and is
 * told. */
#ifndef XCH_ARGUMENTS_H
#define XCH_ARGUMENTS_H

#include "script.h"

struct xch_arguments {
  const struct xch_statement *statement;
  uint64_t taken;  /* one bit an argument */
  char wrong[160]; /* the first thing that was wrong, or "" */
};

void xch_arguments_init(struct xch_arguments *a, const struct xch_statement *statement);

/* The next argument of that name that was not taken; `name` NULL: the next positional one. NULL: none. */
const struct xch_argument *xch_take(struct xch_arguments *a, const char *name);

const char *xch_take_word(struct xch_arguments *a, const char *name, const char *otherwise);
struct mw_slice xch_take_bytes(struct xch_arguments *a, const char *name, struct mw_slice otherwise);
/* A decimal or 0x number; latches `wrong` where it is none. */
long long xch_take_number(struct xch_arguments *a, const char *name, long long otherwise);
/* A status by its name, with or without MQTTWILL_. */
int xch_take_status(struct xch_arguments *a, const char *name, int otherwise);
bool xch_has(const struct xch_arguments *a, const char *name); /* not taken yet */

/* True when nothing was wrong and every argument was taken; else `wrong` tells. */
bool xch_arguments_done(struct xch_arguments *a);

#endif
