/* SPDX-License-Identifier: MIT
 * A name server of a few lines, on the loop of the test that asks it: it answers what its rules say, keeps
 * answers back until told, and counts. RFC 1035 section 4. */
#ifndef TESTS_UNIT_DNS_SERVER_H
#define TESTS_UNIT_DNS_SERVER_H

#include "loop/loop.h"

#include <netinet/in.h>

enum { DNS_A = 1, DNS_AAAA = 28 };
enum dns_reaction { DNS_ANSWER, DNS_NO_DATA, DNS_NO_SUCH_NAME, DNS_REFUSE, DNS_SILENCE, DNS_HOLD };

struct dns_rule {
  const char *name; /* lower case */
  int type;
  enum dns_reaction reaction;
  const char *addresses; /* "192.0.2.1 192.0.2.2", for DNS_ANSWER and DNS_HOLD */
};

struct dns_server {
  struct mw_source source;
  struct mw_loop *loop;
  uint16_t port;
  struct dns_rule *rules; /* up to a NULL name; a name without a rule does not exist */
  unsigned asked, asked_a, asked_aaaa;
  uint8_t held[512]; /* the answer that waits for dns_server_release() */
  size_t held_len;
  struct sockaddr_in held_for;
};

/* `host`: "127.0.0.1" or another address of lo; port 0: any. */
void dns_server_start(struct dns_server *s, struct mw_loop *loop, const char *host, uint16_t port);
void dns_server_release(struct dns_server *s);
void dns_server_stop(struct dns_server *s);

#endif
