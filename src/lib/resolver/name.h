/* SPDX-License-Identifier: MIT
 * What kind of name a host name is, told from its letters alone: who is to be asked for it. Called by
 * resolver.c. */
#ifndef MW_RESOLVER_NAME_H
#define MW_RESOLVER_NAME_H

#include "base/address.h"

enum mw_name_kind {
  MW_NAME_LITERAL,   /* an address; also "localhost" and what ends in it (RFC 6761 section 6.3) */
  MW_NAME_DNS,       /* for the name servers */
  MW_NAME_SYSTEM,    /* ends in ".local": multicast DNS (RFC 6762), which the system may know */
  MW_NAME_ZONE,      /* a literal whose zone names no interface here */
  MW_NAME_IMPOSSIBLE /* neither an address nor a name that could exist in DNS */
};

enum { MW_NAME_MOST = 253 }; /* bytes, without a dot at the end (RFC 1035 section 2.3.4) */

/* `addresses`: for MW_NAME_LITERAL one or two, in the order in which to try them, and an empty one (len 0) at
 * the end. */
enum mw_name_kind mw_name_kind(struct mw_slice name, struct mw_address addresses[3]);

#endif
