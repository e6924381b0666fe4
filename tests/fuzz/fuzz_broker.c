/* SPDX-License-Identifier: MIT
 * The broker's core between several clients that send anything in any pieces, sockets that take what they
 * like, and time. Promised: every client is sent nothing but whole, legal packets in a legal order and within
 * what it allows; every peer ends once; every will that was armed meets one fate, and never before its time;
 * nobody with news is forgotten; and how bytes are cut makes no difference. The first byte says whether
 * memory may fail; then come the options, then actions, an opcode each with its arguments. */
#include "fuzz.h"

#include "broker/core/broker.h"
#include "broker/core/peer.h"
#include "wire/ack.h"
#include "wire/connack.h"
#include "wire/connect.h"
#include "wire/disconnect.h"
#include "wire/fixed_header.h"
#include "wire/ping.h"
#include "wire/publish.h"
#include "wire/suback.h"
#include "wire/subscribe.h"

enum { SLOTS = 6, MOST_ACTIONS = 1000, MOST_ALIASES = 16, WILLS = 64 };

struct machine;

/* A client's end of one connection. */
struct slot {
  struct machine *machine;
  struct mw_peer *peer; /* NULL: no connection */
  struct mw_buffer got; /* what the broker sent and was not looked at */
  struct mw_buffer reply;
  bool answers;  /* acknowledges what it gets */
  bool has_news; /* the broker asked to be looked at */
  bool has_ended;
  bool has_raw; /* arbitrary bytes were sent first */
  bool got_connack, got_disconnect;
  int alias_maximum; /* -1: raw bytes may have told another one */
  bool is_alias_set[MOST_ALIASES + 1];
};

/* What the hook told about the will of one client identifier. */
struct known_will {
  uint8_t id[64];
  size_t id_len;
  enum mw_will_outcome state; /* NONE, ARMED or WAITS */
  uint64_t due;
};

struct machine {
  struct mw_broker *broker;
  struct mw_broker_options options;
  uint64_t now;
  bool memory_may_fail, bytewise, is_shut;
  uint64_t randomness;
  uint64_t tick_from; /* while ticking: the time before; else now */
  struct slot slots[SLOTS];
  struct known_will wills[WILLS];
  size_t will_count;
  uint64_t trace;
};

static void note(struct machine *m, uint64_t value) {
  m->trace = (m->trace ^ value) * UINT64_C(1099511628211);
  m->trace ^= m->trace >> 29;
}

static void note_bytes(struct machine *m, struct mw_slice bytes) {
  note(m, bytes.len);
  for (size_t i = 0; i < bytes.len; i++) note(m, bytes.data[i]);
}

/* ---- hooks ---- */

static void on_random(void *context, uint8_t *bytes, size_t len) {
  struct machine *m = context;
  for (size_t i = 0; i < len; i++) {
    m->randomness = m->randomness * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    bytes[i] = (uint8_t)(m->randomness >> 56);
  }
}

static void on_ended(void *context, const struct mw_broker_end *end) {
  struct machine *m = context;
  struct slot *slot = end->owner;
  PROMISE(slot->machine == m && slot->peer != NULL && !slot->has_ended);
  slot->has_ended = true;
  PROMISE(end->end < MW_END_COUNT_);
  PROMISE(end->connected || end->will == MW_OUTCOME_NONE);
  PROMISE((end->will == MW_OUTCOME_WAITS) == (end->wait_ms > 0));
  note(m, (uint64_t)(slot - m->slots));
  note(m, (uint64_t)end->end);
  note(m, (uint64_t)end->status);
  note(m, (uint64_t)end->reason);
  note(m, (uint64_t)end->will);
  note_bytes(m, end->client_id);
}

static struct known_will *will_of(struct machine *m, struct mw_slice id) {
  if (id.len > sizeof m->wills[0].id) return NULL;
  for (size_t i = 0; i < m->will_count; i++)
    if (mw_slice_equal(mw_slice(m->wills[i].id, m->wills[i].id_len), id)) return &m->wills[i];
  if (m->will_count == WILLS) return NULL;
  struct known_will *will = &m->wills[m->will_count++];
  *will = (struct known_will){.id_len = id.len};
  if (id.len > 0) memcpy(will->id, id.data, id.len);
  return will;
}

static void on_will(void *context, const struct mw_will_event *event) {
  struct machine *m = context;
  struct known_will *will = will_of(m, event->client_id);
  note(m, (uint64_t)event->outcome);
  note_bytes(m, event->client_id);
  PROMISE(event->topic.len > 0);
  if (will == NULL) return; /* an identifier longer, or more of them, than we remember */
  switch (event->outcome) {
  case MW_OUTCOME_ARMED:
    PROMISE(will->state == MW_OUTCOME_NONE);
    will->state = MW_OUTCOME_ARMED;
    break;
  case MW_OUTCOME_WAITS:
    PROMISE(will->state == MW_OUTCOME_ARMED && event->wait_ms > 0);
    will->state = MW_OUTCOME_WAITS;
    will->due = m->tick_from + event->wait_ms; /* or later: never before this */
    break;
  default:
    PROMISE(event->outcome == MW_OUTCOME_PUBLISHED || event->outcome == MW_OUTCOME_DISCARDED);
    PROMISE(will->state == MW_OUTCOME_ARMED || will->state == MW_OUTCOME_WAITS);
    if (event->why == MW_END_DELAY_OVER)
      PROMISE(will->state == MW_OUTCOME_WAITS && event->outcome == MW_OUTCOME_PUBLISHED &&
              m->now >= will->due);
    will->state = MW_OUTCOME_NONE;
    break;
  }
}

/* ---- what a client gets ---- */

static void reply_ack(struct slot *slot, enum mw_packet_type type, uint16_t packet_id) {
  uint8_t bytes[8];
  struct mw_writer w;
  mw_writer_init(&w, bytes, sizeof bytes);
  mw_ack_encode(&w, slot->peer->version, &(struct mw_ack){.type = type, .packet_id = packet_id});
  long fails_after = fuzz_fails_after; /* the client's memory, not the broker's */
  fuzz_fails_after = -1;
  PROMISE(mw_buffer_append(&slot->reply, bytes, w.len) == MQTTWILL_OK);
  fuzz_fails_after = fails_after;
}

static void look_at_publish(struct slot *slot, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_publish message;
  PROMISE(mw_publish_decode(&message, slot->peer->version, header->flags, body) == MQTTWILL_OK);
  uint32_t alias = mw_property_number(message.properties, MQTTWILL_PROPERTY_TOPIC_ALIAS, 0);
  if (alias > 0 && slot->alias_maximum >= 0) {
    PROMISE(alias <= (uint32_t)slot->alias_maximum);
    PROMISE(message.topic.len > 0 || slot->is_alias_set[alias]);
    slot->is_alias_set[alias] = true;
  }
  PROMISE(mw_property_bytes(message.properties, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL).data == NULL);
  if (slot->answers && message.qos > 0)
    reply_ack(slot, message.qos == 1 ? MW_PUBACK : MW_PUBREC, message.packet_id);
}

static void look_at_ack(struct slot *slot, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_ack ack = {.type = header->type};
  PROMISE(mw_ack_decode(&ack, slot->peer->version, header->flags, body) == MQTTWILL_OK);
  if (!slot->answers || ack.reason >= 0x80) return;
  if (header->type == MW_PUBREC) reply_ack(slot, MW_PUBREL, ack.packet_id);
  if (header->type == MW_PUBREL) reply_ack(slot, MW_PUBCOMP, ack.packet_id);
}

static void look_at_connack(struct slot *slot, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_connack connack;
  PROMISE(mw_connack_decode(&connack, slot->peer->version, header->flags, body) == MQTTWILL_OK);
  PROMISE(!slot->got_connack);
  slot->got_connack = true;
  if (connack.reason != 0) slot->got_disconnect = true; /* nothing may follow [MQTT-3.2.2-7] */
}

static void look_at_disconnect(struct slot *slot, const struct mw_fixed_header *header,
                               struct mw_slice body) {
  struct mw_disconnect disconnect;
  PROMISE(slot->peer->version == MW_MQTT_5); /* 3.x servers just close */
  PROMISE(mw_disconnect_decode(&disconnect, MW_MQTT_5, header->flags, body) == MQTTWILL_OK);
  PROMISE(mw_reason_by_server(disconnect.reason));
  PROMISE(slot->has_ended);
  slot->got_disconnect = true;
}

static void look_at_packet(struct slot *slot, const struct mw_fixed_header *header, struct mw_slice body) {
  PROMISE(!slot->got_disconnect);
  PROMISE((header->type == MW_CONNACK) == !slot->got_connack); /* [MQTT-3.2.0-1] */
  PROMISE((size_t)header->size + header->remaining <= slot->peer->maximum_packet_size);
  struct mw_suback suback = {.type = header->type};
  switch (header->type) {
  case MW_CONNACK:
    look_at_connack(slot, header, body);
    break;
  case MW_PUBLISH:
    look_at_publish(slot, header, body);
    break;
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP:
    look_at_ack(slot, header, body);
    break;
  case MW_SUBACK:
  case MW_UNSUBACK:
    PROMISE(mw_suback_decode(&suback, slot->peer->version, header->flags, body) == MQTTWILL_OK);
    break;
  case MW_PINGRESP:
    PROMISE(mw_ping_decode(body) == MQTTWILL_OK);
    break;
  default:
    PROMISE(header->type == MW_DISCONNECT);
    look_at_disconnect(slot, header, body);
    break;
  }
}

static void look_at_got(struct slot *slot) {
  struct mw_fixed_header header;
  for (;;) {
    struct mw_slice view = mw_buffer_view(&slot->got);
    if (view.len == 0) return;
    PROMISE(slot->peer->version != 0); /* to a stranger there is nothing to say */
    int status = mw_fixed_header_decode(&header, slot->peer->version, view);
    PROMISE(status >= 0);
    if (status != MQTTWILL_OK || (size_t)header.size + header.remaining > view.len) return;
    look_at_packet(slot, &header, mw_slice(view.data + header.size, header.remaining));
    mw_buffer_consume(&slot->got, (size_t)header.size + header.remaining);
  }
}

/* ---- the shell ---- */

/* Every peer with bytes or a wish has been announced, or was left with both by us. */
static void hear_news(struct machine *m) {
  struct mw_peer *peer;
  while ((peer = mw_broker_ready(m->broker)) != NULL) {
    struct slot *slot = mw_peer_owner(peer);
    PROMISE(slot->peer == peer);
    slot->has_news = true;
  }
  size_t peers = 0;
  for (size_t i = 0; i < SLOTS; i++) {
    struct slot *slot = &m->slots[i];
    if (slot->peer == NULL) continue;
    peers++;
    bool has_reason = mw_peer_out(slot->peer)->len > 0 || mw_peer_wish(slot->peer) != MW_PEER_STAYS;
    if (has_reason) PROMISE(slot->has_news);
    PROMISE(slot->has_ended == (mw_peer_wish(slot->peer) != MW_PEER_STAYS));
    if (slot->peer->session != NULL) {
      PROMISE(slot->peer->session->peer == slot->peer);
      PROMISE(slot->peer->session->outstanding <= slot->peer->receive_maximum);
    }
  }
  PROMISE(mw_broker_counts(m->broker).peers == peers);
}

/* All bytes have left and no more came: what is held for the client waits for its acknowledgements. */
static void nothing_is_stuck(const struct machine *m, const struct mw_peer *peer) {
  const struct mw_broker_session *s = peer->session;
  if (s == NULL || (s->backlog.count == 0 && s->resend == MW_NO_EXCHANGE)) return;
  PROMISE(s->outstanding == peer->receive_maximum || s->outstanding == m->options.inflight);
}

/* The kernel takes up to `most` bytes. */
static void send_out(struct machine *m, struct slot *slot, size_t most) {
  if (slot->peer == NULL) return;
  struct mw_chain *out = mw_peer_out(slot->peer);
  size_t total = 0;
  long fails_after = fuzz_fails_after;
  fuzz_fails_after = -1;
  while (out->len > 0 && total < most) {
    struct mw_slice view;
    PROMISE(mw_chain_views(out, &view, 1) == 1 && view.len > 0);
    if (view.len > most - total) view.len = most - total;
    PROMISE(mw_buffer_append(&slot->got, view.data, view.len) == MQTTWILL_OK);
    note_bytes(m, view);
    mw_chain_consume(out, view.len);
    total += view.len;
  }
  fuzz_fails_after = fails_after;
  if (out->len == 0 && mw_peer_wish(slot->peer) == MW_PEER_STAYS) slot->has_news = false;
  if (total > 0) mw_broker_sent(slot->peer, total, m->now);
  look_at_got(slot);
  if (total > 0 && out->len == 0 && !m->memory_may_fail) nothing_is_stuck(m, slot->peer);
}

static void feed(struct machine *m, struct slot *slot, struct mw_slice bytes) {
  if (slot->peer == NULL) return;
  size_t step = m->bytewise ? 1 : bytes.len;
  for (size_t at = 0; at < bytes.len; at += step) {
    uint8_t *copy = exact_copy(mw_slice(bytes.data + at, step));
    mw_broker_feed(slot->peer, mw_slice(copy, step), m->now);
    free(copy);
  }
}

static void close_peer(struct machine *m, struct slot *slot) {
  if (slot->peer == NULL) return;
  struct mw_peer *peer = slot->peer;
  mw_broker_closed(peer, m->now);
  PROMISE(slot->has_ended);
  slot->peer = NULL;
  mw_buffer_clear(&slot->got);
  mw_buffer_clear(&slot->reply);
}

static void accept_peer(struct machine *m, struct slot *slot, uint8_t how) {
  close_peer(m, slot);
  struct mw_buffer got = slot->got, reply = slot->reply;
  *slot = (struct slot){.machine = m, .got = got, .reply = reply, .answers = (how & 1) != 0};
  slot->peer = mw_broker_accept(m->broker, slot, m->now);
  if (m->is_shut) PROMISE(slot->peer == NULL);
  note(m, slot->peer != NULL);
}

/* Everyone sends and is sent all there is, for some rounds; who wants to be closed is. */
static void turn(struct machine *m) {
  for (int round = 0; round < 4; round++) {
    for (size_t i = 0; i < SLOTS; i++) {
      struct slot *slot = &m->slots[i];
      send_out(m, slot, SIZE_MAX);
      hear_news(m);
      struct mw_buffer reply = slot->reply;
      slot->reply = (struct mw_buffer){0};
      feed(m, slot, mw_buffer_view(&reply));
      mw_buffer_fini(&reply);
      hear_news(m);
      if (slot->peer == NULL) continue;
      enum mw_peer_wish wish = mw_peer_wish(slot->peer);
      if (wish == MW_PEER_CUT || (wish == MW_PEER_CLOSE && mw_peer_out(slot->peer)->len == 0))
        close_peer(m, slot);
      hear_news(m);
    }
  }
}

static void let_time_pass(struct machine *m, uint64_t step) {
  uint64_t deadline = mw_broker_deadline(m->broker);
  m->tick_from = m->now;
  if (step == 0 && deadline != MW_NEVER && deadline > m->now)
    m->now = deadline;
  else
    m->now += step;
  mw_broker_tick(m->broker, m->now);
  PROMISE(mw_broker_deadline(m->broker) > m->now);
  m->tick_from = m->now;
}

static void shut_down(struct machine *m) {
  mw_broker_shutdown(m->broker, m->now);
  m->is_shut = true;
  for (size_t i = 0; i < SLOTS; i++)
    if (m->slots[i].peer != NULL) PROMISE(m->slots[i].has_ended);
  for (size_t i = 0; i < m->will_count; i++) {
    PROMISE(m->wills[i].state != MW_OUTCOME_ARMED);
    if (!m->options.keeps_state) PROMISE(m->wills[i].state == MW_OUTCOME_NONE);
  }
}

/* ---- what clients send ---- */

static const char *const names[] = {"a", "a/b", "a/c", "$SYS/x", "$x/y", "a//b", "w", "a/b/c/d/e/f/g/h/i/j"};
static const char *const filters[] = {"a", "a/+",          "#",    "+/b",       "a/#", "$share/g/a/+",
                                      "w", "$share/g/#",   "$x/#", "$share//a", "a#",  "+/+",
                                      "",  "$share/h/a/b", "w/#",  "$share/g/w"};

static void client_connect(struct machine *m, struct slot *slot, struct input *in) {
  static const char *const ids[] = {"", "one", "two", "three"};
  uint8_t bytes[512], will_bytes[64], own_bytes[64], what = take_u8(in), more = take_u8(in);
  struct mw_connect connect = {
      .version = (uint8_t)(MW_MQTT_3_1 + what % 4 % 3),
      .clean_start = (what & 4) != 0,
      .has_will = (what & 8) != 0,
      .keep_alive = take_u8(in),
      .client_id = mw_slice_text(ids[what >> 4 & 3]),
  };
  connect.will = (struct mw_will_view){.topic = mw_slice_text(names[more & 7]),
                                       .payload = take_bytes(in, take_u8(in) % 32u),
                                       .qos = more >> 3 & 3,
                                       .retain = (more & 32) != 0};
  struct mw_writer w;
  int alias_maximum = 0;
  if (connect.version == MW_MQTT_5) {
    uint8_t delay = take_u8(in), expiry = take_u8(in), window = take_u8(in), aliases = take_u8(in);
    mw_writer_init(&w, will_bytes, sizeof will_bytes);
    if (delay > 0) mw_write_property_number(&w, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, delay);
    if ((more & 64) != 0)
      mw_write_property_number(&w, MQTTWILL_PROPERTY_MESSAGE_EXPIRY_INTERVAL, take_u8(in));
    connect.will.properties = mw_slice(will_bytes, w.len);
    mw_writer_init(&w, own_bytes, sizeof own_bytes);
    if (expiry > 0)
      mw_write_property_number(&w, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL,
                               expiry == 255 ? UINT32_MAX : expiry);
    if (window > 0) mw_write_property_number(&w, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, window % 4u + 1);
    alias_maximum = aliases % (MOST_ALIASES + 1);
    if (alias_maximum > 0)
      mw_write_property_number(&w, MQTTWILL_PROPERTY_TOPIC_ALIAS_MAXIMUM, (uint32_t)alias_maximum);
    if ((more & 128) != 0)
      mw_write_property_number(&w, MQTTWILL_PROPERTY_MAXIMUM_PACKET_SIZE, take_u8(in) + 1u);
    connect.properties = mw_slice(own_bytes, w.len);
  }
  mw_writer_init(&w, bytes, sizeof bytes);
  mw_connect_encode(&w, connect.version, &connect);
  PROMISE(mw_writer_status(&w) == MQTTWILL_OK);
  if (slot->peer == NULL) accept_peer(m, slot, what >> 7);
  bool is_first = slot->peer != NULL && slot->peer->version == 0 && !slot->has_raw;
  if (is_first) slot->alias_maximum = alias_maximum;
  feed(m, slot, mw_slice(bytes, w.len));
}

static void client_subscribe(struct machine *m, struct slot *slot, struct input *in) {
  uint8_t bytes[512], list[256], count = take_u8(in), options, which;
  struct mw_subscribe request = {.type = (count & 0x80) != 0 ? MW_UNSUBSCRIBE : MW_SUBSCRIBE,
                                 .packet_id = (uint16_t)(take_u8(in) + 1)};
  struct mw_writer w;
  mw_writer_init(&w, list, sizeof list);
  for (int i = 0; i < 1 + count % 3; i++) {
    which = take_u8(in);
    options = take_u8(in);
    struct mw_filter filter = {.filter = mw_slice_text(filters[which & 15]), .options = options};
    mw_write_filter(&w, request.type, &filter);
  }
  request.filters = mw_slice(list, w.len);
  uint8_t identifier[] = {MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, (uint8_t)((count >> 3 & 3) + 1)};
  if ((count & 4) != 0 && request.type == MW_SUBSCRIBE) request.properties = mw_slice(identifier, 2);
  mw_writer_init(&w, bytes, sizeof bytes);
  mw_subscribe_encode(&w, slot->peer->version, &request);
  PROMISE(mw_writer_status(&w) == MQTTWILL_OK);
  feed(m, slot, mw_slice(bytes, w.len));
}

static void client_publish(struct machine *m, struct slot *slot, struct input *in) {
  uint8_t bytes[512], list[64], what = take_u8(in), more = take_u8(in);
  struct mw_publish message = {.topic = mw_slice_text(names[what & 7]),
                               .qos = (what >> 3 & 3) % 3,
                               .retain = (what & 32) != 0,
                               .packet_id = (uint16_t)(more % 8 + 1)};
  message.duplicate = message.qos > 0 && (what & 64) != 0;
  message.payload = take_bytes(in, (more >> 3) * 4u);
  struct mw_writer w;
  mw_writer_init(&w, list, sizeof list);
  if ((what & 128) != 0) {
    uint8_t alias = take_u8(in), expiry = take_u8(in);
    if ((alias & 15) != 0) mw_write_property_number(&w, MQTTWILL_PROPERTY_TOPIC_ALIAS, alias & 15);
    if ((alias & 16) != 0) message.topic = mw_slice(NULL, 0);
    if (expiry > 0) mw_write_property_number(&w, MQTTWILL_PROPERTY_MESSAGE_EXPIRY_INTERVAL, expiry);
    message.properties = mw_slice(list, w.len);
  }
  mw_writer_init(&w, bytes, sizeof bytes);
  mw_publish_encode(&w, slot->peer->version, &message);
  PROMISE(mw_writer_status(&w) == MQTTWILL_OK);
  feed(m, slot, mw_slice(bytes, w.len));
}

static void client_ack(struct machine *m, struct slot *slot, struct input *in) {
  static const uint8_t reasons[] = {0, 0x10, 0x80, 0x92};
  uint8_t bytes[16], what = take_u8(in);
  struct mw_ack ack = {.type = (enum mw_packet_type)(MW_PUBACK + (what & 3)),
                       .packet_id = (uint16_t)(take_u8(in) + 1),
                       .reason = reasons[what >> 2 & 3]};
  struct mw_writer w;
  mw_writer_init(&w, bytes, sizeof bytes);
  mw_ack_encode(&w, slot->peer->version, &ack);
  feed(m, slot, mw_slice(bytes, w.len));
}

static void client_disconnect(struct machine *m, struct slot *slot, struct input *in) {
  uint8_t bytes[32], reason = take_u8(in), expiry = take_u8(in);
  uint8_t property[] = {MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 0, 0, 0, (uint8_t)(expiry >> 1)};
  struct mw_disconnect disconnect = {
      .reason = reason, .properties = mw_slice(property, (expiry & 1) != 0 ? sizeof property : 0)};
  struct mw_writer w;
  mw_writer_init(&w, bytes, sizeof bytes);
  mw_disconnect_encode(&w, slot->peer->version, &disconnect);
  feed(m, slot, mw_slice(bytes, w.len));
}

/* ---- one run ---- */

static void read_options(struct machine *m, struct input *in) {
  static const struct mw_broker_options narrow = {
      .connect_timeout_ms = 20000, .linger_ms = 5000, .topic_levels = 8, .subscriptions = 6};
  uint8_t what = take_u8(in);
  m->options = (what & 1) != 0 ? narrow : mw_broker_defaults;
  struct mw_broker_options *o = &m->options;
  o->keeps_state = (what & 2) != 0;
  o->connections = 1 + (what >> 2 & 7);
  o->response_information = (what & 32) != 0 ? "answers/here" : NULL;
  if ((what & 1) == 0) return;
  uint8_t available = take_u8(in);
  o->retain_available = (available & 1) != 0;
  o->wildcard_available = (available & 2) != 0;
  o->identifiers_available = (available & 4) != 0;
  o->shared_available = (available & 8) != 0;
  o->maximum_qos = (available >> 4) % 3;
  o->packet_size = 64u + take_u8(in);
  o->receive_maximum = (uint16_t)(1 + take_u8(in) % 4);
  o->topic_alias_maximum = take_u8(in) % 16;
  o->outbound_aliases = take_u8(in) % 16;
  o->server_keep_alive = take_u8(in);
  o->session_expiry = take_u8(in);
  o->inflight = 1u + take_u8(in) % 4u;
  o->queue_bytes = take_u8(in) * 8u;
  o->output_bytes = 1u + take_u8(in) * 4u;
  o->retained_bytes = take_u8(in) * 8u;
}

static void act_as_client(struct machine *m, struct slot *slot, uint8_t action, struct input *in) {
  if (slot->peer == NULL || slot->peer->version == 0) { /* nobody, or a stranger: raw bytes only */
    slot->has_raw = true;
    slot->alias_maximum = -1;
    feed(m, slot, take_bytes(in, take_u8(in)));
    return;
  }
  static const uint8_t pingreq[] = {0xC0, 0x00};
  switch (action) {
  case 2:
    client_subscribe(m, slot, in);
    break;
  case 3:
  case 4:
    client_publish(m, slot, in);
    break;
  case 5:
    client_ack(m, slot, in);
    break;
  case 6:
    client_disconnect(m, slot, in);
    break;
  case 7:
    feed(m, slot, take_bytes(in, take_u8(in)));
    break;
  default:
    feed(m, slot, mw_slice(pingreq, sizeof pingreq));
    break;
  }
}

static void act(struct machine *m, struct input *in) {
  uint8_t code = take_u8(in), action = code & 15;
  struct slot *slot = &m->slots[(code >> 4) % SLOTS];
  switch (action) {
  case 0:
    accept_peer(m, slot, take_u8(in));
    break;
  case 1:
    client_connect(m, slot, in);
    break;
  case 9:
    close_peer(m, slot);
    break;
  case 10:
    send_out(m, slot, take_u8(in));
    break;
  case 11:
  case 12:
    turn(m);
    break;
  case 13:
    let_time_pass(m, take_u8(in) * 100u);
    break;
  case 14:
    if (m->memory_may_fail) fuzz_fails_after = take_u8(in) % 32;
    break;
  case 15:
    if ((take_u8(in) & 7) == 7) shut_down(m);
    break;
  default:
    act_as_client(m, slot, action, in);
    break;
  }
  hear_news(m);
}

static uint64_t run(const uint8_t *data, size_t size, bool bytewise) {
  struct input in = {data, size};
  struct machine *m = calloc(1, sizeof *m);
  PROMISE(m != NULL);
  fuzz_memory_begin();
  m->memory_may_fail = (take_u8(&in) & 1) != 0;
  m->bytewise = bytewise;
  m->now = m->tick_from = 1000000;
  read_options(m, &in);
  for (size_t i = 0; i < SLOTS; i++) m->slots[i].machine = m;
  struct mw_broker_hooks hooks = {.context = m, .random = on_random, .ended = on_ended, .will = on_will};
  m->broker = mw_broker_new(&m->options, &hooks);
  PROMISE(m->broker != NULL);
  for (int i = 0; i < MOST_ACTIONS && in.left > 0; i++) act(m, &in);

  fuzz_fails_after = -1;
  turn(m);
  if ((m->trace & 1) != 0) shut_down(m);
  for (size_t i = 0; i < SLOTS && (m->trace & 2) != 0; i++) close_peer(m, &m->slots[i]);
  mw_broker_free(m->broker);
  for (size_t i = 0; i < SLOTS; i++) {
    mw_buffer_fini(&m->slots[i].got);
    mw_buffer_fini(&m->slots[i].reply);
  }
  fuzz_memory_end();
  uint64_t trace = m->trace;
  free(m);
  return trace;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint64_t whole = run(data, size, false);
  if (size > 0 && (data[0] & 1) == 0) PROMISE(whole == run(data, size, true));
  return 0;
}
