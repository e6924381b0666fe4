/* SPDX-License-Identifier: MIT
 * From host names to addresses, without blocking and without surprises:
 *   literals, "localhost" and "*.localhost"   answered here, never asked of DNS (RFC 6761 section 6.3)
 *   "*.local", or on request                  getaddrinfo() in a helper thread (mDNS, NSS)
 *   everything else                           c-ares: /etc/hosts, then A and AAAA, asked apart and told as
 * they come Those who look for the same name at the same time share one lookup. One resolver per loop; every
 * function runs under that loop's lock, every callback in its collect step (mw_loop_next()), never inside the
 * starting call. */
#ifndef MW_RESOLVER_RESOLVER_H
#define MW_RESOLVER_RESOLVER_H

#include "base/address.h"
#include "base/list.h"
#include "loop/loop.h"

struct mw_resolver;
struct mw_query;

/* One who asks; lies in its owner, who keeps it until done or cancelled. */
struct mw_lookup {
  /* Addresses that have become known, at least one, port 0, borrowed during the call. May come several times,
   * each address once. */
  void (*found)(struct mw_lookup *lookup, const struct mw_address *addresses, size_t count);
  /* The end; the lookup is no longer the resolver's and may be used again or freed. MQTTWILL_OK: at least one
   * address was found, `text` is "". MQTTWILL_ERR_RESOLVE or MQTTWILL_ERR_MEMORY: `text` says why in a few
   * words
   * ("no such host"), borrowed during the call. */
  void (*done)(struct mw_lookup *lookup, int status, const char *text);

  struct mw_list node;    /* the resolver's, as is what follows */
  struct mw_query *query; /* NULL: not under way */
  size_t seen;
};

static inline void mw_lookup_init(struct mw_lookup *lookup,
                                  void (*found)(struct mw_lookup *, const struct mw_address *, size_t),
                                  void (*done)(struct mw_lookup *, int, const char *)) {
  lookup->found = found;
  lookup->done = done;
  mw_list_init(&lookup->node);
  lookup->query = NULL;
  lookup->seen = 0;
}

static inline bool mw_lookup_is_under_way(const struct mw_lookup *lookup) {
  return lookup->query != NULL;
}

enum {
  MW_LOOKUP_SYSTEM = 0x1 /* ask the system's getaddrinfo() whatever the name */
};

/* No thread, no descriptor, no c-ares before they are needed. `seed`: for the hash of names, from the
 * caller's randomness. MQTTWILL_OK or MQTTWILL_ERR_MEMORY. */
int mw_resolver_new(struct mw_resolver **resolver, struct mw_loop *loop, uint64_t seed);

/* Whoever still waits is forgotten without a callback: cancel them first. A getaddrinfo() under way ends by
 * itself and touches nothing of this. Not inside a resolver callback. NULL is fine. */
void mw_resolver_free(struct mw_resolver *resolver);

/* `host` without brackets; copied. MQTTWILL_OK: callbacks will come. MQTTWILL_ERR_MEMORY,
 * MQTTWILL_ERR_ARGUMENT (empty, longer than 253 bytes, or with a NUL inside): none will. Whatever else fails
 * is told by `done`. */
int mw_resolver_lookup(struct mw_resolver *resolver, struct mw_lookup *lookup, struct mw_slice host,
                       unsigned flags);

/* Neither callback comes any more for this one; others who wait for the same name are not touched. Fine when
 * it is not under way, and inside callbacks. */
void mw_resolver_cancel(struct mw_resolver *resolver, struct mw_lookup *lookup);

/* Other name servers than those of resolv.conf, "192.0.2.1:53,[2001:db8::1]:5353", each asked `tries` times,
 * with `timeout_ms` for the first round; 0: c-ares' own figures; NULL: those of resolv.conf again. For tests
 * and for those who know. Holds for lookups from now on. MQTTWILL_OK or MQTTWILL_ERR_MEMORY; a list that
 * c-ares does not understand fails the lookups. */
int mw_resolver_set_servers(struct mw_resolver *resolver, const char *servers, int timeout_ms, int tries);

/* Another file than /etc/resolv.conf, its name servers asked at another port than 53 (0: 53). As above. */
int mw_resolver_set_config(struct mw_resolver *resolver, const char *path, uint16_t port);

#endif
