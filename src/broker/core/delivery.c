/* SPDX-License-Identifier: MIT
 * See delivery.h. */
#include "broker/core/delivery.h"

#include "wire/ack.h"
#include "wire/property.h"
#include "wire/publish.h"

/* ---- one PUBLISH ---- */

enum { ALIAS_SIZE = 3, LARGEST_IDENTIFIER = 5 };

static size_t identifiers_of(const struct mw_delivery *d, const uint32_t **first) {
  *first = d->identifiers != NULL ? d->identifiers + 1 : &d->identifier;
  if (d->identifiers != NULL) return d->identifiers[0];
  return d->identifier != 0 ? 1 : 0;
}

/* The properties of this copy: alias, subscription identifiers, then the message's own in their order with
 * the expiry that is left. False: out of memory. */
static bool put_properties(struct mw_broker *b, const struct mw_delivery *d, uint16_t alias,
                           struct mw_slice *properties) {
  const struct mw_publication *p = d->publication;
  struct mw_slice own = mw_publication_properties(p);
  const uint32_t *identifiers;
  size_t count = identifiers_of(d, &identifiers);
  if (alias == 0 && count == 0 && p->expiry_offset == 0) {
    *properties = own;
    return true;
  }
  struct mw_buffer *scratch = mw_broker_scratch(b);
  size_t cap = ALIAS_SIZE + count * LARGEST_IDENTIFIER + own.len;
  uint8_t *room = mw_buffer_reserve(scratch, cap);
  if (room == NULL) return false;
  struct mw_writer w;
  mw_writer_init(&w, room, cap);
  if (alias != 0) mw_write_property_number(&w, MQTTWILL_PROPERTY_TOPIC_ALIAS, alias);
  for (size_t i = 0; i < count; i++)
    mw_write_property_number(&w, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, identifiers[i]);
  size_t offset = w.len + p->expiry_offset;
  mw_write_bytes(&w, own);
  if (p->expiry_offset != 0) {
    struct mw_writer expiry;
    mw_writer_init(&expiry, room + offset, 4);
    mw_write_u32(&expiry, mw_publication_expiry_left(p, b->now));
  }
  *properties = mw_slice(room, w.len);
  return true;
}

/* Writes it, or answers why not: MQTTWILL_ERR_PACKET_TOO_LARGE, this client alone does not get it
 * [MQTT-3.1.2-25]; MQTTWILL_ERR_MEMORY, and the client is doomed. */
static int write_publish(struct mw_peer *p, const struct mw_delivery *d, uint16_t packet_id, bool duplicate) {
  struct mw_broker *b = p->broker;
  struct mw_slice topic = mw_publication_topic(d->publication);
  struct mw_publish publish = {
      .topic = topic,
      .payload = mw_publication_payload(d->publication),
      .packet_id = packet_id,
      .qos = d->qos,
      .retain = d->retain,
      .duplicate = duplicate,
  };
  bool is_5 = p->version >= MW_MQTT_5;
  uint16_t alias = is_5 ? mw_aliases_out_find(&p->aliases_out, topic) : 0;
  if (alias != 0) publish.topic = mw_slice(NULL, 0);
  if (is_5 && !put_properties(b, d, alias, &publish.properties)) {
    mw_peer_doom(p, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_BUSY);
    return MQTTWILL_ERR_MEMORY;
  }
  size_t size = mw_publish_size(p->version, &publish);
  if (size == 0 || size > p->maximum_packet_size) return MQTTWILL_ERR_PACKET_TOO_LARGE;

  /* The first message of a topic sets its alias, where the packet still fits with it (its lengths may take a
   * byte more each). */
  bool sets_alias = is_5 && alias == 0 && p->aliases_out.maximum > p->aliases_out.topics.count &&
                    size + ALIAS_SIZE + 2 <= p->maximum_packet_size;
  if (sets_alias && (alias = mw_aliases_out_add(&p->aliases_out, topic)) != 0) {
    if (!put_properties(b, d, alias, &publish.properties)) {
      mw_peer_doom(p, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_BUSY);
      return MQTTWILL_ERR_MEMORY;
    }
    size = mw_publish_size(p->version, &publish);
  }
  uint8_t *room = mw_peer_reserve(p, size);
  if (room == NULL) return MQTTWILL_ERR_MEMORY;
  struct mw_writer w;
  mw_writer_init(&w, room, size);
  mw_publish_encode(&w, p->version, &publish);
  return MQTTWILL_OK;
}

void mw_peer_write_ack(struct mw_peer *p, enum mw_packet_type type, uint16_t packet_id, uint8_t reason) {
  uint8_t packet[8];
  struct mw_writer w;
  mw_writer_init(&w, packet, sizeof packet);
  struct mw_ack ack = {.type = type, .packet_id = packet_id};
  if (p->version >= MW_MQTT_5) ack.reason = reason;
  mw_ack_encode(&w, p->version, &ack);
  mw_peer_write(p, mw_slice(packet, w.len));
}

/* ---- into flight ---- */

/* 3.3.4, 4.9: what the client takes at once, and what we allow. */
static bool has_window(const struct mw_broker *b, const struct mw_broker_session *s) {
  uint32_t window = s->peer->receive_maximum;
  if (window > b->options.inflight) window = b->options.inflight;
  return s->outstanding < window && s->outbound.count < MW_NO_EXCHANGE;
}

/* 1, 2, 3 ... without 0 and without those in flight [MQTT-2.2.1-4]. */
static uint16_t next_packet_id(struct mw_broker_session *s) {
  uint16_t id = s->last_packet_id;
  do id = id == UINT16_MAX ? 1 : (uint16_t)(id + 1);
  while (mw_exchanges_find(&s->outbound, id) != NULL);
  return id;
}

static void drop(struct mw_broker *b, struct mw_broker_session *s, struct mw_delivery *d) {
  if (d->qos > 0) s->held_bytes -= mw_publication_size(d->publication);
  mw_delivery_fini(d);
  b->dropped++;
}

/* Its first PUBLISH. Takes over what *d owns; it is counted in held_bytes. */
static void send_new(struct mw_broker *b, struct mw_broker_session *s, struct mw_delivery *d) {
  uint16_t id = next_packet_id(s);
  struct mw_exchange *exchange = mw_exchanges_add(&s->outbound, id);
  if (exchange == NULL) {
    mw_peer_doom(s->peer, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_BUSY);
    drop(b, s, d);
    return;
  }
  exchange->delivery = *d;
  exchange->state = d->qos == 1 ? MW_AWAITS_PUBACK : MW_AWAITS_PUBREC;
  int status = write_publish(s->peer, d, id, false);
  if (status == MQTTWILL_ERR_PACKET_TOO_LARGE) { /* acts as if it were done, 3.1.2.11.4 */
    s->held_bytes -= mw_publication_size(d->publication);
    mw_exchanges_remove(&s->outbound, exchange);
    b->dropped++;
    return;
  }
  exchange->connection = s->connection; /* without memory it goes out again after the next CONNECT */
  s->last_packet_id = id;
  s->outstanding++;
}

/* What was in flight when the connection before was lost. False: it must wait. */
static bool send_again(struct mw_broker *b, struct mw_broker_session *s) {
  struct mw_exchange *exchange = &s->outbound.slots[s->resend];
  uint16_t next = exchange->next;
  if (exchange->state == MW_AWAITS_PUBCOMP) {
    mw_peer_write_ack(s->peer, MW_PUBREL, exchange->packet_id, MQTTWILL_REASON_SUCCESS);
  } else {
    if (!has_window(b, s)) return false;
    int status = write_publish(s->peer, &exchange->delivery, exchange->packet_id, true);
    if (status == MQTTWILL_ERR_PACKET_TOO_LARGE) {
      mw_delivery_complete(b, s, exchange); /* moves s->resend on */
      b->dropped++;
      return true;
    }
    exchange->connection = s->connection;
    s->outstanding++;
  }
  s->resend = next;
  return true;
}

static bool send_from_backlog(struct mw_broker *b, struct mw_broker_session *s) {
  struct mw_delivery *first = mw_backlog_first(&s->backlog);
  bool has_expired = mw_publication_has_expired(first->publication, b->now); /* [MQTT-3.3.2-5] */
  if (!has_expired && !has_window(b, s)) return false;
  struct mw_delivery d = mw_backlog_pop(&s->backlog);
  if (has_expired)
    drop(b, s, &d);
  else
    send_new(b, s, &d);
  return true;
}

void mw_delivery_pump(struct mw_broker *b, struct mw_broker_session *s) {
  bool goes_on = true;
  while (goes_on && s->peer != NULL && mw_peer_is_live(s->peer) &&
         s->peer->unsent < b->options.output_bytes) {
    if (s->resend != MW_NO_EXCHANGE)
      goes_on = send_again(b, s);
    else if (s->backlog.count > 0)
      goes_on = send_from_backlog(b, s);
    else
      goes_on = false;
  }
}

void mw_delivery_resume(struct mw_broker *b, struct mw_broker_session *s) {
  s->resend = mw_exchanges_first(&s->outbound);
  mw_delivery_pump(b, s);
}

/* ---- the message arrives ---- */

static void deliver_at_once(struct mw_broker *b, struct mw_broker_session *s, struct mw_delivery *d) {
  struct mw_peer *p = s->peer;
  bool has_room =
      p != NULL && mw_peer_is_live(p) &&
      (p->unsent == 0 || p->unsent + mw_publication_size(d->publication) <= b->options.queue_bytes);
  if (!has_room || write_publish(p, d, 0, false) != MQTTWILL_OK) b->dropped++;
  mw_delivery_fini(d);
}

void mw_deliver(struct mw_broker *b, struct mw_broker_session *s, struct mw_delivery *d) {
  if (d->qos == 0) {
    deliver_at_once(b, s, d);
    return;
  }
  size_t size = mw_publication_size(d->publication);
  bool holds_none = s->backlog.count == 0 && s->outbound.count == 0;
  if (!holds_none && s->held_bytes + size > b->options.queue_bytes) {
    mw_delivery_fini(d);
    b->dropped++;
    return;
  }
  s->held_bytes += size;
  bool can_fly = s->peer != NULL && mw_peer_is_live(s->peer) && s->resend == MW_NO_EXCHANGE &&
                 s->backlog.count == 0 && s->peer->unsent < b->options.output_bytes && has_window(b, s);
  if (can_fly) {
    send_new(b, s, d);
    return;
  }
  if (mw_backlog_push(&s->backlog, d)) return;
  if (s->peer != NULL) mw_peer_doom(s->peer, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_BUSY);
  drop(b, s, d);
}

/* ---- acknowledgements ---- */

static void release_window(struct mw_broker_session *s, const struct mw_exchange *exchange) {
  if (exchange->connection == s->connection && s->outstanding > 0) s->outstanding--;
}

static void release_message(struct mw_broker_session *s, struct mw_exchange *exchange) {
  if (exchange->delivery.publication != NULL)
    s->held_bytes -= mw_publication_size(exchange->delivery.publication);
  mw_delivery_fini(&exchange->delivery);
}

void mw_delivery_complete(struct mw_broker *b, struct mw_broker_session *s, struct mw_exchange *exchange) {
  (void)b;
  release_window(s, exchange);
  release_message(s, exchange);
  if (s->resend == mw_exchanges_slot(&s->outbound, exchange)) s->resend = exchange->next;
  mw_exchanges_remove(&s->outbound, exchange);
}

void mw_delivery_received(struct mw_broker *b, struct mw_broker_session *s, struct mw_exchange *exchange) {
  (void)b;
  release_message(s, exchange);
  exchange->state = MW_AWAITS_PUBCOMP;
}
