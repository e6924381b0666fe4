/* SPDX-License-Identifier: MIT
 * Threads on one loop, in real time: who waits, who turns, who frees. The peer of all clients is a thread
 * that answers what comes. A wake that got lost shows as a test that never ends; races are ThreadSanitizer's.
 */
#include "base/platform.h"

#include "client/internal.h"
#include "support/suite.h"
#include "wire/fixed_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define CK_OK(call) ck_assert_int_eq((call), MQTTWILL_OK)

enum { CONNECTIONS = 64, SOON_MS = 20000 };

/* ---- the peer ---- */

struct connection {
  int fd;
  size_t len;
  uint8_t bytes[8192];
};

static struct peer {
  int listener, end[2];
  char url[64];
  pthread_t thread;
  struct connection connections[CONNECTIONS];
} peer;

static void put(int fd, const void *bytes, size_t len) {
  (void)!send(fd, bytes, len, MSG_NOSIGNAL);
}

static void answer(int fd, const struct mw_fixed_header *header, const uint8_t *body) {
  uint8_t ack[6] = {0x40, 2, 0, 0, 0, 0};
  if (header->type == MW_CONNECT) put(fd, "\x20\x03\x00\x00\x00", 5);
  if (header->type == MW_PINGREQ) put(fd, "\xd0\x00", 2);
  if (header->type == MW_PUBLISH && (header->flags & 6) == 2) {
    memcpy(ack + 2, body + 2 + (body[0] << 8 | body[1]), 2);
    put(fd, ack, 4);
  }
  if (header->type == MW_SUBSCRIBE) { /* and from then on a message each time */
    ack[0] = 0x90;
    ack[1] = 4;
    memcpy(ack + 2, body, 2);
    put(fd, ack, 6);
    for (int i = 0; i < 20; i++) put(fd, "\x30\x05\x00\x01m\x00x", 7);
  }
}

static void serve(struct connection *c) {
  ssize_t got = recv(c->fd, c->bytes + c->len, sizeof c->bytes - c->len, MSG_DONTWAIT);
  if (got <= 0) {
    close(c->fd);
    c->fd = -1;
    return;
  }
  c->len += (size_t)got;
  struct mw_fixed_header header;
  while (c->len > 0 &&
         mw_fixed_header_decode(&header, MW_MQTT_5, mw_slice(c->bytes, c->len)) == MQTTWILL_OK &&
         c->len >= header.size + header.remaining) {
    size_t len = header.size + header.remaining;
    answer(c->fd, &header, c->bytes + header.size);
    memmove(c->bytes, c->bytes + len, c->len - len);
    c->len -= len;
  }
}

static void take(int fd) {
  for (int i = 0; i < CONNECTIONS; i++) {
    if (peer.connections[i].fd >= 0) continue;
    peer.connections[i].fd = fd;
    peer.connections[i].len = 0;
    return;
  }
  close(fd);
}

static void *peer_main(void *argument) {
  (void)argument;
  for (;;) {
    struct pollfd fds[CONNECTIONS + 2];
    for (int i = 0; i < CONNECTIONS; i++) fds[i] = (struct pollfd){peer.connections[i].fd, POLLIN, 0};
    fds[CONNECTIONS] = (struct pollfd){peer.listener, POLLIN, 0};
    fds[CONNECTIONS + 1] = (struct pollfd){peer.end[0], POLLIN, 0};
    poll(fds, CONNECTIONS + 2, -1);
    if (fds[CONNECTIONS + 1].revents != 0) return NULL;
    for (int i = 0; i < CONNECTIONS; i++)
      if (fds[i].revents != 0) serve(&peer.connections[i]);
    if (fds[CONNECTIONS].revents != 0) take(accept(peer.listener, NULL, NULL));
  }
}

static void start_peer(void) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof own;
  for (int i = 0; i < CONNECTIONS; i++) peer.connections[i].fd = -1;
  peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_eq(bind(peer.listener, (struct sockaddr *)&own, sizeof own), 0);
  ck_assert_int_eq(listen(peer.listener, CONNECTIONS), 0);
  ck_assert_int_eq(getsockname(peer.listener, (struct sockaddr *)&own, &len), 0);
  snprintf(peer.url, sizeof peer.url, "mqtt://127.0.0.1:%u", ntohs(own.sin_port));
  ck_assert_int_eq(pipe(peer.end), 0);
  ck_assert_int_eq(pthread_create(&peer.thread, NULL, peer_main, NULL), 0);
}

static void stop_peer(void) {
  close(peer.end[1]);
  pthread_join(peer.thread, NULL);
  close(peer.end[0]);
  close(peer.listener);
  for (int i = 0; i < CONNECTIONS; i++)
    if (peer.connections[i].fd >= 0) close(peer.connections[i].fd);
}

#define PEER_TEST(name)                                                                                      \
  static void name##_body(void);                                                                             \
  START_TEST(name)                                                                                           \
  {                                                                                                          \
    start_peer();                                                                                            \
    name##_body();                                                                                           \
    stop_peer();                                                                                             \
  }                                                                                                          \
  END_TEST                                                                                                   \
  static void name##_body(void)

/* A failed assertion in another thread than the test's is told by what the thread returns. */
static void *const failed = &peer;

static pthread_t start(void *(*body)(void *), void *argument) {
  pthread_t thread;
  ck_assert_int_eq(pthread_create(&thread, NULL, body, argument), 0);
  return thread;
}

static void join(pthread_t thread) {
  void *result;
  pthread_join(thread, &result);
  ck_assert_ptr_null(result);
}

/* ---- many callers ---- */

enum { CALLERS = 6, CALLS = 40 };

static void *publish_often(void *client) {
  for (int i = 0; i < CALLS; i++)
    if (mqttwill_publish(client, "a", "x", 1, i & 1, false, SOON_MS) != MQTTWILL_OK) return failed;
  return NULL;
}

static void *come_and_go(void *loop) {
  for (int i = 0; i < 10; i++) {
    mqttwill_client *client = mqttwill_client_new(loop, "guest");
    if (client == NULL) return failed;
    bool up = mqttwill_connect(client, peer.url, SOON_MS) == MQTTWILL_OK;
    if (up && i % 2 == 0) up = mqttwill_disconnect(client, SOON_MS) == MQTTWILL_OK;
    mqttwill_client_free(client);
    if (!up) return failed;
  }
  return NULL;
}

static void publish_in_many_threads(mqttwill_loop *loop) {
  pthread_t threads[CALLERS], guests[2];
  mqttwill_client *client = mqttwill_client_new(loop, "dev");
  CK_OK(mqttwill_set_outbound_limit(client, 40)); /* so that they wait for room as well */
  CK_OK(mqttwill_connect(client, peer.url, SOON_MS));
  for (int i = 0; i < CALLERS; i++) threads[i] = start(publish_often, client);
  for (int i = 0; i < 2; i++) guests[i] = start(come_and_go, loop);
  for (int i = 0; i < CALLERS; i++) join(threads[i]);
  for (int i = 0; i < 2; i++) join(guests[i]);
  CK_OK(mqttwill_disconnect(client, SOON_MS));
  mqttwill_client_free(client);
}

PEER_TEST(many_threads_publish_while_others_come_and_go_on_a_loop_with_a_thread) {
  mqttwill_loop *loop = mqttwill_loop_new();
  CK_OK(mqttwill_loop_start(loop));
  publish_in_many_threads(loop);
  CK_OK(mqttwill_loop_free(loop));
}

PEER_TEST(many_threads_publish_while_others_come_and_go_on_a_loop_nobody_turns) {
  mqttwill_loop *loop = mqttwill_loop_new();
  publish_in_many_threads(loop);
  CK_OK(mqttwill_loop_free(loop));
}

PEER_TEST(many_threads_publish_on_a_client_with_a_thread_of_its_own) {
  pthread_t threads[CALLERS], guest = start(come_and_go, NULL);
  mqttwill_client *client = mqttwill_client_new(NULL, "dev");
  CK_OK(mqttwill_connect(client, peer.url, SOON_MS));
  for (int i = 0; i < CALLERS; i++) threads[i] = start(publish_often, client);
  for (int i = 0; i < CALLERS; i++) join(threads[i]);
  join(guest);
  mqttwill_client_free(client);
}

/* ---- runners ---- */

static void *run_loop(void *loop) {
  return mqttwill_loop_run(loop) == MQTTWILL_OK ? NULL : failed;
}

PEER_TEST(a_runner_takes_over_from_a_waiter_and_gives_back) {
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "dev");
  mqttwill_message *message;
  CK_OK(mqttwill_connect(client, peer.url, SOON_MS));
  for (int i = 0; i < 30; i++) {
    pthread_t runner = start(run_loop, loop);
    if (i % 3 == 0)
      ck_assert_int_eq(mqttwill_receive(client, &message, 5), MQTTWILL_ERR_NO_MESSAGE);
    else
      CK_OK(mqttwill_publish(client, "a", "x", 1, 1, false, SOON_MS));
    CK_OK(mqttwill_loop_stop(loop));
    join(runner);
  }
  mqttwill_client_free(client);
  CK_OK(mqttwill_loop_free(loop));
}

static void *stop_often(void *loop) {
  for (int i = 0; i < 200; i++) mqttwill_loop_stop(loop);
  return NULL;
}

static void *start_often(void *loop) {
  for (int i = 0; i < 200; i++) {
    int status = mqttwill_loop_start(loop);
    if (status != MQTTWILL_OK && status != MQTTWILL_ERR_STATE) return failed;
  }
  return NULL;
}

PEER_TEST(starts_and_stops_race_without_losing_a_thread) {
  mqttwill_loop *loop = mqttwill_loop_new();
  pthread_t threads[] = {start(stop_often, loop), start(start_often, loop), start(stop_often, loop),
                         start(start_often, loop)};
  for (size_t i = 0; i < 4; i++) join(threads[i]);
  CK_OK(mqttwill_loop_stop(loop));
  CK_OK(mqttwill_loop_step(loop, 0));
  CK_OK(mqttwill_loop_free(loop));
}

/* ---- freeing ---- */

struct delivery {
  atomic_int running, calls, late;
  atomic_bool freed;
};

static void slow_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  struct delivery *d = argument;
  (void)client;
  (void)message;
  if (atomic_load(&d->freed)) atomic_fetch_add(&d->late, 1);
  atomic_store(&d->running, 1);
  for (int i = 0; i < 2000; i++) sched_yield();
  atomic_fetch_add(&d->calls, 1);
  atomic_store(&d->running, 0);
}

PEER_TEST(freeing_waits_for_the_callback_that_runs_in_the_loops_thread) {
  for (int i = 0; i < 5; i++) {
    struct delivery d = {0};
    mqttwill_client *client = mqttwill_client_new(NULL, "dev");
    CK_OK(mqttwill_on_message(client, slow_message, &d));
    CK_OK(mqttwill_connect(client, peer.url, SOON_MS));
    CK_OK(mqttwill_subscribe(client, "m", 0, SOON_MS));
    while (atomic_load(&d.running) == 0) sched_yield();
    mqttwill_client_free(client);
    ck_assert_int_eq(atomic_load(&d.running), 0);
    atomic_store(&d.freed, true);
    ck_assert_int_lt(atomic_load(&d.calls), 20); /* not all of them */
    ck_assert_int_eq(atomic_load(&d.late), 0);
  }
}

static void count_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client;
  (void)message;
  atomic_fetch_add((atomic_int *)argument, 1);
}

PEER_TEST(a_message_callback_may_be_changed_while_messages_come) {
  atomic_int count = 0;
  mqttwill_message *message;
  mqttwill_client *client = mqttwill_client_new(NULL, "dev");
  CK_OK(mqttwill_connect(client, peer.url, SOON_MS));
  for (int i = 0; i < 10; i++) {
    CK_OK(mqttwill_on_message(client, count_message, &count));
    CK_OK(mqttwill_subscribe(client, "m", 0, SOON_MS));
    CK_OK(mqttwill_on_message(client, NULL, NULL));
    CK_OK(mqttwill_publish(client, "a", "x", 1, 1, false, SOON_MS)); /* all messages are there now */
  }
  int received = 0;
  while (mqttwill_receive(client, &message, 50) == MQTTWILL_OK) {
    mqttwill_message_free(message);
    received++;
  }
  ck_assert_int_eq(atomic_load(&count) + received, 200);
  mqttwill_client_free(client);
}

static void *block_for_room(void *client) {
  static char payload[90];
  int status = mqttwill_publish(client, "a", payload, sizeof payload, 1, false, -1);
  return status == MQTTWILL_ERR_CANCELLED ? NULL : failed;
}

/* Never connected: the queue stays full. */
START_TEST(freeing_ends_a_publish_that_waits_for_room)
{
  char payload[90] = "";
  mqttwill_loop *loop = mqttwill_loop_new();
  CK_OK(mqttwill_loop_start(loop));
  mqttwill_client *client = mqttwill_client_new(loop, "dev");
  CK_OK(mqttwill_set_outbound_limit(client, 100));
  ck_assert_int_eq(mqttwill_publish_async(client, "a", payload, sizeof payload, 1, false, NULL), 1);
  pthread_t thread = start(block_for_room, client);
  for (bool blocked = false; !blocked; sched_yield()) {
    mw_lock(loop);
    blocked = client->callers == 1;
    mw_unlock(loop);
  }
  mqttwill_client_free(client);
  join(thread);
  CK_OK(mqttwill_loop_free(loop));
}
END_TEST

static void slow_event(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)event;
  (void)argument;
  for (int i = 0; i < 500; i++) sched_yield();
}

/* The goodbye is told before the end of the connection is; the caller sees only the whole. */
PEER_TEST(after_a_blocking_disconnect_the_next_connect_is_taken) {
  mqttwill_client *client = mqttwill_client_new(NULL, "dev");
  CK_OK(mqttwill_on_complete(client, slow_event, NULL));
  CK_OK(mqttwill_on_disconnect(client, slow_event, NULL));
  for (int i = 0; i < 20; i++) {
    CK_OK(mqttwill_connect(client, peer.url, SOON_MS));
    CK_OK(mqttwill_disconnect(client, SOON_MS));
  }
  mqttwill_client_free(client);
}

SUITE("client/threads", many_threads_publish_while_others_come_and_go_on_a_loop_with_a_thread,
      many_threads_publish_while_others_come_and_go_on_a_loop_nobody_turns,
      many_threads_publish_on_a_client_with_a_thread_of_its_own,
      a_runner_takes_over_from_a_waiter_and_gives_back, starts_and_stops_race_without_losing_a_thread,
      freeing_waits_for_the_callback_that_runs_in_the_loops_thread,
      a_message_callback_may_be_changed_while_messages_come, freeing_ends_a_publish_that_waits_for_room,
      after_a_blocking_disconnect_the_next_connect_is_taken)
