/* SPDX-License-Identifier: MIT
 * See peer.h. */
#include "broker/core/peer.h"

#include "base/alloc.h"
#include "broker/core/wills.h"
#include "wire/disconnect.h"
#include "wire/ping.h"

/* ---- output ---- */

void mw_peer_give_news(struct mw_peer *p) {
  if (mw_list_empty(&p->ready)) mw_list_append(&p->broker->ready, &p->ready);
}

uint8_t *mw_peer_reserve(struct mw_peer *p, size_t len) {
  if (!mw_peer_is_live(p)) return NULL;
  if (len > p->maximum_packet_size) { /* [MQTT-3.1.2-24] */
    mw_peer_doom(p, MQTTWILL_ERR_PACKET_TOO_LARGE, MQTTWILL_REASON_PACKET_TOO_LARGE);
    return NULL;
  }
  uint8_t *room = mw_chain_extend(&p->out, len);
  if (room == NULL) {
    mw_peer_doom(p, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_BUSY);
    return NULL;
  }
  p->unsent += len;
  mw_peer_give_news(p);
  return room;
}

void mw_peer_write(struct mw_peer *p, struct mw_slice packet) {
  uint8_t *room = mw_peer_reserve(p, packet.len);
  if (room != NULL) memcpy(room, packet.data, packet.len);
}

/* ---- deadlines ---- */

struct mw_peer *mw_peer_of_deadline(struct mw_heap_node *node) {
  return MW_CONTAINER(node, struct mw_peer, deadline);
}

/* 3.1.2.10: one and a half times the keep alive; MW_NEVER when it is off. */
static uint64_t keep_alive_deadline(const struct mw_peer *p) {
  return p->keep_alive == 0 ? MW_NEVER : p->last_received + (uint64_t)p->keep_alive * 1500;
}

/* The heaps have room for every peer, see mw_broker_accept(). */
void mw_peer_restart_keep_alive(struct mw_peer *p) {
  mw_heap_set(&p->broker->peer_deadlines, &p->deadline, keep_alive_deadline(p));
}

/* A packet only notes its time; the deadline moves on here, once a period. */
void mw_peer_tick(struct mw_peer *p) {
  struct mw_broker *b = p->broker;
  mw_heap_remove(&b->peer_deadlines, &p->deadline);
  if (p->phase == MW_PEER_OVER) {
    p->is_cut = true;
    mw_peer_give_news(p);
  } else if (p->phase == MW_PEER_NEW) {
    mw_peer_end(p, &(struct mw_ending){MW_END_SERVER_CLOSED, MQTTWILL_ERR_TIMEOUT, -1, false});
  } else if (b->now >= keep_alive_deadline(p)) { /* [MQTT-3.1.2-22] */
    mw_peer_end(
        p, &(struct mw_ending){MW_END_KEEP_ALIVE, MQTTWILL_OK, MQTTWILL_REASON_KEEP_ALIVE_TIMEOUT, true});
  } else {
    mw_peer_restart_keep_alive(p);
  }
}

/* ---- the end ---- */

void mw_peer_doom(struct mw_peer *p, int status, int reason) {
  if (!mw_peer_is_live(p)) return;
  p->is_doomed = true;
  p->doom = (struct mw_ending){MW_END_SERVER_CLOSED, status, reason, true};
  mw_list_append(&p->broker->doomed, &p->doomed);
}

void mw_peer_fail(struct mw_peer *p, int status) {
  bool is_ours = status == MQTTWILL_ERR_MEMORY;
  mw_peer_end(p, &(struct mw_ending){
                     .end = is_ours ? MW_END_SERVER_CLOSED : MW_END_PROTOCOL_ERROR,
                     .status = status,
                     .reason = is_ours ? MQTTWILL_REASON_SERVER_BUSY : (int)mw_reason_of(status),
                     .is_told = true,
                 });
}

/* 4.13.1: with the reason before the close. Without memory for it, without it. */
static void write_disconnect(struct mw_peer *p, int reason) {
  uint8_t packet[8];
  struct mw_writer w;
  mw_writer_init(&w, packet, sizeof packet);
  mw_disconnect_encode(&w, p->version, &(struct mw_disconnect){.reason = (uint8_t)reason});
  if (w.len > p->maximum_packet_size || mw_chain_append(&p->out, packet, w.len) != 0) return;
  p->unsent += w.len;
}

static void tell_ended(const struct mw_peer *p, const struct mw_ending *ending, enum mw_will_outcome will,
                       uint64_t wait_ms) {
  const struct mw_broker *b = p->broker;
  if (b->hooks.ended == NULL) return;
  struct mw_broker_end end = {
      .owner = p->owner,
      .client_id = p->session != NULL ? mw_session_client_id(p->session) : mw_slice(NULL, 0),
      .connected = p->session != NULL,
      .version = p->version,
      .end = ending->end,
      .status = ending->status,
      .reason = ending->reason,
      .will = will,
      .wait_ms = wait_ms,
  };
  b->hooks.ended(b->hooks.context, &end);
}

/* The session outlives its connection, or ends with it; the will is published after that. */
static void leave_session(struct mw_peer *p, const struct mw_ending *ending) {
  struct mw_broker *b = p->broker;
  struct mw_broker_session *s = p->session;
  enum mw_will_outcome outcome = (enum mw_will_outcome)p->early_outcome;
  uint64_t wait_ms = 0;
  struct mw_publication *will = NULL;
  if (s != NULL && s->will != NULL) will = mw_wills_settle(b, s, ending->end, &outcome, &wait_ms);
  tell_ended(p, ending, outcome, wait_ms);
  p->session = NULL;
  if (s == NULL) return;
  s->peer = NULL;
  if (s->expiry > 0) {
    mw_sessions_start_expiry(b, s);
  } else {
    mw_sessions_end(b, s);
    s = NULL;
  }
  mw_wills_publish(b, will, s);
}

void mw_peer_end(struct mw_peer *p, const struct mw_ending *ending) {
  if (p->phase == MW_PEER_OVER) return;
  bool is_told = ending->is_told && p->phase == MW_PEER_OPEN && p->version >= MW_MQTT_5;
  p->phase = MW_PEER_OVER;
  p->is_doomed = false;
  mw_list_remove(&p->doomed);
  struct mw_ending said = *ending;
  if (is_told && ending->reason >= 0)
    write_disconnect(p, ending->reason);
  else if (ending->is_told)
    said.reason = -1; /* MQTT 3 has no words for it */
  mw_buffer_fini(&p->in);
  mw_aliases_in_fini(&p->aliases_in);
  mw_aliases_out_fini(&p->aliases_out);
  mw_heap_set(&p->broker->peer_deadlines, &p->deadline, p->broker->now + p->broker->options.linger_ms);
  mw_peer_give_news(p);
  leave_session(p, &said);
}

void mw_peer_free(struct mw_peer *p) {
  struct mw_broker *b = p->broker;
  mw_heap_remove(&b->peer_deadlines, &p->deadline);
  mw_list_remove(&p->peers);
  mw_list_remove(&p->ready);
  mw_chain_fini(&p->out);
  mw_free(p);
  b->peer_count--;
}

/* ---- input ---- */

void mw_on_pingreq(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  (void)header;
  int status = mw_ping_decode(body);
  if (status != MQTTWILL_OK) {
    mw_peer_fail(p, status);
    return;
  }
  uint8_t packet[2];
  struct mw_writer w;
  mw_writer_init(&w, packet, sizeof packet);
  mw_ping_encode(&w, MW_PINGRESP);
  mw_peer_write(p, mw_slice(packet, w.len));
}

/* Packets that only a server sends, a second CONNECT [MQTT-3.1.0-2], and AUTH without an authentication
 * method in CONNECT [MQTT-4.12.0-6]. */
static void on_protocol_error(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  (void)header;
  (void)body;
  mw_peer_fail(p, MQTTWILL_ERR_PROTOCOL);
}

typedef void handler(struct mw_peer *, const struct mw_fixed_header *, struct mw_slice);

static handler *const handlers[] = {
    [0] = on_protocol_error,
    [MW_CONNECT] = on_protocol_error,
    [MW_CONNACK] = on_protocol_error,
    [MW_PUBLISH] = mw_on_publish,
    [MW_PUBACK] = mw_on_ack,
    [MW_PUBREC] = mw_on_ack,
    [MW_PUBREL] = mw_on_pubrel,
    [MW_PUBCOMP] = mw_on_ack,
    [MW_SUBSCRIBE] = mw_on_subscribe,
    [MW_SUBACK] = on_protocol_error,
    [MW_UNSUBSCRIBE] = mw_on_unsubscribe,
    [MW_UNSUBACK] = on_protocol_error,
    [MW_PINGREQ] = mw_on_pingreq,
    [MW_PINGRESP] = on_protocol_error,
    [MW_DISCONNECT] = mw_on_disconnect,
    [MW_AUTH] = on_protocol_error,
};

static void on_packet(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice packet) {
  struct mw_slice body = mw_slice_skip(packet, header->size);
  p->last_received = p->broker->now;
  if (p->phase == MW_PEER_NEW)
    mw_on_connect(p, header, body);
  else
    handlers[header->type](p, header, body);
}

/* The header at the front of `bytes`, checked against our limit before a byte of the body is kept: 1 while it
 * is not whole, or as mw_fixed_header_decode(). */
static int read_header(const struct mw_peer *p, struct mw_slice bytes, struct mw_fixed_header *header) {
  int status = mw_fixed_header_decode(header, p->version, bytes);
  if (status != MQTTWILL_OK) return status;
  size_t total = (size_t)header->size + header->remaining;
  return total > p->broker->options.packet_size ? MQTTWILL_ERR_PACKET_TOO_LARGE : MQTTWILL_OK;
}

/* Keeps what there is of a packet for later. */
static void keep(struct mw_peer *p, struct mw_slice bytes) {
  if (mw_buffer_append(&p->in, bytes.data, bytes.len) != 0) mw_peer_fail(p, MQTTWILL_ERR_MEMORY);
}

/* The packet in p->in has arrived. */
static void take_kept(struct mw_peer *p, const struct mw_fixed_header *header) {
  struct mw_buffer packet = p->in;
  p->in = (struct mw_buffer){0};
  p->in_need = 0;
  on_packet(p, header, mw_buffer_view(&packet));
  mw_buffer_fini(&packet);
}

/* Goes on with the packet in p->in; answers how many bytes that took. */
static size_t feed_kept(struct mw_peer *p, struct mw_slice bytes) {
  struct mw_fixed_header header;
  size_t take = 1; /* a byte at a time until the header is whole */
  if (p->in_need > 0) {
    size_t missing = p->in_need - mw_buffer_len(&p->in);
    take = bytes.len < missing ? bytes.len : missing;
  }
  keep(p, mw_slice(bytes.data, take));
  if (!mw_peer_is_live(p) || (p->in_need > 0 && mw_buffer_len(&p->in) < p->in_need)) return take;
  int status = read_header(p, mw_buffer_view(&p->in), &header);
  if (status < 0) {
    mw_peer_fail(p, status);
  } else if (status == MQTTWILL_OK) {
    p->in_need = (size_t)header.size + header.remaining;
    if (p->in_need == mw_buffer_len(&p->in)) take_kept(p, &header);
  }
  return take;
}

/* A packet that lies whole in `bytes` is handled where it lies. */
static size_t feed_fresh(struct mw_peer *p, struct mw_slice bytes) {
  struct mw_fixed_header header;
  int status = read_header(p, bytes, &header);
  if (status < 0) {
    mw_peer_fail(p, status);
    return bytes.len;
  }
  size_t total = status == MQTTWILL_OK ? (size_t)header.size + header.remaining : 0;
  if (status == MQTTWILL_OK && total <= bytes.len) {
    on_packet(p, &header, mw_slice(bytes.data, total));
    return total;
  }
  p->in_need = total;
  keep(p, bytes);
  return bytes.len;
}

void mw_peer_feed(struct mw_peer *p, struct mw_slice bytes) {
  while (bytes.len > 0 && mw_peer_is_live(p)) {
    size_t used = mw_buffer_len(&p->in) > 0 ? feed_kept(p, bytes) : feed_fresh(p, bytes);
    bytes = mw_slice_skip(bytes, used);
  }
}
