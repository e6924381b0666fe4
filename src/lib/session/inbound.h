/* SPDX-License-Identifier: MIT
 * What a session still owes its server for messages it received: acknowledgements in the order of arrival,
 * and the packet identifiers of QoS 2 messages between PUBREC and PUBREL. MQTT 5
 * sections 4.3.2, 4.3.3, 4.6, 4.9. */
#ifndef MW_SESSION_INBOUND_H
#define MW_SESSION_INBOUND_H

#include "base/slice.h"

struct mw_owed {
  uint16_t packet_id;
  uint8_t qos;
  bool ready; /* the user is done with it */
};

struct mw_inbound {
  struct mw_owed *owed; /* ring, oldest first */
  uint16_t *received;   /* QoS 2 identifiers, ascending */
  uint32_t owed_cap, owed_first, owed_count;
  uint32_t received_cap, received_count;
  uint32_t connection; /* counts opens; the upper half of a token */
};

void mw_inbound_fini(struct mw_inbound *i);
void mw_inbound_trim(struct mw_inbound *i); /* gives back memory that an idle session does not need */
/* A new connection: what was owed to the old one is void, the QoS 2 identifiers stay unless the session is
 * lost. */
void mw_inbound_reopen(struct mw_inbound *i);
void mw_inbound_forget(struct mw_inbound *i); /* the session was lost */

/* How many messages count against our Receive Maximum. */
uint32_t mw_inbound_in_window(const struct mw_inbound *i);
/* True for a QoS 2 message that was delivered before, and not released by PUBREL yet. */
bool mw_inbound_is_received(const struct mw_inbound *i, uint16_t packet_id);
bool mw_inbound_is_owed(const struct mw_inbound *i, uint16_t packet_id, uint8_t qos);

/* Notes a message about to be delivered, and makes sure that receiving it cannot fail later. 0 or
 * MQTTWILL_ERR_MEMORY. */
int mw_inbound_arrived(struct mw_inbound *i, uint16_t packet_id, uint8_t qos, uint64_t *token);
/* The user is done with it; MQTTWILL_ERR_ARGUMENT: no such token. */
int mw_inbound_ready(struct mw_inbound *i, uint64_t token);
/* The oldest message, if it is ready to be acknowledged; mw_inbound_acknowledged() takes it off, and
 * remembers a QoS 2 identifier until mw_inbound_release(). */
const struct mw_owed *mw_inbound_first_ready(const struct mw_inbound *i);
void mw_inbound_acknowledged(struct mw_inbound *i);
/* PUBREL came. False: the identifier is not known. */
bool mw_inbound_release(struct mw_inbound *i, uint16_t packet_id);

#endif
