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
  uint32_t owed_cap, owed_first, owed_count;
  uint16_t *received; /* QoS 2 identifiers, ascending */
  uint32_t received_cap, received_count;
  uint32_t connection; /* counts opens; the upper half of a token */
};

#endif
