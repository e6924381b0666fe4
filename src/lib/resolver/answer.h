/* SPDX-License-Identifier: MIT
 * How dns.c and system.c tell resolver.c what they found. */
#ifndef MW_RESOLVER_ANSWER_H
#define MW_RESOLVER_ANSWER_H

#include "base/address.h"

/* Why there is no address. When A and AAAA fail for different reasons, the greater one is told. */
enum mw_reason {
  MW_REASON_NONE,
  MW_REASON_NO_ADDRESS, /* the name exists, without an address of this family */
  MW_REASON_SERVER,     /* the name servers could not or would not say, or could not be reached */
  MW_REASON_NO_ANSWER,  /* they were silent */
  MW_REASON_OTHER,      /* see text */
  MW_REASON_MEMORY,
  MW_REASON_NO_SUCH_HOST, /* NXDOMAIN: said of the name, so of both families */
  MW_REASON_ZONE,         /* told by resolver.c itself, as is the next */
  MW_REASON_IMPOSSIBLE
};

struct mw_answer {
  /* Hands out the addresses one after the other; false: no more. NULL: there are none. */
  bool (*next)(struct mw_answer *answer, struct mw_address *address);
  const void *cursor; /* of next */
  enum mw_reason reason;
  const char *text; /* of MW_REASON_OTHER: a constant string of the library that failed */
};

struct mw_query;

/* resolver.c: one of the answers that a query waits for. Calls no callback of the user's. */
void mw_query_answer(struct mw_query *query, struct mw_answer *answer);

#endif
