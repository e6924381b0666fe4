/* SPDX-License-Identifier: MIT
 * What happens at the wrong moment: options set while a connection is being made or is up, calls that race
 * with the end of their client, limits that a server announced before. ThreadSanitizer runs this. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/raw_server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void count(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client, (void)event;
  ++*(int *)argument;
}

/* ---- options at the wrong moment ---- */

static void expect_connect_without_properties(int listener) {
  int fd = raw_accept(listener);
  size_t size = raw_read_packet(fd, 0x10);
  /* 10 len | 00 04 MQTT | 05 02 00 3c | receive maximum 100, maximum packet size 1 MiB | client id */
  if (size != 2 + 10 + 9 + 3 || raw_packet()[12] != 8) raw_fail("the properties are not those that are set");
  raw_send(fd, "20 03 00 00 00");
  raw_expect_close(fd);
}

START_TEST(properties_may_be_cleared_while_a_connect_is_under_way)
{
  struct raw_server server;
  int connects = 0;
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "c");
  mqttwill_properties *properties = mqttwill_properties_new();
  assert_ok(client, mqttwill_properties_add_user(properties, "name", "value"));
  raw_server_start(&server, expect_connect_without_properties);
  assert_ok(client, mqttwill_on_connect(client, count, &connects));
  assert_ok(client, mqttwill_set_connect_properties(client, properties));
  mqttwill_properties_free(properties);
  assert_ok(client, mqttwill_connect_async(client, server.url));
  assert_ok(client, mqttwill_set_connect_properties(client, NULL));
  turn_until(loop, connects == 1);
  ck_assert(mqttwill_is_connected(client));
  mqttwill_client_free(client);
  raw_server_end(&server);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static void answer_and_send_two_messages(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  raw_read_packet(fd, 0x30); /* the options have been changed */
  raw_send(fd, "32 16 00 01 61 00 01 00 30 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35");
  raw_send(fd, "32 16 00 01 61 00 02 00 30 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35");
  raw_read_packet(fd, 0x40);
  raw_read_packet(fd, 0x40);
  raw_read_packet(fd, 0xe0);
  raw_expect_close(fd);
}

START_TEST(options_set_while_connected_do_not_bind_the_live_connection)
{
  struct raw_server server;
  mqttwill_message *message;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  mqttwill_properties *properties = mqttwill_properties_new();
  assert_ok(client, mqttwill_properties_add_number(properties, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 5));
  raw_server_start(&server, answer_and_send_two_messages);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_ok(client, mqttwill_set_maximum_packet_size(client, 16));
  assert_ok(client, mqttwill_set_receive_maximum(client, 1));
  assert_ok(client, mqttwill_set_session_expiry(client, 60));
  assert_ok(client, mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_0, false, SOON_MS));
  for (int i = 0; i < 2; i++) {
    assert_ok(client, mqttwill_receive(client, &message, SOON_MS));
    mqttwill_message_free(message);
  }
  /* CONNECT said 0, whatever is set now */
  assert_status(MQTTWILL_ERR_SESSION_EXPIRY,
                mqttwill_disconnect_async(client, MQTTWILL_REASON_SUCCESS, properties, SOON_MS));
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  mqttwill_properties_free(properties);
  mqttwill_client_free(client);
  raw_server_end(&server);
}
END_TEST

/* ---- a program that does not read ---- */

static int pinged[2]; /* a pipe: the server tells that two pings have come */

static void pour_messages_and_answer_pings(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 06 00 00 03 13 00 01"); /* Server Keep Alive: 1 s */
  for (int i = 0; i < 5; i++) raw_send(fd, "30 05 00 01 61 00 78");
  for (int i = 0; i < 2; i++) {
    raw_read_packet(fd, 0xc0);
    raw_send(fd, "d0 00");
  }
  if (write(pinged[1], "!", 1) != 1) raw_fail("the test has gone");
  while (raw_read_packet(fd, RAW_ANY) == 2 && raw_packet()[0] == 0xc0) raw_send(fd, "d0 00");
  if (raw_packet()[0] != 0xe0) raw_fail("neither a ping nor a disconnect");
  raw_expect_close(fd);
}

START_TEST(the_connection_outlives_a_program_that_leaves_its_messages_unread)
{
  char byte;
  struct raw_server server;
  mqttwill_message *message;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  ck_assert_int_eq(pipe(pinged), 0);
  raw_server_start(&server, pour_messages_and_answer_pings);
  assert_ok(client, mqttwill_set_receive_maximum(client, 1));
  assert_ok(client, mqttwill_set_ping_timeout(client, 200));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  ck_assert_int_eq(read(pinged[0], &byte, 1), 1);
  for (int i = 0; i < 5; i++) {
    assert_ok(client, mqttwill_receive(client, &message, SOON_MS));
    mqttwill_message_free(message);
  }
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  mqttwill_client_free(client);
  raw_server_end(&server);
}
END_TEST

/* Receive Maximum of them: the server may send no more, but it may answer. */
static void fill_the_window_and_answer(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  raw_send(fd, "32 07 00 01 61 00 01 00 78 32 07 00 01 61 00 02 00 78");
  raw_read_packet(fd, 0x32);
  raw_send(fd, "40 02 00 01");
  raw_read_packet(fd, 0xe0);
  raw_expect_close(fd);
}

START_TEST(answers_are_read_while_as_many_messages_wait_as_may)
{
  struct raw_server server;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  raw_server_start(&server, fill_the_window_and_answer);
  assert_ok(client, mqttwill_set_receive_maximum(client, 2));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  for (int i = 0; i < 25; i++) nap(); /* the messages wait by now; else the test only proves less */
  assert_ok(client, mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_1, false, 1000));
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  mqttwill_client_free(client);
  raw_server_end(&server);
}
END_TEST

static atomic_bool out_of_memory;

static void *allocate(size_t size) {
  return out_of_memory ? NULL : malloc(size);
}
static void *allocate_again(void *block, size_t size) {
  return out_of_memory ? NULL : realloc(block, size);
}

static void send_a_message_when_pinged(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  raw_read_packet(fd, 0x30);
  raw_send(fd, "30 05 00 01 61 00 78");
  raw_expect_close(fd);
}

static void no_more_memory(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client, (void)event, (void)argument;
  out_of_memory = true;
}

START_TEST(a_message_that_cannot_be_kept_for_lack_of_memory_is_told_as_that)
{
  struct raw_server server;
  mqttwill_message *message;
  assert_status(MQTTWILL_OK, mqttwill_set_allocator(allocate, allocate_again, free));
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  raw_server_start(&server, send_a_message_when_pinged);
  assert_ok(client, mqttwill_on_complete(client, no_more_memory, NULL));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_0, false, NULL));
  assert_status(MQTTWILL_ERR_MEMORY, mqttwill_receive(client, &message, SOON_MS));
  out_of_memory = false;
  mqttwill_client_free(client);
  raw_server_end(&server);
}
END_TEST

/* ---- limits that a server announced ---- */

static void grant_qos_0_without_retain(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 07 00 00 04 24 00 25 00"); /* Maximum QoS 0, Retain Available 0 */
  raw_read_packet(fd, 0xe0);
  raw_expect_close(fd);
}

static void assert_told(const mqttwill_client *client, const char *what) {
  ck_assert_msg(strstr(mqttwill_error(client), what) != NULL, "no \"%s\" in \"%s\"", what,
                mqttwill_error(client));
}

START_TEST(a_will_that_the_server_is_known_not_to_take_is_refused_before_it_is_sent)
{
  struct raw_server server;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  raw_server_start(&server, grant_qos_0_without_retain);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  assert_ok(client, mqttwill_set_will(client, "a", "x", 1, MQTTWILL_QOS_1, false));
  assert_status(MQTTWILL_ERR_QOS_UNAVAILABLE, mqttwill_connect(client, server.url, SOON_MS));
  assert_told(client, "will QoS");
  assert_status(MQTTWILL_ERR_QOS_UNAVAILABLE, mqttwill_check(client));
  assert_ok(client, mqttwill_set_will(client, "a", "x", 1, MQTTWILL_QOS_0, true));
  assert_status(MQTTWILL_ERR_RETAIN_UNAVAILABLE, mqttwill_connect(client, server.url, SOON_MS));
  assert_told(client, "will retain");
  /* Of another server nothing is known. */
  assert_status(MQTTWILL_ERR_CONNECT, mqttwill_connect(client, "mqtt://127.0.0.1:1", SOON_MS));
  mqttwill_client_free(client);
  raw_server_end(&server);
}
END_TEST

static void answer_garbage_and_stay(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 00");
  for (;;) pause();
}

START_TEST(an_attempt_that_has_failed_does_not_linger_beyond_its_deadline)
{
  struct raw_server server;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  raw_server_start(&server, answer_garbage_and_stay);
  uint64_t start = now_ms();
  assert_status(MQTTWILL_ERR_MALFORMED, mqttwill_connect(client, server.url, 500));
  ck_assert_uint_lt(now_ms() - start, 900);
  mqttwill_client_free(client);
  raw_server_kill(&server);
}
END_TEST

/* ---- the end of a client, and the calls on it ---- */

struct publisher {
  pthread_t thread;
  mqttwill_client *client;
  atomic_int started;
  int status;
};

static void *publish_for_ever(void *argument) {
  struct publisher *publisher = argument;
  publisher->started = 1;
  publisher->status = mqttwill_publish(publisher->client, "a", "xxxxxxxx", 8, MQTTWILL_QOS_1, false, -1);
  return NULL;
}

START_TEST(a_publish_that_waits_for_room_ends_when_its_client_is_freed)
{
  struct publisher publisher = {.client = mqttwill_client_new(NULL, "c"), .status = 1};
  assert_ok(publisher.client, mqttwill_set_outbound_limit(publisher.client, 10));
  assert_ok(publisher.client,
            mqttwill_publish_async(publisher.client, "a", "x", 1, MQTTWILL_QOS_1, false, NULL));
  ck_assert_int_eq(pthread_create(&publisher.thread, NULL, publish_for_ever, &publisher), 0);
  await(publisher.started);
  for (int i = 0; i < 25; i++) nap(); /* it waits by now; where it does not yet, the test only proves less */
  mqttwill_client_free(publisher.client);
  ck_assert_int_eq(pthread_join(publisher.thread, NULL), 0);
  assert_status(MQTTWILL_ERR_CANCELLED, publisher.status);
}
END_TEST

static int64_t late; /* what publishing in a callback of a client that is being freed answered */

static void publish_again(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  ++*(int *)argument;
  if (mqttwill_event_status(event) == MQTTWILL_ERR_CANCELLED)
    late = mqttwill_publish_async(client, "a", "y", 1, MQTTWILL_QOS_1, false, NULL);
}

START_TEST(nothing_is_begun_that_nobody_would_end)
{
  int completions = 0;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  assert_ok(client, mqttwill_on_complete(client, publish_again, &completions));
  assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_1, false, NULL));
  mqttwill_client_free(client);
  ck_assert_int_eq(completions, 1);
  assert_status(MQTTWILL_ERR_CANCELLED, late);
}
END_TEST

static void pour_messages(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  for (int i = 0; i < 4000; i++) raw_send(fd, "30 05 00 01 61 00 78");
  for (;;) pause();
}

static void take(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client, (void)message, (void)argument;
}

START_TEST(a_message_callback_may_be_taken_away_while_messages_pour_in)
{
  struct raw_server server;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  raw_server_start(&server, pour_messages);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  for (int i = 0; i < 20000; i++)
    assert_ok(client, mqttwill_on_message(client, i % 2 == 0 ? take : NULL, NULL));
  mqttwill_client_free(client);
  raw_server_kill(&server);
}
END_TEST

/* ---- loops ---- */

static void accept_and_read(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  raw_read_packet(fd, 0x30);
  raw_read_packet(fd, 0x30);
  raw_expect_close(fd);
}

/* QoS 0 is done as soon as it has left: nothing comes from the server that would end a wait. */
START_TEST(what_is_done_before_the_wait_is_not_waited_for)
{
  struct raw_server server;
  int completions = 0;
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "c");
  raw_server_start(&server, accept_and_read);
  assert_ok(client, mqttwill_on_complete(client, count, &completions));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  uint64_t start = now_ms();
  assert_ok(client, mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_0, false, SOON_MS));
  assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_0, false, NULL));
  while (completions < 2) assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, SOON_MS));
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  mqttwill_client_free(client);
  raw_server_end(&server);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static void stop_the_loop(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client, (void)event;
  mqttwill_loop_stop(argument);
}

START_TEST(a_loop_whose_thread_a_callback_stopped_can_be_started_again)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "c");
  int connects = 0;
  assert_ok(client, mqttwill_on_connect(client, stop_the_loop, loop));
  assert_status(MQTTWILL_OK, mqttwill_loop_start(loop));
  assert_status(MQTTWILL_ERR_CONNECT, mqttwill_connect(client, "mqtt://127.0.0.1:1", SOON_MS));
  await(mqttwill_loop_step(loop, 0) == MQTTWILL_OK); /* the thread has ended, the loop is free */
  assert_ok(client, mqttwill_on_connect(client, count, &connects));
  assert_status(MQTTWILL_OK, mqttwill_loop_start(loop));
  assert_status(MQTTWILL_ERR_STATE, mqttwill_loop_start(loop));
  assert_status(MQTTWILL_ERR_CONNECT, mqttwill_connect(client, "mqtt://127.0.0.1:1", SOON_MS));
  assert_status(MQTTWILL_OK, mqttwill_loop_stop(loop));
  ck_assert_int_eq(connects, 1);
  mqttwill_client_free(client);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

/* ---- operations that ended long ago ---- */

static void refuse_a_message(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  raw_read_packet(fd, 0x32);
  raw_send(fd, "40 03 00 01 87"); /* PUBACK: not authorized */
  raw_expect_close(fd);
}

START_TEST(an_old_operation_that_failed_late_does_not_make_others_successful)
{
  struct raw_server server;
  mqttwill_client *client = mqttwill_client_new(NULL, "c");
  int64_t attempts[9];
  int64_t old = mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_1, false, NULL);
  assert_ok(client, old);
  for (int i = 0; i < 9; i++) {
    attempts[i] = mqttwill_connect_async(client, "mqtt://127.0.0.1:1");
    assert_ok(client, attempts[i]);
    int status = mqttwill_wait(client, attempts[i], SOON_MS);
    assert_status(MQTTWILL_ERR_CONNECT, status);
  }
  raw_server_start(&server, refuse_a_message);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_status(MQTTWILL_ERR_REASON, mqttwill_wait(client, old, SOON_MS));
  assert_status(MQTTWILL_ERR_REASON, mqttwill_wait(client, old, SOON_MS));
  assert_status(MQTTWILL_ERR_FORGOTTEN, mqttwill_wait(client, attempts[0], SOON_MS));
  assert_status(MQTTWILL_ERR_FORGOTTEN, mqttwill_wait(client, attempts[1], SOON_MS));
  assert_status(MQTTWILL_ERR_CONNECT, mqttwill_wait(client, attempts[2], SOON_MS));
  mqttwill_client_free(client);
  raw_server_end(&server);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e: at the wrong moment");
  TCase *tc = tcase_create("edges");
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, properties_may_be_cleared_while_a_connect_is_under_way);
  tcase_add_test(tc, options_set_while_connected_do_not_bind_the_live_connection);
  tcase_add_test(tc, the_connection_outlives_a_program_that_leaves_its_messages_unread);
  tcase_add_test(tc, answers_are_read_while_as_many_messages_wait_as_may);
  tcase_add_test(tc, a_message_that_cannot_be_kept_for_lack_of_memory_is_told_as_that);
  tcase_add_test(tc, a_will_that_the_server_is_known_not_to_take_is_refused_before_it_is_sent);
  tcase_add_test(tc, an_attempt_that_has_failed_does_not_linger_beyond_its_deadline);
  tcase_add_test(tc, a_publish_that_waits_for_room_ends_when_its_client_is_freed);
  tcase_add_test(tc, nothing_is_begun_that_nobody_would_end);
  tcase_add_test(tc, a_message_callback_may_be_taken_away_while_messages_pour_in);
  tcase_add_test(tc, what_is_done_before_the_wait_is_not_waited_for);
  tcase_add_test(tc, a_loop_whose_thread_a_callback_stopped_can_be_started_again);
  tcase_add_test(tc, an_old_operation_that_failed_late_does_not_make_others_successful);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_with_each_backend(suite);
}
