/* SPDX-License-Identifier: MIT
 * See dns.h. Works with c-ares 1.18 and later. */
#include "base/platform.h"

#include "resolver/dns.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

#include <ares.h>
#include <limits.h>
#include <string.h>
#include <sys/time.h>

#ifndef MW_NO_THREADS
#include <pthread.h>
#endif

struct mw_dns_channel {
  struct mw_list node;
  struct mw_dns *dns;
  ares_channel ares;
  struct mw_timer timer;
  struct mw_list sockets;
  unsigned open;  /* questions without answer */
  bool exhausted; /* no memory for a socket: nothing would ever be heard from it */
};

struct dns_socket {
  struct mw_list node;
  struct mw_source source;
  struct mw_dns_channel *channel;
};

/* ---- c-ares' own global state: counted by it, guarded by us ---- */

#ifndef MW_NO_THREADS
static pthread_mutex_t library_mutex = PTHREAD_MUTEX_INITIALIZER;
#define LOCK_LIBRARY()   pthread_mutex_lock(&library_mutex)
#define UNLOCK_LIBRARY() pthread_mutex_unlock(&library_mutex)
#else
#define LOCK_LIBRARY()   ((void)0)
#define UNLOCK_LIBRARY() ((void)0)
#endif

static int start_library(struct mw_dns *dns) {
  if (dns->library) return ARES_SUCCESS;
  LOCK_LIBRARY();
  int result = ares_library_init(ARES_LIB_INIT_ALL);
  UNLOCK_LIBRARY();
  dns->library = result == ARES_SUCCESS;
  return result;
}

static void stop_library(struct mw_dns *dns) {
  if (!dns->library) return;
  LOCK_LIBRARY();
  ares_library_cleanup();
  UNLOCK_LIBRARY();
  dns->library = false;
}

/* ---- sockets and timeouts ---- */

static void channel_free(struct mw_dns_channel *c) {
  mw_list_remove(&c->node);
  ares_destroy(c->ares);
  mw_timer_fini(c->dns->loop, &c->timer);
  mw_free(c);
}

static uint64_t next_timeout(const struct mw_dns_channel *c) {
  struct timeval left;
  if (ares_timeout(c->ares, NULL, &left) == NULL) return MW_NEVER;
  uint64_t ms = (uint64_t)left.tv_sec * 1000 + ((uint64_t)left.tv_usec + 999) / 1000;
  return mw_loop_now(c->dns->loop) + ms;
}

/* After every call into c-ares, and never inside one: what it left to do. The channel may be gone after this.
 */
static void settle(struct mw_dns_channel *c) {
  if (c->exhausted) {
    ares_cancel(c->ares);
    c->exhausted = false;
  }
  if (c->open == 0 && c->dns->current != c) {
    channel_free(c);
    return;
  }
  mw_timer_set(c->dns->loop, &c->timer, next_timeout(c));
}

static void timed_out(struct mw_loop *loop, struct mw_timer *timer) {
  struct mw_dns_channel *c = MW_CONTAINER(timer, struct mw_dns_channel, timer);
  (void)loop;
  ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  settle(c);
}

static void socket_ready(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  struct mw_dns_channel *c = MW_CONTAINER(source, struct dns_socket, source)->channel;
  int fd = source->fd; /* the source may be gone after the next call */
  (void)loop;
  ares_process_fd(c->ares, (events & MW_IO_READ) != 0 ? fd : ARES_SOCKET_BAD,
                  (events & MW_IO_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
  settle(c);
}

static struct dns_socket *find_socket(struct mw_dns_channel *c, int fd) {
  for (struct mw_list *l = c->sockets.next; l != &c->sockets; l = l->next) {
    struct dns_socket *s = MW_CONTAINER(l, struct dns_socket, node);
    if (s->source.fd == fd) return s;
  }
  return NULL;
}

static void forget_socket(struct mw_dns_channel *c, struct dns_socket *s) {
  mw_source_remove(c->dns->loop, &s->source);
  mw_list_remove(&s->node);
  mw_free(s);
}

static void watch_socket(struct mw_dns_channel *c, int fd, unsigned wanted) {
  struct dns_socket *s = mw_calloc(1, sizeof *s);
  if (s != NULL) {
    s->channel = c;
    mw_source_init(&s->source, socket_ready);
    if (mw_source_add(c->dns->loop, &s->source, fd, wanted) == MQTTWILL_OK) {
      mw_list_append(&c->sockets, &s->node);
      return;
    }
    mw_free(s);
  }
  c->exhausted = true;
}

/* c-ares' sock_state_cb: neither direction means that it is about to close the descriptor. */
static void socket_state(void *argument, ares_socket_t fd, int readable, int writable) {
  struct mw_dns_channel *c = argument;
  struct dns_socket *s = find_socket(c, fd);
  unsigned wanted = (readable ? MW_IO_READ : 0u) | (writable ? MW_IO_WRITE : 0u);
  if (s != NULL && wanted == 0)
    forget_socket(c, s);
  else if (s != NULL)
    mw_source_want(c->dns->loop, &s->source, wanted);
  else if (wanted != 0)
    watch_socket(c, fd, wanted);
}

/* ---- channels ---- */

static int configure(struct mw_dns *dns, struct mw_dns_channel *c) {
  struct ares_options options;
  int mask = ARES_OPT_SOCK_STATE_CB;
  memset(&options, 0, sizeof options);
  options.sock_state_cb = socket_state;
  options.sock_state_cb_data = c;
  if (dns->timeout_ms > 0) {
    options.timeout = dns->timeout_ms;
    mask |= ARES_OPT_TIMEOUTMS;
  }
  if (dns->tries > 0) {
    options.tries = dns->tries;
    mask |= ARES_OPT_TRIES;
  }
  if (dns->config != NULL) {
    options.resolvconf_path = dns->config;
    mask |= ARES_OPT_RESOLVCONF;
  }
  if (dns->port != 0) {
    options.udp_port = options.tcp_port = dns->port;
    mask |= ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
  }
  int result = ares_init_options(&c->ares, &options, mask);
  if (result != ARES_SUCCESS || dns->servers == NULL) return result;
  result = ares_set_servers_ports_csv(c->ares, dns->servers);
  if (result != ARES_SUCCESS) ares_destroy(c->ares);
  return result;
}

static int channel_new(struct mw_dns *dns) {
  int result = start_library(dns);
  if (result != ARES_SUCCESS) return result;
  struct mw_dns_channel *c = mw_calloc(1, sizeof *c);
  if (c == NULL) return ARES_ENOMEM;
  c->dns = dns;
  mw_list_init(&c->sockets);
  if (mw_timer_init(dns->loop, &c->timer, timed_out) != MQTTWILL_OK) {
    mw_free(c);
    return ARES_ENOMEM;
  }
  result = configure(dns, c);
  if (result != ARES_SUCCESS) {
    mw_timer_fini(dns->loop, &c->timer);
    mw_free(c);
    return result;
  }
  mw_list_append(&dns->channels, &c->node);
  dns->current = c;
  return ARES_SUCCESS;
}

/* ---- when the name servers change ---- */

#ifdef __APPLE__
#define MODIFIED(status) ((status).st_mtimespec)
#else
#define MODIFIED(status) ((status).st_mtim)
#endif

/* Notes how the file is now; true: it is another than it was. */
static bool config_has_changed(struct mw_dns *dns) {
  struct stat now;
  memset(&now, 0, sizeof now);
  bool exists = stat(dns->config != NULL ? dns->config : "/etc/resolv.conf", &now) == 0;
  if (exists == dns->config_exists && now.st_dev == dns->config_device && now.st_ino == dns->config_inode &&
      now.st_size == dns->config_size && MODIFIED(now).tv_sec == dns->config_time.tv_sec &&
      MODIFIED(now).tv_nsec == dns->config_time.tv_nsec)
    return false;
  dns->config_exists = exists;
  dns->config_device = exists ? now.st_dev : 0;
  dns->config_inode = exists ? now.st_ino : 0;
  dns->config_size = exists ? now.st_size : 0;
  dns->config_time = exists ? MODIFIED(now) : (struct timespec){0, 0};
  return true;
}

unsigned mw_dns_refresh(struct mw_dns *dns) {
  bool changed = config_has_changed(dns); /* always looked at, so that the first channel knows its file */
  if (!changed && !dns->changed) return dns->generation;
  dns->changed = false;
  dns->generation++;
  struct mw_dns_channel *old = dns->current;
  dns->current = NULL;
  if (old != NULL && old->open == 0) channel_free(old);
  return dns->generation;
}

static int replace(char **where, const char *text) {
  char *copy = NULL;
  if (text != NULL && (copy = mw_memdup(text, strlen(text))) == NULL) return MQTTWILL_ERR_MEMORY;
  mw_free(*where);
  *where = copy;
  return MQTTWILL_OK;
}

int mw_dns_set_servers(struct mw_dns *dns, const char *servers, int timeout_ms, int tries) {
  if (replace(&dns->servers, servers) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  dns->timeout_ms = timeout_ms;
  dns->tries = tries;
  dns->changed = true;
  return MQTTWILL_OK;
}

int mw_dns_set_config(struct mw_dns *dns, const char *path, uint16_t port) {
  if (replace(&dns->config, path) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  dns->port = port;
  dns->changed = true;
  return MQTTWILL_OK;
}

/* ---- questions ---- */

struct question {
  struct mw_dns_channel *channel;
  struct mw_query *query;
};

static enum mw_reason reason_of(int result) {
  switch (result) {
  case ARES_SUCCESS:
  case ARES_ENODATA:
    return MW_REASON_NO_ADDRESS;
  case ARES_ENOTFOUND:
  case ARES_ENONAME:
    return MW_REASON_NO_SUCH_HOST;
  case ARES_EFORMERR:
  case ARES_ESERVFAIL:
  case ARES_ENOTIMP:
  case ARES_EREFUSED:
  case ARES_EBADRESP:
  case ARES_ECONNREFUSED: /* also how 1.18 ends when each server in turn answered with an error */
    return MW_REASON_SERVER;
  case ARES_ETIMEOUT:
    return MW_REASON_NO_ANSWER;
  case ARES_ENOMEM:
  case ARES_ECANCELLED: /* settle(): no memory for a socket */
    return MW_REASON_MEMORY;
  case ARES_EBADNAME:
    return MW_REASON_IMPOSSIBLE;
  default:
    return MW_REASON_OTHER;
  }
}

static bool next_node(struct mw_answer *answer, struct mw_address *address) {
  const struct ares_addrinfo_node *node = answer->cursor;
  for (; node != NULL; node = node->ai_next) {
    if (!mw_address_from(address, node->ai_addr, (socklen_t)node->ai_addrlen)) continue;
    answer->cursor = node->ai_next;
    return true;
  }
  answer->cursor = NULL;
  return false;
}

static void answer_failure(struct mw_query *query, int result) {
  struct mw_answer answer = {NULL, NULL, reason_of(result), ares_strerror(result)};
  mw_query_answer(query, &answer);
}

static void answered(void *argument, int result, int timeouts, struct ares_addrinfo *found) {
  struct question *q = argument;
  (void)timeouts;
  q->channel->open--;
  if (result == ARES_SUCCESS && found != NULL) {
    struct mw_answer answer = {next_node, found->nodes, MW_REASON_NO_ADDRESS, NULL};
    mw_query_answer(q->query, &answer);
  } else {
    answer_failure(q->query, result);
  }
  if (found != NULL) ares_freeaddrinfo(found);
  mw_free(q);
}

void mw_dns_ask(struct mw_dns *dns, const char *name, int family, struct mw_query *query) {
  int result = dns->current != NULL ? ARES_SUCCESS : channel_new(dns);
  struct question *q = result == ARES_SUCCESS ? mw_malloc(sizeof *q) : NULL;
  if (q == NULL) {
    answer_failure(query, result == ARES_SUCCESS ? ARES_ENOMEM : result);
    return;
  }
  struct mw_dns_channel *c = dns->current;
  *q = (struct question){c, query};
  c->open++;
  /* In the order of the answer: the addresses are raced, and sorting them would open a socket for each. */
  struct ares_addrinfo_hints hints = {ARES_AI_NOSORT, family, SOCK_STREAM, 0};
  ares_getaddrinfo(c->ares, name, NULL, &hints, answered, q);
  settle(c);
}

void mw_dns_init(struct mw_dns *dns, struct mw_loop *loop) {
  memset(dns, 0, sizeof *dns);
  dns->loop = loop;
  mw_list_init(&dns->channels);
}

void mw_dns_fini(struct mw_dns *dns) {
  struct mw_list *l;
  while ((l = mw_list_first(&dns->channels)) != NULL)
    channel_free(MW_CONTAINER(l, struct mw_dns_channel, node));
  dns->current = NULL;
  stop_library(dns);
  mw_free(dns->servers);
  mw_free(dns->config);
}
