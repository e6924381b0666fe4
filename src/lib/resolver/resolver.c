/* SPDX-License-Identifier: MIT
 * Lookups and the queries they share. A query gathers answers (0, 1 or 2 of them) from name.c, dns.c or
 * system.c; nothing is told at once: its timer tells all who wait in the loop's next turn. A query nobody
 * waits for any more lives on until it is answered, since c-ares and getaddrinfo() cannot be called back for
 * one name; who asks for the same name meanwhile joins it. */
#include "base/platform.h"

#include "resolver/resolver.h"

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "resolver/answer.h"
#include "resolver/dns.h"
#include "resolver/name.h"
#include "resolver/system.h"

#include <mqttwill/status.h>

#include <string.h>

struct mw_resolver {
  struct mw_loop *loop;
  struct mw_map open;   /* queries that may be joined, by their key */
  struct mw_list every; /* all queries */
  struct mw_dns dns;
  struct mw_pool *pool; /* NULL: not needed yet */
};

struct batch {
  struct batch *next;
  size_t count;
  struct mw_address addresses[];
};

struct mw_query {
  struct mw_list node;
  struct mw_map_node map;
  struct mw_resolver *resolver;
  struct mw_list lookups;
  struct mw_timer tell;
  bool joinable;       /* in the map */
  unsigned answers;    /* still to come */
  unsigned generation; /* of the name servers that were asked */
  struct batch *first, **end;
  size_t batches;
  enum mw_reason reason; /* the greatest so far */
  const char *text;      /* of MW_REASON_OTHER */
  char key[];            /* who is asked, then the name in lower case, then NUL */
};

enum { ASK_NOBODY = 'n', ASK_DNS = 'd', ASK_SYSTEM = 's' };

static const char *name_of(const struct mw_query *q) {
  return q->key + 1;
}

/* ---- answers ---- */

static const char *text_of(enum mw_reason reason) {
  switch (reason) {
  case MW_REASON_NONE:
  case MW_REASON_NO_ADDRESS:
    return "the host has no address";
  case MW_REASON_SERVER:
    return "no name server would answer";
  case MW_REASON_NO_ANSWER:
    return "no answer from the name servers";
  case MW_REASON_OTHER:
    return "the lookup failed";
  case MW_REASON_MEMORY:
    return "out of memory";
  case MW_REASON_NO_SUCH_HOST:
    return "no such host";
  case MW_REASON_ZONE:
    return "the address's zone names no network interface";
  case MW_REASON_IMPOSSIBLE:
    return "not a host name";
  }
  return "";
}

static void note_reason(struct mw_query *q, enum mw_reason reason, const char *text) {
  if (reason <= q->reason) return;
  q->reason = reason;
  q->text = text;
}

static bool is_known(const struct mw_query *q, const struct batch *latest, const struct mw_address *address) {
  for (const struct batch *b = q->first; b != NULL; b = b->next)
    for (size_t i = 0; i < b->count; i++)
      if (mw_address_equal(&b->addresses[i], address)) return true;
  for (size_t i = 0; i < latest->count; i++)
    if (mw_address_equal(&latest->addresses[i], address)) return true;
  return false;
}

static size_t count_addresses(struct mw_answer answer) {
  struct mw_address address;
  size_t count = 0;
  if (answer.next == NULL) return 0;
  while (answer.next(&answer, &address)) count++;
  return count;
}

/* A batch never moves: callbacks borrow it. */
static void keep_addresses(struct mw_query *q, struct mw_answer *answer) {
  size_t most = count_addresses(*answer);
  struct mw_address address;
  if (most == 0) {
    note_reason(q, answer->reason, answer->text);
    return;
  }
  struct batch *b = mw_malloc(sizeof *b + most * sizeof b->addresses[0]);
  if (b == NULL) {
    note_reason(q, MW_REASON_MEMORY, NULL);
    return;
  }
  b->next = NULL;
  b->count = 0;
  while (answer->next(answer, &address)) {
    mw_address_set_port(&address, 0);
    if (!is_known(q, b, &address)) b->addresses[b->count++] = address;
  }
  if (b->count == 0) {
    mw_free(b);
    return;
  }
  *q->end = b;
  q->end = &b->next;
  q->batches++;
}

void mw_query_answer(struct mw_query *q, struct mw_answer *answer) {
  keep_addresses(q, answer);
  q->answers--;
  mw_timer_set(q->resolver->loop, &q->tell, 0);
}

/* ---- telling ---- */

static void leave_map(struct mw_query *q) {
  if (!q->joinable) return;
  mw_map_remove(&q->resolver->open, &q->map);
  q->joinable = false;
}

static void query_free(struct mw_query *q) {
  leave_map(q);
  mw_list_remove(&q->node);
  mw_timer_fini(q->resolver->loop, &q->tell);
  while (q->first != NULL) {
    struct batch *b = q->first;
    q->first = b->next;
    mw_free(b);
  }
  mw_free(q);
}

static const struct batch *batch_at(const struct mw_query *q, size_t index) {
  const struct batch *b = q->first;
  while (index-- > 0) b = b->next;
  return b;
}

/* Any callback may cancel any lookup, or join the query; so after each one only the lists are trusted. */
static void tell_found(struct mw_query *q) {
  struct mw_list waiting, *l;
  mw_list_init(&waiting);
  while ((l = mw_list_first(&q->lookups)) != NULL) {
    mw_list_remove(l);
    mw_list_append(&waiting, l);
  }
  while ((l = mw_list_first(&waiting)) != NULL) {
    struct mw_lookup *lookup = MW_CONTAINER(l, struct mw_lookup, node);
    if (lookup->seen < q->batches) {
      const struct batch *b = batch_at(q, lookup->seen++);
      lookup->found(lookup, b->addresses, b->count);
    } else {
      mw_list_remove(l);
      mw_list_append(&q->lookups, l);
    }
  }
}

static void tell_done(struct mw_query *q) {
  int status = MQTTWILL_OK;
  const char *text = "";
  struct mw_list *l;
  if (q->batches == 0) {
    status = q->reason == MW_REASON_MEMORY ? MQTTWILL_ERR_MEMORY : MQTTWILL_ERR_RESOLVE;
    text = q->text != NULL && q->reason == MW_REASON_OTHER ? q->text : text_of(q->reason);
  }
  while ((l = mw_list_first(&q->lookups)) != NULL) {
    struct mw_lookup *lookup = MW_CONTAINER(l, struct mw_lookup, node);
    mw_list_remove(l);
    lookup->query = NULL;
    lookup->done(lookup, status, text);
  }
}

static void tell(struct mw_loop *loop, struct mw_timer *timer) {
  struct mw_query *q = MW_CONTAINER(timer, struct mw_query, tell);
  (void)loop;
  bool finished = q->answers == 0;
  if (finished) leave_map(q); /* who asks from here on starts anew */
  tell_found(q);
  if (!finished) return;
  tell_done(q);
  query_free(q);
}

/* ---- asking ---- */

static struct mw_query *query_new(struct mw_resolver *r, struct mw_slice key) {
  struct mw_query *q = mw_calloc(1, sizeof *q + key.len + 1);
  if (q == NULL) return NULL;
  if (mw_timer_init(r->loop, &q->tell, tell) != MQTTWILL_OK) {
    mw_free(q);
    return NULL;
  }
  q->resolver = r;
  q->end = &q->first;
  mw_list_init(&q->lookups);
  mw_list_append(&r->every, &q->node);
  memcpy(q->key, key.data, key.len);
  if (mw_map_insert(&r->open, &q->map, mw_slice(q->key, key.len)) != MQTTWILL_OK) {
    query_free(q);
    return NULL;
  }
  q->joinable = true;
  return q;
}

static struct mw_query *find_query(struct mw_resolver *r, struct mw_slice key, unsigned generation) {
  struct mw_map_node *node = mw_map_find(&r->open, key);
  if (node == NULL) return NULL;
  struct mw_query *q = MW_CONTAINER(node, struct mw_query, map);
  if (q->generation == generation) return q;
  leave_map(q); /* the name servers have changed since */
  return NULL;
}

static bool next_literal(struct mw_answer *answer, struct mw_address *address) {
  const struct mw_address *next = answer->cursor;
  if (next->len == 0) return false;
  *address = *next;
  answer->cursor = next + 1;
  return true;
}

static void answer_here(struct mw_query *q, enum mw_name_kind kind, const struct mw_address addresses[3]) {
  struct mw_answer answer = {next_literal, addresses, MW_REASON_IMPOSSIBLE, NULL};
  if (kind == MW_NAME_ZONE) answer.reason = MW_REASON_ZONE;
  q->answers = 1;
  mw_query_answer(q, &answer);
}

static void ask_system(struct mw_resolver *r, struct mw_query *q) {
  q->answers = 1;
  int status = r->pool != NULL ? MQTTWILL_OK : mw_pool_new(&r->pool, r->loop);
  if (status == MQTTWILL_OK) status = mw_pool_ask(r->pool, name_of(q), q);
  if (status == MQTTWILL_OK) return;
  struct mw_answer failed = {NULL, NULL, MW_REASON_MEMORY, NULL};
  if (status == MQTTWILL_ERR_UNSUPPORTED) {
    failed.reason = MW_REASON_OTHER;
    failed.text = "built without threads: the system's resolver cannot be asked";
  }
  mw_query_answer(q, &failed);
}

/* AAAA first: it is the one worth waiting a moment for. */
static void ask_dns(struct mw_resolver *r, struct mw_query *q) {
  q->answers = 2;
  mw_dns_ask(&r->dns, name_of(q), AF_INET6, q);
  mw_dns_ask(&r->dns, name_of(q), AF_INET, q);
}

static uint8_t who_is_asked(enum mw_name_kind kind, unsigned flags) {
  if (kind == MW_NAME_LITERAL || kind == MW_NAME_ZONE || kind == MW_NAME_IMPOSSIBLE) return ASK_NOBODY;
  return kind == MW_NAME_SYSTEM || (flags & MW_LOOKUP_SYSTEM) != 0 ? ASK_SYSTEM : ASK_DNS;
}

static bool is_acceptable(struct mw_slice host) {
  bool dot = host.len > 0 && host.data[host.len - 1] == '.';
  if (host.len == 0 || host.len > (size_t)MW_NAME_MOST + (dot ? 1 : 0)) return false;
  return memchr(host.data, '\0', host.len) == NULL;
}

int mw_resolver_lookup(struct mw_resolver *r, struct mw_lookup *lookup, struct mw_slice host,
                       unsigned flags) {
  if (!is_acceptable(host)) return MQTTWILL_ERR_ARGUMENT;
  struct mw_address addresses[3];
  enum mw_name_kind kind = mw_name_kind(host, addresses);
  uint8_t who = who_is_asked(kind, flags);

  uint8_t bytes[1 + MW_NAME_MOST + 1];
  bytes[0] = who;
  for (size_t i = 0; i < host.len; i++) bytes[1 + i] = mw_ascii_lower(host.data[i]);
  struct mw_slice key = mw_slice(bytes, 1 + host.len);

  unsigned generation = who == ASK_DNS ? mw_dns_refresh(&r->dns) : 0;
  struct mw_query *q = find_query(r, key, generation);
  bool joined = q != NULL;
  if (!joined && (q = query_new(r, key)) == NULL) return MQTTWILL_ERR_MEMORY;
  q->generation = generation;
  lookup->query = q;
  lookup->seen = 0;
  mw_list_append(&q->lookups, &lookup->node);

  if (joined) {
    if (q->batches > 0) mw_timer_set(r->loop, &q->tell, 0); /* what the others have heard already */
  } else if (who == ASK_NOBODY) {
    answer_here(q, kind, addresses);
  } else if (who == ASK_SYSTEM) {
    ask_system(r, q);
  } else {
    ask_dns(r, q);
  }
  return MQTTWILL_OK;
}

void mw_resolver_cancel(struct mw_resolver *r, struct mw_lookup *lookup) {
  (void)r;
  if (lookup->query == NULL) return;
  lookup->query = NULL;
  mw_list_remove(&lookup->node);
}

/* ---- the resolver ---- */

int mw_resolver_new(struct mw_resolver **resolver, struct mw_loop *loop, uint64_t seed) {
  struct mw_resolver *r = mw_calloc(1, sizeof *r);
  if (r == NULL) return MQTTWILL_ERR_MEMORY;
  r->loop = loop;
  r->open.seed = seed;
  mw_list_init(&r->every);
  mw_dns_init(&r->dns, loop);
  *resolver = r;
  return MQTTWILL_OK;
}

static void forget_lookups(struct mw_query *q) {
  struct mw_list *l;
  while ((l = mw_list_first(&q->lookups)) != NULL) {
    mw_list_remove(l);
    MW_CONTAINER(l, struct mw_lookup, node)->query = NULL;
  }
}

void mw_resolver_free(struct mw_resolver *r) {
  if (r == NULL) return;
  struct mw_list *l;
  mw_pool_free(r->pool);
  mw_dns_fini(&r->dns); /* answers queries, which must be there still */
  while ((l = mw_list_first(&r->every)) != NULL) {
    struct mw_query *q = MW_CONTAINER(l, struct mw_query, node);
    forget_lookups(q);
    query_free(q);
  }
  mw_map_fini(&r->open);
  mw_free(r);
}

int mw_resolver_set_servers(struct mw_resolver *r, const char *servers, int timeout_ms, int tries) {
  return mw_dns_set_servers(&r->dns, servers, timeout_ms, tries);
}

int mw_resolver_set_config(struct mw_resolver *r, const char *path, uint16_t port) {
  return mw_dns_set_config(&r->dns, path, port);
}
