/* SPDX-License-Identifier: MIT
 * c-ares on a loop: its sockets are sources, its timeouts a timer. A channel knows the name servers of the
 * moment it was made; when resolv.conf changes a new one takes its place, and the old one goes when its last
 * question is answered. Called by resolver.c, under the loop's lock. */
#ifndef MW_RESOLVER_DNS_H
#define MW_RESOLVER_DNS_H

#include "loop/loop.h"
#include "resolver/answer.h"

#include <sys/stat.h>

struct mw_dns_channel;

struct mw_dns {
  struct mw_loop *loop;
  struct mw_dns_channel *current; /* NULL: none yet */
  struct mw_list channels;        /* current among them */
  unsigned generation;            /* counts the changes of name servers */
  bool changed;                   /* current is out of date */
  bool library;                   /* ares_library_init() was called */

  char *servers; /* NULL: those of the file */
  char *config;  /* NULL: /etc/resolv.conf */
  uint16_t port; /* 0: 53 */
  int timeout_ms, tries;

  bool config_exists; /* as of the current channel */
  dev_t config_device;
  ino_t config_inode;
  off_t config_size;
  struct timespec config_time;
};

void mw_dns_init(struct mw_dns *dns, struct mw_loop *loop);

/* Ends all questions: each is answered once more, before this returns. */
void mw_dns_fini(struct mw_dns *dns);

/* Looks whether the name servers have changed; call it before mw_dns_ask(). Questions of an older generation
 * were put to servers that may be gone. */
unsigned mw_dns_refresh(struct mw_dns *dns);

/* Answers exactly once, perhaps before this returns. `family`: AF_INET or AF_INET6. `name` is copied. */
void mw_dns_ask(struct mw_dns *dns, const char *name, int family, struct mw_query *query);

/* As mw_resolver_set_servers() and mw_resolver_set_config(). */
int mw_dns_set_servers(struct mw_dns *dns, const char *servers, int timeout_ms, int tries);
int mw_dns_set_config(struct mw_dns *dns, const char *path, uint16_t port);

#endif
