/* SPDX-License-Identifier: MIT
 * Ten thousand devices of another process die at once: every will is seen, and each exactly once. The devices
 * are bare sockets, so that nothing of the library stands on both sides; the watcher is the library. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/broker_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WANTED      10000
#define SPARE       100   /* descriptors for everything that is no device */
#define PATIENCE_MS 60000 /* sanitizers and valgrind are slow */

static struct broker_process broker;

static void setup(void) {
  broker_process_start(&broker);
}
static void teardown(void) {
  broker_process_stop(&broker);
}

/* How many connections this machine allows a process, and the broker beside it. */
static int fleet_size(void) {
  struct rlimit limit;
  ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= WANTED + SPARE) return WANTED;
  int size = (int)limit.rlim_cur - SPARE;
  printf("NOTE: the limit of open files is %d: %d devices instead of %d\n", (int)limit.rlim_cur, size,
         WANTED);
  ck_assert_int_gt(size, 0);
  return size;
}

/* ---- the fleet: a process of its own ---- */

_Noreturn static void give_up(int number, const char *what) {
  fprintf(stderr, "device %d: %s\n", number, what);
  _exit(1);
}

static void add_string(unsigned char *packet, size_t *size, const char *text) {
  size_t length = strlen(text);
  packet[(*size)++] = (unsigned char)(length >> 8);
  packet[(*size)++] = (unsigned char)(length & 0xff);
  memcpy(packet + *size, text, length);
  *size += length;
}

/* CONNECT by hand: 3.1.1 or 5, clean, will QoS 1, keep alive 600, "device-N", will "fleet/N" "N". */
static size_t write_connect(unsigned char *packet, int number) {
  unsigned char level = number % 2 == 0 ? 4 : 5;
  char text[32];
  size_t size = 2;
  add_string(packet, &size, "MQTT");
  packet[size++] = level;
  packet[size++] = 0x02 | 0x04 | 0x08;
  packet[size++] = 600 >> 8;
  packet[size++] = 600 & 0xff;
  if (level == 5) packet[size++] = 0; /* no properties */
  snprintf(text, sizeof(text), "device-%d", number);
  add_string(packet, &size, text);
  if (level == 5) packet[size++] = 0; /* no will properties */
  snprintf(text, sizeof(text), "fleet/%d", number);
  add_string(packet, &size, text);
  snprintf(text, sizeof(text), "%d", number);
  add_string(packet, &size, text);
  packet[0] = 0x10;
  packet[1] = (unsigned char)(size - 2); /* below 128 */
  return size;
}

/* Reads one packet and returns its first byte; the fourth, CONNACK's code, goes to `code`. */
static unsigned read_answer(int fd, int number, unsigned *code) {
  unsigned char bytes[2 + 127];
  if (recv(fd, bytes, 2, MSG_WAITALL) != 2 || bytes[1] > 127) give_up(number, "no answer");
  if (bytes[1] > 0 && recv(fd, bytes + 2, bytes[1], MSG_WAITALL) != bytes[1])
    give_up(number, "half an answer");
  *code = bytes[1] >= 2 ? bytes[3] : 0;
  return bytes[0];
}

static void send_all(int fd, int number, const unsigned char *bytes, size_t size) {
  if (send(fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size) give_up(number, "not sent");
}

static void launch(int number) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)broker.port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  unsigned char packet[128];
  unsigned code = 0;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) give_up(number, "no socket");
  if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) give_up(number, "no connection");
  send_all(fd, number, packet, write_connect(packet, number));
  if (read_answer(fd, number, &code) != 0x20 || code != 0) give_up(number, "no welcome");
  send_all(fd, number, (const unsigned char[]){0xc0, 0x00}, 2);
  if (read_answer(fd, number, &code) != 0xd0) give_up(number, "no answer to a ping");
}

static pid_t launch_fleet(int size) {
  int ready[2];
  char byte;
  ck_assert_int_eq(pipe(ready), 0);
  pid_t fleet = fork();
  ck_assert_int_ge(fleet, 0);
  if (fleet == 0) {
    close(ready[0]);
    alarm(PATIENCE_MS / 1000);
    for (int i = 0; i < size; i++) launch(i);
    if (write(ready[1], "!", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ready[1]);
  ck_assert_msg(read(ready[0], &byte, 1) == 1, "the fleet was not launched");
  close(ready[0]);
  return fleet;
}

/* ---- the watcher ---- */

struct sightings {
  int size, total;
  bool fenced;
  unsigned char *times; /* each will was seen */
};

static void on_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  struct sightings *sightings = argument;
  int number = -1;
  char payload[32];
  (void)client;
  if (strcmp(mqttwill_message_topic(message), "fleet/fence") == 0) {
    sightings->fenced = true;
    return;
  }
  ck_assert_int_eq(sscanf(mqttwill_message_topic(message), "fleet/%d", &number), 1);
  ck_assert(number >= 0 && number < sightings->size);
  snprintf(payload, sizeof(payload), "%d", number);
  ck_assert_uint_eq(mqttwill_message_payload_length(message), strlen(payload));
  ck_assert_mem_eq(mqttwill_message_payload(message), payload, strlen(payload));
  ck_assert_int_eq(mqttwill_message_qos(message), MQTTWILL_QOS_1);
  sightings->times[number]++;
  sightings->total++;
}

static void turn(mqttwill_loop *loop, const bool *done, const int *count, int wanted) {
  uint64_t end = now_ms() + PATIENCE_MS;
  while (!*done && *count < wanted) {
    ck_assert_msg(now_ms() < end, "%d of %d seen in time", *count, wanted);
    assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, 100));
  }
}

START_TEST(ten_thousand_wills_are_seen_exactly_once_each)
{
  struct sightings sightings = {.size = fleet_size()};
  sightings.times = calloc((size_t)sightings.size, 1);
  ck_assert_ptr_nonnull(sightings.times);
  pid_t fleet = launch_fleet(sightings.size);

  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *watcher = mqttwill_client_new(loop, "watcher");
  assert_ok(watcher, mqttwill_on_message(watcher, on_message, &sightings));
  assert_ok(watcher, mqttwill_connect(watcher, broker.url, PATIENCE_MS));
  assert_ok(watcher, mqttwill_subscribe(watcher, "fleet/+", MQTTWILL_QOS_1, PATIENCE_MS));
  ck_assert_int_eq(sightings.total, 0); /* all alive */

  ck_assert_int_eq(kill(fleet, SIGKILL), 0);
  ck_assert_int_eq(waitpid(fleet, NULL, 0), fleet);
  uint64_t cut = now_ms();
  turn(loop, &sightings.fenced, &sightings.total, sightings.size);
  printf("%d wills after %d ms\n", sightings.total, (int)(now_ms() - cut));

  /* Whatever came twice has come before this. */
  assert_ok(watcher, mqttwill_publish(watcher, "fleet/fence", "", 0, MQTTWILL_QOS_1, false, PATIENCE_MS));
  turn(loop, &sightings.fenced, &sightings.total, INT32_MAX);
  for (int i = 0; i < sightings.size; i++)
    ck_assert_msg(sightings.times[i] == 1, "will %d was seen %d times", i, sightings.times[i]);
  assert_ok(watcher, mqttwill_disconnect(watcher, PATIENCE_MS));
  mqttwill_client_free(watcher);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
  free(sightings.times);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e: a fleet");
  TCase *tc = tcase_create("fleet");
  tcase_set_timeout(tc, 180);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, ten_thousand_wills_are_seen_exactly_once_each);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_once(suite);
}
