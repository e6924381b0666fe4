/* SPDX-License-Identifier: MIT
 * PUBLISH and PUBREL from a client. A message of QoS 2 is held until its PUBREL and goes out then; whoever
 * publishes is answered first. MQTT 5 sections 3.3, 3.6, 4.3. */
#include "broker/core/peer.h"

#include "broker/core/delivery.h"
#include "broker/core/routing.h"
#include "wire/ack.h"
#include "wire/publish.h"

/* 3.3.2.3.4: an alias set is remembered, an alias used alone is replaced by its topic. */
static int resolve_alias(struct mw_peer *p, struct mw_publish *publish) {
  uint32_t alias = mw_property_number(publish->properties, MQTTWILL_PROPERTY_TOPIC_ALIAS, 0);
  if (alias == 0) return MQTTWILL_OK;
  if (alias > p->granted_aliases) return MQTTWILL_ERR_TOPIC_ALIAS; /* [MQTT-3.3.2-9] */
  if (publish->topic.len > 0)
    return mw_aliases_in_set(&p->aliases_in, (uint16_t)alias, publish->topic) ? MQTTWILL_OK
                                                                              : MQTTWILL_ERR_MEMORY;
  publish->topic = mw_aliases_in_find(&p->aliases_in, (uint16_t)alias);
  return publish->topic.len > 0 ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL;
}

static bool has_too_many_levels(const struct mw_broker *b, struct mw_slice topic) {
  size_t levels = 1;
  for (size_t i = 0; i < topic.len; i++) levels += topic.data[i] == '/';
  return levels > b->options.topic_levels;
}

/* Decodes it and checks what only the receiver can. */
static int read_publish(struct mw_peer *p, struct mw_publish *publish, const struct mw_fixed_header *header,
                        struct mw_slice body) {
  const struct mw_broker_options *o = &p->broker->options;
  struct mw_property identifier;
  int status = mw_publish_decode(publish, p->version, header->flags, body);
  if (status != MQTTWILL_OK) return status;
  if (mw_property_find(publish->properties, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 0, &identifier))
    return MQTTWILL_ERR_PROTOCOL; /* [MQTT-3.3.4-6] */
  status = resolve_alias(p, publish);
  if (status != MQTTWILL_OK) return status;
  if (publish->qos > o->maximum_qos) return MQTTWILL_ERR_QOS_UNAVAILABLE;              /* [MQTT-3.2.2-11] */
  if (publish->retain && !o->retain_available) return MQTTWILL_ERR_RETAIN_UNAVAILABLE; /* [MQTT-3.2.2-14] */
  if (has_too_many_levels(p->broker, publish->topic)) return MQTTWILL_ERR_TOPIC_TOO_LONG; /* our limit */
  return MQTTWILL_OK;
}

static struct mw_publication *publication_of(const struct mw_publish *publish, uint64_t now) {
  struct mw_will_view view = {
      .topic = publish->topic,
      .payload = publish->payload,
      .properties = publish->properties,
      .qos = publish->qos,
      .retain = publish->retain,
  };
  return mw_publication_new(&view, now);
}

/* QoS 0 and 1: retained, matched, answered, sent. MQTT 5 hears when nobody was there, 3.4.2.1. What is
 * reserved for the broker is answered and dropped. */
static void publish(struct mw_peer *p, struct mw_publication *publication, uint16_t packet_id) {
  struct mw_broker *b = p->broker;
  struct mw_matches matches = {0};
  bool is_reserved = mw_route_is_reserved(mw_publication_topic(publication));
  if (!is_reserved && !mw_route_keep(b, publication)) {
    mw_peer_fail(p, MQTTWILL_ERR_MEMORY);
    return;
  }
  if (!is_reserved) matches = mw_route_match(b, publication, p->session);
  bool is_heard = is_reserved || mw_matches_any(&matches);
  if (publication->qos == 1)
    mw_peer_write_ack(p, MW_PUBACK, packet_id,
                      is_heard ? MQTTWILL_REASON_SUCCESS : MQTTWILL_REASON_NO_MATCHING_SUBSCRIBERS);
  mw_route_send(b, publication, &matches);
}

static int publish_now(struct mw_peer *p, const struct mw_publish *message) {
  struct mw_publication *publication = publication_of(message, p->broker->now);
  if (publication == NULL) return MQTTWILL_ERR_MEMORY;
  publish(p, publication, message->packet_id);
  mw_publication_release(publication);
  return MQTTWILL_OK;
}

/* What is held grew beyond its limit: MQTT 5 can say so, MQTT 3 cannot. */
static void refuse_held(struct mw_peer *p, uint16_t packet_id) {
  if (p->version >= MW_MQTT_5)
    mw_peer_write_ack(p, MW_PUBREC, packet_id, MQTTWILL_REASON_QUOTA_EXCEEDED);
  else
    mw_peer_end(p, &(struct mw_ending){MW_END_SERVER_CLOSED, MQTTWILL_ERR_FULL, -1, false});
}

/* QoS 2, first half: held, not published yet. Answers a status for mw_peer_fail(). */
static int hold(struct mw_peer *p, const struct mw_publish *publish) {
  struct mw_broker *b = p->broker;
  struct mw_broker_session *s = p->session;
  if (s->unreleased >= p->granted_receive_maximum) return MQTTWILL_ERR_RECEIVE_MAXIMUM; /* [MQTT-3.3.4-9] */
  struct mw_publication *publication = publication_of(publish, b->now);
  if (publication == NULL) return MQTTWILL_ERR_MEMORY;
  size_t size = mw_publication_size(publication);
  if (s->inbound.count > 0 && s->held_inbound_bytes + size > b->options.queue_bytes) {
    mw_publication_release(publication);
    refuse_held(p, publish->packet_id);
    return MQTTWILL_OK;
  }
  struct mw_exchange *exchange = mw_exchanges_add(&s->inbound, publish->packet_id);
  if (exchange == NULL) {
    mw_publication_release(publication);
    return MQTTWILL_ERR_MEMORY;
  }
  exchange->delivery.publication = publication;
  exchange->state = MW_AWAITS_PUBREL;
  exchange->connection = s->connection;
  s->held_inbound_bytes += size;
  s->unreleased++;
  mw_peer_write_ack(p, MW_PUBREC, publish->packet_id, MQTTWILL_REASON_SUCCESS);
  return MQTTWILL_OK;
}

/* 4.3.3: the same identifier before its PUBREL is the same message. */
static int hold_once(struct mw_peer *p, const struct mw_publish *publish) {
  struct mw_broker_session *s = p->session;
  struct mw_exchange *held = mw_exchanges_find(&s->inbound, publish->packet_id);
  if (held == NULL) return hold(p, publish);
  if (held->connection != s->connection) {
    held->connection = s->connection; /* sent again: it counts on this connection too, 4.9 */
    s->unreleased++;
  }
  mw_peer_write_ack(p, MW_PUBREC, publish->packet_id, MQTTWILL_REASON_SUCCESS);
  return MQTTWILL_OK;
}

void mw_on_publish(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_publish message;
  int status = read_publish(p, &message, header, body);
  if (status == MQTTWILL_OK) status = message.qos < 2 ? publish_now(p, &message) : hold_once(p, &message);
  if (status != MQTTWILL_OK) mw_peer_fail(p, status);
}

/* QoS 2, second half: answered, then published. */
static void release(struct mw_peer *p, struct mw_exchange *held) {
  struct mw_broker *b = p->broker;
  struct mw_broker_session *s = p->session;
  uint16_t packet_id = held->packet_id;
  struct mw_publication *publication = mw_publication_share(held->delivery.publication);
  if (held->connection == s->connection) s->unreleased--;
  s->held_inbound_bytes -= mw_publication_size(publication);
  mw_exchanges_remove(&s->inbound, held);
  mw_peer_write_ack(p, MW_PUBCOMP, packet_id, MQTTWILL_REASON_SUCCESS);
  if (!mw_route_is_reserved(mw_publication_topic(publication))) {
    struct mw_matches matches = mw_route_match(b, publication, s);
    mw_route_send(b, publication, &matches);
  }
  mw_publication_release(publication);
}

void mw_on_pubrel(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_broker *b = p->broker;
  struct mw_ack pubrel = {.type = MW_PUBREL};
  int status = mw_ack_decode(&pubrel, p->version, header->flags, body);
  if (status != MQTTWILL_OK) {
    mw_peer_fail(p, status);
    return;
  }
  struct mw_exchange *held = mw_exchanges_find(&p->session->inbound, pubrel.packet_id);
  if (held == NULL) {
    mw_peer_write_ack(p, MW_PUBCOMP, pubrel.packet_id, MQTTWILL_REASON_PACKET_IDENTIFIER_NOT_FOUND);
    return;
  }
  struct mw_publication *publication = held->delivery.publication;
  bool is_reserved = mw_route_is_reserved(mw_publication_topic(publication));
  if (!is_reserved && !mw_route_keep(b, publication))
    mw_peer_fail(p, MQTTWILL_ERR_MEMORY); /* it stays held: the client sends PUBREL again */
  else
    release(p, held);
}
