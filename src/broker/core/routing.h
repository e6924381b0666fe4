/* SPDX-License-Identifier: MIT
 * From a message to everyone who wants it: retained where it says so, one copy to each session that has a
 * matching subscription, one to a member of each group. Called for what clients publish and for wills alike.
 * MQTT 5 sections 3.3.1, 3.3.4, 3.8.4, 4.8.2. */
#ifndef MW_BROKER_CORE_ROUTING_H
#define MW_BROKER_CORE_ROUTING_H

#include "broker/core/sessions.h"

/* All of it, for a will: without memory to retain it is delivered all the same. `publisher` may be NULL.
 * Peers may be doomed by it, none ends. */
void mw_route(struct mw_broker *b, struct mw_publication *p, struct mw_broker_session *publisher);

/* The parts of it, in this order, for a publisher who is answered before the last one. To keep is to retain
 * it where it says so; false: out of memory. What is over the limit is not kept, and that is no error. */
bool mw_route_keep(struct mw_broker *b, struct mw_publication *p);
struct mw_matches mw_route_match(struct mw_broker *b, const struct mw_publication *p,
                                 const struct mw_broker_session *publisher);
void mw_route_send(struct mw_broker *b, struct mw_publication *p, struct mw_matches *matches);

/* Below "$SYS/" only the broker publishes. */
bool mw_route_is_reserved(struct mw_slice topic);

#endif
