/* SPDX-License-Identifier: MIT
 * Paho C through MQTTAsync, its interface for throughput. All its clients share one sending and one receiving
 * thread; a message's completion is told by the callback given with it. */
#define _GNU_SOURCE
#include "driver.h"

#include <MQTTAsync.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
  pthread_mutex_t lock;
  pthread_cond_t up;
  unsigned connected;
  struct bench_window window;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .up = PTHREAD_COND_INITIALIZER};

static const char *version(void) {
  for (MQTTAsync_nameValue *row = MQTTAsync_getVersionInfo(); row->name != NULL; row++) {
    if (strcmp(row->name, "Version") == 0) return row->value;
  }
  return "?";
}

static void check(int status, const char *what) {
  if (status != MQTTASYNC_SUCCESS) bench_fail("%s: %s", what, MQTTAsync_strerror(status));
}

/* ---- connecting ---- */

static void count_connected(void) {
  pthread_mutex_lock(&state.lock);
  state.connected++;
  pthread_cond_signal(&state.up);
  pthread_mutex_unlock(&state.lock);
}

static void on_connect(void *context, MQTTAsync_successData *data) {
  (void)context;
  (void)data;
  count_connected();
}

static void on_connect5(void *context, MQTTAsync_successData5 *data) {
  (void)context;
  (void)data;
  count_connected();
}

static void on_refused(void *context, MQTTAsync_failureData *data) {
  (void)context;
  bench_fail("refused: %d %s", data->code, data->message != NULL ? data->message : "");
}

static void on_refused5(void *context, MQTTAsync_failureData5 *data) {
  (void)context;
  bench_fail("refused: %d %s", data->code, data->message != NULL ? data->message : "");
}

static void on_lost(void *context, char *cause) {
  (void)context;
  bench_fail("disconnected: %s", cause != NULL ? cause : "no cause told");
}

static int on_message(void *context, char *topic, int topic_len, MQTTAsync_message *message) {
  (void)context;
  (void)topic_len;
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  return 1;
}

static MQTTAsync new_client(const struct bench_work *work, const char *id) {
  MQTTAsync client = NULL;
  char url[64];
  snprintf(url, sizeof url, "tcp://%s:%u", work->host, (unsigned)work->port);
  if (work->version == 5) {
    MQTTAsync_createOptions five = MQTTAsync_createOptions_initializer5;
    check(MQTTAsync_createWithOptions(&client, url, id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &five), "create");
  } else {
    check(MQTTAsync_create(&client, url, id, MQTTCLIENT_PERSISTENCE_NONE, NULL), "create");
  }
  check(MQTTAsync_setCallbacks(client, client, on_lost, on_message, NULL), "callbacks");
  return client;
}

static void start_connect(const struct bench_work *work, MQTTAsync client, const char *will_topic) {
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
  MQTTAsync_connectOptions options5 = MQTTAsync_connectOptions_initializer5;
  MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
  if (work->version == 5) {
    options = options5;
    options.cleanstart = 1;
    options.onSuccess5 = on_connect5;
    options.onFailure5 = on_refused5;
  } else {
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.cleansession = 1;
    options.onSuccess = on_connect;
    options.onFailure = on_refused;
  }
  options.keepAliveInterval = BENCH_KEEP_ALIVE;
  options.maxInflight = (int)work->window;
  options.context = client;
  if (will_topic != NULL) {
    will.topicName = will_topic;
    will.message = BENCH_WILL_PAYLOAD;
    will.qos = BENCH_WILL_QOS;
    will.retained = 1;
    options.will = &will;
  }
  check(MQTTAsync_connect(client, &options), "connect");
}

static void await_connected(unsigned count) {
  pthread_mutex_lock(&state.lock);
  while (state.connected < count) pthread_cond_wait(&state.up, &state.lock);
  pthread_mutex_unlock(&state.lock);
}

/* ---- publishing ---- */

static void on_done(void *context, MQTTAsync_successData *data) {
  (void)context;
  (void)data;
  bench_window_leave(&state.window);
}

static void on_done5(void *context, MQTTAsync_successData5 *data) {
  (void)context;
  (void)data;
  bench_window_leave(&state.window);
}

static void on_failed(void *context, MQTTAsync_failureData *data) {
  (void)context;
  bench_fail("publish: %d %s", data->code, data->message != NULL ? data->message : "");
}

static void on_failed5(void *context, MQTTAsync_failureData5 *data) {
  (void)context;
  bench_fail("publish: %d %s", data->code, data->message != NULL ? data->message : "");
}

static void publish_one(const struct bench_work *work, MQTTAsync client, int qos) {
  MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
  if (work->version == 5) {
    response.onSuccess5 = on_done5;
    response.onFailure5 = on_failed5;
  } else {
    response.onSuccess = on_done;
    response.onFailure = on_failed;
  }
  bench_window_enter(&state.window);
  check(MQTTAsync_send(client, work->topic, (int)work->size, work->payload, qos, 0, &response), "send");
}

/* QoS 0 is queued inside the library like the rest, so that has a window too, as large as was found to be
 * fastest. */
static uint64_t publish(const struct bench_work *work) {
  uint64_t messages = 0;
  MQTTAsync client = new_client(work, "paho");
  start_connect(work, client, NULL);
  await_connected(1);
  bench_window_init(&state.window, work->qos == 0 ? 1000 : work->window);
  bench_begin();
  do {
    for (int i = 0; i < 16; i++, messages++) publish_one(work, client, work->qos);
  } while (!bench_over());
  bench_window_drain(&state.window);
  publish_one(work, client, work->qos == 0 ? 1 : work->qos);
  bench_window_drain(&state.window);
  return messages + 1;
}

/* ---- many clients ---- */

static void connect_all(const struct bench_work *work) {
  for (unsigned i = 0; i < work->clients; i++) {
    MQTTAsync client = new_client(work, work->client[i].id);
    work->client[i].handle = client;
    start_connect(work, client, work->client[i].will_topic);
  }
  await_connected(work->clients);
}

static void idle(const struct bench_work *work, double seconds) {
  (void)work;
  const struct timespec pause = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&pause, NULL);
}

const struct bench_driver bench_driver = {
    .name = "Paho C",
    .qos0_ways = "thread",
    .acknowledged_ways = "thread",
    .client_ways = "thread",
    .descriptors_each = 1,
    .version = version,
    .publish = publish,
    .connect_all = connect_all,
    .idle = idle,
};
