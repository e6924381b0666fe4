/* SPDX-License-Identifier: MIT
 * A device whose absence somebody hears about: it leaves its last will with the broker, says that it is
 * online, and stays connected, also after the network was away. On SIGTERM or SIGINT it says goodbye.
 *
 *   status_online mqtt://broker.example door-1      topic: devices/door-1/status
 */
#define _POSIX_C_SOURCE 200809L

#include <mqttwill/mqttwill.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEEP_ALIVE_SECONDS 20
#define PATIENCE_MS        10000
#define RETRY_MS           5000

/* What happens meanwhile comes through a pipe, a byte each: the number of a signal, or one of these. */
enum { NOTHING = -1, LOST = 0 };
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

/* The library's thread calls this; the main thread then reads it from the pipe. */
static void on_disconnect(mqttwill_client *device, const mqttwill_event *event, void *argument) {
  (void)device, (void)argument;
  if (mqttwill_event_status(event) == MQTTWILL_OK) return; /* our own goodbye */
  fprintf(stderr, "connection lost: %s\n", mqttwill_event_text(event));
  tell(LOST);
}

static bool go_online(mqttwill_client *device, const char *url, const char *topic) {
  uint64_t best_ms, worst_ms;
  if (mqttwill_is_connected(device)) return true;
  if (mqttwill_connect(device, url, PATIENCE_MS) != MQTTWILL_OK ||
      mqttwill_publish(device, topic, "online", 6, MQTTWILL_QOS_1, true, PATIENCE_MS) != MQTTWILL_OK ||
      mqttwill_will_timing(device, &best_ms, &worst_ms, NULL) != MQTTWILL_OK) {
    fprintf(stderr, "%s\n", mqttwill_error(device));
    mqttwill_abort(device); /* half online is offline: let the will say so */
    return false;
  }
  printf("%s online; should this device die, others hear of it after %.1f s (crash) to %.1f s (cable cut)\n",
         topic, (double)best_ms / 1000, (double)worst_ms / 1000);
  return true;
}

/* A clean DISCONNECT drops the will, and a retained "online" would stand for ever: so the device itself says
 * "offline" first. Where that fails, freeing the client aborts the connection and the will speaks. */
static bool say_goodbye(mqttwill_client *device, const char *topic) {
  if (mqttwill_publish(device, topic, "offline", 7, MQTTWILL_QOS_1, true, PATIENCE_MS) != MQTTWILL_OK ||
      mqttwill_disconnect(device, PATIENCE_MS) != MQTTWILL_OK) {
    fprintf(stderr, "%s\n", mqttwill_error(device));
    return false;
  }
  printf("%s offline; said goodbye\n", topic);
  return true;
}

/* Returns when the program shall end: true if the goodbye was heard. */
static bool live(mqttwill_client *device, const char *url, const char *topic) {
  bool online = go_online(device, url, topic);
  if (!online) return false; /* the first time, more likely a mistake than an outage */
  for (;;) {
    int what = wait_for_news(online ? -1 : RETRY_MS);
    if (what == SIGTERM || what == SIGINT) return online && say_goodbye(device, topic);
    online = go_online(device, url, topic);
  }
}

int main(int argc, char **argv) {
  if (argc != 3 || argv[2][0] == '\0' || strpbrk(argv[2], "/+#") != NULL) {
    fprintf(stderr,
            "usage: status_online URL DEVICE-ID\nA device id is one level of a topic: no / + or #.\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  size_t size = strlen(argv[2]) + sizeof("devices//status");
  char *topic = malloc(size);
  mqttwill_client *device = mqttwill_client_new(NULL, argv[2]);
  if (topic == NULL || device == NULL || listen_for_signals() != 0) {
    perror("status_online");
    return 1;
  }
  snprintf(topic, size, "devices/%s/status", argv[2]);

  /* A refused option needs no check of its own: connecting would fail and name it. */
  mqttwill_set_will(device, topic, "offline", 7, MQTTWILL_QOS_1, true);
  mqttwill_set_keep_alive(device, KEEP_ALIVE_SECONDS);
  mqttwill_on_disconnect(device, on_disconnect, NULL);
  bool well = live(device, argv[1], topic);

  mqttwill_client_free(device);
  free(topic);
  return well ? 0 : 1;
}
