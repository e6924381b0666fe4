/* SPDX-License-Identifier: MIT
 * A gateway: many devices in one process, each with a connection, a client id and a will of its own (MQTT
 * allows one will a connection), on one loop and one thread however many they are. SIGTERM and SIGINT say
 * goodbye for all of them.
 *
 *   gateway mqtt://broker.example 1000              topics: devices/gateway-0/status ...
 */
#define _POSIX_C_SOURCE 200809L

#include <mqttwill/mqttwill.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATIENCE_MS       10000
#define RETRY_MS          5000
#define SPARE_DESCRIPTORS 32 /* the loop's own, standard streams, what the C library opens */

struct device {
  mqttwill_client *client;
  char id[32], topic[64];
  int64_t birth; /* the operation that says "online"; only the loop's thread looks at this and the next */
  bool online;
};

static size_t total;
static atomic_size_t online;
static atomic_bool complained; /* one complaint a round is enough when all have lost the same broker */

/* A byte for each signal, and one when the last device came online. */
enum { NOTHING = -1, COMPLETE = 0 };
static int news[2];

static void tell(int what) {
  int saved = errno;
  unsigned char byte = (unsigned char)what;
  while (write(news[1], &byte, 1) < 0 && errno == EINTR) continue;
  errno = saved;
}

static int listen_for_signals(void) {
  struct sigaction action = {.sa_handler = tell, .sa_flags = SA_RESTART};
  if (pipe(news) != 0 || fcntl(news[1], F_SETFL, O_NONBLOCK) != 0) return -1;
  if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0) return -1;
  return 0;
}

static int wait_for_news(int timeout_ms) {
  struct pollfd pipe_end = {.fd = news[0], .events = POLLIN};
  unsigned char byte;
  int ready = poll(&pipe_end, 1, timeout_ms);
  while (ready < 0 && errno == EINTR) ready = poll(&pipe_end, 1, timeout_ms);
  return ready > 0 && read(news[0], &byte, 1) == 1 ? byte : NOTHING;
}

static void complain(const struct device *device, const char *text) {
  if (!atomic_exchange(&complained, true)) fprintf(stderr, "%s: %s\n", device->id, text);
}

/* ---- what the loop's thread calls ---- */

static void on_connect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  struct device *device = argument;
  if (mqttwill_event_status(event) != MQTTWILL_OK) {
    complain(device, mqttwill_event_text(event));
    return;
  }
  device->birth = mqttwill_publish_async(client, device->topic, "online", 6, MQTTWILL_QOS_1, true, NULL);
  if (device->birth < 0) {
    complain(device, mqttwill_error(client));
    mqttwill_abort(client);
  }
}

static void on_complete(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  struct device *device = argument;
  if (mqttwill_event_operation(event) != device->birth) return;
  if (mqttwill_event_status(event) == MQTTWILL_OK) {
    device->online = true;
    if (atomic_fetch_add(&online, 1) + 1 == total) tell(COMPLETE);
  } else if (mqttwill_is_connected(client)) { /* refused: better no device than one that nobody sees */
    complain(device, mqttwill_event_text(event));
    mqttwill_abort(client);
  }
}

static void on_disconnect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  struct device *device = argument;
  (void)client;
  if (mqttwill_event_status(event) != MQTTWILL_OK) complain(device, mqttwill_event_text(event));
  if (device->online) atomic_fetch_sub(&online, 1);
  device->online = false;
}

/* ---- what the main thread does ---- */

static bool allow_descriptors(rlim_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= count) return true;
  limit.rlim_cur = count;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool make_device(struct device *device, size_t number, mqttwill_loop *loop) {
  snprintf(device->id, sizeof(device->id), "gateway-%zu", number);
  snprintf(device->topic, sizeof(device->topic), "devices/%s/status", device->id);
  device->client = mqttwill_client_new(loop, device->id);
  if (device->client == NULL) return false;
  mqttwill_set_will(device->client, device->topic, "offline", 7, MQTTWILL_QOS_1, true);
  mqttwill_on_connect(device->client, on_connect, device);
  mqttwill_on_complete(device->client, on_complete, device);
  mqttwill_on_disconnect(device->client, on_disconnect, device);
  return mqttwill_check(device->client) == MQTTWILL_OK;
}

static void connect_all(struct device *devices, const char *url) {
  atomic_store(&complained, false);
  for (size_t i = 0; i < total; i++) {
    int64_t operation = mqttwill_connect_async(devices[i].client, url);
    if (operation < 0 && operation != MQTTWILL_ERR_ALREADY_CONNECTED)
      complain(&devices[i], mqttwill_error(devices[i].client));
  }
}

/* Connects, and connects again whoever was lost, until a signal comes. */
static void watch_over(struct device *devices, const char *url) {
  size_t told = 0;
  for (;;) {
    connect_all(devices, url);
    int what = wait_for_news(RETRY_MS);
    size_t now = atomic_load(&online);
    if (now != told) printf("%zu of %zu devices online\n", now, total);
    told = now;
    if (what == SIGTERM || what == SIGINT) return;
  }
}

/* All start their goodbye before the first is waited for: DISCONNECT leaves when "offline" is acknowledged.
 */
static size_t say_goodbye(struct device *devices) {
  size_t heard = 0;
  int64_t *goodbyes = calloc(total, sizeof(*goodbyes));
  if (goodbyes == NULL) return 0;
  for (size_t i = 0; i < total; i++) {
    mqttwill_client *client = devices[i].client;
    if (mqttwill_publish_async(client, devices[i].topic, "offline", 7, MQTTWILL_QOS_1, true, NULL) < 0)
      goodbyes[i] = MQTTWILL_ERR_NOT_CONNECTED;
    else
      goodbyes[i] = mqttwill_disconnect_async(client, MQTTWILL_REASON_SUCCESS, NULL, PATIENCE_MS);
  }
  for (size_t i = 0; i < total; i++)
    if (mqttwill_wait(devices[i].client, goodbyes[i], -1) == MQTTWILL_OK) heard++;
  free(goodbyes);
  return heard;
}

int main(int argc, char **argv) {
  char *end = NULL;
  unsigned long count = argc == 3 ? strtoul(argv[2], &end, 10) : 0;
  if (count == 0 || count > 1000000 || *end != '\0') {
    fprintf(stderr, "usage: gateway URL NUMBER-OF-DEVICES\n");
    return 2;
  }
  total = count;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!allow_descriptors((rlim_t)total + SPARE_DESCRIPTORS)) {
    fprintf(stderr, "gateway: %zu devices need %zu descriptors, and this process may not have them\n", total,
            total + SPARE_DESCRIPTORS);
    return 1;
  }
  mqttwill_loop *loop = mqttwill_loop_new();
  struct device *devices = calloc(total, sizeof(*devices));
  bool ready = loop != NULL && devices != NULL && listen_for_signals() == 0;
  for (size_t i = 0; ready && i < total; i++) ready = make_device(&devices[i], i, loop);
  ready = ready && mqttwill_loop_start(loop) == MQTTWILL_OK;
  size_t heard = 0;
  if (ready) {
    watch_over(devices, argv[1]);
    heard = say_goodbye(devices);
    printf("%zu of %zu devices said goodbye\n", heard, total);
  } else {
    perror("gateway");
  }
  for (size_t i = 0; devices != NULL && i < total; i++) mqttwill_client_free(devices[i].client);
  mqttwill_loop_free(loop);
  free(devices);
  return ready && heard == total ? 0 : 1;
}
