/* SPDX-License-Identifier: MIT
 * The URL of a server: scheme://host[:port], the host a name, an IPv4 literal or an IPv6 literal in brackets
 * (RFC 3986). */
#ifndef MW_CLIENT_URL_H
#define MW_CLIENT_URL_H

#include "base/slice.h"
#include "transport/registry.h"

struct mw_url {
  char *host; /* without brackets; owned */
  const struct mw_scheme *scheme;
  uint16_t port;
};

/* MQTTWILL_OK, MQTTWILL_ERR_SCHEME, MQTTWILL_ERR_MEMORY, or MQTTWILL_ERR_URL with *why saying what is wrong
 * with it. On failure *url is unchanged. */
int mw_url_parse(struct mw_url *url, const char *text, const char **why);
void mw_url_fini(struct mw_url *url);

#endif
