/* SPDX-License-Identifier: MIT
 * libmqttwill through its public interface: own-loop, where the program turns the loop between its publishes;
 * polling, the same without ever waiting in mqttwill_loop_step(); and thread, where a client without a loop
 * has its private thread. */
#define _GNU_SOURCE
#include "driver.h"

#include <mqttwill/mqttwill.h>

#include <string.h>

static struct {
  unsigned connected;  /* clients; the way with a loop */
  unsigned unanswered; /* messages; likewise */
  bool threaded;
  pthread_mutex_t lock; /* with the next two */
  pthread_cond_t drained;
  unsigned drains; /* how often a full queue has drained */
  struct bench_window window;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .drained = PTHREAD_COND_INITIALIZER};

static void check(int64_t status, const char *what) {
  if (status < 0) bench_fail("%s: %s", what, mqttwill_strerror((int)status));
}

static void on_connect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)argument;
  if (mqttwill_event_status(event) != MQTTWILL_OK) bench_fail("connect: %s", mqttwill_event_text(event));
  state.connected++;
}

static void on_disconnect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)argument;
  bench_fail("disconnected: %s", mqttwill_event_text(event));
}

static void on_complete(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)argument;
  if (mqttwill_event_status(event) != MQTTWILL_OK) bench_fail("publish: %s", mqttwill_event_text(event));
  if (state.threaded) {
    bench_window_leave(&state.window);
  } else {
    state.unanswered--;
  }
}

static void on_drain(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)event;
  (void)argument;
  pthread_mutex_lock(&state.lock);
  state.drains++;
  pthread_cond_signal(&state.drained);
  pthread_mutex_unlock(&state.lock);
}

static mqttwill_client *new_client(const struct bench_work *work, mqttwill_loop *loop, const char *id) {
  mqttwill_client *client = mqttwill_client_new(loop, id);
  BENCH_CHECK(client != NULL);
  check(mqttwill_set_version(client, work->version == 5 ? MQTTWILL_MQTT_5 : MQTTWILL_MQTT_3_1_1), "version");
  check(mqttwill_set_keep_alive(client, BENCH_KEEP_ALIVE), "keep alive");
  check(mqttwill_on_disconnect(client, on_disconnect, NULL), "on_disconnect");
  return client;
}

static int64_t publish_one(const struct bench_work *work, mqttwill_client *client, int qos) {
  return mqttwill_publish_async(client, work->topic, work->payload, work->size, qos, false, NULL);
}

/* ---- the program turns the loop ---- */

static mqttwill_loop *loop;

static void turn(int timeout_ms) {
  check(mqttwill_loop_step(loop, timeout_ms), "step");
}

/* A turn for every 64 KiB, so that the messages are still in the cache when they leave; it waits only when
 * the queue is full. */
static uint64_t publish_unacknowledged(const struct bench_work *work, mqttwill_client *client) {
  uint64_t messages = 0;
  size_t batch = 64 * 1024 / (work->size + 16);
  bench_begin();
  do {
    int64_t operation = 0;
    for (size_t i = 0; i < batch && (operation = publish_one(work, client, 0)) > 0; i++) messages++;
    if (operation != MQTTWILL_ERR_FULL) check(operation, "publish");
    turn(operation == MQTTWILL_ERR_FULL ? -1 : 0);
  } while (!bench_over());
  int64_t proof;
  while ((proof = publish_one(work, client, 1)) == MQTTWILL_ERR_FULL) turn(-1);
  check(mqttwill_wait(client, proof, -1), "the last publish");
  return messages + 1;
}

static uint64_t publish_acknowledged(const struct bench_work *work, mqttwill_client *client) {
  uint64_t messages = 0;
  int patience_ms = strcmp(work->way, "polling") == 0 ? 0 : -1;
  check(mqttwill_on_complete(client, on_complete, NULL), "on_complete");
  bench_begin();
  do {
    for (; state.unanswered < work->window; state.unanswered++, messages++)
      check(publish_one(work, client, work->qos), "publish");
    turn(patience_ms);
  } while (!bench_over());
  while (state.unanswered > 0) turn(-1);
  return messages;
}

static uint64_t publish_own_loop(const struct bench_work *work) {
  loop = mqttwill_loop_new();
  BENCH_CHECK(loop != NULL);
  mqttwill_client *client = new_client(work, loop, "mqttwill");
  check(mqttwill_on_connect(client, on_connect, NULL), "on_connect");
  check(mqttwill_connect_async(client, work->url), "connect");
  while (state.connected == 0) turn(-1);
  return work->qos == 0 ? publish_unacknowledged(work, client) : publish_acknowledged(work, client);
}

/* ---- a thread of the library turns the loop ---- */

static unsigned drains_so_far(void) {
  pthread_mutex_lock(&state.lock);
  unsigned drains = state.drains;
  pthread_mutex_unlock(&state.lock);
  return drains;
}

static void await_drain(unsigned seen) {
  pthread_mutex_lock(&state.lock);
  while (state.drains == seen) pthread_cond_wait(&state.drained, &state.lock);
  pthread_mutex_unlock(&state.lock);
}

static uint64_t publish_thread_unacknowledged(const struct bench_work *work, mqttwill_client *client) {
  uint64_t messages = 0;
  check(mqttwill_on_drain(client, on_drain, NULL), "on_drain");
  bench_begin();
  unsigned drains = drains_so_far(); /* before each call that may find the queue full */
  do {
    for (int i = 0; i < 256;) {
      int64_t operation = publish_one(work, client, 0);
      if (operation == MQTTWILL_ERR_FULL) {
        await_drain(drains);
        drains = drains_so_far();
        continue;
      }
      check(operation, "publish");
      i++;
      messages++;
    }
  } while (!bench_over());
  check(mqttwill_publish(client, work->topic, work->payload, work->size, 1, false, -1), "publish");
  return messages + 1;
}

static uint64_t publish_thread_acknowledged(const struct bench_work *work, mqttwill_client *client) {
  uint64_t messages = 0;
  state.threaded = true;
  bench_window_init(&state.window, work->window);
  check(mqttwill_on_complete(client, on_complete, NULL), "on_complete");
  bench_begin();
  do {
    for (int i = 0; i < 64; i++, messages++) {
      bench_window_enter(&state.window);
      check(publish_one(work, client, work->qos), "publish");
    }
  } while (!bench_over());
  bench_window_drain(&state.window);
  return messages;
}

static uint64_t publish_thread(const struct bench_work *work) {
  mqttwill_client *client = new_client(work, NULL, "mqttwill");
  check(mqttwill_connect(client, work->url, 10000), "connect");
  return work->qos == 0 ? publish_thread_unacknowledged(work, client)
                        : publish_thread_acknowledged(work, client);
}

static uint64_t publish(const struct bench_work *work) {
  return strcmp(work->way, "thread") == 0 ? publish_thread(work) : publish_own_loop(work);
}

/* ---- many clients ---- */

static void connect_all(const struct bench_work *work) {
  loop = mqttwill_loop_new();
  BENCH_CHECK(loop != NULL);
  for (unsigned i = 0; i < work->clients; i++) {
    struct bench_client *c = &work->client[i];
    mqttwill_client *client = new_client(work, loop, c->id);
    c->handle = client;
    check(mqttwill_set_will(client, c->will_topic, BENCH_WILL_PAYLOAD, strlen(BENCH_WILL_PAYLOAD),
                            BENCH_WILL_QOS, true),
          "will");
    check(mqttwill_on_connect(client, on_connect, NULL), "on_connect");
    check(mqttwill_connect_async(client, work->url), "connect");
    if (i % 64 == 63) turn(0);
  }
  while (state.connected < work->clients) turn(-1);
}

static void idle(const struct bench_work *work, double seconds) {
  (void)work;
  for (double end = bench_now() + seconds; bench_now() < end;) turn(50);
}

const struct bench_driver bench_driver = {
    .name = "libmqttwill",
    .qos0_ways = "own-loop thread",
    .acknowledged_ways = "own-loop polling thread",
    .client_ways = "own-loop",
    .descriptors_each = 1,
    .version = mqttwill_version,
    .publish = publish,
    .connect_all = connect_all,
    .idle = idle,
};
