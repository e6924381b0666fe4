/* SPDX-License-Identifier: MIT
 * Messages on their way to one client: straight out, into flight, or into the backlog; and out of the backlog
 * again as acknowledgements and sent bytes make room. MQTT 5 sections 3.3.4, 4.3, 4.4, 4.6, 4.9. */
#ifndef MW_BROKER_CORE_DELIVERY_H
#define MW_BROKER_CORE_DELIVERY_H

#include "broker/core/peer.h"

/* Takes over what *d owns. */
void mw_deliver(struct mw_broker *b, struct mw_broker_session *s, struct mw_delivery *d);

/* A new connection: what is in flight is sent again, then the backlog [MQTT-4.4.0-1]. */
void mw_delivery_resume(struct mw_broker *b, struct mw_broker_session *s);

/* Sends what now has room. */
void mw_delivery_pump(struct mw_broker *b, struct mw_broker_session *s);

/* An exchange that the client has answered for good. */
void mw_delivery_complete(struct mw_broker *b, struct mw_broker_session *s, struct mw_exchange *exchange);
/* PUBREC came: the message is the client's, PUBREL remains. */
void mw_delivery_received(struct mw_broker *b, struct mw_broker_session *s, struct mw_exchange *exchange);

/* An acknowledgement of any of the four kinds. `reason` counts only in MQTT 5. */
void mw_peer_write_ack(struct mw_peer *p, enum mw_packet_type type, uint16_t packet_id, uint8_t reason);

#endif
