/* SPDX-License-Identifier: MIT
 * What the files of session/ share: writing packets (send.c), one handler a packet (receive.c), and the ways
 * to end (session.c). */
#ifndef MW_SESSION_INTERNAL_H
#define MW_SESSION_INTERNAL_H

#include "session/session.h"
#include "wire/ack.h"
#include "wire/fixed_header.h"

/* ---- session.c ---- */

void mw_session_clear_event(struct mw_event *event);
/* The connection is over, because of `status`: nothing more is read or written. The first status stays. */
void mw_session_end(struct mw_session *s, int status);
/* The same after the peer's mistake, or ours: tells the peer why where MQTT 5 lets us (section 4.13). */
void mw_session_fail(struct mw_session *s, int status);
/* After mw_session_end(): keeps the properties with which the server ended the connection; without memory
 * they are lost, nothing else. */
void mw_session_keep_properties(struct mw_session *s, struct mw_slice properties);
/* While draining: says DISCONNECT once nothing is in flight. */
void mw_session_drain(struct mw_session *s);

/* ---- send.c: 0, MQTTWILL_ERR_MEMORY, MQTTWILL_ERR_TOO_LONG or MQTTWILL_ERR_PACKET_TOO_LARGE; nothing
 * written then ---- */

int mw_send_connect(struct mw_session *s);
int mw_send_publish(struct mw_session *s, const struct mw_publish *publish);
int mw_send_ack(struct mw_session *s, enum mw_packet_type type, uint16_t packet_id, uint8_t reason);
int mw_send_subscribe(struct mw_session *s, const struct mw_subscribe *subscribe);
int mw_send_disconnect(struct mw_session *s, uint8_t reason, struct mw_slice properties);
int mw_send_ping(struct mw_session *s);

/* ---- submit.c ---- */

/* Whether the server takes such a message: MQTTWILL_OK, or the status that a program is told. */
int mw_session_check_message(const struct mw_session *s, const struct mw_publish *message);
/* Sends queued messages while the server's Receive Maximum allows. MQTTWILL_ERR_MEMORY: the rest stays
 * queued. */
int mw_session_pump(struct mw_session *s);
/* Sends the acknowledgements that are ready. */
int mw_session_acknowledge(struct mw_session *s);

/* ---- receive.c ---- */

/* One whole packet from the peer. A status other than MQTTWILL_OK is the peer's mistake or a lack of memory.
 */
int mw_session_receive(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                       struct mw_event *event);

#endif
