/* SPDX-License-Identifier: MIT
 * What the server says: one handler a packet, chosen by a table. A handler answers MQTTWILL_OK or what the
 * server did wrong; ending the connection is its caller's business. MQTT 5 sections 3.2
 * to 3.15, 4.3, 4.4, 4.9, 4.13. */
#include "session/internal.h"
#include "wire/connack.h"
#include "wire/disconnect.h"
#include "wire/ping.h"
#include "wire/suback.h"

#include <mqttwill/status.h>

typedef int handler(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                    struct mw_event *event);

/* ---- CONNACK ---- */

static void take_grants(struct mw_session *s, const struct mw_connack *connack) {
  const uint16_t keep_alive = s->grants.keep_alive; /* as asked for, until now */
  struct mw_slice p = connack->properties;
  s->grants = (struct mw_grants){
      .maximum_qos = (uint8_t)mw_property_number(p, MQTTWILL_PROPERTY_MAXIMUM_QOS, 2),
      .retain_available = mw_property_number(p, MQTTWILL_PROPERTY_RETAIN_AVAILABLE, 1) != 0,
      .wildcard_available = mw_property_number(p, MQTTWILL_PROPERTY_WILDCARD_SUBSCRIPTION_AVAILABLE, 1) != 0,
      .identifiers_available =
          mw_property_number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER_AVAILABLE, 1) != 0,
      .shared_available = mw_property_number(p, MQTTWILL_PROPERTY_SHARED_SUBSCRIPTION_AVAILABLE, 1) != 0,
      .session_present = connack->session_present,
      .keep_alive = (uint16_t)mw_property_number(p, MQTTWILL_PROPERTY_SERVER_KEEP_ALIVE, keep_alive),
      .receive_maximum = (uint16_t)mw_property_number(p, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, UINT16_MAX),
      .topic_alias_maximum = (uint16_t)mw_property_number(p, MQTTWILL_PROPERTY_TOPIC_ALIAS_MAXIMUM, 0),
      .session_expiry =
          mw_property_number(p, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, s->asked.session_expiry),
      .maximum_packet_size = mw_property_number(p, MQTTWILL_PROPERTY_MAXIMUM_PACKET_SIZE, MW_MAX_PACKET),
  };
}

static int take_client_id(struct mw_session *s, struct mw_slice properties) {
  struct mw_slice id = mw_property_bytes(properties, MQTTWILL_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER);
  if (id.data == NULL) return MQTTWILL_OK;
  if (mw_session_client_id(s).len > 0) return MQTTWILL_ERR_PROTOCOL; /* 3.2.2.3.7: only for an empty one */
  return mw_slice_keep(&s->assigned_client_id, id);
}

/* MQTT 3.1 cannot say in CONNACK that it has the session: it must have it unless it was to be clean. */
static bool is_resumed(const struct mw_session *s, const struct mw_connack *connack) {
  return s->version == MW_MQTT_3_1 ? !s->asked.clean_start : connack->session_present;
}

/* 4.4 [MQTT-4.4.0-1]: the server still has the session, so what it did not acknowledge comes again. PUBLISHes
 * do so by mw_session_pump(), being queued again since the connection was lost. */
static int resume_flights(struct mw_session *s) {
  struct mw_outbound *o = &s->outbound;
  for (uint32_t i = 0; i < o->count; i++) {
    if (mw_outbound_at(o, i)->state != MW_FLIGHT_PUBCOMP) continue;
    int status = mw_send_ack(s, MW_PUBREL, mw_outbound_packet_id(o, i), 0);
    if (status != MQTTWILL_OK) return status;
    o->in_window++;
  }
  return MQTTWILL_OK;
}

/* The server has forgotten the session. A QoS 1 message is simply published anew; a QoS 2 message that may
 * have arrived is given up, since a copy could not be told from it; one that was confirmed by PUBREC has
 * arrived. */
static void restart_flights(struct mw_session *s) {
  struct mw_outbound *o = &s->outbound;
  for (uint32_t i = 0; i < o->count; i++) {
    struct mw_flight *flight = mw_outbound_at(o, i);
    if (flight->state == MW_FLIGHT_PUBCOMP)
      mw_outbound_untell(o, flight, MQTTWILL_OK);
    else if (flight->state == MW_FLIGHT_QUEUED && flight->sent && flight->qos == 2)
      mw_outbound_untell(o, flight, MQTTWILL_ERR_CANCELLED);
    flight->sent = false;
  }
  mw_inbound_forget(&s->inbound);
}

static int on_connack(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                      struct mw_event *event) {
  struct mw_connack connack;
  int status = mw_connack_decode(&connack, s->version, header->flags, body);
  if (status != MQTTWILL_OK) return status;
  if (connack.reason != 0) {
    s->close_reason = connack.reason;
    mw_session_end(s, MQTTWILL_ERR_REFUSED);
    mw_session_keep_properties(s, connack.properties);
    return MQTTWILL_OK;
  }
  if (connack.session_present && s->asked.clean_start) return MQTTWILL_ERR_PROTOCOL; /* [MQTT-3.2.2-2] */
  status = take_client_id(s, connack.properties);
  if (status != MQTTWILL_OK) return status;
  take_grants(s, &connack);
  s->outbound.window = s->grants.receive_maximum;
  s->phase = MW_PHASE_OPEN;
  if (is_resumed(s, &connack))
    status = resume_flights(s);
  else
    restart_flights(s);
  if (status == MQTTWILL_OK) status = mw_session_pump(s);
  if (status != MQTTWILL_OK) return status;
  event->type = MW_EVENT_CONNECTED;
  event->reason = 0;
  event->session_present = connack.session_present;
  event->properties = connack.properties;
  return MQTTWILL_OK;
}

/* ---- inbound messages ---- */

static int on_publish(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                      struct mw_event *event) {
  struct mw_publish message;
  int status = mw_publish_decode(&message, s->version, header->flags, body);
  if (status != MQTTWILL_OK) return status;
  if (message.properties.len > 0 &&
      mw_property_number(message.properties, MQTTWILL_PROPERTY_TOPIC_ALIAS, 0) != 0)
    return MQTTWILL_ERR_TOPIC_ALIAS; /* we announce no Topic Alias Maximum [MQTT-3.1.2-26] */
  uint64_t token = 0;
  if (message.qos == 2) {
    if (mw_inbound_is_received(&s->inbound, message.packet_id)) /* delivered before [MQTT-4.3.3-10] */
      return mw_send_ack(s, MW_PUBREC, message.packet_id, 0);
    if (mw_inbound_is_owed(&s->inbound, message.packet_id, 2)) return MQTTWILL_OK; /* being delivered */
  }
  if (message.qos > 0) {
    if (s->version == MW_MQTT_5 && mw_inbound_in_window(&s->inbound) >= s->asked.receive_maximum)
      return MQTTWILL_ERR_RECEIVE_MAXIMUM;
    status = mw_inbound_arrived(&s->inbound, message.packet_id, message.qos, &token);
    if (status != MQTTWILL_OK) return status;
  }
  event->type = MW_EVENT_MESSAGE;
  event->message = message;
  event->properties = message.properties;
  event->token = token;
  return MQTTWILL_OK;
}

static int on_pubrel(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                     struct mw_event *event) {
  (void)event;
  struct mw_ack ack = {.type = MW_PUBREL};
  int status = mw_ack_decode(&ack, s->version, header->flags, body);
  if (status != MQTTWILL_OK) return status;
  bool known = mw_inbound_release(&s->inbound, ack.packet_id);
  return mw_send_ack(s, MW_PUBCOMP, ack.packet_id,
                     known ? 0 : (uint8_t)MQTTWILL_REASON_PACKET_IDENTIFIER_NOT_FOUND);
}

/* ---- acknowledgements of ours ---- */

enum answer { IGNORE, FINISH, RELEASE, RELEASE_AGAIN, RELEASE_UNKNOWN, OUT_OF_ORDER };

/* MQTT 5 section 4.3, figures 4.2 and 4.3. Rows: what a flight awaits; columns: PUBACK, PUBREC, PUBCOMP. */
static const uint8_t answers[][3] = {
    [MW_FLIGHT_QUEUED] = {IGNORE, RELEASE_UNKNOWN, IGNORE}, /* the server cannot know this identifier yet */
    [MW_FLIGHT_PUBACK] = {FINISH, OUT_OF_ORDER, OUT_OF_ORDER},   /* [MQTT-4.3.2-3] */
    [MW_FLIGHT_PUBREC] = {OUT_OF_ORDER, RELEASE, OUT_OF_ORDER},  /* [MQTT-4.3.3-3] [MQTT-4.3.3-4] */
    [MW_FLIGHT_PUBCOMP] = {OUT_OF_ORDER, RELEASE_AGAIN, FINISH}, /* [MQTT-4.3.3-5] */
    [MW_FLIGHT_SUBACK] = {OUT_OF_ORDER, OUT_OF_ORDER, OUT_OF_ORDER},
    [MW_FLIGHT_UNSUBACK] = {OUT_OF_ORDER, OUT_OF_ORDER, OUT_OF_ORDER},
    [MW_FLIGHT_UNTOLD] = {IGNORE, RELEASE_UNKNOWN, IGNORE},
    [MW_FLIGHT_DONE] = {IGNORE, RELEASE_UNKNOWN, IGNORE},
};

static void complete(struct mw_event *event, const struct mw_flight *flight, uint8_t reason,
                     struct mw_slice properties) {
  event->type = MW_EVENT_COMPLETED;
  event->operation = flight->operation;
  event->status = reason >= 0x80 ? MQTTWILL_ERR_REASON : MQTTWILL_OK;
  event->reason = reason;
  event->properties = properties;
}

/* The flight is answered for good: one more message may be under way. */
static int finish(struct mw_session *s, struct mw_flight *flight, const struct mw_ack *ack,
                  struct mw_event *event) {
  complete(event, flight, ack->reason, ack->properties);
  mw_outbound_done(&s->outbound, flight);
  if (s->outbound.in_window > 0) s->outbound.in_window--;
  return mw_session_pump(s);
}

static int release(struct mw_session *s, struct mw_flight *flight, const struct mw_ack *ack,
                   struct mw_event *event) {
  if (ack->reason >= 0x80) return finish(s, flight, ack, event); /* refused: no PUBREL, section 4.3.3 */
  int status = mw_send_ack(s, MW_PUBREL, ack->packet_id, 0);
  if (status == MQTTWILL_OK) flight->state = MW_FLIGHT_PUBCOMP;
  return status;
}

static int on_ack(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                  struct mw_event *event) {
  struct mw_ack ack = {.type = header->type};
  int status = mw_ack_decode(&ack, s->version, header->flags, body);
  if (status != MQTTWILL_OK) return status;
  struct mw_flight *flight = mw_outbound_find(&s->outbound, ack.packet_id);
  unsigned column = header->type == MW_PUBACK ? 0 : header->type == MW_PUBREC ? 1 : 2;
  switch (answers[flight != NULL ? flight->state : MW_FLIGHT_DONE][column]) {
  case FINISH:
    return finish(s, flight, &ack, event);
  case RELEASE:
    return release(s, flight, &ack, event);
  case RELEASE_AGAIN:
    return mw_send_ack(s, MW_PUBREL, ack.packet_id, 0);
  case RELEASE_UNKNOWN:
    if (ack.reason >= 0x80) return MQTTWILL_OK;
    return mw_send_ack(s, MW_PUBREL, ack.packet_id, MQTTWILL_REASON_PACKET_IDENTIFIER_NOT_FOUND);
  case OUT_OF_ORDER:
    return MQTTWILL_ERR_PROTOCOL;
  default:
    return MQTTWILL_OK;
  }
}

/* The first failure among the answers to several filters, or the first answer. */
static uint8_t telling_reason(struct mw_slice reasons) {
  for (size_t i = 0; i < reasons.len; i++)
    if (reasons.data[i] >= 0x80) return reasons.data[i];
  return reasons.len > 0 ? reasons.data[0] : 0;
}

static int on_suback(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                     struct mw_event *event) {
  struct mw_suback suback = {.type = header->type};
  int status = mw_suback_decode(&suback, s->version, header->flags, body);
  if (status != MQTTWILL_OK) return status;
  struct mw_flight *flight = mw_outbound_find(&s->outbound, suback.packet_id);
  if (flight == NULL || flight->state != (header->type == MW_SUBACK ? MW_FLIGHT_SUBACK : MW_FLIGHT_UNSUBACK))
    return MQTTWILL_ERR_PROTOCOL;
  bool has_reasons = header->type == MW_SUBACK || s->version == MW_MQTT_5;
  if (has_reasons && suback.reasons.len != flight->payload_len)
    return MQTTWILL_ERR_PROTOCOL; /* [MQTT-3.8.4-6] */
  complete(event, flight, telling_reason(suback.reasons), suback.properties);
  event->reasons = suback.reasons;
  mw_outbound_done(&s->outbound, flight);
  return MQTTWILL_OK;
}

/* ---- the rest ---- */

static int on_pingresp(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                       struct mw_event *event) {
  (void)header;
  (void)event;
  s->ping_pending = false;
  return mw_ping_decode(body);
}

static int on_disconnect(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                         struct mw_event *event) {
  (void)event;
  if (s->version != MW_MQTT_5) return MQTTWILL_ERR_PROTOCOL; /* only a client sends it, 3.1.1 section 3.14 */
  struct mw_disconnect disconnect;
  int status = mw_disconnect_decode(&disconnect, s->version, header->flags, body);
  if (status != MQTTWILL_OK) return status;
  if (!mw_reason_by_server(disconnect.reason)) return MQTTWILL_ERR_PROTOCOL;
  struct mw_property expiry;
  if (mw_property_find(disconnect.properties, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 0, &expiry))
    return MQTTWILL_ERR_PROTOCOL; /* 3.14.2.2.2 [MQTT-3.14.2-2] */
  s->close_reason = disconnect.reason;
  mw_session_end(s, MQTTWILL_ERR_DISCONNECTED);
  mw_session_keep_properties(s, disconnect.properties);
  return MQTTWILL_OK;
}

/* By packet type; what is missing is a packet that only a client sends, or AUTH, which needs a method that we
 * do not name. */
static handler *const handlers[16] = {
    [MW_CONNACK] = on_connack,   [MW_PUBLISH] = on_publish,
    [MW_PUBACK] = on_ack,        [MW_PUBREC] = on_ack,
    [MW_PUBREL] = on_pubrel,     [MW_PUBCOMP] = on_ack,
    [MW_SUBACK] = on_suback,     [MW_UNSUBACK] = on_suback,
    [MW_PINGRESP] = on_pingresp, [MW_DISCONNECT] = on_disconnect,
};

int mw_session_receive(struct mw_session *s, const struct mw_fixed_header *header, struct mw_slice body,
                       struct mw_event *event) {
  bool opening = s->phase == MW_PHASE_OPENING;
  if (opening != (header->type == MW_CONNACK))
    return MQTTWILL_ERR_PROTOCOL; /* [MQTT-3.2.0-1] [MQTT-3.2.0-2] */
  handler *handle = handlers[header->type];
  return handle != NULL ? handle(s, header, body, event) : MQTTWILL_ERR_PROTOCOL;
}
