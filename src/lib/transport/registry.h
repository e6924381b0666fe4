/* SPDX-License-Identifier: MIT
 * Which URL scheme means which transport: one row each, for client and broker alike. */
#ifndef MW_TRANSPORT_REGISTRY_H
#define MW_TRANSPORT_REGISTRY_H

#include "base/slice.h"

enum {
  MW_LAYER_TCP = 0x1 /* every layer that a scheme stacks has a bit, the lowest layer the lowest bit */
};

struct mw_scheme {
  const char *name; /* "mqtt" */
  uint16_t port;    /* when the URL names none */
  unsigned layers;  /* MW_LAYER_* */
};

/* Letter case does not matter (RFC 3986 section 3.1). NULL: unknown or not built in (MQTTWILL_ERR_SCHEME). */
const struct mw_scheme *mw_scheme_find(struct mw_slice name);

#endif
