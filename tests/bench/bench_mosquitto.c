/* SPDX-License-Identifier: MIT
 * libmosquitto in its fast ways: own-loop, where the program turns the loop and mosquitto_publish() writes at
 * once; polling, the same without ever waiting in mosquitto_loop(); nodelay, with TCP_NODELAY, which is off
 * by default; and thread, by mosquitto_loop_start(). Many clients share one epoll, since mosquitto_loop()
 * serves only one. */
#define _GNU_SOURCE
#include "driver.h"

#include <mosquitto.h>

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

static struct {
  struct mosquitto *client;
  unsigned connected;  /* clients */
  unsigned unanswered; /* messages; the way without a thread */
  bool threaded;
  pthread_mutex_t lock; /* with the next: that the threaded client is connected */
  pthread_cond_t up;
  struct bench_window window;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .up = PTHREAD_COND_INITIALIZER};

static const char *version(void) {
  static char text[32];
  int major, minor, patch;
  mosquitto_lib_version(&major, &minor, &patch);
  snprintf(text, sizeof text, "%d.%d.%d", major, minor, patch);
  return text;
}

static void check(int status, const char *what) {
  if (status != MOSQ_ERR_SUCCESS) bench_fail("%s: %s", what, mosquitto_strerror(status));
}

static void on_connect(struct mosquitto *client, void *argument, int reason) {
  (void)client;
  (void)argument;
  if (reason != 0) bench_fail("refused: %d", reason);
  pthread_mutex_lock(&state.lock);
  state.connected++;
  pthread_cond_signal(&state.up);
  pthread_mutex_unlock(&state.lock);
}

static void on_disconnect(struct mosquitto *client, void *argument, int reason) {
  (void)client;
  (void)argument;
  bench_fail("disconnected: %s", mosquitto_strerror(reason));
}

static void on_publish(struct mosquitto *client, void *argument, int id) {
  (void)client;
  (void)argument;
  (void)id;
  if (state.threaded) {
    bench_window_leave(&state.window);
  } else {
    state.unanswered--;
  }
}

static struct mosquitto *new_client(const struct bench_work *work, const char *id) {
  struct mosquitto *client = mosquitto_new(id, true, NULL);
  BENCH_CHECK(client != NULL);
  check(mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION,
                             work->version == 5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311),
        "version");
  mosquitto_connect_callback_set(client, on_connect);
  mosquitto_disconnect_callback_set(client, on_disconnect);
  return client;
}

/* ---- publishing ---- */

static void publish_one(const struct bench_work *work, int qos) {
  check(mosquitto_publish(state.client, NULL, work->topic, (int)work->size, work->payload, qos, false),
        "publish");
}

static int patience_ms = 1000; /* 0: polling */

static void turn(void) {
  check(mosquitto_loop(state.client, patience_ms, 1), "loop");
}

/* QoS 0: each message is written at once; only a full socket makes the loop's turn necessary, and the
 * server's bytes one now and then. */
static uint64_t publish_unacknowledged(const struct bench_work *work) {
  uint64_t messages = 0;
  bench_begin();
  do {
    for (int i = 0; i < 256; i++, messages++) {
      publish_one(work, 0);
      while (mosquitto_want_write(state.client)) turn();
    }
    check(mosquitto_loop(state.client, 0, 1), "loop");
  } while (!bench_over());
  state.unanswered = 1;
  mosquitto_publish_callback_set(state.client, on_publish);
  publish_one(work, 1);
  while (state.unanswered > 0) turn();
  return messages + 1;
}

static uint64_t publish_acknowledged(const struct bench_work *work) {
  uint64_t messages = 0;
  mosquitto_publish_callback_set(state.client, on_publish);
  bench_begin();
  do {
    for (; state.unanswered < work->window; state.unanswered++, messages++) publish_one(work, work->qos);
    turn();
  } while (!bench_over());
  while (state.unanswered > 0) turn();
  return messages;
}

static uint64_t publish_own_loop(const struct bench_work *work) {
  check(mosquitto_connect(state.client, work->host, work->port, BENCH_KEEP_ALIVE), "connect");
  while (state.connected == 0) turn();
  if (strcmp(work->way, "polling") == 0) patience_ms = 0;
  return work->qos == 0 ? publish_unacknowledged(work) : publish_acknowledged(work);
}

/* The library queues QoS 0 without bound, so that has a window too, as large as was found to be fastest. */
static uint64_t publish_thread(const struct bench_work *work) {
  uint64_t messages = 0;
  state.threaded = true;
  bench_window_init(&state.window, work->qos == 0 ? 500 : work->window);
  mosquitto_publish_callback_set(state.client, on_publish);
  check(mosquitto_connect(state.client, work->host, work->port, BENCH_KEEP_ALIVE), "connect");
  check(mosquitto_loop_start(state.client), "loop_start");
  pthread_mutex_lock(&state.lock);
  while (state.connected == 0) pthread_cond_wait(&state.up, &state.lock);
  pthread_mutex_unlock(&state.lock);
  bench_begin();
  do {
    for (int i = 0; i < 64; i++, messages++) {
      bench_window_enter(&state.window);
      publish_one(work, work->qos);
    }
  } while (!bench_over());
  bench_window_enter(&state.window);
  publish_one(work, work->qos == 0 ? 1 : work->qos);
  bench_window_drain(&state.window);
  return messages + 1;
}

static uint64_t publish(const struct bench_work *work) {
  check(mosquitto_lib_init(), "init");
  state.client = new_client(work, "mosquitto");
  check(mosquitto_int_option(state.client, MOSQ_OPT_SEND_MAXIMUM, (int)work->window), "window");
  if (strcmp(work->way, "nodelay") == 0)
    check(mosquitto_int_option(state.client, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY");
  return strcmp(work->way, "thread") == 0 ? publish_thread(work) : publish_own_loop(work);
}

/* ---- many clients ---- */

static int epoll = -1;

static void serve(int timeout_ms) {
  struct epoll_event events[256];
  int count = epoll_wait(epoll, events, 256, timeout_ms);
  for (int i = 0; i < count; i++) {
    struct mosquitto *client = events[i].data.ptr;
    check(mosquitto_loop_read(client, 1), "read");
    if (mosquitto_want_write(client)) check(mosquitto_loop_write(client, 1), "write");
  }
}

static void connect_one(const struct bench_work *work, struct bench_client *c) {
  struct mosquitto *client = new_client(work, c->id);
  c->handle = client;
  check(mosquitto_will_set(client, c->will_topic, (int)strlen(BENCH_WILL_PAYLOAD), BENCH_WILL_PAYLOAD,
                           BENCH_WILL_QOS, true),
        "will");
  check(mosquitto_connect(client, work->host, work->port, BENCH_KEEP_ALIVE), "connect");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  BENCH_CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, mosquitto_socket(client), &event) == 0);
}

static void connect_all(const struct bench_work *work) {
  check(mosquitto_lib_init(), "init");
  epoll = epoll_create1(EPOLL_CLOEXEC);
  BENCH_CHECK(epoll >= 0);
  for (unsigned i = 0; i < work->clients; i++) {
    connect_one(work, &work->client[i]);
    if (i % 64 == 63) serve(0);
  }
  while (state.connected < work->clients) serve(-1);
}

static void idle(const struct bench_work *work, double seconds) {
  for (double end = bench_now() + seconds; bench_now() < end;) {
    serve(50);
    for (unsigned i = 0; i < work->clients; i++) check(mosquitto_loop_misc(work->client[i].handle), "misc");
  }
}

const struct bench_driver bench_driver = {
    .name = "libmosquitto",
    .qos0_ways = "own-loop nodelay thread",
    .acknowledged_ways = "own-loop polling nodelay thread",
    .client_ways = "own-loop",
    .descriptors_each = 3,
    .version = version,
    .publish = publish,
    .connect_all = connect_all,
    .idle = idle,
};
