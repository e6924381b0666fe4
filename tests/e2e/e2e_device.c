/* SPDX-License-Identifier: MIT
 * The story of a device between the library and the bundled broker: going online, its will, and the three
 * ways to end. MQTT 5 sections 3.1.2.5, 3.1.3.2 and 3.14, and their likes in 3.1 and 3.1.1. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/broker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int versions[] = {MQTTWILL_MQTT_3_1, MQTTWILL_MQTT_3_1_1, MQTTWILL_MQTT_5};
#define VERSIONS 3

static struct broker_process broker;

static void setup(void) {
  broker_process_start(&broker);
}
static void teardown(void) {
  broker_process_stop(&broker);
}

/* A device with its will on `<id>/status`, connected. */
static mqttwill_client *connect_device(const char *id, int version, bool retain) {
  char topic[64];
  mqttwill_client *device = mqttwill_client_new(NULL, id);
  ck_assert_ptr_nonnull(device);
  snprintf(topic, sizeof(topic), "%s/status", id);
  assert_ok(device, mqttwill_set_version(device, version));
  assert_ok(device, mqttwill_set_will(device, topic, "offline", 7, MQTTWILL_QOS_1, retain));
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  ck_assert_int_eq(mqttwill_connected_version(device), version == 0 ? MQTTWILL_MQTT_5 : version);
  return device;
}

START_TEST(a_device_goes_online_dies_is_declared_offline_comes_back_and_says_goodbye)
{
  int version = versions[_i];
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", version, "+/status", MQTTWILL_QOS_1);

  mqttwill_client *device = connect_device("door", version, true);
  assert_ok(device, mqttwill_publish(device, "door/status", "online", 6, MQTTWILL_QOS_1, true, SOON_MS));
  expect(watcher, "door/status", "online", MQTTWILL_QOS_1, false);

  mqttwill_client *late = connect_watcher(broker.url, "late", version, "door/status", MQTTWILL_QOS_1);
  expect(late, "door/status", "online", MQTTWILL_QOS_1, true);

  assert_ok(device, mqttwill_abort(device));
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  expect(late, "door/status", "offline", MQTTWILL_QOS_1, false);
  mqttwill_client *later = connect_watcher(broker.url, "later", version, "#", MQTTWILL_QOS_1);
  expect(later, "door/status", "offline", MQTTWILL_QOS_1, true);

  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  assert_ok(device, mqttwill_publish(device, "door/status", "online", 6, MQTTWILL_QOS_1, true, SOON_MS));
  expect(watcher, "door/status", "online", MQTTWILL_QOS_1, false);
  assert_ok(device, mqttwill_publish(device, "door/status", "asleep", 6, MQTTWILL_QOS_1, true, SOON_MS));
  assert_ok(device, mqttwill_disconnect(device, SOON_MS));
  expect(watcher, "door/status", "asleep", MQTTWILL_QOS_1, false);
  expect_nothing_more(watcher);

  mqttwill_client_free(device);
  expect_nothing_more(watcher); /* freeing a client that has said goodbye is no death */
  disconnect_and_free(watcher);
  disconnect_and_free(late);
  disconnect_and_free(later);
}
END_TEST

/* ---- the endings ---- */

START_TEST(the_will_fires_when_a_connection_is_aborted)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  mqttwill_client *device = connect_device("door", versions[_i], false);
  assert_ok(device, mqttwill_abort(device));
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  expect_nothing_more(watcher);
  ck_assert(!mqttwill_is_connected(device));
  mqttwill_client_free(device);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(the_will_fires_when_a_connected_client_is_freed)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  mqttwill_client_free(connect_device("door", versions[_i], false));
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  expect_nothing_more(watcher);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(the_will_does_not_fire_after_a_disconnect)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  mqttwill_client *device = connect_device("door", versions[_i], true);
  assert_ok(device, mqttwill_disconnect(device, SOON_MS));
  expect_nothing_more(watcher);
  assert_status(MQTTWILL_ERR_NOT_CONNECTED, mqttwill_disconnect(device, SOON_MS));
  mqttwill_client_free(device);
  expect_nothing_more(watcher);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(a_disconnect_first_delivers_what_was_published)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "last/words", MQTTWILL_QOS_2);
  mqttwill_client *device = connect_device("door", versions[_i], false);
  char text[32];
  for (int i = 0; i < 30; i++) {
    snprintf(text, sizeof(text), "word %d", i);
    assert_ok(device, mqttwill_publish_async(device, "last/words", text, strlen(text), i % 3, false, NULL));
  }
  disconnect_and_free(device);
  /* QoS 2 words are passed on when their PUBREL comes, so the order holds for each QoS on its own. */
  int next[3] = {0, 1, 2};
  for (int i = 0; i < 30; i++) {
    mqttwill_message *message;
    assert_ok(watcher, mqttwill_receive(watcher, &message, SOON_MS));
    int qos = mqttwill_message_qos(message);
    snprintf(text, sizeof(text), "word %d", next[qos]);
    ck_assert_uint_eq(mqttwill_message_payload_length(message), strlen(text));
    ck_assert_mem_eq(mqttwill_message_payload(message), text, strlen(text));
    next[qos] += 3;
    mqttwill_message_free(message);
  }
  expect_nothing_more(watcher);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(the_will_fires_after_a_disconnect_with_will)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  mqttwill_client *device = connect_device("door", MQTTWILL_MQTT_5, false);
  assert_ok(device, mqttwill_disconnect_with_will(device, SOON_MS));
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  expect_nothing_more(watcher);
  mqttwill_client_free(device);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(a_disconnect_with_will_is_refused_below_mqtt_5_and_changes_nothing)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  mqttwill_client *device = connect_device("door", versions[_i], false);
  assert_status(MQTTWILL_ERR_VERSION, mqttwill_disconnect_with_will(device, SOON_MS));
  ck_assert_str_ne(mqttwill_error(device), "");
  ck_assert(mqttwill_is_connected(device));
  assert_ok(device, mqttwill_disconnect(device, SOON_MS));
  expect_nothing_more(watcher);
  mqttwill_client_free(device);
  disconnect_and_free(watcher);
}
END_TEST

/* A device in a process of its own, which then does `last` and never ends by itself. To be called while this
 * process has no threads: a fork would take only one of them along. */
static pid_t fork_device(int version, void (*last)(void)) {
  int ready[2];
  char byte;
  ck_assert_int_eq(pipe(ready), 0);
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    close(ready[0]);
    connect_device("door", version, false);
    if (last != NULL) last();
    if (write(ready[1], "!", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ready[1]);
  ck_assert_int_eq(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  return child;
}

static void kill_device(pid_t child) {
  int status;
  ck_assert_int_eq(kill(child, SIGKILL), 0);
  ck_assert_int_eq(waitpid(child, &status, 0), child);
}

START_TEST(the_will_fires_when_the_process_is_killed)
{
  pid_t device = fork_device(versions[_i], NULL);
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  expect_nothing_more(watcher); /* not before */
  kill_device(device);
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  disconnect_and_free(watcher);
}
END_TEST

/* Starts a program and returns when it runs: the pipe closes at its exec. */
static void run_a_program(void) {
  int running[2];
  char byte;
  if (pipe(running) != 0 || fcntl(running[1], F_SETFD, FD_CLOEXEC) != 0) _exit(1);
  pid_t program = fork();
  if (program == 0) {
    close(running[0]);
    execlp("sleep", "sleep", "60", (char *)NULL);
    _exit(127);
  }
  close(running[1]);
  if (program < 0 || read(running[0], &byte, 1) != 0) _exit(1);
  close(running[0]);
}

/* A program that a device has started must not keep the dead device's connection open: the sockets are
 * close-on-exec. Check ends the program with the test's process group. */
START_TEST(a_program_started_by_the_device_does_not_hold_its_will_back)
{
  pid_t device = fork_device(0, run_a_program);
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  kill_device(device);
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(a_takeover_fires_the_will_of_the_older_connection)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_2);
  mqttwill_client *older = connect_device("door", versions[_i], false);
  mqttwill_client *newer = connect_device("door", versions[_i], false);
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  await(!mqttwill_is_connected(older));
  ck_assert(mqttwill_is_connected(newer));
  expect_nothing_more(watcher);
  mqttwill_client_free(older);
  disconnect_and_free(newer);
  expect_nothing_more(watcher);
  disconnect_and_free(watcher);
}
END_TEST

/* ---- the will itself ---- */

START_TEST(a_will_of_65535_bytes_goes_through_whole)
{
  static unsigned char payload[65535];
  for (size_t i = 0; i < sizeof(payload); i++) payload[i] = (unsigned char)(i * 7 + i / 256);
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", versions[_i], "big/will", MQTTWILL_QOS_2);
  mqttwill_client *device = mqttwill_client_new(NULL, "door");
  assert_ok(device, mqttwill_set_version(device, versions[_i]));
  assert_ok(device, mqttwill_set_will(device, "big/will", payload, sizeof(payload), MQTTWILL_QOS_2, false));
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  mqttwill_client_free(device);
  expect_bytes(watcher, "big/will", payload, sizeof(payload), MQTTWILL_QOS_2, false);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(a_will_of_65536_bytes_is_refused_and_so_is_connecting_after_it)
{
  static const unsigned char payload[65536];
  mqttwill_client *device = mqttwill_client_new(NULL, "door");
  assert_status(MQTTWILL_ERR_PAYLOAD_TOO_LONG,
                mqttwill_set_will(device, "big/will", payload, sizeof(payload), MQTTWILL_QOS_1, false));
  ck_assert_ptr_nonnull(strstr(mqttwill_error(device), "will payload"));
  assert_status(MQTTWILL_ERR_PAYLOAD_TOO_LONG, mqttwill_check(device));
  assert_status(MQTTWILL_ERR_PAYLOAD_TOO_LONG, mqttwill_connect(device, broker.url, SOON_MS));
  ck_assert_ptr_nonnull(strstr(mqttwill_error(device), "will payload"));
  assert_status(MQTTWILL_ERR_PAYLOAD_TOO_LONG, mqttwill_connect_async(device, broker.url));
  /* Set well, it is forgiven. */
  assert_ok(device, mqttwill_set_will(device, "big/will", payload, 65535, MQTTWILL_QOS_1, false));
  assert_ok(device, mqttwill_check(device));
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  disconnect_and_free(device);
}
END_TEST

START_TEST(an_empty_retained_will_erases_what_was_retained)
{
  int version = versions[_i];
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", version, "+/status", MQTTWILL_QOS_1);
  mqttwill_client *device = mqttwill_client_new(NULL, "door");
  assert_ok(device, mqttwill_set_version(device, version));
  assert_ok(device, mqttwill_set_will(device, "door/status", NULL, 0, MQTTWILL_QOS_1, true));
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  assert_ok(device, mqttwill_publish(device, "door/status", "online", 6, MQTTWILL_QOS_1, true, SOON_MS));
  expect(watcher, "door/status", "online", MQTTWILL_QOS_1, false);
  mqttwill_client_free(device);
  expect(watcher, "door/status", "", MQTTWILL_QOS_1, false);
  mqttwill_client *late = connect_watcher(broker.url, "late", version, "+/status", MQTTWILL_QOS_1);
  expect_nothing_more(late);
  disconnect_and_free(late);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(the_properties_of_a_will_arrive_and_its_delay_does_not)
{
  mqttwill_client *watcher =
      connect_watcher(broker.url, "watcher", MQTTWILL_MQTT_5, "+/status", MQTTWILL_QOS_1);
  mqttwill_client *device = mqttwill_client_new(NULL, "door");
  assert_ok(device, mqttwill_set_will(device, "door/status", "offline", 7, MQTTWILL_QOS_1, false));
  assert_ok(device, mqttwill_set_will_number(device, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 1));
  assert_ok(device, mqttwill_set_will_number(device, MQTTWILL_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 3600));
  assert_ok(device, mqttwill_set_will_string(device, MQTTWILL_PROPERTY_CONTENT_TYPE, "text/plain"));
  assert_ok(device, mqttwill_set_will_string(device, MQTTWILL_PROPERTY_RESPONSE_TOPIC, "who/asks"));
  assert_ok(device, mqttwill_set_will_bytes(device, MQTTWILL_PROPERTY_CORRELATION_DATA, "\0\1\2", 3));
  assert_ok(device, mqttwill_add_will_user_property(device, "site", "hub"));
  assert_ok(device, mqttwill_add_will_user_property(device, "site", "yard"));
  assert_ok(device, mqttwill_set_will_delay(device, 5)); /* no effect: the session ends with the connection */
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  mqttwill_client_free(device);

  mqttwill_message *message;
  assert_ok(watcher, mqttwill_receive(watcher, &message, SOON_MS));
  const mqttwill_properties *properties = mqttwill_message_properties(message);
  uint32_t number;
  const void *data;
  const char *name, *value;
  size_t length, name_length, value_length;
  ck_assert(mqttwill_properties_number(properties, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 0, &number));
  ck_assert_uint_eq(number, 1);
  ck_assert(mqttwill_properties_number(properties, MQTTWILL_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 0, &number));
  ck_assert_uint_eq(number, 3600);
  ck_assert(mqttwill_properties_bytes(properties, MQTTWILL_PROPERTY_CONTENT_TYPE, &data, &length));
  ck_assert(length == 10 && memcmp(data, "text/plain", 10) == 0);
  ck_assert(mqttwill_properties_bytes(properties, MQTTWILL_PROPERTY_RESPONSE_TOPIC, &data, &length));
  ck_assert(length == 8 && memcmp(data, "who/asks", 8) == 0);
  ck_assert(mqttwill_properties_bytes(properties, MQTTWILL_PROPERTY_CORRELATION_DATA, &data, &length));
  ck_assert(length == 3 && memcmp(data, "\0\1\2", 3) == 0);
  ck_assert(mqttwill_properties_user(properties, 0, &name, &name_length, &value, &value_length));
  ck_assert(name_length == 4 && memcmp(name, "site", 4) == 0);
  ck_assert(value_length == 3 && memcmp(value, "hub", 3) == 0);
  ck_assert(mqttwill_properties_user(properties, 1, &name, &name_length, &value, &value_length));
  ck_assert(value_length == 4 && memcmp(value, "yard", 4) == 0);
  ck_assert(!mqttwill_properties_user(properties, 2, &name, &name_length, &value, &value_length));
  ck_assert(!mqttwill_properties_number(properties, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 0, &number));
  mqttwill_message_free(message);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(a_will_delay_passes_before_the_will_fires_and_a_return_in_time_cancels_it)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_1);
  mqttwill_client *device = mqttwill_client_new(NULL, "door");
  uint64_t best_ms, worst_ms;
  unsigned warnings;
  assert_ok(device, mqttwill_set_will(device, "door/status", "offline", 7, MQTTWILL_QOS_1, false));
  assert_ok(device, mqttwill_set_will_delay(device, 1));
  assert_ok(device, mqttwill_set_session_expiry(device, 60));
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  assert_ok(device, mqttwill_will_timing(device, &best_ms, &worst_ms, &warnings));
  ck_assert_uint_eq(best_ms, 1000);
  ck_assert_uint_eq(worst_ms, 91000); /* 1.5 times the keep alive of 60 s, and the delay */
  ck_assert_uint_eq(warnings, 0);

  assert_ok(device, mqttwill_abort(device));
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS)); /* within the second */
  uint64_t death = now_ms();
  assert_ok(device, mqttwill_abort(device));
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  ck_assert_uint_ge(now_ms() - death, 990); /* two clocks */
  expect_nothing_more(watcher);             /* the first abort's will was due before this one */
  mqttwill_client_free(device);
  disconnect_and_free(watcher);
}
END_TEST

START_TEST(a_change_of_the_will_waits_for_the_next_connection)
{
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "+/status", MQTTWILL_QOS_1);
  mqttwill_client *device = connect_device("door", versions[_i], false);
  ck_assert(!mqttwill_will_pending(device));
  assert_ok(device, mqttwill_set_will(device, "door/status", "stolen", 6, MQTTWILL_QOS_1, false));
  ck_assert(mqttwill_will_pending(device));
  assert_ok(device, mqttwill_abort(device));
  expect(watcher, "door/status", "offline", MQTTWILL_QOS_1, false);
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  ck_assert(!mqttwill_will_pending(device));
  assert_ok(device, mqttwill_abort(device));
  expect(watcher, "door/status", "stolen", MQTTWILL_QOS_1, false);
  mqttwill_client_free(device);
  disconnect_and_free(watcher);
}
END_TEST

/* Mistakes in a will: found when it is set, named, and in the way of connecting as long as they stand. */
static const struct {
  const char *topic, *named;
  int qos, status;
} mistakes[] = {
    {"", "will topic", 1, MQTTWILL_ERR_TOPIC_EMPTY},
    {"door/+", "will topic", 1, MQTTWILL_ERR_TOPIC_WILDCARD},
    {"door/#", "will topic", 1, MQTTWILL_ERR_TOPIC_WILDCARD},
    {"door/\xc0\xaf", "will topic", 1, MQTTWILL_ERR_TOPIC_UTF8},     /* an overlong slash */
    {"door/\xed\xa0\x80", "will topic", 1, MQTTWILL_ERR_TOPIC_UTF8}, /* a surrogate */
    {"door", "will QoS", 3, MQTTWILL_ERR_QOS},
    {"door", "will QoS", -1, MQTTWILL_ERR_QOS},
};
#define MISTAKES ((int)(sizeof(mistakes) / sizeof(mistakes[0])))

START_TEST(a_refused_will_that_is_ignored_makes_connecting_fail_with_the_same_status)
{
  mqttwill_client *device = mqttwill_client_new(NULL, "door");
  assert_status(mistakes[_i].status,
                mqttwill_set_will(device, mistakes[_i].topic, "offline", 7, mistakes[_i].qos, true));
  ck_assert_msg(strstr(mqttwill_error(device), mistakes[_i].named) != NULL, "no \"%s\" in \"%s\"",
                mistakes[_i].named, mqttwill_error(device));
  assert_status(mistakes[_i].status, mqttwill_connect(device, broker.url, SOON_MS));
  ck_assert_ptr_nonnull(strstr(mqttwill_error(device), mistakes[_i].named));
  ck_assert(!mqttwill_is_connected(device));
  assert_ok(device, mqttwill_clear_will(device));
  assert_ok(device, mqttwill_connect(device, broker.url, SOON_MS));
  disconnect_and_free(device);
}
END_TEST

START_TEST(will_properties_with_mqtt_3_are_an_error_and_not_a_silent_loss)
{
  mqttwill_client *device = mqttwill_client_new(NULL, "door");
  assert_ok(device, mqttwill_set_will(device, "door/status", "offline", 7, MQTTWILL_QOS_1, true));
  assert_ok(device, mqttwill_set_will_delay(device, 5));
  (void)mqttwill_set_version(device, MQTTWILL_MQTT_3_1_1); /* options may be set in any order */
  assert_status(MQTTWILL_ERR_VERSION, mqttwill_connect(device, broker.url, SOON_MS));
  ck_assert_str_ne(mqttwill_error(device), "");
  mqttwill_client_free(device);
}
END_TEST

START_TEST(the_broker_tells_the_end_of_each_client_and_the_fate_of_its_will)
{
  mqttwill_client *device = connect_device("crashing", 0, false);
  mqttwill_client_free(device);
  disconnect_and_free(connect_device("leaving", 0, false));
  await(broker_process_said(&broker, "client \"crashing\": connection lost; will published"));
  await(broker_process_said(&broker, "client \"leaving\": disconnect; will discarded"));
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e: the story of a device");
  TCase *tc = tcase_create("device");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, a_device_goes_online_dies_is_declared_offline_comes_back_and_says_goodbye, 0,
                      VERSIONS);
  tcase_add_loop_test(tc, the_will_fires_when_a_connection_is_aborted, 0, VERSIONS);
  tcase_add_loop_test(tc, the_will_fires_when_a_connected_client_is_freed, 0, VERSIONS);
  tcase_add_loop_test(tc, the_will_does_not_fire_after_a_disconnect, 0, VERSIONS);
  tcase_add_loop_test(tc, a_disconnect_first_delivers_what_was_published, 0, VERSIONS);
  tcase_add_test(tc, the_will_fires_after_a_disconnect_with_will);
  tcase_add_loop_test(tc, a_disconnect_with_will_is_refused_below_mqtt_5_and_changes_nothing, 0,
                      VERSIONS - 1);
  tcase_add_loop_test(tc, the_will_fires_when_the_process_is_killed, 0, VERSIONS);
  tcase_add_test(tc, a_program_started_by_the_device_does_not_hold_its_will_back);
  tcase_add_loop_test(tc, a_takeover_fires_the_will_of_the_older_connection, 0, VERSIONS);
  tcase_add_loop_test(tc, a_will_of_65535_bytes_goes_through_whole, 0, VERSIONS);
  tcase_add_test(tc, a_will_of_65536_bytes_is_refused_and_so_is_connecting_after_it);
  tcase_add_loop_test(tc, an_empty_retained_will_erases_what_was_retained, 0, VERSIONS);
  tcase_add_test(tc, the_properties_of_a_will_arrive_and_its_delay_does_not);
  tcase_add_test(tc, a_will_delay_passes_before_the_will_fires_and_a_return_in_time_cancels_it);
  tcase_add_loop_test(tc, a_change_of_the_will_waits_for_the_next_connection, 0, VERSIONS);
  tcase_add_loop_test(tc, a_refused_will_that_is_ignored_makes_connecting_fail_with_the_same_status, 0,
                      MISTAKES);
  tcase_add_test(tc, will_properties_with_mqtt_3_are_an_error_and_not_a_silent_loss);
  tcase_add_test(tc, the_broker_tells_the_end_of_each_client_and_the_fate_of_its_will);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_with_each_backend(suite);
}
