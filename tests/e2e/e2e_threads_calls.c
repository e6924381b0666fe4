/* SPDX-License-Identifier: MIT
 * Calls from several threads at once: on one client, on clients of one loop, with and without a thread that
 * turns it. ThreadSanitizer runs this. Only the main thread asserts; the others report. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/broker_process.h"
#include "e2e/raw_server.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MESSAGES 150

static struct broker_process broker;

static void setup(void) {
  broker_process_start(&broker);
}
static void teardown(void) {
  broker_process_stop(&broker);
}

/* A thread that publishes MESSAGES times and waits for each. */
struct writer {
  pthread_t thread;
  mqttwill_client *client;
  const char *topic;
  int qos;
  int status; /* of the first call that failed */
};

static void *write_messages(void *argument) {
  struct writer *writer = argument;
  char text[16];
  for (int i = 0; i < MESSAGES && writer->status == MQTTWILL_OK; i++) {
    snprintf(text, sizeof(text), "%d", i);
    writer->status =
        mqttwill_publish(writer->client, writer->topic, text, strlen(text), writer->qos, false, SOON_MS);
  }
  return NULL;
}

static void start_writer(struct writer *writer, mqttwill_client *client, const char *topic, int qos) {
  *writer = (struct writer){.client = client, .topic = topic, .qos = qos};
  ck_assert_int_eq(pthread_create(&writer->thread, NULL, write_messages, writer), 0);
}

static void join_writer(struct writer *writer) {
  ck_assert_int_eq(pthread_join(writer->thread, NULL), 0);
  assert_status(MQTTWILL_OK, writer->status);
}

/* Two threads' messages, each thread's in its order. */
static void expect_messages_of_two(mqttwill_client *reader) {
  int next[2] = {0, 0};
  char text[16];
  for (int i = 0; i < 2 * MESSAGES; i++) {
    mqttwill_message *message;
    assert_ok(reader, mqttwill_receive(reader, &message, SOON_MS));
    int which = mqttwill_message_topic(message)[strlen("from/")] - 'a';
    ck_assert(which == 0 || which == 1);
    snprintf(text, sizeof(text), "%d", next[which]++);
    ck_assert_uint_eq(mqttwill_message_payload_length(message), strlen(text));
    ck_assert_mem_eq(mqttwill_message_payload(message), text, strlen(text));
    mqttwill_message_free(message);
  }
  expect_nothing_more(reader);
}

/* _i: the QoS of both. */
START_TEST(two_threads_publish_on_one_client_with_a_loop_of_its_own)
{
  struct writer a, b;
  mqttwill_client *reader = connect_watcher(broker.url, "reader", 0, "from/+", MQTTWILL_QOS_2);
  mqttwill_client *client = connect_client(broker.url, "writer", 0);
  start_writer(&a, client, "from/a", _i);
  start_writer(&b, client, "from/b", _i);
  join_writer(&a);
  join_writer(&b);
  expect_messages_of_two(reader);
  disconnect_and_free(client);
  disconnect_and_free(reader);
}
END_TEST

/* Whoever blocks first turns the loop; when its answer has come, the other goes on turning. */
START_TEST(two_threads_block_on_clients_of_a_loop_that_nobody_turns)
{
  struct writer a, b;
  mqttwill_client *reader = connect_watcher(broker.url, "reader", 0, "from/+", MQTTWILL_QOS_2);
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *first = mqttwill_client_new(loop, "first");
  mqttwill_client *second = mqttwill_client_new(loop, "second");
  assert_ok(first, mqttwill_connect(first, broker.url, SOON_MS));
  assert_ok(second, mqttwill_connect(second, broker.url, SOON_MS));
  start_writer(&a, first, "from/a", MQTTWILL_QOS_1);
  start_writer(&b, second, "from/b", MQTTWILL_QOS_2);
  join_writer(&a);
  join_writer(&b);
  expect_messages_of_two(reader);
  disconnect_and_free(first);
  disconnect_and_free(second);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
  disconnect_and_free(reader);
}
END_TEST

START_TEST(two_threads_block_while_the_loops_own_thread_turns)
{
  struct writer a, b;
  mqttwill_client *reader = connect_watcher(broker.url, "reader", 0, "from/+", MQTTWILL_QOS_2);
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *first = mqttwill_client_new(loop, "first");
  mqttwill_client *second = mqttwill_client_new(loop, "second");
  assert_status(MQTTWILL_OK, mqttwill_loop_start(loop));
  assert_status(MQTTWILL_ERR_STATE, mqttwill_loop_start(loop)); /* it runs already */
  assert_status(MQTTWILL_ERR_STATE, mqttwill_loop_run(loop));   /* at most one turns */
  assert_status(MQTTWILL_ERR_STATE, mqttwill_loop_step(loop, 0));
  assert_ok(first, mqttwill_connect(first, broker.url, SOON_MS));
  assert_ok(second, mqttwill_connect(second, broker.url, SOON_MS));
  start_writer(&a, first, "from/a", MQTTWILL_QOS_1);
  start_writer(&b, second, "from/b", MQTTWILL_QOS_1);
  join_writer(&a);
  join_writer(&b);
  expect_messages_of_two(reader);
  disconnect_and_free(first);
  disconnect_and_free(second);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop)); /* ends its thread */
  disconnect_and_free(reader);
}
END_TEST

struct runner {
  pthread_t thread;
  mqttwill_loop *loop;
  int status;
};

static void *run_loop(void *argument) {
  struct runner *runner = argument;
  runner->status = mqttwill_loop_run(runner->loop);
  return NULL;
}

START_TEST(one_thread_runs_the_loop_and_another_makes_calls_and_stops_it)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  struct runner runner = {.loop = loop, .status = 1};
  mqttwill_client *client = mqttwill_client_new(loop, "client");
  mqttwill_client *reader = connect_watcher(broker.url, "reader", 0, "from/+", MQTTWILL_QOS_1);
  ck_assert_int_eq(pthread_create(&runner.thread, NULL, run_loop, &runner), 0);
  assert_ok(client, mqttwill_connect(client, broker.url, SOON_MS));
  assert_ok(client, mqttwill_publish(client, "from/a", "x", 1, MQTTWILL_QOS_2, false, SOON_MS));
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  assert_status(MQTTWILL_OK, mqttwill_loop_stop(loop));
  ck_assert_int_eq(pthread_join(runner.thread, NULL), 0);
  assert_status(MQTTWILL_OK, runner.status);
  expect(reader, "from/a", "x", MQTTWILL_QOS_1, false);
  mqttwill_client_free(client);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
  disconnect_and_free(reader);
}
END_TEST

/* ---- errors belong to threads ---- */

struct mistake {
  pthread_t thread;
  mqttwill_client *client;
  char before[256], after[256];
};

static void *make_a_mistake(void *argument) {
  struct mistake *mistake = argument;
  snprintf(mistake->before, sizeof(mistake->before), "%s", mqttwill_error(mistake->client));
  mqttwill_publish(mistake->client, "a", "x", 1, 7, false, SOON_MS);
  snprintf(mistake->after, sizeof(mistake->after), "%s", mqttwill_error(mistake->client));
  return NULL;
}

START_TEST(each_thread_has_the_story_of_its_own_last_failure)
{
  char mine[256];
  mqttwill_client *client = connect_client(broker.url, "client", 0);
  struct mistake mistake = {.client = client};
  assert_status(MQTTWILL_ERR_TOPIC_WILDCARD, mqttwill_publish(client, "a/#", "x", 1, 0, false, SOON_MS));
  snprintf(mine, sizeof(mine), "%s", mqttwill_error(client));
  ck_assert_str_ne(mine, "");
  ck_assert_int_eq(pthread_create(&mistake.thread, NULL, make_a_mistake, &mistake), 0);
  ck_assert_int_eq(pthread_join(mistake.thread, NULL), 0);
  ck_assert_str_eq(mistake.before, "");
  ck_assert_str_ne(mistake.after, "");
  ck_assert_str_ne(mistake.after, mine);
  ck_assert_str_eq(mqttwill_error(client), mine);
  disconnect_and_free(client);
}
END_TEST

/* ---- ending what another thread waits for ---- */

struct waiter {
  pthread_t thread;
  mqttwill_client *client;
  const char *url;
  int status;
};

static void *connect_and_wait(void *argument) {
  struct waiter *waiter = argument;
  waiter->status = mqttwill_connect(waiter->client, waiter->url, 3 * SOON_MS);
  return NULL;
}

static void *publish_and_wait(void *argument) {
  struct waiter *waiter = argument;
  waiter->status = mqttwill_publish(waiter->client, "a", "x", 1, MQTTWILL_QOS_1, false, 3 * SOON_MS);
  return NULL;
}

static void *receive_and_wait(void *argument) {
  struct waiter *waiter = argument;
  mqttwill_message *message;
  waiter->status = mqttwill_receive(waiter->client, &message, 3 * SOON_MS);
  return NULL;
}

static int under_way[2]; /* a pipe: the server tells that the CONNECT has come */

static void never_answer(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  if (write(under_way[1], "!", 1) != 1) raw_fail("the test has gone");
  raw_expect_close(fd);
}

START_TEST(an_abort_ends_another_threads_connect)
{
  struct raw_server server;
  char byte;
  ck_assert_int_eq(pipe(under_way), 0);
  raw_server_start(&server, never_answer);
  struct waiter waiter = {.client = mqttwill_client_new(NULL, "client"), .url = server.url, .status = 1};
  ck_assert_int_eq(pthread_create(&waiter.thread, NULL, connect_and_wait, &waiter), 0);
  ck_assert_int_eq(read(under_way[0], &byte, 1), 1);
  assert_ok(waiter.client, mqttwill_abort(waiter.client));
  ck_assert_int_eq(pthread_join(waiter.thread, NULL), 0);
  assert_status(MQTTWILL_ERR_CANCELLED, waiter.status);
  mqttwill_client_free(waiter.client);
  raw_server_end(&server);
  close(under_way[0]);
  close(under_way[1]);
}
END_TEST

static void accept_and_ignore(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  raw_read_packet(fd, RAW_ANY);
  if (raw_packet()[0] == 0x32 && write(under_way[1], "!", 1) != 1) raw_fail("the test has gone");
  for (;;) pause();
}

/* _i: the other thread waits in 0 a receive, 1 a publish. */
START_TEST(a_disconnect_ends_another_threads_wait)
{
  static void *(*const waits[])(void *) = {receive_and_wait, publish_and_wait};
  struct raw_server server;
  char byte;
  ck_assert_int_eq(pipe(under_way), 0);
  raw_server_start(&server, accept_and_ignore);
  struct waiter waiter = {.client = connect_client(server.url, "client", 0), .status = 1};
  ck_assert_int_eq(pthread_create(&waiter.thread, NULL, waits[_i], &waiter), 0);
  if (_i == 0) nap(); /* usually it waits by now; either order must end well */
  if (_i == 1) ck_assert_int_eq(read(under_way[0], &byte, 1), 1);
  int status = mqttwill_disconnect(waiter.client, 100);
  ck_assert_msg(status == MQTTWILL_OK || status == MQTTWILL_ERR_TIMEOUT, "answered %d", status);
  if (_i == 1) assert_ok(waiter.client, mqttwill_abort(waiter.client));
  ck_assert(!mqttwill_is_connected(waiter.client));
  if (_i == 0) {
    ck_assert_int_eq(pthread_join(waiter.thread, NULL), 0);
    ck_assert_int_lt(waiter.status, 0);
    mqttwill_client_free(waiter.client);
  } else { /* a QoS 1 message stays for the next connection; only freeing the client gives it up */
    mqttwill_client_free(waiter.client);
    ck_assert_int_eq(pthread_join(waiter.thread, NULL), 0);
    assert_status(MQTTWILL_ERR_CANCELLED, waiter.status);
  }
  raw_server_kill(&server);
  close(under_way[0]);
  close(under_way[1]);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e threads: calls");
  TCase *tc = tcase_create("calls");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, two_threads_publish_on_one_client_with_a_loop_of_its_own, 0, 3);
  tcase_add_test(tc, two_threads_block_on_clients_of_a_loop_that_nobody_turns);
  tcase_add_test(tc, two_threads_block_while_the_loops_own_thread_turns);
  tcase_add_test(tc, one_thread_runs_the_loop_and_another_makes_calls_and_stops_it);
  tcase_add_test(tc, each_thread_has_the_story_of_its_own_last_failure);
  tcase_add_test(tc, an_abort_ends_another_threads_connect);
  tcase_add_loop_test(tc, a_disconnect_ends_another_threads_wait, 0, 2);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_with_each_backend(suite);
}
