/* SPDX-License-Identifier: MIT
 * The helpers of e2e.h. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/e2e.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void nap(void) {
  nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

mqttwill_client *connect_client(const char *url, const char *id, int version) {
  mqttwill_client *client = mqttwill_client_new(NULL, id);
  ck_assert_ptr_nonnull(client);
  assert_ok(client, mqttwill_set_version(client, version));
  assert_ok(client, mqttwill_connect(client, url, SOON_MS));
  return client;
}

mqttwill_client *connect_watcher(const char *url, const char *id, int version, const char *filter, int qos) {
  char fence[128];
  mqttwill_client *watcher = connect_client(url, id, version);
  snprintf(fence, sizeof(fence), "fence/%s", id);
  assert_ok(watcher, mqttwill_subscribe(watcher, filter, (unsigned)qos, SOON_MS));
  ck_assert_int_eq(mqttwill_error_reason(watcher), qos); /* granted as asked for */
  assert_ok(watcher, mqttwill_subscribe(watcher, fence, MQTTWILL_QOS_1, SOON_MS));
  return watcher;
}

void disconnect_and_free(mqttwill_client *client) {
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  mqttwill_client_free(client);
}

void expect_bytes(mqttwill_client *watcher, const char *topic, const void *payload, size_t length, int qos,
                  bool retain) {
  mqttwill_message *message = NULL;
  int status = mqttwill_receive(watcher, &message, SOON_MS);
  ck_assert_msg(status == MQTTWILL_OK, "no message on %s: %s", topic, mqttwill_error(watcher));
  ck_assert_str_eq(mqttwill_message_topic(message), topic);
  ck_assert_uint_eq(mqttwill_message_topic_length(message), strlen(topic));
  ck_assert_uint_eq(mqttwill_message_payload_length(message), length);
  ck_assert_msg(length == 0 || memcmp(mqttwill_message_payload(message), payload, length) == 0,
                "another payload on %s: %.*s", topic, (int)(length < 200 ? length : 200),
                (const char *)mqttwill_message_payload(message));
  ck_assert_int_eq(mqttwill_message_qos(message), qos);
  ck_assert_int_eq(mqttwill_message_retain(message), retain);
  ck_assert_int_eq(mqttwill_message_duplicate(message), false);
  mqttwill_message_free(message);
}

void expect(mqttwill_client *watcher, const char *topic, const char *payload, int qos, bool retain) {
  expect_bytes(watcher, topic, payload, strlen(payload), qos, retain);
}

void expect_nothing_more(mqttwill_client *watcher) {
  static int count;
  char id[100], fence[128], stamp[16];
  ck_assert_uint_lt(mqttwill_client_id(watcher, id, sizeof(id)), sizeof(id));
  snprintf(fence, sizeof(fence), "fence/%s", id);
  snprintf(stamp, sizeof(stamp), "%d", ++count);
  assert_ok(watcher, mqttwill_publish(watcher, fence, stamp, strlen(stamp), MQTTWILL_QOS_1, false, SOON_MS));
  expect(watcher, fence, stamp, MQTTWILL_QOS_1, false);
}

int run_once(Suite *(*make)(void)) {
  SRunner *runner = srunner_create(make());
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int run_with_each_backend(Suite *(*make)(void)) {
  unsetenv("MQTTWILL_LOOP");
  int first = run_once(make);
  setenv("MQTTWILL_LOOP", "poll", 1);
  int second = run_once(make);
  return first == EXIT_SUCCESS ? second : first;
}
