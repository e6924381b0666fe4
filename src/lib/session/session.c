/* SPDX-License-Identifier: MIT
 * The life of a session: open, bytes in, time, and the end. See session.h; the packets are handled in
 * receive.c, requests in submit.c. Called by client/ and by the tests. */
#include "session/session.h"

#include "base/heap.h"
#include "session/internal.h"

#include <mqttwill/status.h>

static const struct mw_grants widest_grants = {
    .maximum_qos = 2,
    .retain_available = true,
    .wildcard_available = true,
    .identifiers_available = true,
    .shared_available = true,
    .receive_maximum = UINT16_MAX,
    .maximum_packet_size = MW_MAX_PACKET,
};

void mw_session_init(struct mw_session *s, const struct mw_session_options *options) {
  *s = (struct mw_session){.options = options, .grants = widest_grants, .drain_at = SIZE_MAX};
  mw_outbound_init(&s->outbound);
}

void mw_session_fini(struct mw_session *s) {
  mw_chain_fini(&s->out);
  mw_buffer_fini(&s->in);
  mw_slice_drop(&s->close_properties);
  mw_slice_drop(&s->assigned_client_id);
  mw_outbound_fini(&s->outbound);
  mw_inbound_fini(&s->inbound);
}

/* All but `message`, which counts in MW_EVENT_MESSAGE only: this runs for every packet and every event, and
 * zeroing the whole struct was a sixth of what a publish costs here. */
void mw_session_clear_event(struct mw_event *event) {
  event->type = MW_EVENT_NONE;
  event->status = MQTTWILL_OK;
  event->reason = -1;
  event->operation = 0;
  event->session_present = false;
  event->token = 0;
  event->properties = mw_slice(NULL, 0);
  event->reasons = mw_slice(NULL, 0);
}

struct mw_slice mw_session_client_id(const struct mw_session *s) {
  return s->options->client_id.len > 0 ? s->options->client_id : s->assigned_client_id;
}

/* ---- open ---- */

static int check_options(const struct mw_session *s, const struct mw_session_options *o) {
  if (o->version != MW_MQTT_5) {
    if (o->properties.len > 0 || o->session_expiry > 0) return MQTTWILL_ERR_VERSION;
    if (o->will != NULL && o->will->properties.len > 0) return MQTTWILL_ERR_VERSION;
    if (o->has_password && !o->has_username) return MQTTWILL_ERR_VERSION; /* 3.1.1 [MQTT-3.1.2-22] */
    bool nameless = o->client_id.len == 0 && s->assigned_client_id.len == 0;
    if (nameless && (o->version == MW_MQTT_3_1 || !o->clean_start)) return MQTTWILL_ERR_CLIENT_ID;
  }
  return MQTTWILL_OK;
}

int mw_session_open(struct mw_session *s, uint64_t now) {
  const struct mw_session_options *options = s->options;
  if (s->phase != MW_PHASE_CLOSED || s->closed_untold) return MQTTWILL_ERR_STATE;
  int status = check_options(s, options);
  if (status != MQTTWILL_OK) return status;
  s->version = options->version;
  s->grants = widest_grants;
  if (options->server_packet_size > 0) s->grants.maximum_packet_size = options->server_packet_size;
  status = mw_send_connect(s);
  if (status != MQTTWILL_OK) return status;
  s->asked = (struct mw_asked){
      .clean_start = options->clean_start,
      .receive_maximum = options->receive_maximum,
      .maximum_packet_size = options->maximum_packet_size,
      .session_expiry = options->session_expiry,
  };
  s->grants.keep_alive = options->keep_alive;
  s->grants.session_expiry = options->session_expiry;
  s->phase = MW_PHASE_OPENING;
  s->ping_pending = s->deaf = s->goodbye = false;
  s->close_status = MQTTWILL_OK;
  s->close_reason = -1;
  s->disconnect_operation = 0;
  s->last_sent = s->last_received = now;
  mw_slice_drop(&s->close_properties);
  mw_inbound_reopen(&s->inbound);
  return MQTTWILL_OK;
}

/* ---- the end ---- */

void mw_session_end(struct mw_session *s, int status) {
  if (s->phase == MW_PHASE_ENDED || s->phase == MW_PHASE_CLOSED) return;
  s->phase = MW_PHASE_ENDED;
  s->close_status = status;
  mw_slice_drop(&s->close_properties); /* a goodbye that is not said any more */
}

void mw_session_fail(struct mw_session *s, int status) {
  /* 4.13: a DISCONNECT with the reason, unless CONNACK has not come. If there is no memory for it, closing
   * says enough. */
  if (s->version == MW_MQTT_5 && (s->phase == MW_PHASE_OPEN || s->phase == MW_PHASE_DRAINING))
    (void)mw_send_disconnect(s, (uint8_t)mw_reason_of(status), mw_slice(NULL, 0));
  mw_session_end(s, status);
}

void mw_session_keep_properties(struct mw_session *s, struct mw_slice properties) {
  (void)mw_slice_keep(&s->close_properties, properties);
}

static void say_goodbye(struct mw_session *s) {
  int status = mw_send_disconnect(s, s->goodbye_reason, s->close_properties);
  s->goodbye = status == MQTTWILL_OK;
  mw_session_end(s, status);
}

void mw_session_drain(struct mw_session *s) {
  if (s->phase != MW_PHASE_DRAINING) return;
  if (s->outbound.count == 0 && s->inbound.owed_count <= s->unread) say_goodbye(s);
}

bool mw_session_wants_close(const struct mw_session *s) {
  return s->phase == MW_PHASE_ENDED;
}

/* QoS 1 and 2 messages wait for the next connection; what belonged to this one alone ends with it. */
static void ground_flights(struct mw_session *s) {
  struct mw_outbound *o = &s->outbound;
  int unanswered = s->close_status != MQTTWILL_OK ? s->close_status : MQTTWILL_ERR_CANCELLED;
  for (uint32_t i = 0; i < o->count; i++) {
    struct mw_flight *flight = mw_outbound_at(o, i);
    if (flight->state == MW_FLIGHT_SUBACK || flight->state == MW_FLIGHT_UNSUBACK)
      mw_outbound_untell(o, flight, unanswered);
    else if (flight->state == MW_FLIGHT_PUBACK || flight->state == MW_FLIGHT_PUBREC)
      flight->state = MW_FLIGHT_QUEUED;
  }
  o->next = 0;
  o->in_window = 0;
}

void mw_session_lost(struct mw_session *s, int status) {
  if (s->phase == MW_PHASE_CLOSED) return;
  bool all_sent = s->outbound.sent == s->outbound.written;
  if (s->phase != MW_PHASE_ENDED || (s->goodbye && !all_sent)) {
    mw_slice_drop(&s->close_properties);
    s->close_status = status;
    s->goodbye_status = status == MQTTWILL_OK ? MQTTWILL_ERR_CANCELLED : status;
    s->goodbye = false;
  } else if (!s->goodbye) {
    s->goodbye_status = s->close_status; /* something else ended it before our DISCONNECT did */
  }
  s->phase = MW_PHASE_CLOSED;
  s->closed_untold = true;
  mw_chain_fini(&s->out);
  mw_buffer_fini(&s->in);
  s->in_done = false;
  ground_flights(s);
}

void mw_session_abandon(struct mw_session *s, int status) {
  for (uint32_t i = 0; i < s->outbound.count; i++)
    mw_outbound_untell(&s->outbound, mw_outbound_at(&s->outbound, i), status);
}

/* ---- bytes in ---- */

static int check_size(const struct mw_session *s, const struct mw_fixed_header *header) {
  uint64_t size = (uint64_t)header->size + header->remaining;
  return size <= s->asked.maximum_packet_size ? MQTTWILL_OK : MQTTWILL_ERR_PACKET_TOO_LARGE;
}

/* Takes from `bytes` what the packet in s->in still lacks, a header byte at a time and then the body at once.
 * Answers how much was taken; *packet is the whole packet once it is there. */
static size_t gather(struct mw_session *s, struct mw_slice bytes, struct mw_fixed_header *header,
                     struct mw_slice *packet, int *status) {
  size_t used = 0;
  for (;;) {
    struct mw_slice have = mw_buffer_view(&s->in);
    size_t lack = 1;
    *status = have.len == 0 ? 1 : mw_fixed_header_decode(header, s->version, have);
    if (*status < 0) return used;
    if (*status == MQTTWILL_OK) {
      *status = check_size(s, header);
      if (*status != MQTTWILL_OK) return used;
      lack = header->size + header->remaining - have.len;
      if (lack == 0) {
        *packet = have;
        return used;
      }
    }
    if (used == bytes.len) {
      *status = MQTTWILL_OK;
      return used;
    }
    if (lack > bytes.len - used) lack = bytes.len - used;
    *status = mw_buffer_append(&s->in, bytes.data + used, lack);
    if (*status != MQTTWILL_OK) return used;
    used += lack;
  }
}

/* One packet, in place where it lies whole in `bytes`, else by way of s->in. */
static size_t next_packet(struct mw_session *s, struct mw_slice bytes, struct mw_fixed_header *header,
                          struct mw_slice *packet, int *status) {
  *packet = mw_slice(NULL, 0);
  if (mw_buffer_len(&s->in) == 0) {
    *status = mw_fixed_header_decode(header, s->version, bytes);
    if (*status < 0) return bytes.len;
    if (*status == MQTTWILL_OK) {
      *status = check_size(s, header);
      if (*status != MQTTWILL_OK) return bytes.len;
      if (bytes.len - header->size >= header->remaining) {
        *packet = mw_slice(bytes.data, header->size + header->remaining);
        return packet->len;
      }
    }
  }
  size_t used = gather(s, bytes, header, packet, status);
  s->in_done = packet->data != NULL;
  return used;
}

size_t mw_session_feed(struct mw_session *s, struct mw_slice bytes, uint64_t now, struct mw_event *event) {
  mw_session_clear_event(event);
  s->last_received = now;
  size_t used = 0;
  while (used < bytes.len && event->type == MW_EVENT_NONE) {
    if (s->phase == MW_PHASE_ENDED || s->phase == MW_PHASE_CLOSED) return bytes.len;
    if (s->in_done) mw_buffer_fini(&s->in);
    s->in_done = false;
    struct mw_fixed_header header;
    struct mw_slice packet;
    int status;
    used += next_packet(s, mw_slice_skip(bytes, used), &header, &packet, &status);
    if (status == MQTTWILL_OK && packet.data != NULL)
      status = mw_session_receive(s, &header, mw_slice_skip(packet, header.size), event);
    if (status != MQTTWILL_OK) mw_session_fail(s, status);
    mw_session_drain(s);
  }
  return used;
}

void mw_session_listen(struct mw_session *s, bool listening, uint64_t now) {
  if (s->deaf == !listening) return;
  s->deaf = !listening;
  if (!listening) return;
  s->last_received = now; /* only from here on does silence mean anything */
  s->ping_deadline = now + s->options->ping_timeout_ms;
}

void mw_session_sent(struct mw_session *s, size_t bytes, uint64_t now) {
  if (bytes == 0) return;
  s->outbound.sent += bytes;
  s->last_sent = now;
}

/* ---- events ---- */

static void tell_completed(struct mw_event *event, int64_t operation, int status) {
  event->type = MW_EVENT_COMPLETED;
  event->operation = operation;
  event->status = status;
}

/* A QoS 0 message that has left, or whose connection ended before it could, unless an older flight is to be
 * told first. */
static bool next_unsent(struct mw_session *s, const struct mw_flight *untold, struct mw_event *event) {
  const struct mw_unsent *first = mw_outbound_first_unsent(&s->outbound);
  if (first == NULL || (untold != NULL && untold->operation < first->operation)) return false;
  bool left = first->end <= s->outbound.sent;
  if (!left && s->phase != MW_PHASE_CLOSED) return false;
  tell_completed(event, first->operation, left ? MQTTWILL_OK : s->close_status);
  if (event->status == MQTTWILL_OK && !left) event->status = MQTTWILL_ERR_CANCELLED;
  mw_outbound_drop_unsent(&s->outbound);
  return true;
}

static bool next_untold(struct mw_session *s, struct mw_flight *untold, struct mw_event *event) {
  if (untold == NULL) return false;
  tell_completed(event, untold->operation, untold->status);
  mw_outbound_done(&s->outbound, untold);
  mw_session_drain(s);
  return true;
}

static bool next_goodbye(struct mw_session *s, struct mw_event *event) {
  if (s->disconnect_operation == 0 || s->phase != MW_PHASE_CLOSED) return false;
  tell_completed(event, s->disconnect_operation, s->goodbye_status);
  s->disconnect_operation = 0;
  return true;
}

static bool next_drained(struct mw_session *s, struct mw_event *event) {
  if (s->drain_at == SIZE_MAX || mw_outbound_used(&s->outbound) > s->drain_at) return false;
  if (s->outbound.count > UINT16_MAX / 2) return false; /* identifiers may be what is short */
  s->drain_at = SIZE_MAX;
  event->type = MW_EVENT_DRAINED;
  return true;
}

static bool next_closed(struct mw_session *s, struct mw_event *event) {
  if (!s->closed_untold) return false;
  s->closed_untold = false;
  s->outbound.sent = s->outbound.written; /* what was not sent never will be */
  event->type = MW_EVENT_CLOSED;
  event->status = s->close_status;
  event->reason = s->close_reason;
  event->properties = s->close_properties;
  return true;
}

/* Most calls find nothing: they come after every packet, and at the end of every walk. */
static bool is_anything_untold(const struct mw_session *s) {
  return s->outbound.unsent_count > 0 || s->outbound.untold > 0 || s->disconnect_operation != 0 ||
         s->drain_at != SIZE_MAX || s->closed_untold;
}

bool mw_session_next(struct mw_session *s, struct mw_event *event) {
  mw_session_clear_event(event);
  if (!is_anything_untold(s)) return false;
  struct mw_flight *untold = mw_outbound_untold(&s->outbound);
  return next_unsent(s, untold, event) || next_untold(s, untold, event) || next_goodbye(s, event) ||
         next_drained(s, event) || next_closed(s, event);
}

bool mw_session_is_pending(const struct mw_session *s, int64_t operation) {
  return operation == s->disconnect_operation || mw_outbound_is_pending(&s->outbound, operation);
}

/* ---- time ---- */

/* Early enough for a round trip before the keep alive is over, section 3.1.2.10 [MQTT-3.1.2-20]. A server
 * that is only listening, or only talking, is asked too: either way of the link may be dead. Where that
 * question is under way, or the answer would not be heard, only what we send counts. */
static uint64_t ping_due(const struct mw_session *s) {
  uint64_t keep_alive = (uint64_t)s->grants.keep_alive * 1000;
  if (keep_alive == 0) return MW_NEVER;
  uint64_t early = keep_alive / 4 < 5000 ? keep_alive / 4 : 5000;
  bool asks = !s->ping_pending && !s->deaf;
  uint64_t idle_since = asks && s->last_received < s->last_sent ? s->last_received : s->last_sent;
  return idle_since + keep_alive - early;
}

static bool awaits_pingresp(const struct mw_session *s) {
  return s->ping_pending && !s->deaf;
}

uint64_t mw_session_deadline(const struct mw_session *s) {
  if (s->phase != MW_PHASE_OPEN && s->phase != MW_PHASE_DRAINING) return MW_NEVER;
  uint64_t deadline = ping_due(s);
  if (awaits_pingresp(s) && s->ping_deadline < deadline) deadline = s->ping_deadline;
  if (s->phase == MW_PHASE_DRAINING && s->disconnect_deadline < deadline) deadline = s->disconnect_deadline;
  return deadline;
}

static void ping(struct mw_session *s, uint64_t now) {
  /* Asleep for longer than the server waits (a suspended device, a blocked loop): it has given us up already.
   */
  uint64_t rope = (uint64_t)s->grants.keep_alive * 1500;
  uint64_t last_sign = s->last_sent > s->last_received ? s->last_sent : s->last_received;
  int status = now - last_sign > rope ? MQTTWILL_ERR_PING_TIMEOUT : mw_send_ping(s);
  if (status != MQTTWILL_OK) {
    mw_session_end(s, status);
    return;
  }
  if (!s->ping_pending) s->ping_deadline = now + s->options->ping_timeout_ms;
  s->ping_pending = true;
  s->last_sent = now; /* a socket that takes nothing is not asked again and again */
  mw_outbound_trim(&s->outbound);
  mw_inbound_trim(&s->inbound);
}

void mw_session_tick(struct mw_session *s, uint64_t now) {
  if (now < mw_session_deadline(s)) return;
  if (s->phase == MW_PHASE_DRAINING && now >= s->disconnect_deadline) {
    s->goodbye_status = s->goodbye_reason < 0x80 ? MQTTWILL_ERR_TIMEOUT : MQTTWILL_OK;
    say_goodbye(s);
  } else if (awaits_pingresp(s) && now >= s->ping_deadline) {
    mw_session_end(s, MQTTWILL_ERR_PING_TIMEOUT);
  } else {
    ping(s, now);
  }
}
