/* SPDX-License-Identifier: MIT
 * From a message to everyone who wants it: retained where it says so, one copy to each session that has a
 * matching subscription, one to a member of each group. Called for what clients publish and for wills alike.
 * MQTT 5 sections 3.3.1, 3.3.4, 3.8.4, 4.8.2. */
#ifndef MW_BROKER_CORE_ROUTING_H
#define MW_BROKER_CORE_ROUTING_H

#include "broker/core/sessions.h"

/* `publisher` may be NULL. Peers may be doomed by it, none ends. */
void mw_route(struct mw_broker *b, struct mw_publication *p, struct mw_broker_session *publisher);

/* The two halves of it, for a publisher who is answered in between. */
struct mw_matches mw_route_match(struct mw_broker *b, const struct mw_publication *p,
                                 const struct mw_broker_session *publisher);
void mw_route_send(struct mw_broker *b, struct mw_publication *p, struct mw_matches *matches);

/* Below "$SYS/" only the broker publishes. */
bool mw_route_is_reserved(struct mw_slice topic);

#endif
