/* SPDX-License-Identifier: MIT
 * DISCONNECT from a client: the one packet that can disarm a will. MQTT 5 section 3.14. */
#include "broker/core/peer.h"

#include "wire/disconnect.h"

static enum mw_will_end end_of(uint8_t reason) {
  if (reason == MQTTWILL_REASON_SUCCESS) return MW_END_DISCONNECT;
  return reason == MQTTWILL_REASON_DISCONNECT_WITH_WILL ? MW_END_DISCONNECT_WITH_WILL
                                                        : MW_END_DISCONNECT_ERROR;
}

/* Takes a new Session Expiry Interval over. False: CONNECT said 0, and then it cannot be raised
 * (3.14.2.2.2). */
static bool take_expiry(struct mw_peer *p, struct mw_slice properties) {
  const uint32_t most = p->broker->options.session_expiry;
  struct mw_property expiry;
  if (!mw_property_find(properties, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 0, &expiry)) return true;
  if (p->requested_expiry == 0 && expiry.number != 0) return false;
  p->session->expiry = expiry.number < most ? expiry.number : most;
  return true;
}

void mw_on_disconnect(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_disconnect disconnect;
  int status = mw_disconnect_decode(&disconnect, p->version, header->flags, body);
  if (status == MQTTWILL_OK && !mw_reason_by_client(disconnect.reason)) status = MQTTWILL_ERR_PROTOCOL;
  if (status == MQTTWILL_OK && !take_expiry(p, disconnect.properties)) status = MQTTWILL_ERR_PROTOCOL;
  if (status != MQTTWILL_OK) {
    mw_peer_fail(p, status);
    return;
  }
  mw_peer_end(p, &(struct mw_ending){end_of(disconnect.reason), MQTTWILL_OK, disconnect.reason, false});
}
