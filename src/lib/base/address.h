/* SPDX-License-Identifier: MIT
 * An IPv4 or IPv6 socket address in 32 bytes, from literals and back to text. Used by transport/, resolver/,
 * client/ and broker/shell. */
#ifndef MW_BASE_ADDRESS_H
#define MW_BASE_ADDRESS_H

#include "base/slice.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct mw_address {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } u;
  socklen_t len; /* 0: no address */
};

/* "[" + the longest literal with a zone + "]:65535" and the NUL. */
#define MW_ADDRESS_TEXT_SIZE 96

/* "192.0.2.1", "2001:db8::1", "fe80::1%eth0" or "fe80::1%2"; nothing else: no brackets, no octal, hexadecimal
 * or shortened IPv4. MQTTWILL_OK; MQTTWILL_ERR_ARGUMENT: not a literal; MQTTWILL_ERR_RESOLVE: a literal whose
 * zone names no interface of this system. On failure *a is untouched. */
int mw_address_parse(struct mw_address *a, struct mw_slice text, uint16_t port);

/* From what the system hands out; false (and *a untouched) for a family that is neither of the two. */
bool mw_address_from(struct mw_address *a, const struct sockaddr *from, socklen_t len);

void mw_address_loopback(struct mw_address *a, int family, uint16_t port); /* AF_INET or AF_INET6 */
bool mw_address_equal(const struct mw_address *a, const struct mw_address *b);

uint16_t mw_address_port(const struct mw_address *a);
void mw_address_set_port(struct mw_address *a, uint16_t port);

/* "192.0.2.1:1883" or "[fe80::1%eth0]:1883"; without the port (and brackets) when it is 0. */
void mw_address_text(const struct mw_address *a, char text[MW_ADDRESS_TEXT_SIZE]);

#endif
