/* SPDX-License-Identifier: MIT
 * Topic aliases of one connection, MQTT 5 section 3.3.2.3.4: those the client set, and those the broker sets
 * towards it. Nothing is allocated until the first is used. */
#ifndef MW_BROKER_CORE_ALIASES_H
#define MW_BROKER_CORE_ALIASES_H

#include "base/map.h"

struct mw_aliases_in {
  struct mw_slice *topics; /* owned; [alias - 1] */
  uint16_t cap;
};

void mw_aliases_in_fini(struct mw_aliases_in *a);
bool mw_aliases_in_set(struct mw_aliases_in *a, uint16_t alias, struct mw_slice topic); /* false: no memory */
struct mw_slice mw_aliases_in_find(const struct mw_aliases_in *a, uint16_t alias);      /* empty: never set */

struct mw_aliases_out {
  struct mw_map topics;
  uint16_t maximum; /* what both sides allow; 0: none */
};

void mw_aliases_out_fini(struct mw_aliases_out *a);
uint16_t mw_aliases_out_find(const struct mw_aliases_out *a, struct mw_slice topic); /* 0: has none */
/* The next free alias for a topic that has none; 0: no more, or out of memory. */
uint16_t mw_aliases_out_add(struct mw_aliases_out *a, struct mw_slice topic);

#endif
