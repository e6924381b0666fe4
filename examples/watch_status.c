/* SPDX-License-Identifier: MIT
 * Prints who is online: a line for every status that arrives, with the time of day. What the broker had
 * retained from before is marked so.
 *
 *   watch_status mqtt://broker.example ['devices/+/status']
 *   18:53:01.123 devices/door-1/status online (retained)
 */
#define _POSIX_C_SOURCE 200809L

#include <mqttwill/mqttwill.h>

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#define PATIENCE_MS 10000

static void print_time(void) {
  struct timespec now;
  struct tm day;
  clock_gettime(CLOCK_REALTIME, &now);
  localtime_r(&now.tv_sec, &day);
  printf("%02d:%02d:%02d.%03ld ", day.tm_hour, day.tm_min, day.tm_sec, now.tv_nsec / 1000000);
}

/* Anybody may publish anything: what a terminal would obey is not passed on to it. */
static void print_plain(const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) putchar(iscntrl((unsigned char)bytes[i]) ? '?' : bytes[i]);
}

static void print_status(const mqttwill_message *message) {
  print_time();
  print_plain(mqttwill_message_topic(message), mqttwill_message_topic_length(message));
  putchar(' ');
  print_plain(mqttwill_message_payload(message), mqttwill_message_payload_length(message));
  puts(mqttwill_message_retain(message) ? " (retained)" : "");
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: watch_status URL [FILTER]\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  mqttwill_client *watcher = mqttwill_client_new(NULL, NULL);
  mqttwill_message *message;
  if (watcher == NULL) {
    perror("watch_status");
    return 1;
  }
  if (mqttwill_connect(watcher, argv[1], PATIENCE_MS) == MQTTWILL_OK &&
      mqttwill_subscribe(watcher, argc > 2 ? argv[2] : "devices/+/status", MQTTWILL_QOS_1, PATIENCE_MS) ==
          MQTTWILL_OK) {
    while (mqttwill_receive(watcher, &message, -1) == MQTTWILL_OK) {
      print_status(message);
      mqttwill_message_free(message);
    }
  }
  fprintf(stderr, "%s\n", mqttwill_error(watcher)); /* watching has no end but a failure or a signal */
  mqttwill_client_free(watcher);
  return 1;
}
