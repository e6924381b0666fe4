/* SPDX-License-Identifier: MIT
 * Packets on their way out: each is counted, given its room in the chain, and written there. Called by the
 * other files of session/. */
#include "session/internal.h"
#include "wire/disconnect.h"
#include "wire/ping.h"

#include <mqttwill/status.h>

/* Turns a writer that has counted a packet into one that writes it into the chain. */
static int begin(struct mw_session *s, struct mw_writer *w) {
  size_t len = w->len;
  if (mw_writer_status(w) != MQTTWILL_OK) return mw_writer_status(w);
  if (len > s->grants.maximum_packet_size) return MQTTWILL_ERR_PACKET_TOO_LARGE;
  uint8_t *room = mw_chain_extend(&s->out, len);
  if (room == NULL) return MQTTWILL_ERR_MEMORY;
  s->outbound.written += len;
  mw_writer_init(w, room, len);
  return MQTTWILL_OK;
}

/* Session expiry, receive maximum and packet size are options of their own; the rest comes as the program
 * built it. */
static int connect_properties(const struct mw_session_options *o, struct mw_buffer *list) {
  const struct {
    uint8_t identifier;
    enum mw_property_type type;
    uint32_t value, standard; /* the value that absence means, section 3.1.2.11 */
  } own[] = {
      {MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, MW_PROPERTY_FOUR_BYTE, o->session_expiry, 0},
      {MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, MW_PROPERTY_TWO_BYTE, o->receive_maximum, UINT16_MAX},
      {MQTTWILL_PROPERTY_MAXIMUM_PACKET_SIZE, MW_PROPERTY_FOUR_BYTE, o->maximum_packet_size, MW_MAX_PACKET},
  };
  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
    if (own[i].value == own[i].standard) continue;
    struct mw_property property = {
        .identifier = own[i].identifier, .type = own[i].type, .number = own[i].value};
    int status = mw_properties_put(list, &property, false);
    if (status != MQTTWILL_OK) return status;
  }
  return mw_buffer_append(list, o->properties.data, o->properties.len);
}

int mw_send_connect(struct mw_session *s) {
  const struct mw_session_options *o = s->options;
  struct mw_buffer properties = {0};
  if (o->version == MW_MQTT_5) {
    int status = connect_properties(o, &properties);
    if (status != MQTTWILL_OK) {
      mw_buffer_fini(&properties);
      return status;
    }
  }
  struct mw_connect connect = {
      .version = o->version,
      .clean_start = o->clean_start,
      .keep_alive = o->keep_alive,
      .client_id = mw_session_client_id(s),
      .properties = mw_buffer_view(&properties),
      .has_will = o->will != NULL,
      .has_username = o->has_username,
      .has_password = o->has_password,
      .username = o->username,
      .password = o->password,
  };
  if (o->will != NULL) connect.will = *o->will;
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_connect_encode(&w, o->version, &connect);
  int status = begin(s, &w);
  if (status == MQTTWILL_OK) mw_connect_encode(&w, o->version, &connect);
  mw_buffer_fini(&properties);
  return status;
}

int mw_send_publish(struct mw_session *s, const struct mw_publish *publish) {
  struct mw_writer w;
  mw_writer_init_counting(&w);
  w.len = mw_publish_size(s->version, publish);
  if (w.len == 0) return MQTTWILL_ERR_TOO_LONG;
  int status = begin(s, &w);
  if (status == MQTTWILL_OK) mw_publish_encode(&w, s->version, publish);
  return status;
}

int mw_send_ack(struct mw_session *s, enum mw_packet_type type, uint16_t packet_id, uint8_t reason) {
  struct mw_ack ack = {.type = type, .packet_id = packet_id, .reason = reason};
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_ack_encode(&w, s->version, &ack);
  int status = begin(s, &w);
  if (status == MQTTWILL_OK) mw_ack_encode(&w, s->version, &ack);
  return status;
}

int mw_send_subscribe(struct mw_session *s, const struct mw_subscribe *subscribe) {
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_subscribe_encode(&w, s->version, subscribe);
  int status = begin(s, &w);
  if (status == MQTTWILL_OK) mw_subscribe_encode(&w, s->version, subscribe);
  return status;
}

int mw_send_disconnect(struct mw_session *s, uint8_t reason, struct mw_slice properties) {
  struct mw_disconnect disconnect = {.reason = reason, .properties = properties};
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_disconnect_encode(&w, s->version, &disconnect);
  int status = begin(s, &w);
  if (status == MQTTWILL_OK) mw_disconnect_encode(&w, s->version, &disconnect);
  return status;
}

int mw_send_ping(struct mw_session *s) {
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_ping_encode(&w, MW_PINGREQ);
  int status = begin(s, &w);
  if (status == MQTTWILL_OK) mw_ping_encode(&w, MW_PINGREQ);
  return status;
}
