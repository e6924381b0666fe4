/* SPDX-License-Identifier: MIT
 * getaddrinfo() without waiting for it: a few helper threads, started when there is something to ask and gone
 * when there is not. They block all signals and share nothing with the loop but the pool, which outlives
 * both. Called by resolver.c, under the loop's lock. */
#ifndef MW_RESOLVER_SYSTEM_H
#define MW_RESOLVER_SYSTEM_H

#include "loop/loop.h"
#include "resolver/answer.h"

struct mw_pool;

/* MQTTWILL_OK, MQTTWILL_ERR_MEMORY, MQTTWILL_ERR_UNSUPPORTED (built without threads). */
int mw_pool_new(struct mw_pool **pool, struct mw_loop *loop);

/* No answer comes after this. Threads that are inside getaddrinfo() stay there until it returns, and then
 * take the pool's memory with them. NULL is fine. */
void mw_pool_free(struct mw_pool *pool);

/* One answer will come, in a later turn of the loop. MQTTWILL_OK, or MQTTWILL_ERR_MEMORY: no memory or no
 * thread. */
int mw_pool_ask(struct mw_pool *pool, const char *name, struct mw_query *query);

#endif
