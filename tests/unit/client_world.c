/* SPDX-License-Identifier: MIT
 * See client_world.h. */
#include "base/platform.h"

#include "client_world.h"

#include "wire/fixed_header.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  NOTICE_MS = 100, /* real time in which the kernel carries a byte over loopback, with a lot to spare */
  STALL_MS = 5,
  STALLS = 600 /* then the peer has waited in vain */
};

/* ---- the peer ---- */

static int listen_on(const char *address, uint16_t port, int backlog, uint16_t *chosen) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t len = sizeof own;
  ck_assert_int_eq(inet_pton(AF_INET, address, &own.sin_addr), 1);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  ck_assert_int_ge(fd, 0);
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ck_assert_int_eq(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
  ck_assert_int_eq(listen(fd, backlog), 0);
  ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &len), 0);
  *chosen = ntohs(own.sin_port);
  return fd;
}

static void close_peer(struct world *w) {
  if (w->peer >= 0) close(w->peer);
  w->peer = -1;
  mw_buffer_fini(&w->inbox);
}

static bool accept_client(struct world *w) {
  int fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return false;
  close_peer(w);
  w->peer = fd;
  return true;
}

/* Whatever has come; the answer of the last recv(). */
static ssize_t read_peer(struct world *w) {
  uint8_t bytes[4096];
  ssize_t len;
  while ((len = recv(w->peer, bytes, sizeof bytes, 0)) > 0)
    CK_OK(mw_buffer_append(&w->inbox, bytes, (size_t)len));
  return len;
}

static bool gets(struct world *w, struct mw_slice expected) {
  if (mw_buffer_len(&w->inbox) < expected.len) read_peer(w);
  struct mw_slice got = mw_buffer_view(&w->inbox);
  size_t len = got.len < expected.len ? got.len : expected.len;
  ck_bytes_eq(mw_slice(got.data, len), mw_slice(expected.data, len));
  if (len < expected.len) return false;
  mw_buffer_consume(&w->inbox, expected.len);
  return true;
}

static bool reads(struct world *w, uint64_t first) {
  struct mw_fixed_header header;
  read_peer(w);
  struct mw_slice got = mw_buffer_view(&w->inbox);
  if (got.len == 0 || mw_fixed_header_decode(&header, MW_MQTT_5, got) != MQTTWILL_OK) return false;
  if (got.len < header.size + header.remaining) return false;
  ck_assert_uint_eq(got.data[0], first);
  w->packet = hex_copy(mw_slice(got.data, header.size + header.remaining));
  mw_buffer_consume(&w->inbox, w->packet.len);
  return true;
}

static void says(struct world *w, struct mw_slice bytes) {
  for (size_t sent = 0; sent < bytes.len;) {
    ssize_t n = send(w->peer, bytes.data + sent, bytes.len - sent, MSG_NOSIGNAL);
    ck_assert_msg(n > 0 || errno == ECONNRESET || errno == EPIPE, "the peer cannot send: %d", errno);
    if (n <= 0) return;
    sent += (size_t)n;
  }
}

static bool sees_end(struct world *w, bool reset) {
  ssize_t len = read_peer(w);
  bool ended = len == 0, broken = len < 0 && (errno == ECONNRESET || errno == EPIPE);
  if (!ended && !broken) return false;
  ck_hex_eq(mw_buffer_view(&w->inbox), "");
  ck_assert_msg(broken == reset, "the client %s", ended ? "sent FIN" : "sent RST");
  return true;
}

static void reset_peer(struct world *w) {
  struct linger hard = {.l_onoff = 1};
  ck_assert_int_eq(setsockopt(w->peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
  close_peer(w);
}

static bool do_step(struct world *w, const struct peer_step *step) {
  switch (step->act) {
  case PEER_ACCEPT:
    return accept_client(w);
  case PEER_GETS:
    return gets(w, hex(step->hex));
  case PEER_READS:
    return reads(w, step->number);
  case PEER_SAYS:
    says(w, hex(step->hex));
    break;
  case PEER_ENDS:
    ck_assert_int_eq(shutdown(w->peer, SHUT_WR), 0);
    break;
  case PEER_CLOSES:
    close_peer(w);
    break;
  case PEER_RESETS:
    reset_peer(w);
    break;
  case PEER_SEES_FIN:
    return sees_end(w, false);
  case PEER_SEES_RST:
    return sees_end(w, true);
  default:
    return true;
  }
  w->acted = true;
  return true;
}

/* ---- the clock ---- */

static uint64_t world_now(void *argument) {
  return ((struct world *)argument)->now;
}

static const struct peer_step nothing = {PEER_DONE, 0, NULL};

static bool script_waits(const struct world *w, uint64_t *until) {
  *until = w->script_start + w->script->number;
  return w->script->act == PEER_AT && *until > w->now;
}

/* Nothing is ready for the client. The answer is how long it shall really wait. */
static int world_wait(void *argument, int timeout_ms) {
  struct world *w = argument;
  uint64_t until = 0;
  if (w->acted) { /* it has to notice that first */
    w->acted = false;
    return NOTICE_MS;
  }
  while (w->script->act != PEER_DONE && !script_waits(w, &until)) {
    if (!do_step(w, w->script)) {
      w->stalled++;
      ck_assert_msg(w->stalled < STALLS, "the peer waits in vain: act %d \"%s\"", w->script->act,
                    w->script->hex != NULL ? w->script->hex : "");
      return STALL_MS;
    }
    w->stalled = 0;
    w->script++;
    if (w->acted) return 0;
  }
  if (w->script->act == PEER_DONE) w->script = &nothing; /* its own end lies in a test's block */
  if (w->settling && w->script->act == PEER_DONE) {
    w->settled = true;
    return 0;
  }
  if (w->script->act == PEER_AT && (timeout_ms < 0 || until - w->now < (uint64_t)timeout_ms)) {
    w->now = until;
    return 0;
  }
  ck_assert_msg(timeout_ms > 0, "the client would wait for ever");
  w->now += (uint64_t)timeout_ms;
  return 0;
}

/* ---- playing ---- */

void world_script(struct world *w, const struct peer_step *script) {
  w->script = script;
  w->script_start = w->now;
  w->acted = true; /* a connection under way is noticed first */
}

void world_settle(struct world *w) {
  w->settling = true;
  w->settled = false;
  w->acted = true;
  while (!w->settled) CK_OK(mqttwill_loop_step(w->loop, 1000000));
  w->settling = false;
}

void world_play(struct world *w, const struct peer_step *script) {
  world_script(w, script);
  world_settle(w);
}

void world_pass(struct world *w, uint64_t ms) {
  uint64_t until = w->now + ms;
  while (w->now < until) CK_OK(mqttwill_loop_step(w->loop, (int)(until - w->now)));
  world_settle(w);
}

uint64_t world_ms(const struct world *w) {
  return w->now - w->start;
}

/* ---- the story ---- */

const char *world_text(const struct world *w, const char *text) {
  static char out[1024];
  char peer[64];
  size_t len = 0;
  snprintf(peer, sizeof peer, "127.0.0.1:%u", w->port);
  while (*text != '\0' && len < sizeof out - 8) {
    if (strncmp(text, peer, strlen(peer)) == 0) {
      memcpy(out + len, "PEER", 4);
      len += 4;
      text += strlen(peer);
    } else {
      out[len++] = *text++;
    }
  }
  out[len] = '\0';
  return out;
}

static void tell(struct world *w, const char *line) {
  size_t len = strlen(line);
  ck_assert_uint_lt(w->story_len + len, sizeof w->story);
  memcpy(w->story + w->story_len, line, len + 1);
  w->story_len += len;
}

static void tell_event(struct world *w, const char *what, const mqttwill_event *event) {
  char line[1200], reason[16] = "-";
  int code = mqttwill_event_reason(event);
  if (code >= 0) snprintf(reason, sizeof reason, "%02x", (unsigned)code);
  snprintf(line, sizeof line, "%u %s #%d %s %s %s\n", (unsigned)world_ms(w), what,
           (int)mqttwill_event_operation(event),
           mqttwill_status_name(mqttwill_event_status(event)) + strlen("MQTTWILL_"), reason,
           world_text(w, mqttwill_event_text(event)));
  tell(w, line);
  if (w->react != NULL) w->react(w, what);
}

static void on_connect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  bool done = mqttwill_event_status(event) == MQTTWILL_OK;
  tell_event(argument, done ? "connected" : "not connected", event);
}

static void on_disconnect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  tell_event(argument, "disconnected", event);
}

static void on_complete(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  tell_event(argument, "done", event);
}

static void on_drain(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  tell_event(argument, "drained", event);
}

static void on_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client;
  struct world *w = argument;
  char line[256];
  snprintf(line, sizeof line, "%u message q%d %s=%.*s\n", (unsigned)world_ms(w),
           mqttwill_message_qos(message), mqttwill_message_topic(message),
           (int)mqttwill_message_payload_length(message), (const char *)mqttwill_message_payload(message));
  tell(w, line);
  if (w->react != NULL) w->react(w, "message");
}

void world_forget(struct world *w) {
  w->story_len = 0;
  w->story[0] = '\0';
}

void ck_story(struct world *w, const char *expected) {
  ck_assert_str_eq(w->story, expected);
  world_forget(w);
}

/* ---- life ---- */

mqttwill_client *world_client(struct world *w, const char *client_id) {
  mqttwill_client *client = mqttwill_client_new(w->loop, client_id);
  if (client == NULL) return NULL;
  mqttwill_on_connect(client, on_connect, w);
  mqttwill_on_disconnect(client, on_disconnect, w);
  mqttwill_on_complete(client, on_complete, w);
  mqttwill_on_drain(client, on_drain, w);
  return client;
}

void world_hear_messages(struct world *w, mqttwill_client *client) {
  mqttwill_on_message(client, on_message, w);
}

void world_start(struct world *w) {
  *w = (struct world){.clock = {world_now, world_wait, w}, .now = 1000, .start = 1000, .peer = -1};
  w->script = &nothing;
  w->listener = listen_on("127.0.0.1", 0, 8, &w->port);
  snprintf(w->url, sizeof w->url, "mqtt://127.0.0.1:%u", w->port);
  w->loop = mw_client_loop_new(&w->clock);
  ck_assert_ptr_nonnull(w->loop);
  w->client = world_client(w, "dev");
  ck_assert_ptr_nonnull(w->client);
}

void world_stop(struct world *w) {
  w->react = NULL;
  mqttwill_client_free(w->client);
  CK_OK(mqttwill_loop_free(w->loop));
  close_peer(w);
  if (w->listener >= 0) close(w->listener);
}

void world_connect(struct world *w) {
  bool old = w->client->chosen_version == MW_MQTT_3_1 || w->client->chosen_version == MW_MQTT_3_1_1;
  ck_assert_int_gt((int)mqttwill_connect_async(w->client, w->url), 0);
  world_play(w, old ? SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_3))
                    : SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  ck_assert(mqttwill_is_connected(w->client));
  world_forget(w);
}

/* ---- a black hole ---- */

void black_hole_open(struct black_hole *hole, const char *address, uint16_t port) {
  hole->listener = listen_on(address, port, 0, &hole->port);
  snprintf(hole->url, sizeof hole->url, "mqtt://%s:%u", address, hole->port);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(hole->port)};
  ck_assert_int_eq(inet_pton(AF_INET, address, &to.sin_addr), 1);
  for (size_t i = 0; i < sizeof hole->fillers / sizeof hole->fillers[0]; i++) {
    hole->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(hole->fillers[i], 0);
    int status = connect(hole->fillers[i], (struct sockaddr *)&to, sizeof to);
    ck_assert(status == 0 || errno == EINPROGRESS);
    struct pollfd ready = {.fd = hole->fillers[i], .events = POLLOUT};
    poll(&ready, 1, 50); /* the handshake of those that get in */
  }
}

void black_hole_close(struct black_hole *hole) {
  for (size_t i = 0; i < sizeof hole->fillers / sizeof hole->fillers[0]; i++) close(hole->fillers[i]);
  close(hole->listener);
}
