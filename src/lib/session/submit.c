/* SPDX-License-Identifier: MIT
 * What the user asks: publish, subscribe, unsubscribe, disconnect, acknowledge. MQTT 5
 * sections 3.3, 3.8, 3.10, 3.14, 4.3, 4.9. */
#include "session/internal.h"
#include "wire/disconnect.h"
#include "wire/topic.h"

#include <mqttwill/status.h>

static bool is_open(const struct mw_session *s) {
  return s->phase == MW_PHASE_OPEN;
}

/* Our goodbye is said or about to be; once the connection is gone, messages wait for the next one. */
static bool is_leaving(const struct mw_session *s) {
  return s->phase == MW_PHASE_DRAINING || (s->phase == MW_PHASE_ENDED && s->goodbye);
}

int mw_session_check_message(const struct mw_session *s, const struct mw_publish *message) {
  if (message->properties.len > 0 && s->version != MW_MQTT_5) return MQTTWILL_ERR_VERSION;
  if (message->qos > s->grants.maximum_qos) return MQTTWILL_ERR_QOS_UNAVAILABLE;
  if (message->retain && !s->grants.retain_available) return MQTTWILL_ERR_RETAIN_UNAVAILABLE;
  size_t size = mw_publish_size(s->version, message);
  if (size == 0) return MQTTWILL_ERR_TOO_LONG;
  return size <= s->grants.maximum_packet_size ? MQTTWILL_OK : MQTTWILL_ERR_PACKET_TOO_LARGE;
}

/* What a message must be whatever the server is. */
static int check_argument(const struct mw_publish *message) {
  int status = mw_topic_name_check(message->topic);
  if (status != MQTTWILL_OK) return status;
  if (message->qos > 2) return MQTTWILL_ERR_QOS;
  if (message->properties.len > 0) {
    status = mw_properties_check(message->properties, MW_IN_PUBLISH);
    if (status != MQTTWILL_OK) return status;
    /* 3.3.4: only a server may send it [MQTT-3.3.4-6]; aliases are the library's business. */
    if (mw_property_number(message->properties, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 0) != 0 ||
        mw_property_number(message->properties, MQTTWILL_PROPERTY_TOPIC_ALIAS, 0) != 0)
      return MQTTWILL_ERR_PROPERTY;
  }
  return MQTTWILL_OK;
}

static int check_room(struct mw_session *s, const struct mw_publish *message) {
  size_t limit = s->options->outbound_limit;
  size_t size = message->topic.len + message->properties.len + message->payload.len;
  if (size > limit) return MQTTWILL_ERR_TOO_LONG;
  if (mw_outbound_used(&s->outbound) <= limit - size) return MQTTWILL_OK;
  size_t wanted = limit - size < limit / 2 ? limit - size : limit / 2;
  if (s->drain_at == SIZE_MAX || wanted < s->drain_at) s->drain_at = wanted;
  return MQTTWILL_ERR_FULL;
}

static int64_t publish_now(struct mw_session *s, const struct mw_publish *message) {
  /* The note that it is under way comes first: its end is known by arithmetic, and the packet's own failure
   * undoes it. */
  int status = mw_outbound_add_unsent(&s->outbound, s->last_operation + 1);
  if (status != MQTTWILL_OK) return status;
  status = mw_send_publish(s, message);
  if (status != MQTTWILL_OK) {
    s->outbound.unsent_count--;
    return status;
  }
  struct mw_outbound *o = &s->outbound;
  o->unsent[(o->unsent_first + o->unsent_count - 1) & (o->unsent_cap - 1)].end = o->written;
  return ++s->last_operation;
}

/* Out of packet identifiers: also full, and drained when half of them are free, whatever the bytes say. */
static int note_full(struct mw_session *s, int status) {
  if (status == MQTTWILL_ERR_FULL && s->drain_at == SIZE_MAX) s->drain_at = s->options->outbound_limit;
  return status;
}

static int64_t publish_queued(struct mw_session *s, const struct mw_publish *message) {
  int status = note_full(s, mw_outbound_add(&s->outbound, s->last_operation + 1, message));
  if (status != MQTTWILL_OK) return status;
  uint32_t last = s->outbound.count - 1;
  if (is_open(s)) status = mw_session_pump(s);
  if (status != MQTTWILL_OK && mw_outbound_at(&s->outbound, last)->state == MW_FLIGHT_QUEUED) {
    mw_outbound_drop_last(&s->outbound);
    return status;
  }
  return ++s->last_operation;
}

int64_t mw_session_publish(struct mw_session *s, const struct mw_publish *message) {
  int status = check_argument(message);
  if (status != MQTTWILL_OK) return status;
  if (is_leaving(s)) return MQTTWILL_ERR_STATE;
  if (is_open(s))
    status = mw_session_check_message(s, message);
  else if (mw_publish_size(MW_MQTT_5, message) == 0)
    status = MQTTWILL_ERR_TOO_LONG;
  else if (message->qos == 0)
    status = MQTTWILL_ERR_NOT_CONNECTED;
  if (status == MQTTWILL_OK) status = check_room(s, message);
  if (status != MQTTWILL_OK) return status;
  return message->qos == 0 ? publish_now(s, message) : publish_queued(s, message);
}

/* Counts the message in flight and writes it. */
static int launch(struct mw_session *s, uint32_t index, const struct mw_publish *message) {
  int status = mw_send_publish(s, message);
  if (status != MQTTWILL_OK) return status;
  struct mw_flight *flight = mw_outbound_at(&s->outbound, index);
  flight->state = flight->qos == 1 ? MW_FLIGHT_PUBACK : MW_FLIGHT_PUBREC;
  flight->sent = true;
  s->outbound.in_window++;
  return MQTTWILL_OK;
}

int mw_session_pump(struct mw_session *s) {
  struct mw_outbound *o = &s->outbound;
  while (o->next < o->count) {
    struct mw_flight *flight = mw_outbound_at(o, o->next);
    if (flight->state == MW_FLIGHT_QUEUED) {
      if (o->in_window >= o->window) break;
      struct mw_publish message = mw_outbound_message(o, o->next);
      /* Queued before the server's limits were known: it may turn out that it does not take the message. */
      int status = mw_session_check_message(s, &message);
      if (status != MQTTWILL_OK)
        mw_outbound_untell(o, flight, status);
      else if ((status = launch(s, o->next, &message)) != MQTTWILL_OK)
        return status;
    }
    o->next++;
  }
  return MQTTWILL_OK;
}

static bool is_available(const struct mw_session *s, const struct mw_filter *filter) {
  struct mw_slice group, rest;
  if (mw_topic_share(filter->filter, &group, &rest) && !s->grants.shared_available) return false;
  if (s->grants.wildcard_available) return true;
  return memchr(rest.data, '#', rest.len) == NULL && memchr(rest.data, '+', rest.len) == NULL;
}

/* Counts the filters into *count. */
static int check_filters(const struct mw_session *s, const struct mw_subscribe *request, uint32_t *count) {
  struct mw_slice rest = request->filters;
  struct mw_filter filter;
  struct mw_slice group, unshared;
  for (*count = 0; mw_filter_next(&rest, request->type, &filter); ++*count) {
    if (mw_topic_filter_check(filter.filter) != MQTTWILL_OK) return MQTTWILL_ERR_FILTER;
    if (request->type == MW_UNSUBSCRIBE) continue;
    if ((filter.options & MW_SUBSCRIBE_QOS) == 3) return MQTTWILL_ERR_QOS;
    if (filter.options >= 0x30) return MQTTWILL_ERR_ARGUMENT;
    if (filter.options > 2 && s->version != MW_MQTT_5) return MQTTWILL_ERR_VERSION;
    /* 3.8.3.1: No Local on a shared subscription is a protocol error [MQTT-3.8.3-4]. */
    if ((filter.options & MW_SUBSCRIBE_NO_LOCAL) != 0 && mw_topic_share(filter.filter, &group, &unshared))
      return MQTTWILL_ERR_FILTER;
    if (!is_available(s, &filter)) return MQTTWILL_ERR_UNAVAILABLE;
  }
  return *count > 0 ? MQTTWILL_OK : MQTTWILL_ERR_ARGUMENT;
}

int64_t mw_session_subscribe(struct mw_session *s, const struct mw_subscribe *request) {
  if (!is_open(s)) return s->phase == MW_PHASE_DRAINING ? MQTTWILL_ERR_STATE : MQTTWILL_ERR_NOT_CONNECTED;
  struct mw_subscribe packet = *request;
  uint32_t count;
  int status = check_filters(s, request, &count);
  if (status != MQTTWILL_OK) return status;
  if (packet.properties.len > 0) {
    if (s->version != MW_MQTT_5) return MQTTWILL_ERR_VERSION;
    status = mw_properties_check(packet.properties,
                                 packet.type == MW_SUBSCRIBE ? MW_IN_SUBSCRIBE : MW_IN_UNSUBSCRIBE);
    if (status != MQTTWILL_OK) return status;
    if (!s->grants.identifiers_available &&
        mw_property_number(packet.properties, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 0) != 0)
      return MQTTWILL_ERR_UNAVAILABLE;
  }
  status = note_full(s, mw_outbound_add(&s->outbound, s->last_operation + 1, NULL));
  if (status != MQTTWILL_OK) return status;
  uint32_t index = s->outbound.count - 1;
  packet.packet_id = mw_outbound_packet_id(&s->outbound, index);
  status = mw_send_subscribe(s, &packet);
  if (status != MQTTWILL_OK) {
    mw_outbound_drop_last(&s->outbound);
    return status;
  }
  struct mw_flight *flight = mw_outbound_at(&s->outbound, index);
  flight->state = packet.type == MW_SUBSCRIBE ? MW_FLIGHT_SUBACK : MW_FLIGHT_UNSUBACK;
  flight->payload_len = count;
  return ++s->last_operation;
}

/* 3.1.2.11.4: it is told now, not when everything has drained. */
static int check_disconnect_size(const struct mw_session *s, uint8_t reason, struct mw_slice properties) {
  struct mw_disconnect disconnect = {.reason = reason, .properties = properties};
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_disconnect_encode(&w, s->version, &disconnect);
  if (mw_writer_status(&w) != MQTTWILL_OK) return mw_writer_status(&w);
  return w.len <= s->grants.maximum_packet_size ? MQTTWILL_OK : MQTTWILL_ERR_PACKET_TOO_LARGE;
}

static int check_disconnect(const struct mw_session *s, uint8_t reason, struct mw_slice properties) {
  if (s->phase != MW_PHASE_OPEN)
    return s->phase == MW_PHASE_DRAINING ? MQTTWILL_ERR_STATE : MQTTWILL_ERR_NOT_CONNECTED;
  if (!mw_reason_by_client(reason)) return MQTTWILL_ERR_REASON_CODE;
  if (s->version != MW_MQTT_5) return reason != 0 || properties.len > 0 ? MQTTWILL_ERR_VERSION : MQTTWILL_OK;
  int status = properties.len > 0 ? mw_properties_check(properties, MW_IN_DISCONNECT) : MQTTWILL_OK;
  if (status != MQTTWILL_OK) return status;
  if (mw_property_bytes(properties, MQTTWILL_PROPERTY_SERVER_REFERENCE).data != NULL)
    return MQTTWILL_ERR_PROPERTY; /* 3.14.2.2.5: only a server sends it */
  uint32_t expiry = mw_property_number(properties, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 0);
  if (expiry != 0 && s->asked.session_expiry == 0) return MQTTWILL_ERR_SESSION_EXPIRY;
  return properties.len > 0 ? check_disconnect_size(s, reason, properties) : MQTTWILL_OK;
}

int64_t mw_session_disconnect(struct mw_session *s, uint8_t reason, struct mw_slice properties,
                              uint64_t deadline, uint64_t now) {
  int status = check_disconnect(s, reason, properties);
  if (status != MQTTWILL_OK) return status;
  status = mw_slice_keep(&s->close_properties, properties);
  if (status != MQTTWILL_OK) return status;
  s->goodbye_reason = reason;
  s->goodbye_status = MQTTWILL_OK;
  s->disconnect_deadline = reason < 0x80 ? deadline : now;
  s->disconnect_operation = ++s->last_operation;
  s->phase = MW_PHASE_DRAINING;
  mw_session_drain(s);
  return s->disconnect_operation;
}

int mw_session_acknowledge(struct mw_session *s) {
  const struct mw_owed *owed;
  bool connected = s->phase == MW_PHASE_OPEN || s->phase == MW_PHASE_DRAINING;
  while ((owed = mw_inbound_first_ready(&s->inbound)) != NULL) {
    if (connected) {
      int status = mw_send_ack(s, owed->qos == 1 ? MW_PUBACK : MW_PUBREC, owed->packet_id, 0);
      if (status != MQTTWILL_OK) return status;
    }
    mw_inbound_acknowledged(&s->inbound);
  }
  return MQTTWILL_OK;
}

int mw_session_ack(struct mw_session *s, uint64_t token) {
  int status = mw_inbound_ready(&s->inbound, token);
  if (status != MQTTWILL_OK) return status;
  status = mw_session_acknowledge(s);
  if (status != MQTTWILL_OK) mw_session_fail(s, status);
  mw_session_drain(s);
  return status;
}
