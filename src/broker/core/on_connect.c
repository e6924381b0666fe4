/* SPDX-License-Identifier: MIT
 * CONNECT: everything is checked before anything is touched, then the old connection of the client id is
 * ended, the session found or made, the will armed, and only then CONNACK written. MQTT 5 sections 3.1.4 and
 * 3.2. */
#include "broker/core/peer.h"

#include "broker/core/delivery.h"
#include "broker/core/wills.h"
#include "will/will_check.h"
#include "wire/connack.h"
#include "wire/connect.h"

enum { LONGEST_ID_3_1 = 23, ASSIGNED_ID = 5 + 32, NO_REASON = -1 };

/* ---- refusing ---- */

/* CONNACK of 3.1 and 3.1.1 knows five refusals; anything else is a close without one. */
static int return_code(int reason) {
  switch (reason) {
  case MQTTWILL_REASON_UNSUPPORTED_PROTOCOL_VERSION:
    return MQTTWILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION;
  case MQTTWILL_REASON_CLIENT_IDENTIFIER_NOT_VALID:
    return MQTTWILL_RETURN_IDENTIFIER_REJECTED;
  case MQTTWILL_REASON_SERVER_UNAVAILABLE:
    return MQTTWILL_RETURN_SERVER_UNAVAILABLE;
  case MQTTWILL_REASON_BAD_USER_NAME_OR_PASSWORD:
    return MQTTWILL_RETURN_BAD_USER_NAME_OR_PASSWORD;
  case MQTTWILL_REASON_NOT_AUTHORIZED:
    return MQTTWILL_RETURN_NOT_AUTHORIZED;
  default:
    return NO_REASON;
  }
}

static void write_refusal(struct mw_peer *p, int reason) {
  if (p->version < MW_MQTT_5) reason = return_code(reason);
  if (reason == NO_REASON || p->version == 0) return;
  uint8_t packet[8];
  struct mw_writer w;
  mw_writer_init(&w, packet, sizeof packet);
  mw_connack_encode(&w, p->version, &(struct mw_connack){.reason = (uint8_t)reason});
  if (w.len <= p->maximum_packet_size) mw_peer_write(p, mw_slice(packet, w.len));
}

/* No session and no will were touched [MQTT-3.1.4-1], [MQTT-3.1.4-2]. */
static void refuse(struct mw_peer *p, int status, int reason) {
  write_refusal(p, reason);
  bool is_ours = status == MQTTWILL_ERR_MEMORY || status == MQTTWILL_ERR_REFUSED;
  mw_peer_end(
      p, &(struct mw_ending){is_ours ? MW_END_SERVER_CLOSED : MW_END_PROTOCOL_ERROR, status, reason, false});
}

/* The level of a CONNECT that could not be decoded, where its name is ours: it tells the form of the answer.
 */
static uint8_t level_of(struct mw_slice body) {
  struct mw_reader r;
  mw_reader_init(&r, body);
  struct mw_slice name = mw_read_binary(&r);
  uint8_t level = mw_read_u8(&r);
  bool is_known =
      mw_slice_equal(name, mw_slice_text("MQTT")) || mw_slice_equal(name, mw_slice_text("MQIsdp"));
  return r.status == MQTTWILL_OK && is_known ? level : 0;
}

/* 3.1.2.2: a version we do not speak is answered in the nearest form that we do. */
static void refuse_undecodable(struct mw_peer *p, int status, struct mw_slice body) {
  uint8_t level = level_of(body);
  if (level >= MW_MQTT_5)
    p->version = MW_MQTT_5;
  else if (status == MQTTWILL_ERR_VERSION)
    p->version = MW_MQTT_3_1_1;
  refuse(p, status, (int)mw_reason_of(status));
}

/* ---- checking ---- */

static size_t characters(struct mw_slice text) {
  size_t n = 0;
  for (size_t i = 0; i < text.len; i++) n += (text.data[i] & 0xC0) != 0x80;
  return n;
}

/* 3.1: 1 to 23 characters. 3.1.1 [MQTT-3.1.3-8]: an empty one needs CleanSession 1. MQTT 5: any. */
static bool is_client_id_allowed(const struct mw_connect *connect) {
  struct mw_slice id = connect->client_id;
  if (connect->version == MW_MQTT_3_1) return id.len > 0 && characters(id) <= LONGEST_ID_3_1;
  return id.len > 0 || connect->version >= MW_MQTT_5 || connect->clean_start;
}

static int check_will(const struct mw_broker *b, const struct mw_connect *connect) {
  if (!connect->has_will) return MQTTWILL_OK;
  int status = mw_will_check(&connect->will, connect->version, NULL);
  if (status != MQTTWILL_OK) return status;
  struct mw_will_limits limits = {b->options.maximum_qos, b->options.retain_available};
  return mw_will_check_limits(&connect->will, &limits, NULL);
}

/* False: refused. */
static bool is_acceptable(struct mw_peer *p, const struct mw_connect *connect) {
  if (!is_client_id_allowed(connect)) {
    refuse(p, MQTTWILL_ERR_CLIENT_ID, MQTTWILL_REASON_CLIENT_IDENTIFIER_NOT_VALID);
    return false;
  }
  if (mw_property_bytes(connect->properties, MQTTWILL_PROPERTY_AUTHENTICATION_METHOD).data != NULL) {
    refuse(p, MQTTWILL_ERR_REFUSED, MQTTWILL_REASON_BAD_AUTHENTICATION_METHOD); /* 4.12: none is known */
    return false;
  }
  int status = check_will(p->broker, connect);
  if (status != MQTTWILL_OK) refuse(p, status, (int)mw_reason_of(status));
  return status == MQTTWILL_OK;
}

/* ---- CONNACK ---- */

/* What CONNACK says beyond success, MQTT 5 section 3.2.2.3. */
struct mw_answer {
  struct mw_slice assigned_id; /* empty: the client brought its own */
  struct mw_slice response_information;
  uint32_t expiry;
  uint16_t aliases, receive_maximum;
  bool tells_expiry, tells_keep_alive;
};

/* What the client asks for and allows, and what it gets. */
static void read_terms(struct mw_peer *p, const struct mw_connect *connect, struct mw_answer *answer) {
  const struct mw_broker_options *o = &p->broker->options;
  struct mw_slice properties = connect->properties;
  bool is_5 = connect->version >= MW_MQTT_5;
  p->version = connect->version;
  p->maximum_packet_size =
      mw_property_number(properties, MQTTWILL_PROPERTY_MAXIMUM_PACKET_SIZE, MW_MAX_PACKET);
  if (p->maximum_packet_size > MW_MAX_PACKET) p->maximum_packet_size = MW_MAX_PACKET;
  p->receive_maximum =
      (uint16_t)mw_property_number(properties, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, UINT16_MAX);
  uint32_t aliases = mw_property_number(properties, MQTTWILL_PROPERTY_TOPIC_ALIAS_MAXIMUM, 0);
  p->aliases_out.maximum = (uint16_t)(aliases < o->outbound_aliases ? aliases : o->outbound_aliases);
  p->aliases_out.topics.seed = p->broker->sessions.seed;

  p->requested_expiry = mw_property_number(properties, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 0);
  if (!is_5 && !connect->clean_start) p->requested_expiry = MW_NO_EXPIRY;
  answer->expiry = p->requested_expiry < o->session_expiry ? p->requested_expiry : o->session_expiry;
  answer->tells_expiry = answer->expiry != p->requested_expiry;

  p->keep_alive = connect->keep_alive;
  bool is_too_long = p->keep_alive == 0 || p->keep_alive > o->server_keep_alive;
  answer->tells_keep_alive = is_5 && o->server_keep_alive != 0 && is_too_long;
  if (answer->tells_keep_alive) p->keep_alive = o->server_keep_alive;

  answer->aliases = is_5 ? o->topic_alias_maximum : 0;
  answer->receive_maximum = is_5 ? o->receive_maximum : UINT16_MAX;
  if (mw_property_number(properties, MQTTWILL_PROPERTY_REQUEST_RESPONSE_INFORMATION, 0) == 1)
    answer->response_information = mw_slice_text(o->response_information);
}

static void write_unavailable(struct mw_writer *w, uint8_t identifier, bool is_available) {
  if (!is_available) mw_write_property_number(w, identifier, 0);
}

static void write_answer(struct mw_writer *w, const struct mw_peer *p, const struct mw_answer *a) {
  const struct mw_broker_options *o = &p->broker->options;
  if (a->aliases > 0) mw_write_property_number(w, MQTTWILL_PROPERTY_TOPIC_ALIAS_MAXIMUM, a->aliases);
  if (a->tells_expiry) mw_write_property_number(w, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, a->expiry);
  if (a->assigned_id.len > 0)
    mw_write_property_bytes(w, MQTTWILL_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER, a->assigned_id);
  if (a->tells_keep_alive) mw_write_property_number(w, MQTTWILL_PROPERTY_SERVER_KEEP_ALIVE, p->keep_alive);
  if (o->maximum_qos < 2) mw_write_property_number(w, MQTTWILL_PROPERTY_MAXIMUM_QOS, o->maximum_qos);
  write_unavailable(w, MQTTWILL_PROPERTY_RETAIN_AVAILABLE, o->retain_available);
  write_unavailable(w, MQTTWILL_PROPERTY_WILDCARD_SUBSCRIPTION_AVAILABLE, o->wildcard_available);
  write_unavailable(w, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER_AVAILABLE, o->identifiers_available);
  write_unavailable(w, MQTTWILL_PROPERTY_SHARED_SUBSCRIPTION_AVAILABLE, o->shared_available);
  if (o->packet_size < MW_MAX_PACKET)
    mw_write_property_number(w, MQTTWILL_PROPERTY_MAXIMUM_PACKET_SIZE, o->packet_size);
  if (a->response_information.len > 0)
    mw_write_property_bytes(w, MQTTWILL_PROPERTY_RESPONSE_INFORMATION, a->response_information);
  if (a->receive_maximum < UINT16_MAX)
    mw_write_property_number(w, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, a->receive_maximum);
}

/* The CONNACK's properties in the scratch buffer. False: out of memory. */
static bool build_answer(struct mw_peer *p, const struct mw_answer *answer, struct mw_slice *properties) {
  struct mw_writer w;
  *properties = mw_slice(NULL, 0);
  if (p->version < MW_MQTT_5) return true;
  mw_writer_init_counting(&w);
  write_answer(&w, p, answer);
  if (w.len == 0) return true;
  uint8_t *room = mw_buffer_reserve(mw_broker_scratch(p->broker), w.len);
  if (room == NULL) return false;
  *properties = mw_slice(room, w.len);
  mw_writer_init(&w, room, w.len);
  write_answer(&w, p, answer);
  return true;
}

static size_t connack_size(const struct mw_peer *p, struct mw_slice properties) {
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_connack_encode(&w, p->version, &(struct mw_connack){.properties = properties});
  return w.len;
}

/* What need not be said is left unsaid, and then not granted, until the packet fits the client's Maximum
 * Packet Size. False: it never does. */
static bool say_less(struct mw_answer *answer) {
  if (answer->response_information.len > 0)
    answer->response_information = mw_slice(NULL, 0);
  else if (answer->aliases > 0)
    answer->aliases = 0;
  else if (answer->receive_maximum < UINT16_MAX)
    answer->receive_maximum = UINT16_MAX;
  else
    return false;
  return true;
}

/* Room in the output for the CONNACK, before anything is done that it promises. NULL: refused. */
static uint8_t *reserve_connack(struct mw_peer *p, struct mw_answer *answer, struct mw_slice *properties,
                                size_t *size) {
  do {
    if (!build_answer(p, answer, properties)) {
      refuse(p, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_UNAVAILABLE);
      return NULL;
    }
    *size = connack_size(p, *properties);
  } while (*size > p->maximum_packet_size && say_less(answer));
  if (*size > p->maximum_packet_size) {
    refuse(p, MQTTWILL_ERR_PACKET_TOO_LARGE, MQTTWILL_REASON_PACKET_TOO_LARGE);
    return NULL;
  }
  uint8_t *room = mw_chain_extend(&p->out, *size);
  if (room == NULL) refuse(p, MQTTWILL_ERR_MEMORY, NO_REASON);
  return room;
}

/* ---- accepting ---- */

/* An identifier that nobody has: "auto-" and 16 random bytes in hexadecimal. */
static struct mw_slice assign_id(const struct mw_broker *b, uint8_t id[ASSIGNED_ID]) {
  static const char digits[] = "0123456789abcdef";
  do {
    uint8_t random[16];
    b->hooks.random(b->hooks.context, random, sizeof random);
    memcpy(id, "auto-", 5);
    for (size_t i = 0; i < sizeof random; i++) {
      id[5 + 2 * i] = (uint8_t)digits[random[i] >> 4];
      id[6 + 2 * i] = (uint8_t)digits[random[i] & 15];
    }
  } while (mw_sessions_find(b, mw_slice(id, ASSIGNED_ID)) != NULL);
  return mw_slice(id, ASSIGNED_ID);
}

/* 3.1.4: ends the client id's old connection [MQTT-3.1.4-3], and with Clean Start its session
 * [MQTT-3.1.2-4]. NULL: out of memory. */
static struct mw_broker_session *open_session(struct mw_broker *b, struct mw_slice client_id, bool is_clean,
                                              bool *is_present) {
  struct mw_broker_session *s = mw_sessions_find(b, client_id);
  if (s != NULL && s->peer != NULL)
    mw_peer_end(s->peer, &(struct mw_ending){is_clean ? MW_END_TAKEOVER_CLEAN : MW_END_TAKEOVER_RESUME,
                                             MQTTWILL_OK, MQTTWILL_REASON_SESSION_TAKEN_OVER, true});
  else if (s != NULL)
    mw_sessions_catch_up(b, s);

  s = mw_sessions_find(b, client_id);
  if (s != NULL) mw_wills_publish(b, mw_wills_take(b, s, is_clean ? MW_END_RESTARTED : MW_END_RESUMED), s);
  if (s != NULL && is_clean) {
    mw_sessions_end(b, s);
    s = NULL;
  }
  *is_present = s != NULL;
  return s != NULL ? s : mw_sessions_add(b, client_id);
}

static void attach(struct mw_peer *p, struct mw_broker_session *s, const struct mw_answer *answer) {
  mw_heap_remove(&p->broker->session_expiries, &s->expiry_node);
  s->peer = p;
  s->expiry = answer->expiry;
  s->connection++;
  s->outstanding = s->unreleased = 0;
  p->session = s;
  p->phase = MW_PEER_OPEN;
  p->granted_aliases = answer->aliases;
  p->granted_receive_maximum = answer->receive_maximum;
  mw_peer_restart_keep_alive(p);
}

static void write_connack(struct mw_peer *p, uint8_t *room, size_t size, struct mw_slice properties) {
  struct mw_writer w;
  mw_writer_init(&w, room, size);
  mw_connack_encode(&w, p->version, &(struct mw_connack){.properties = properties});
  p->unsent += size;
  mw_peer_give_news(p);
}

/* Sets the one bit that is known last; a reserved one in 3.1. */
static void mark_session_present(const struct mw_peer *p, uint8_t *connack, size_t size) {
  struct mw_fixed_header header;
  if (p->version == MW_MQTT_3_1) return;
  if (mw_fixed_header_decode(&header, p->version, mw_slice(connack, size)) == 0) connack[header.size] = 1;
}

/* Takes over the will. */
static void accept_client(struct mw_peer *p, const struct mw_connect *connect, struct mw_slice client_id,
                          struct mw_answer *answer, struct mw_publication *will) {
  struct mw_broker *b = p->broker;
  struct mw_slice properties;
  size_t size;
  uint8_t *room = reserve_connack(p, answer, &properties, &size);
  if (room == NULL) {
    mw_publication_release(will);
    return;
  }
  /* The scratch buffer is needed for the old connection's will: the CONNACK is written now and its one bit
   * later, before a byte of it has left. */
  write_connack(p, room, size, properties);
  bool is_present;
  struct mw_broker_session *s = open_session(b, client_id, connect->clean_start, &is_present);
  if (s == NULL) {
    mw_publication_release(will);
    mw_chain_fini(&p->out);
    p->unsent = 0;
    refuse(p, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_UNAVAILABLE);
    return;
  }
  if (is_present) mark_session_present(p, room, size);
  attach(p, s, answer);
  if (will != NULL) {
    uint32_t delay = mw_property_number(connect->will.properties, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 0);
    mw_wills_arm(b, s, will, delay, p->version);
  }
  mw_delivery_resume(b, s);
}

void mw_on_connect(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_connect connect;
  int status = mw_connect_decode(&connect, 0, header->flags, body);
  if (status != MQTTWILL_OK) {
    refuse_undecodable(p, status, body);
    return;
  }
  struct mw_answer answer = {0};
  read_terms(p, &connect, &answer);
  if (!is_acceptable(p, &connect)) return;

  uint8_t assigned[ASSIGNED_ID];
  struct mw_slice client_id = connect.client_id;
  if (client_id.len == 0) client_id = answer.assigned_id = assign_id(p->broker, assigned);
  struct mw_publication *will = NULL;
  if (connect.has_will && (will = mw_publication_new(&connect.will, p->broker->now)) == NULL) {
    refuse(p, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_UNAVAILABLE);
    return;
  }
  accept_client(p, &connect, client_id, &answer, will);
}
