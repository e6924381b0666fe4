/* SPDX-License-Identifier: MIT
 * One connection from the moment its socket is connected until it is gone: bytes between socket and session,
 * deadlines, and the order in which things are closed. Runs in the turner only. The lock is released around
 * each system call; what other threads may change meanwhile are the session's queues and the wishes (abort,
 * release), which are looked at afterwards. */
#include "base/alloc.h"
#include "client/internal.h"

#include <stdio.h>

enum {
  VIEWS = 64,           /* gathered into one write */
  LINGER_MS = 1000,     /* for the server's end of file after our last packet */
  LATE_GOODBYE_MS = 200 /* the same when the user's own deadline has passed */
};

/* ---- deadlines ---- */

void mw_client_schedule(mqttwill_client *client) {
  uint64_t due = client->deadline;
  if (client->phase == MW_CLIENT_ATTACHED) {
    uint64_t session = mw_session_deadline(&client->session);
    if (session < due) due = session;
  }
  /* A timer that is too early costs one look; moving it at every packet would cost more. */
  if (due < mw_timer_deadline(&client->timer)) mw_timer_set(client->loop->loop, &client->timer, due);
}

/* ---- the end of a connection ---- */

static void detach(mqttwill_client *client) {
  mw_source_remove(client->loop->loop, &client->source);
  mw_transport_close(&client->tcp.base);
  client->write_blocked = false;
}

static void pull_events(mqttwill_client *client);

/* The transport is given up; the session learns it, and then the user. */
static void lose(mqttwill_client *client, int status) {
  detach(client);
  client->phase = MW_CLIENT_IDLE;
  mw_session_lost(&client->session, status);
  mw_inbox_settle(client);
  pull_events(client);
}

static void lose_by_error(mqttwill_client *client, int status) {
  char text[64];
  if (status == MQTTWILL_ERR_NETWORK)
    client->system_error = mw_transport_error(&client->tcp.base, text, sizeof text);
  lose(client, status);
}

/* The server does not know MQTT 5, which was only our first choice (decision 13 of doc/design.md). */
static bool wants_3_1_1(const mqttwill_client *client, const struct mw_event *event) {
  return client->connect_operation != 0 && client->chosen_version == 0 &&
         client->session.version == MW_MQTT_5 && event->status == MQTTWILL_ERR_REFUSED &&
         event->reason == MQTTWILL_REASON_UNSUPPORTED_PROTOCOL_VERSION;
}

/* Tries again with 3.1.1, and remembers that for this server. */
static bool fall_back(mqttwill_client *client) {
  client->known_version = MW_MQTT_3_1_1;
  if (mw_options_complete(client, MW_MQTT_3_1_1) != MQTTWILL_OK) return false;
  if (mw_dial_start(client) != MQTTWILL_OK) return false;
  client->phase = MW_CLIENT_DIALING;
  return true;
}

static void describe_end(const mqttwill_client *client, const struct mw_event *event, char *text,
                         size_t size) {
  const char *detail = mqttwill_strerror(event->status);
  char reason[96] = "";
  char system[64];
  if (event->reason >= 0)
    (void)snprintf(reason, sizeof reason, ": %s (0x%02X)",
                   client->session.version == MW_MQTT_5 ? mqttwill_reason_text(event->reason)
                                                        : mqttwill_return_code_text(event->reason),
                   (unsigned)event->reason);
  if (event->status == MQTTWILL_ERR_NETWORK && client->system_error != 0) {
    mw_error_text(client->system_error, system, sizeof system);
    detail = system;
  }
  struct mw_slice said = mw_property_bytes(event->properties, MQTTWILL_PROPERTY_REASON_STRING);
  (void)snprintf(text, size, "%s:%u: %s%s%s%.*s", client->server->url.host, client->server->url.port, detail,
                 reason, said.len > 0 ? ": " : "", (int)(said.len < 128 ? said.len : 128),
                 said.len > 0 ? (const char *)said.data : "");
}

static void note_end(mqttwill_client *client, int status, int reason, const char *text) {
  client->phase = MW_CLIENT_IDLE;
  client->deadline = MW_NEVER;
  client->end_status = status;
  client->end_reason = reason;
  mw_free(client->end_text);
  client->end_text = mw_memdup(text, strlen(text));
}

/* What was learnt of the server holds no longer: the next attempt starts anew. */
static void unlearn_version(mqttwill_client *client, const struct mw_event *event) {
  if (event->status == MQTTWILL_ERR_REFUSED && client->options.version == client->known_version &&
      event->reason == MQTTWILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION)
    client->known_version = 0;
}

static void connection_ended(mqttwill_client *client, struct mw_event *event) {
  char text[384];
  const char *need = NULL;
  event->operation = client->connect_operation;
  if (wants_3_1_1(client, event)) {
    need = mw_options_need_5(client);
    if (need == NULL && fall_back(client)) return;
  }
  unlearn_version(client, event);
  if (need != NULL) {
    event->status = MQTTWILL_ERR_VERSION;
    (void)snprintf(text, sizeof text, "%s:%u: the server does not speak MQTT 5, and %s needs it",
                   client->server->url.host, client->server->url.port, need);
  } else if (client->told_late) {
    event->status = MQTTWILL_ERR_TIMEOUT;
    (void)snprintf(text, sizeof text, "%s:%u: connected, but no answer to CONNECT came in time",
                   client->server->url.host, client->server->url.port);
  } else {
    describe_end(client, event, text, sizeof text);
  }
  client->told_late = false;
  note_end(client, event->status, event->reason, text);
  mw_dispatch_connect(client, event, text);
}

void mw_connection_failed(mqttwill_client *client, int status, int system_error, const char *text) {
  char whole[384];
  struct mw_event event = {
      .type = MW_EVENT_CLOSED, .status = status, .reason = -1, .operation = client->connect_operation};
  client->system_error = system_error;
  (void)snprintf(whole, sizeof whole, "%s:%u: %s", client->server->url.host, client->server->url.port, text);
  note_end(client, status, -1, whole);
  mw_dispatch_connect(client, &event, whole);
}

static void pull_events(mqttwill_client *client) {
  struct mw_event event;
  while (mw_session_next(&client->session, &event)) {
    if (event.type == MW_EVENT_CLOSED)
      connection_ended(client, &event);
    else
      (void)mw_dispatch(client, &event); /* no message comes this way */
  }
}

/* ---- bytes in ---- */

static uint8_t *scratch(mqttwill_loop *loop) {
  if (loop->scratch == NULL) loop->scratch = mw_malloc(MW_SCRATCH);
  return loop->scratch;
}

static void feed(mqttwill_client *client, struct mw_slice bytes) {
  uint64_t now = mw_now(client->loop);
  while (bytes.len > 0 && client->phase == MW_CLIENT_ATTACHED && !client->abort_wanted &&
         !client->release_wanted) {
    struct mw_event event;
    size_t used = mw_session_feed(&client->session, bytes, now, &event);
    bytes = mw_slice_skip(bytes, used);
    int status = event.type != MW_EVENT_NONE ? mw_dispatch(client, &event) : MQTTWILL_OK;
    /* A message that cannot be kept: a server that keeps the session sends it again. */
    if (status != MQTTWILL_OK) lose(client, status);
  }
}

/* Reads once. False: nothing more to be had at present, or ever. */
static bool read_once(mqttwill_client *client) {
  mqttwill_loop *loop = client->loop;
  uint8_t *data = scratch(loop);
  size_t got = 0;
  int status = MQTTWILL_ERR_MEMORY;
  if (data != NULL) {
    mw_unlock(loop);
    status = mw_transport_read(&client->tcp.base, data, MW_SCRATCH, &got);
    mw_lock(loop);
  }
  if (status != MQTTWILL_OK) {
    lose_by_error(client, status);
    return false;
  }
  if (client->phase == MW_CLIENT_ATTACHED) feed(client, mw_slice(data, got));
  return got > 0 && client->phase != MW_CLIENT_IDLE;
}

/* ---- bytes out ---- */

/* The peer is gone for writing; what it said before may still lie in the socket and tell why. */
static void write_failed(mqttwill_client *client, int status) {
  char text[64];
  client->system_error = mw_transport_error(&client->tcp.base, text, sizeof text);
  while (client->phase == MW_CLIENT_ATTACHED && read_once(client)) {
  }
  if (client->phase != MW_CLIENT_IDLE) lose(client, status);
}

static void flush(mqttwill_client *client) {
  mqttwill_loop *loop = client->loop;
  struct mw_session *s = &client->session;
  if (client->write_blocked || s->out.len == 0) return;
  struct mw_chain chain = mw_chain_take(&s->out);
  int status = MQTTWILL_OK;
  size_t offered = 0, written = 0, total = 0;
  mw_unlock(loop);
  while (chain.len > 0 && status == MQTTWILL_OK && written == offered) {
    struct mw_slice views[VIEWS];
    size_t count = mw_chain_views(&chain, views, VIEWS);
    offered = 0;
    for (size_t i = 0; i < count; i++) offered += views[i].len;
    written = 0;
    status = mw_transport_write(&client->tcp.base, views, count, &written);
    mw_chain_consume(&chain, written);
    total += written;
  }
  mw_lock(loop);
  mw_session_sent(s, total, mw_now(loop));
  client->write_blocked = chain.len > 0;
  mw_chain_prepend(&s->out, &chain);
  if (status != MQTTWILL_OK) write_failed(client, status);
}

/* ---- closing ---- */

/* After our last packet our side is closed and the server's end of file awaited: closing at once, with bytes
 * of the server unread, would make the kernel send RST, which can destroy the DISCONNECT in the server's
 * hands. */
static void finish(mqttwill_client *client) {
  struct mw_session *s = &client->session;
  uint64_t now = mw_now(client->loop);
  bool ours_was_last = client->was_open && s->close_status != MQTTWILL_ERR_PING_TIMEOUT &&
                       s->close_status != MQTTWILL_ERR_DISCONNECTED &&
                       s->close_status != MQTTWILL_ERR_REFUSED;
  if (!ours_was_last) {
    lose(client, s->close_status);
    return;
  }
  if (!client->closing) {
    uint64_t deadline = now + LINGER_MS;
    if (s->goodbye && s->disconnect_deadline < deadline) deadline = s->disconnect_deadline;
    client->deadline = deadline < now + LATE_GOODBYE_MS ? now + LATE_GOODBYE_MS : deadline;
    client->closing = true;
  }
  if (s->out.len > 0) return; /* until the deadline */
  bool done = false;
  int status = mw_transport_finish(&client->tcp.base, &done);
  if (status != MQTTWILL_OK)
    lose_by_error(client, status);
  else if (done)
    client->phase = MW_CLIENT_LINGERING;
}

static void update_interest(mqttwill_client *client) {
  if (client->phase != MW_CLIENT_ATTACHED && client->phase != MW_CLIENT_LINGERING) return;
  bool reads = client->phase == MW_CLIENT_LINGERING || mw_inbox_has_room(client);
  unsigned wish = (client->write_blocked ? MW_IO_WRITE : 0u) | (reads ? MW_IO_READ : 0u);
  mw_session_listen(&client->session, reads, mw_now(client->loop));
  mw_source_want(client->loop->loop, &client->source, mw_transport_wants(&client->tcp.base, wish));
}

static void abort_connection(mqttwill_client *client, int status) {
  switch (client->phase) {
  case MW_CLIENT_DIALING:
    mw_dial_stop(client);
    mw_connection_failed(client, status, 0, mqttwill_strerror(status));
    break;
  case MW_CLIENT_ATTACHED:
  case MW_CLIENT_LINGERING:
    lose(client, status);
    break;
  default:
    break;
  }
}

static void release(mqttwill_client *client) {
  mqttwill_loop *loop = client->loop;
  while (client->phase != MW_CLIENT_IDLE)
    abort_connection(client, MQTTWILL_ERR_CANCELLED); /* a callback may reconnect */
  mw_session_abandon(&client->session, MQTTWILL_ERR_CANCELLED);
  pull_events(client);
  mw_timer_fini(loop->loop, &client->timer);
  mw_list_remove(&client->dirty);
  client->abort_wanted = false;
  client->released = true;
  mw_tell_change(loop);
}

/* ---- the turner's doors ---- */

void mw_client_service(mqttwill_client *client) {
  if (client->release_wanted) {
    release(client);
    if (client->free_when_released && client->callers == 0) mw_client_destroy(client);
    return;
  }
  if (client->abort_wanted) {
    abort_connection(client, MQTTWILL_ERR_CANCELLED);
    if (client->phase == MW_CLIENT_IDLE)
      client->abort_wanted = false;
    else if (client->abort_wanted)
      mw_client_touch(client); /* a callback connected, and gave that up as well */
    mw_tell_change(client->loop);
  }
  pull_events(client);
  if (client->phase == MW_CLIENT_ATTACHED) {
    flush(client);
    pull_events(client);
  }
  if (client->phase == MW_CLIENT_ATTACHED && mw_session_wants_close(&client->session)) finish(client);
  mw_dispatch_inbox(client);
  update_interest(client);
  mw_client_schedule(client);
  if (client->phase == MW_CLIENT_ATTACHED && client->session.out.len > 0 && !client->write_blocked)
    mw_client_touch(client); /* written while we looked away */
}

void mw_source_ready(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  (void)loop;
  mqttwill_client *client = MW_CONTAINER(source, mqttwill_client, source);
  if ((events & (MW_IO_WRITE | MW_IO_ERROR)) != 0) client->write_blocked = false;
  if ((events & (MW_IO_READ | MW_IO_ERROR)) != 0) (void)read_once(client);
  mw_client_touch(client);
}

static void deadline_passed(mqttwill_client *client) {
  switch (client->phase) {
  case MW_CLIENT_DIALING:
    mw_dial_stop(client);
    mw_connection_failed(client, MQTTWILL_ERR_TIMEOUT, 0, "no connection in time");
    break;
  case MW_CLIENT_ATTACHED:
    client->told_late = client->connect_operation != 0 && !mw_session_wants_close(&client->session);
    lose(client, client->told_late ? MQTTWILL_ERR_TIMEOUT : MQTTWILL_ERR_CANCELLED);
    break;
  case MW_CLIENT_LINGERING:
    lose(client, MQTTWILL_OK);
    break;
  default:
    break;
  }
}

void mw_timer_due(struct mw_loop *loop, struct mw_timer *timer) {
  mqttwill_client *client = MW_CONTAINER(timer, mqttwill_client, timer);
  uint64_t now = mw_loop_now(loop);
  if (client->release_wanted) {
    mw_client_touch(client);
    return;
  }
  if (now >= client->deadline)
    deadline_passed(client);
  else if (client->phase == MW_CLIENT_ATTACHED)
    mw_session_tick(&client->session, now);
  mw_client_touch(client);
}

void mw_connection_attach(mqttwill_client *client) {
  uint64_t now = mw_now(client->loop);
  struct mw_will_view will = mw_will_view(&client->will);
  client->options.will = mw_will_is_set(&client->will) ? &will : NULL;
  client->options.properties = client->connect_properties;
  int status = mw_session_open(&client->session, now);
  client->options.will = NULL; /* both are in CONNECT now, and the program may replace them */
  client->options.properties = mw_slice(NULL, 0);
  client->server_known = false; /* until CONNACK grants anew */
  client->phase = MW_CLIENT_ATTACHED;
  client->will_changed = client->closing = false;
  client->system_error = 0;
  if (status == MQTTWILL_OK) {
    mw_source_want(client->loop->loop, &client->source, MW_IO_READ);
    mw_client_touch(client);
  } else {
    detach(client);
    mw_connection_failed(client, status, 0, mqttwill_strerror(status));
  }
}
