/* SPDX-License-Identifier: MIT
 * The broker's state: the one struct behind broker.h, and the small services that every part of the core
 * needs. Its parts are owned by the files whose headers are named beside them. */
#ifndef MW_BROKER_CORE_STATE_H
#define MW_BROKER_CORE_STATE_H

#include "broker/core/broker.h"

#include "base/buffer.h"
#include "base/list.h"
#include "base/map.h"
#include "broker/core/retained.h"
#include "broker/core/subscriptions.h"

struct mw_broker {
  struct mw_broker_options options;
  struct mw_broker_hooks hooks;
  uint64_t now; /* of the door that is open; while ticking, of the deadline that is served */
  bool is_shut;

  struct mw_list peers;  /* all of them */
  struct mw_list ready;  /* peers with news for the shell */
  struct mw_list doomed; /* peers to be ended before the door closes; see mw_peer_doom() */
  size_t peer_count;
  struct mw_heap peer_deadlines;

  struct mw_map sessions; /* sessions.h */
  struct mw_heap session_expiries;
  struct mw_heap will_deadlines; /* wills.h */

  struct mw_subscriptions subscriptions;
  struct mw_retained retained;

  struct mw_buffer scratch; /* for one packet being put together */
  uint64_t dropped;
};

/* An empty scratch buffer; a huge one of an earlier packet is given back first. */
struct mw_buffer *mw_broker_scratch(struct mw_broker *b);

#endif
