/* SPDX-License-Identifier: MIT
 * How long others stay unaware that a client is gone, and what is odd about a will that is legal. Pure;
 * behind mqttwill_will_timing(). MQTT 5 sections 3.1.2.10 and 3.1.3.2.2. */
#ifndef MW_WILL_WILL_TIMING_H
#define MW_WILL_WILL_TIMING_H

#include "wire/connect.h"

#include <mqttwill/will.h>

struct mw_will_terms {
  uint8_t version;
  bool connected;           /* the granted values below are the server's */
  uint16_t keep_alive;      /* seconds, as asked for */
  uint16_t keep_alive_used; /* seconds, in force */
  uint32_t session_expiry;  /* seconds, as asked for */
  uint32_t session_expiry_used;
};

struct mw_will_timing {
  uint64_t best_ms, worst_ms; /* UINT64_MAX: never */
  unsigned warnings;          /* MQTTWILL_WILL_* bits of mqttwill/will.h */
};

struct mw_will_timing mw_will_timing(const struct mw_will_view *will, const struct mw_will_terms *terms);

#endif
