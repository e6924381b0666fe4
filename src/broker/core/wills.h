/* SPDX-License-Identifier: MIT
 * Wills, armed and waiting. A will is copied into its session before CONNACK; when its connection ends, and
 * when something happens to it while it waits, the table in will/will_fate.h is asked, and nothing is decided
 * here. To publish a will needs no memory, so that its owner's death is told even when there is none. MQTT 5
 * section 3.1.2.5. */
#ifndef MW_BROKER_CORE_WILLS_H
#define MW_BROKER_CORE_WILLS_H

#include "broker/core/sessions.h"
#include "wire/connect.h"

/* The will of a new connection; the session has none. Takes over the reference. */
void mw_wills_arm(struct mw_broker *b, struct mw_broker_session *s, struct mw_publication *will,
                  uint32_t delay, uint8_t version);

/* Applies the fate of the session's will, armed or waiting, after `end`: answers the publication where it
 * must be published now (the caller owes it to mw_wills_publish()), else NULL. Tells the hook. */
struct mw_publication *mw_wills_take(struct mw_broker *b, struct mw_broker_session *s, enum mw_will_end end);
/* As mw_wills_take(), and says what became of it. */
struct mw_publication *mw_wills_settle(struct mw_broker *b, struct mw_broker_session *s, enum mw_will_end end,
                                       enum mw_will_outcome *outcome, uint64_t *wait_ms);

/* Publishes and releases; NULL is fine. `publisher` may be NULL: its session has ended. */
void mw_wills_publish(struct mw_broker *b, struct mw_publication *will, struct mw_broker_session *publisher);

struct mw_broker_session *mw_wills_of_deadline(struct mw_heap_node *node);

#endif
