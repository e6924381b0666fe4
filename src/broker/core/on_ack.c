/* SPDX-License-Identifier: MIT
 * PUBACK, PUBREC and PUBCOMP from a client, for messages the broker sent. What is legal stands in one table.
 * MQTT 5 sections 3.4, 3.5, 3.7 and 4.3. */
#include "broker/core/peer.h"

#include "broker/core/delivery.h"
#include "wire/ack.h"

enum action {
  IGNORE,        /* not in flight: the answer to a message that was answered before */
  RELEASE,       /* not in flight: PUBREL, so that the other side can forget it too */
  COMPLETE,      /* the exchange is over */
  RECEIVED,      /* the message is theirs: PUBREL */
  RELEASE_AGAIN, /* PUBREC came twice: PUBREL again */
  OUT_OF_ORDER   /* [MQTT-4.13.1-1] */
};

enum { NOT_IN_FLIGHT = 3, STATES = 4 };

static const uint8_t actions[][STATES] = {
    /*               MW_AWAITS_PUBACK  MW_AWAITS_PUBREC  MW_AWAITS_PUBCOMP  NOT_IN_FLIGHT */
    [MW_PUBACK] = {COMPLETE, OUT_OF_ORDER, OUT_OF_ORDER, IGNORE},
    [MW_PUBREC] = {OUT_OF_ORDER, RECEIVED, RELEASE_AGAIN, RELEASE},
    [MW_PUBCOMP] = {OUT_OF_ORDER, OUT_OF_ORDER, COMPLETE, IGNORE},
};

static bool is_failure(uint8_t reason) {
  return reason >= MQTTWILL_REASON_UNSPECIFIED_ERROR;
}

static enum action action_for(const struct mw_ack *ack, const struct mw_exchange *exchange) {
  enum action action = actions[ack->type][exchange != NULL ? exchange->state : NOT_IN_FLIGHT];
  if (ack->type != MW_PUBREC || !is_failure(ack->reason)) return action;
  if (action == RECEIVED) return COMPLETE; /* 4.3.3: a refusal ends it, the identifier is free */
  return action == RELEASE ? IGNORE : action;
}

void mw_on_ack(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_broker *b = p->broker;
  struct mw_broker_session *s = p->session;
  struct mw_ack ack = {.type = header->type};
  int status = mw_ack_decode(&ack, p->version, header->flags, body);
  if (status != MQTTWILL_OK) {
    mw_peer_fail(p, status);
    return;
  }
  struct mw_exchange *exchange = mw_exchanges_find(&s->outbound, ack.packet_id);
  switch (action_for(&ack, exchange)) {
  case IGNORE:
    return;
  case RELEASE:
    mw_peer_write_ack(p, MW_PUBREL, ack.packet_id, MQTTWILL_REASON_PACKET_IDENTIFIER_NOT_FOUND);
    return;
  case COMPLETE:
    mw_delivery_complete(b, s, exchange);
    mw_delivery_pump(b, s);
    return;
  case RECEIVED:
    mw_delivery_received(b, s, exchange);
    mw_peer_write_ack(p, MW_PUBREL, ack.packet_id, MQTTWILL_REASON_SUCCESS);
    return;
  case RELEASE_AGAIN:
    mw_peer_write_ack(p, MW_PUBREL, ack.packet_id, MQTTWILL_REASON_SUCCESS);
    return;
  case OUT_OF_ORDER:
    mw_peer_fail(p, MQTTWILL_ERR_PROTOCOL);
    return;
  }
}
