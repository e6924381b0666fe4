/* SPDX-License-Identifier: MIT
 * A client's session between a server that sends anything in any pieces and a user who asks for anything at
 * any time. Promised: every operation ends once, every connection ends once, the server is sent nothing but
 * whole, legal packets in a legal order, and how the server's bytes are cut makes no difference. The first
 * byte says whether memory may fail; then come the options, then actions, an opcode each with its arguments.
 */
#include "fuzz.h"

#include "base/heap.h"
#include "session/session.h"
#include "wire/ack.h"
#include "wire/auth.h"
#include "wire/connack.h"
#include "wire/disconnect.h"
#include "wire/fixed_header.h"
#include "wire/ping.h"
#include "wire/suback.h"

enum { MOST_PENDING = 4096, MOST_TOKENS = 256, MOST_ACTIONS = 2000 };

struct machine {
  struct mw_session session;
  struct mw_session_options options;
  struct mw_will_view will;
  uint64_t now;
  bool memory_may_fail, bytewise;
  bool is_open;                  /* a connection whose end was not told yet */
  int64_t pending[MOST_PENDING]; /* operations that have not ended */
  size_t pending_count;
  int64_t last_operation;
  uint64_t tokens[MOST_TOKENS];
  size_t token_count;
  struct mw_buffer sent; /* what the server has got of this connection and not looked at */
  bool sent_connect, sent_disconnect;
  uint64_t trace; /* a hash of everything that could be seen */
};

/* ---- the trace ---- */

static void note(struct machine *m, uint64_t value) {
  m->trace = (m->trace ^ value) * UINT64_C(1099511628211);
  m->trace ^= m->trace >> 29;
}

static void note_bytes(struct machine *m, struct mw_slice bytes) {
  note(m, bytes.len);
  for (size_t i = 0; i < bytes.len; i++) note(m, bytes.data[i]);
}

/* ---- what the server gets ---- */

static int decode_from_client(const struct mw_fixed_header *header, uint8_t version, struct mw_slice body) {
  union {
    struct mw_connect connect;
    struct mw_publish publish;
    struct mw_ack ack;
    struct mw_subscribe subscribe;
    struct mw_disconnect disconnect;
  } as;
  switch (header->type) {
  case MW_CONNECT:
    return mw_connect_decode(&as.connect, version, header->flags, body);
  case MW_PUBLISH:
    return mw_publish_decode(&as.publish, version, header->flags, body);
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP:
    as.ack.type = header->type;
    return mw_ack_decode(&as.ack, version, header->flags, body);
  case MW_SUBSCRIBE:
  case MW_UNSUBSCRIBE:
    as.subscribe.type = header->type;
    return mw_subscribe_decode(&as.subscribe, version, header->flags, body);
  case MW_PINGREQ:
    return mw_ping_decode(body);
  case MW_DISCONNECT:
    if (mw_disconnect_decode(&as.disconnect, version, header->flags, body) != MQTTWILL_OK) return -1;
    return mw_reason_by_client(as.disconnect.reason) ? MQTTWILL_OK : -1;
  default:
    return -1; /* no packet of a client's */
  }
}

static void look_at_sent(struct machine *m) {
  struct mw_fixed_header header;
  for (;;) {
    struct mw_slice view = mw_buffer_view(&m->sent);
    uint8_t version = m->sent_connect ? m->session.version : 0;
    int status = mw_fixed_header_decode(&header, version, view);
    PROMISE(status >= 0);
    size_t size = status == MQTTWILL_OK ? (size_t)header.size + header.remaining : SIZE_MAX;
    if (size > view.len) return;
    PROMISE((header.type == MW_CONNECT) == !m->sent_connect);
    PROMISE(!m->sent_disconnect);
    struct mw_slice body = mw_slice(view.data + header.size, header.remaining);
    PROMISE(decode_from_client(&header, m->session.version, body) == MQTTWILL_OK);
    if (header.type == MW_CONNECT)
      m->sent_connect = true;
    else
      PROMISE(size <= m->session.grants.maximum_packet_size);
    if (header.type == MW_PUBLISH) PROMISE((header.flags >> 1 & 3) <= m->session.grants.maximum_qos);
    if (header.type == MW_DISCONNECT) m->sent_disconnect = true;
    mw_buffer_consume(&m->sent, size);
  }
}

/* The kernel takes up to `most` bytes. */
static void send_out(struct machine *m, size_t most) {
  struct mw_chain out = mw_chain_take(&m->session.out);
  size_t total = 0;
  while (out.len > 0 && total < most) {
    struct mw_slice view;
    PROMISE(mw_chain_views(&out, &view, 1) == 1 && view.len > 0);
    if (view.len > most - total) view.len = most - total;
    long fails_after = fuzz_fails_after; /* this buffer is not the session's */
    fuzz_fails_after = -1;
    PROMISE(mw_buffer_append(&m->sent, view.data, view.len) == MQTTWILL_OK);
    fuzz_fails_after = fails_after;
    note_bytes(m, view);
    mw_chain_consume(&out, view.len);
    total += view.len;
  }
  mw_chain_prepend(&m->session.out, &out);
  mw_session_sent(&m->session, total, m->now);
  look_at_sent(m);
}

/* ---- events ---- */

static void begin_operation(struct machine *m, int64_t operation) {
  note(m, (uint64_t)operation);
  if (operation < 0) return;
  PROMISE(operation > m->last_operation);
  m->last_operation = operation;
  PROMISE(m->pending_count < MOST_PENDING);
  m->pending[m->pending_count++] = operation;
  PROMISE(mw_session_is_pending(&m->session, operation));
}

static void end_operation(struct machine *m, int64_t operation) {
  for (size_t i = 0; i < m->pending_count; i++) {
    if (m->pending[i] != operation) continue;
    m->pending[i] = m->pending[--m->pending_count];
    PROMISE(!mw_session_is_pending(&m->session, operation));
    return;
  }
  bool was_pending = false;
  PROMISE(was_pending);
}

static void on_message(struct machine *m, const struct mw_event *event) {
  PROMISE(event->message.topic.len > 0);
  PROMISE((event->token != 0) == (event->message.qos > 0));
  if (event->token == 0) return;
  if (!m->options.manual_ack) {
    int status = mw_session_ack(&m->session, event->token);
    PROMISE(status == MQTTWILL_OK || status == MQTTWILL_ERR_MEMORY ||
            status == MQTTWILL_ERR_PACKET_TOO_LARGE);
  } else if (m->token_count < MOST_TOKENS) {
    m->tokens[m->token_count++] = event->token;
  }
}

static void on_event(struct machine *m, const struct mw_event *event) {
  note(m, (uint64_t)event->type);
  note(m, (uint64_t)event->status);
  note(m, (uint64_t)event->reason);
  note(m, (uint64_t)event->operation);
  note(m, event->token);
  if (event->type == MW_EVENT_MESSAGE) {
    note_bytes(m, event->message.topic);
    note_bytes(m, event->message.payload);
  }
  note_bytes(m, event->properties);
  note_bytes(m, event->reasons);
  switch (event->type) {
  case MW_EVENT_CONNECTED:
    PROMISE(m->is_open && event->status == MQTTWILL_OK);
    break;
  case MW_EVENT_MESSAGE:
    PROMISE(m->is_open);
    on_message(m, event);
    break;
  case MW_EVENT_COMPLETED:
    end_operation(m, event->operation);
    break;
  case MW_EVENT_CLOSED:
    PROMISE(m->is_open);
    m->is_open = false;
    break;
  default:
    break;
  }
}

static void drain_events(struct machine *m) {
  struct mw_event event;
  for (int i = 0; mw_session_next(&m->session, &event); i++) {
    PROMISE(event.type != MW_EVENT_NONE && event.type != MW_EVENT_MESSAGE);
    PROMISE(i < 2 * MOST_PENDING);
    on_event(m, &event);
  }
  PROMISE(event.type == MW_EVENT_NONE);
}

/* ---- the server's bytes ---- */

static void feed_piece(struct machine *m, struct mw_slice piece) {
  uint8_t *copy = exact_copy(piece);
  struct mw_slice rest = mw_slice(copy, piece.len);
  while (rest.len > 0) {
    struct mw_event event;
    size_t used = mw_session_feed(&m->session, rest, m->now, &event);
    PROMISE(used >= 1 && used <= rest.len);
    rest = mw_slice_skip(rest, used);
    if (event.type != MW_EVENT_NONE) on_event(m, &event);
    drain_events(m);
  }
  free(copy);
}

static void feed(struct machine *m, struct mw_slice bytes) {
  if (m->session.phase == MW_PHASE_CLOSED) return;
  if (!m->bytewise) {
    feed_piece(m, bytes);
    return;
  }
  for (size_t i = 0; i < bytes.len; i++) feed_piece(m, mw_slice(bytes.data + i, 1));
}

/* Packets that a well-behaved server might send, so that the depths are reached. */

static void put_number(struct mw_writer *w, bool wanted, uint8_t identifier, uint32_t number) {
  if (wanted) mw_write_property_number(w, identifier, number);
}

static void server_connack(struct mw_writer *w, uint8_t version, struct input *in) {
  uint8_t properties[64], which = take_u8(in);
  struct mw_writer list;
  mw_writer_init(&list, properties, sizeof properties);
  struct mw_connack connack = {.session_present = (which & 1) != 0};
  if (version == MW_MQTT_5) {
    put_number(&list, (which & 2) != 0, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, take_u8(in) % 4u + 1);
    put_number(&list, (which & 4) != 0, MQTTWILL_PROPERTY_MAXIMUM_PACKET_SIZE, take_u8(in) + 1u);
    put_number(&list, (which & 8) != 0, MQTTWILL_PROPERTY_MAXIMUM_QOS, take_u8(in) & 1u);
    put_number(&list, (which & 16) != 0, MQTTWILL_PROPERTY_RETAIN_AVAILABLE, take_u8(in) & 1u);
    put_number(&list, (which & 32) != 0, MQTTWILL_PROPERTY_SERVER_KEEP_ALIVE, take_u8(in));
    put_number(&list, (which & 64) != 0, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, take_u8(in));
    if ((which & 128) != 0)
      mw_write_property_bytes(&list, MQTTWILL_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER, mw_slice("given", 5));
    connack.properties = mw_slice(properties, list.len);
  }
  mw_connack_encode(w, version, &connack);
}

static void server_packet(struct machine *m, struct input *in) {
  static const uint8_t reasons[] = {0, 0x10, 0x80, 0x87, 0x92};
  uint8_t bytes[512], version = m->session.version, kind = take_u8(in), id = take_u8(in),
                      detail = take_u8(in);
  struct mw_writer w;
  mw_writer_init(&w, bytes, sizeof bytes);
  uint8_t reason = version == MW_MQTT_5 ? reasons[detail % sizeof reasons] : 0;
  enum mw_packet_type type = (enum mw_packet_type)(kind % 16);
  switch (type) {
  case MW_CONNACK:
    server_connack(&w, version, in);
    break;
  case MW_PUBLISH: {
    struct mw_publish message = {.topic = mw_slice("server/topic", 12),
                                 .payload = take_bytes(in, detail >> 4),
                                 .packet_id = (uint16_t)(id + 1),
                                 .qos = detail % 3,
                                 .retain = (detail & 4) != 0,
                                 .duplicate = detail % 3 != 0 && (detail & 8) != 0};
    mw_publish_encode(&w, version, &message);
    break;
  }
  case MW_PUBACK:
  case MW_PUBREC:
  case MW_PUBREL:
  case MW_PUBCOMP: {
    struct mw_ack ack = {.type = type, .packet_id = (uint16_t)(id + 1), .reason = reason};
    mw_ack_encode(&w, version, &ack);
    break;
  }
  case MW_SUBACK:
  case MW_UNSUBACK: {
    struct mw_suback suback = {.type = type, .packet_id = (uint16_t)(id + 1)};
    uint8_t answers[4] = {reason, 0, reason, 0};
    suback.reasons = mw_slice(answers, 1 + detail % 4);
    mw_suback_encode(&w, version, &suback);
    break;
  }
  case MW_DISCONNECT: {
    struct mw_disconnect disconnect = {.reason = 0x8E};
    mw_disconnect_encode(&w, version, &disconnect);
    break;
  }
  default:
    mw_ping_encode(&w, MW_PINGRESP);
    break;
  }
  PROMISE(mw_writer_status(&w) == MQTTWILL_OK);
  feed(m, mw_slice(bytes, w.len));
}

/* ---- the user ---- */

static void user_publish(struct machine *m, struct input *in) {
  static const char *const topics[] = {"a", "a/b/c", "$SYS/x", "", "wild/#", "\xff"};
  uint8_t what = take_u8(in);
  struct mw_publish message = {.topic = mw_slice_text(topics[what % 8 < 6 ? what % 8 : 0]),
                               .qos = what >> 3 & 3,
                               .retain = (what & 0x20) != 0};
  message.payload = take_bytes(in, take_u8(in));
  if ((what & 0xC0) == 0xC0) message.properties = take_bytes(in, take_u8(in) % 32u);
  if (m->pending_count + 2 < MOST_PENDING) begin_operation(m, mw_session_publish(&m->session, &message));
}

static void user_subscribe(struct machine *m, struct input *in) {
  static const char *const filters[] = {"a/b", "+/status", "#", "$share/g/t", "$share//t", "a/#/b", "", "b"};
  uint8_t bytes[256], count = take_u8(in);
  struct mw_writer w;
  struct mw_subscribe request = {.type = (count & 0x80) != 0 ? MW_UNSUBSCRIBE : MW_SUBSCRIBE};
  mw_writer_init(&w, bytes, sizeof bytes);
  for (int i = 0; i < count % 5; i++) {
    struct mw_filter filter = {.filter = mw_slice_text(filters[take_u8(in) % 8]), .options = take_u8(in)};
    mw_write_filter(&w, request.type, &filter);
  }
  request.filters = mw_slice(bytes, w.len);
  if ((count & 0x40) != 0) request.properties = take_bytes(in, take_u8(in) % 16u);
  if (m->pending_count + 2 < MOST_PENDING) begin_operation(m, mw_session_subscribe(&m->session, &request));
}

static void user_disconnect(struct machine *m, struct input *in) {
  uint8_t reason = take_u8(in), expiry = take_u8(in);
  uint8_t property[] = {MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 0, 0, 0, expiry};
  struct mw_slice properties = mw_slice(property, (expiry & 1) != 0 ? sizeof property : 0);
  uint64_t deadline = m->now + take_u8(in) * 100u;
  if (m->pending_count + 2 < MOST_PENDING)
    begin_operation(m, mw_session_disconnect(&m->session, reason, properties, deadline, m->now));
}

static void user_ack(struct machine *m, struct input *in) {
  uint8_t which = take_u8(in);
  if (m->token_count == 0) {
    PROMISE(mw_session_ack(&m->session, which) == MQTTWILL_ERR_ARGUMENT);
    return;
  }
  size_t index = which % m->token_count;
  note(m, (uint64_t)mw_session_ack(&m->session, m->tokens[index]));
  m->tokens[index] = m->tokens[--m->token_count];
}

static void open_session(struct machine *m) {
  bool was_closed = m->session.phase == MW_PHASE_CLOSED;
  int status = mw_session_open(&m->session, m->now);
  note(m, (uint64_t)status);
  PROMISE((status == MQTTWILL_ERR_STATE) == !was_closed);
  if (status != MQTTWILL_OK) {
    if (was_closed) PROMISE(m->session.phase == MW_PHASE_CLOSED && m->session.out.len == 0);
    return;
  }
  m->is_open = true;
  m->sent_connect = m->sent_disconnect = false;
  m->token_count = 0;
  mw_buffer_clear(&m->sent);
}

static void lose(struct machine *m, int status) {
  mw_session_lost(&m->session, status);
  PROMISE(m->session.phase == MW_PHASE_CLOSED);
}

static void let_time_pass(struct machine *m, uint64_t step) {
  uint64_t deadline = mw_session_deadline(&m->session);
  if (step == 0 && deadline != MW_NEVER && deadline > m->now)
    m->now = deadline;
  else
    m->now += step;
  mw_session_tick(&m->session, m->now);
  if (!mw_session_wants_close(&m->session)) PROMISE(mw_session_deadline(&m->session) > m->now);
}

/* ---- one run ---- */

static void read_options(struct machine *m, struct input *in) {
  static const char *const ids[] = {"", "device", "a-client-with-a-rather-long-id"};
  /* 18: will delay 5. */
  static const struct mw_slice will_properties = {(const uint8_t *)"\x18\x00\x00\x00\x05", 5};
  uint8_t bits = take_u8(in), more = take_u8(in);
  m->options = (struct mw_session_options){
      .version = (uint8_t)(MW_MQTT_3_1 + bits % 4 % 3),
      .clean_start = (bits & 4) != 0,
      .manual_ack = (bits & 8) != 0,
      .has_username = (bits & 16) != 0,
      .has_password = (bits & 32) != 0,
      .keep_alive = take_u8(in),
      .receive_maximum = (uint16_t)(1 + take_u8(in) % 8),
      .ping_timeout_ms = 1 + take_u8(in) * 100u,
      .session_expiry = (bits & 64) != 0 ? 60 : 0,
      .maximum_packet_size = 16u + take_u8(in) * 4u,
      .outbound_limit = 16u + take_u8(in) * 8u,
      .client_id = mw_slice_text(ids[more % 3]),
      .username = mw_slice("u", 1),
      .password = mw_slice("\x00\xff", 2),
  };
  m->will = (struct mw_will_view){.topic = mw_slice("w", 1), .qos = more >> 2 & 1, .retain = (more & 8) != 0};
  if ((more & 16) != 0) m->will.properties = will_properties;
  if ((bits & 128) != 0) m->options.will = &m->will;
}

static void act(struct machine *m, struct input *in) {
  switch (take_u8(in) % 14) {
  case 0:
    open_session(m);
    break;
  case 1:
  case 2:
    server_packet(m, in);
    break;
  case 3:
    feed(m, take_bytes(in, take_u8(in)));
    break;
  case 4:
  case 5:
    user_publish(m, in);
    break;
  case 6:
    user_subscribe(m, in);
    break;
  case 7:
    user_ack(m, in);
    break;
  case 8:
    user_disconnect(m, in);
    break;
  case 9:
    send_out(m, take_u8(in));
    break;
  case 10:
    send_out(m, SIZE_MAX);
    break;
  case 11:
    let_time_pass(m, take_u8(in) * 50u);
    break;
  case 12:
    lose(m, (take_u8(in) & 1) != 0 ? MQTTWILL_ERR_NETWORK : MQTTWILL_OK);
    break;
  case 13:
    if (m->memory_may_fail) fuzz_fails_after = take_u8(in) % 16;
    break;
  }
  drain_events(m);
  if (mw_session_wants_close(&m->session)) PROMISE(mw_session_deadline(&m->session) == MW_NEVER);
}

static uint64_t run(const uint8_t *data, size_t size, bool bytewise) {
  struct input in = {data, size};
  struct machine *m = calloc(1, sizeof *m);
  PROMISE(m != NULL);
  fuzz_memory_begin();
  m->memory_may_fail = (take_u8(&in) & 1) != 0;
  m->bytewise = bytewise;
  m->now = 1000000;
  read_options(m, &in);
  mw_session_init(&m->session, &m->options);
  open_session(m);
  for (int i = 0; i < MOST_ACTIONS && in.left > 0; i++) act(m, &in);

  fuzz_fails_after = -1;
  send_out(m, SIZE_MAX);
  lose(m, MQTTWILL_ERR_CLOSED);
  drain_events(m);
  PROMISE(!m->is_open);
  mw_session_abandon(&m->session, MQTTWILL_ERR_CANCELLED);
  drain_events(m);
  PROMISE(m->pending_count == 0);
  PROMISE(mw_outbound_used(&m->session.outbound) == 0);
  mw_session_fini(&m->session);
  mw_buffer_fini(&m->sent);
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
