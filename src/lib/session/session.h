/* SPDX-License-Identifier: MIT
 * One client's side of MQTT, without I/O: bytes and time in, bytes, a deadline and events out. client/ joins
 * it to a socket and to the user; tests join it to scripts. All times are monotonic milliseconds that the
 * caller passes in.
 *
 *   open      the transport is up: CONNECT is written
 *   feed      bytes from the peer; at most one event a call
 *   pull      take s->out (mw_chain_take), send it, tell mw_session_sent(); put back what was not sent
 *   tick      the deadline was reached
 *   submit    publish, subscribe, unsubscribe, disconnect, ack
 *   next      further events; drain it after every other door
 *   lost      the transport is gone (or was closed because mw_session_wants_close())
 *
 * Whatever the protocol remembers between connections (messages in flight, packet identifiers received) stays
 * in the session from lost to the next open. MQTT 5 sections 3, 4.1, 4.3, 4.4, 4.9, 4.13. */
#ifndef MW_SESSION_SESSION_H
#define MW_SESSION_SESSION_H

#include "base/buffer.h"
#include "base/chain.h"
#include "session/inbound.h"
#include "session/outbound.h"
#include "wire/connect.h"
#include "wire/publish.h"
#include "wire/subscribe.h"

/* What the user wants; owned by the caller, and read at every open: what CONNECT says holds for its
 * connection, whatever is changed here meanwhile. It must outlive the connection. */
struct mw_session_options {
  uint8_t version;
  bool clean_start;
  bool manual_ack;
  bool has_username, has_password;
  uint16_t keep_alive;          /* seconds */
  uint16_t receive_maximum;     /* how many inbound QoS 1 and 2 messages may be unacknowledged */
  uint32_t ping_timeout_ms;     /* PINGRESP's deadline */
  uint32_t session_expiry;      /* seconds */
  uint32_t maximum_packet_size; /* inbound */
  uint32_t server_packet_size;  /* what this server was found to accept, for CONNECT; 0: not known */
  size_t outbound_limit;        /* bytes of messages unsent or unacknowledged */
  struct mw_slice client_id, username, password;
  struct mw_slice properties;      /* further CONNECT properties, encoded; not those that have a field here */
  const struct mw_will_view *will; /* NULL: none */
};

enum mw_phase {
  MW_PHASE_CLOSED,  /* no connection */
  MW_PHASE_OPENING, /* CONNECT written, CONNACK awaited */
  MW_PHASE_OPEN,
  MW_PHASE_DRAINING, /* a disconnect was asked for: what is in flight is awaited */
  MW_PHASE_ENDED     /* our last packet is written, or the peer's was read: flush, then close the transport */
};

enum mw_event_type {
  MW_EVENT_NONE,
  MW_EVENT_CONNECTED, /* status OK; session_present, properties */
  MW_EVENT_MESSAGE,   /* message, token (0: QoS 0); the views live until the next call of any door */
  MW_EVENT_COMPLETED, /* operation, status, reason, reasons, properties */
  MW_EVENT_DRAINED,   /* after MQTTWILL_ERR_FULL: half of the limit is free again */
  MW_EVENT_CLOSED /* the connection, or the attempt, is over: status, reason, properties; exactly one after
                     each open */
};

struct mw_event {
  enum mw_event_type type;
  int status;
  int reason; /* the server's reason or return code; -1: none came */
  int64_t operation;
  bool session_present;
  uint64_t token;
  struct mw_publish message;  /* unspecified in every other event */
  struct mw_slice properties; /* of the packet behind the event */
  struct mw_slice reasons;    /* SUBACK, UNSUBACK */
};

/* What the server granted, valid from CONNACK on; before it, the widest values. */
struct mw_grants {
  uint8_t maximum_qos;
  bool retain_available, wildcard_available, identifiers_available, shared_available, session_present;
  uint16_t keep_alive; /* seconds, in force */
  uint16_t receive_maximum;
  uint16_t topic_alias_maximum;
  uint32_t session_expiry; /* seconds, in force */
  uint32_t maximum_packet_size;
};

struct mw_asked { /* in CONNECT */
  bool clean_start;
  uint16_t receive_maximum;
  uint32_t maximum_packet_size, session_expiry;
};

struct mw_session {
  const struct mw_session_options *options;
  uint8_t phase;   /* enum mw_phase */
  uint8_t version; /* of this connection, or of the last one */
  uint8_t goodbye_reason;
  bool ping_pending;  /* PINGRESP awaited */
  bool deaf;          /* the caller does not read: no answer can come */
  bool in_done;       /* the packet in `in` has been handled */
  bool goodbye;       /* our own DISCONNECT is why the connection ends */
  bool closed_untold; /* MW_EVENT_CLOSED is owed */
  int close_status;   /* why the connection ended; MQTTWILL_OK while that is open */
  int close_reason;   /* -1: none came */
  int goodbye_status; /* what the disconnect operation ends with */
  uint32_t unread; /* the caller's: owed messages that the program has not got; a disconnect does not wait for
                      them */
  struct mw_chain out;                /* bytes to send */
  struct mw_buffer in;                /* an inbound packet that has not arrived whole */
  struct mw_slice close_properties;   /* draining: of our DISCONNECT to come; then a copy: of the CONNACK or
                                         DISCONNECT that ended the connection */
  struct mw_slice assigned_client_id; /* owned, as these properties are */
  struct mw_outbound outbound;
  struct mw_inbound inbound;
  struct mw_asked asked;
  struct mw_grants grants;
  size_t drain_at; /* MW_EVENT_DRAINED is owed at this use of the queue; SIZE_MAX: not owed */
  int64_t last_operation;
  int64_t disconnect_operation; /* 0: none */
  uint64_t disconnect_deadline;
  uint64_t last_sent, last_received; /* ms */
  uint64_t ping_deadline;            /* of the PINGRESP awaited */
};

void mw_session_init(struct mw_session *s, const struct mw_session_options *options);
/* Forgets everything without events: call mw_session_abandon() and drain mw_session_next() before. */
void mw_session_fini(struct mw_session *s);

/* MQTTWILL_OK, MQTTWILL_ERR_STATE unless closed; MQTTWILL_ERR_MEMORY, MQTTWILL_ERR_TOO_LONG,
 * MQTTWILL_ERR_VERSION, _CLIENT_ID: nothing written, still closed. */
int mw_session_open(struct mw_session *s, uint64_t now);

/* Consumes a prefix of `bytes`, at least one byte, and up to one event; call it again with the rest. After
 * the phase became ENDED or CLOSED everything is consumed and ignored. */
size_t mw_session_feed(struct mw_session *s, struct mw_slice bytes, uint64_t now, struct mw_event *event);

/* Whether the caller reads what comes. While it does not, because the program has left too many messages
 * unread, PINGREQs go on leaving, but their answers, which lie unread too, are not missed. */
void mw_session_listen(struct mw_session *s, bool listening, uint64_t now);

/* The next event that waits, until it answers false (event->type NONE then). */
bool mw_session_next(struct mw_session *s, struct mw_event *event);

/* `bytes` of what was taken from s->out have left. */
void mw_session_sent(struct mw_session *s, size_t bytes, uint64_t now);

/* When tick wants to be called; MW_NEVER (base/heap.h) for never. Changes with every door. */
uint64_t mw_session_deadline(const struct mw_session *s);
void mw_session_tick(struct mw_session *s, uint64_t now);

/* True once nothing but s->out is left to do with the transport. */
bool mw_session_wants_close(const struct mw_session *s);
/* The transport is gone. `status` says why unless the session knows better (MQTTWILL_OK after our own
 * DISCONNECT). QoS 0, SUBSCRIBE and UNSUBSCRIBE operations end; QoS 1 and 2 messages stay for the next open.
 */
void mw_session_lost(struct mw_session *s, int status);
/* Every operation that is left ends with `status`; only when closed. */
void mw_session_abandon(struct mw_session *s, int status);

/* Submit: an operation number, or a negative status and nothing changed. */
int64_t mw_session_publish(struct mw_session *s, const struct mw_publish *message);
/* `request->filters` is the list of the wire (mw_write_filter); packet_id is chosen here. */
int64_t mw_session_subscribe(struct mw_session *s, const struct mw_subscribe *request);
/* Drains, then DISCONNECT; at `deadline` DISCONNECT all the same. A reason >= 0x80 does not wait. The
 * operation ends with mw_session_lost(). */
int64_t mw_session_disconnect(struct mw_session *s, uint8_t reason, struct mw_slice properties,
                              uint64_t deadline, uint64_t now);
/* Takes responsibility for a message: PUBACK or PUBREC leaves, in the order of arrival.
 * MQTTWILL_ERR_ARGUMENT: unknown token. */
int mw_session_ack(struct mw_session *s, uint64_t token);

/* The client identifier in use: the assigned one, where the server assigned one, else that of the options. */
struct mw_slice mw_session_client_id(const struct mw_session *s);

/* True while an operation has not ended. */
bool mw_session_is_pending(const struct mw_session *s, int64_t operation);

#endif
