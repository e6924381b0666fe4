/* SPDX-License-Identifier: MIT
 * One loop and who turns it: the program, a foreign loop, a blocking call. What callbacks may do, down to
 * freeing their own client. include/mqttwill/loop.h and client.h are the contract. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/broker_process.h"
#include "e2e/raw_server.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct broker_process broker;

static void setup(void) {
  broker_process_start(&broker);
}
static void teardown(void) {
  broker_process_stop(&broker);
}

/* What the callbacks of a client have seen. */
struct seen {
  int connects, disconnects, completions, messages;
  int status; /* of the last event */
  int64_t operation;
  char text[256];
};

static void note(struct seen *seen, const mqttwill_event *event) {
  seen->status = mqttwill_event_status(event);
  seen->operation = mqttwill_event_operation(event);
  snprintf(seen->text, sizeof(seen->text), "%s", mqttwill_event_text(event));
}
static void on_connect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  ((struct seen *)argument)->connects++;
  note(argument, event);
}
static void on_disconnect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  ((struct seen *)argument)->disconnects++;
  note(argument, event);
}
static void on_complete(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  ((struct seen *)argument)->completions++;
  note(argument, event);
}
static void on_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client, (void)message;
  ((struct seen *)argument)->messages++;
}

static mqttwill_client *new_client(mqttwill_loop *loop, const char *id, struct seen *seen) {
  mqttwill_client *client = mqttwill_client_new(loop, id);
  ck_assert_ptr_nonnull(client);
  *seen = (struct seen){0};
  assert_ok(client, mqttwill_on_connect(client, on_connect, seen));
  assert_ok(client, mqttwill_on_disconnect(client, on_disconnect, seen));
  assert_ok(client, mqttwill_on_complete(client, on_complete, seen));
  assert_ok(client, mqttwill_on_message(client, on_message, seen));
  return client;
}

/* ---- the program turns it ---- */

START_TEST(the_environment_chooses_the_backend)
{
  const char *wanted = getenv("MQTTWILL_LOOP");
  mqttwill_loop *loop = mqttwill_loop_new();
  ck_assert_ptr_nonnull(loop);
  if (wanted != NULL) ck_assert_str_eq(mqttwill_loop_backend(loop), wanted);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static char last_words[64];

static void on_will(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client;
  int *counts = argument;
  int number;
  snprintf(last_words, sizeof(last_words), "%.*s", (int)mqttwill_message_payload_length(message),
           (const char *)mqttwill_message_payload(message));
  if (sscanf(last_words, "gone %d", &number) == 1) counts[number]++;
}

static int sum(const int *counts, int count) {
  int total = 0;
  for (int i = 0; i < count; i++) total += counts[i];
  return total;
}

START_TEST(three_hundred_clients_on_one_loop_have_three_hundred_wills)
{
  enum { COUNT = 300 };
  static mqttwill_client *devices[COUNT];
  static struct seen seen[COUNT];
  int counts[COUNT] = {0}, connected = 0;
  struct seen watching;
  char id[32], topic[64], payload[32];
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *watcher = new_client(loop, "watcher", &watching);
  assert_ok(watcher, mqttwill_on_message(watcher, on_will, counts));
  assert_ok(watcher, mqttwill_connect(watcher, broker.url, SOON_MS)); /* turns the loop by itself */
  assert_ok(watcher, mqttwill_subscribe(watcher, "+/status", MQTTWILL_QOS_1, SOON_MS));
  for (int i = 0; i < COUNT; i++) {
    snprintf(id, sizeof(id), "device-%d", i);
    snprintf(topic, sizeof(topic), "%s/status", id);
    snprintf(payload, sizeof(payload), "gone %d", i);
    devices[i] = new_client(loop, id, &seen[i]);
    assert_ok(devices[i],
              mqttwill_set_will(devices[i], topic, payload, strlen(payload), MQTTWILL_QOS_1, false));
    assert_ok(devices[i], mqttwill_connect_async(devices[i], broker.url));
  }
  for (int i = 0; i < COUNT; i++) {
    turn_until(loop, seen[i].connects == 1);
    connected += seen[i].status == MQTTWILL_OK;
  }
  ck_assert_int_eq(connected, COUNT);

  /* Every third says goodbye, every third is aborted, every third freed. */
  for (int i = 0; i < COUNT; i++) {
    if (i % 3 == 0)
      assert_ok(devices[i], mqttwill_disconnect_async(devices[i], MQTTWILL_REASON_SUCCESS, NULL, SOON_MS));
    if (i % 3 == 1) assert_ok(devices[i], mqttwill_abort(devices[i]));
    if (i % 3 == 2) mqttwill_client_free(devices[i]);
  }
  turn_until(loop, sum(counts, COUNT) == COUNT / 3 * 2);
  for (int i = 0; i < COUNT; i += 3) turn_until(loop, seen[i].disconnects == 1);
  assert_ok(watcher, mqttwill_publish(watcher, "fence/status", "fence", 5, MQTTWILL_QOS_1, false, SOON_MS));
  turn_until(loop, strcmp(last_words, "fence") == 0);
  for (int i = 0; i < COUNT; i++) ck_assert_int_eq(counts[i], i % 3 == 0 ? 0 : 1);
  for (int i = 0; i < COUNT; i++)
    if (i % 3 != 2) mqttwill_client_free(devices[i]);
  mqttwill_client_free(watcher);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static void stop_loop(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client, (void)event;
  assert_status(MQTTWILL_OK, mqttwill_loop_stop(argument));
}

START_TEST(running_ends_when_a_callback_stops_the_loop)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "client");
  assert_ok(client, mqttwill_on_connect(client, stop_loop, loop));
  assert_ok(client, mqttwill_connect_async(client, broker.url));
  assert_status(MQTTWILL_OK, mqttwill_loop_run(loop));
  ck_assert(mqttwill_is_connected(client));
  assert_status(MQTTWILL_OK, mqttwill_loop_stop(loop)); /* before it has begun: ends at once */
  assert_status(MQTTWILL_OK, mqttwill_loop_run(loop));
  mqttwill_client_free(client);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

START_TEST(a_loop_is_not_freed_under_its_clients)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "client");
  assert_status(MQTTWILL_ERR_STATE, mqttwill_loop_free(loop));
  assert_ok(client, mqttwill_connect(client, broker.url, SOON_MS)); /* it is as good as before */
  mqttwill_client_free(client);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
  assert_status(MQTTWILL_OK, mqttwill_loop_free(NULL));
}
END_TEST

START_TEST(a_step_with_nothing_to_do_ends_at_its_limit)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  uint64_t start = now_ms();
  assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, 0));
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  start = now_ms();
  assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, 30));
  ck_assert_uint_ge(now_ms() - start, 29);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

/* ---- a foreign loop turns it ---- */

/* A poll() loop of our own, told of descriptors by mqttwill_loop_watch(). */
struct foreign {
  struct pollfd fds[64];
  nfds_t count;
};

static void watch(mqttwill_loop *loop, int fd, unsigned events, void *argument) {
  struct foreign *foreign = argument;
  nfds_t i = 0;
  (void)loop;
  while (i < foreign->count && foreign->fds[i].fd != fd) i++;
  ck_assert_uint_lt(i, 64);
  if (i == foreign->count) foreign->count++;
  short wanted = 0;
  if ((events & MQTTWILL_WATCH_READ) != 0) wanted |= POLLIN;
  if ((events & MQTTWILL_WATCH_WRITE) != 0) wanted |= POLLOUT;
  foreign->fds[i] = (struct pollfd){.fd = fd, .events = wanted};
  if (events == 0) foreign->fds[i] = foreign->fds[--foreign->count];
}

/* One turn of the foreign loop. Where one descriptor stands for all, it is the only one. */
static void turn_foreign(mqttwill_loop *loop, struct foreign *foreign) {
  int timeout = mqttwill_loop_timeout(loop);
  ck_assert_int_ge(timeout, -1);
  int fd = mqttwill_loop_fd(loop);
  if (fd >= 0) {
    foreign->fds[0] = (struct pollfd){.fd = fd, .events = POLLIN};
    foreign->count = 1;
  } else {
    assert_status(MQTTWILL_ERR_UNSUPPORTED, fd);
  }
  ck_assert_int_ge(poll(foreign->fds, foreign->count, timeout < 0 || timeout > SOON_MS ? SOON_MS : timeout),
                   0);
  assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, 0));
}

#define foreign_until(condition)                                                                             \
  do {                                                                                                       \
    uint64_t end_ = now_ms() + SOON_MS;                                                                      \
    while (!(condition)) {                                                                                   \
      ck_assert_msg(now_ms() < end_, "in vain: %s", #condition);                                             \
      turn_foreign(loop, &foreign);                                                                          \
    }                                                                                                        \
  } while (0)

START_TEST(a_foreign_loop_carries_a_client_through_its_life)
{
  struct foreign foreign = {.count = 0};
  struct seen seen;
  const char *filter = "a";
  unsigned qos = MQTTWILL_QOS_2;
  mqttwill_loop *loop = mqttwill_loop_new();
  if (mqttwill_loop_fd(loop) < 0) assert_status(MQTTWILL_OK, mqttwill_loop_watch(loop, watch, &foreign));
  mqttwill_client *client = new_client(loop, "client", &seen);
  assert_status(MQTTWILL_ERR_STATE, mqttwill_loop_watch(loop, watch, &foreign)); /* too late */
  assert_ok(client, mqttwill_connect_async(client, broker.url));
  foreign_until(seen.connects == 1);
  assert_status(MQTTWILL_OK, seen.status);
  assert_ok(client, mqttwill_subscribe_async(client, &filter, &qos, 1, NULL));
  foreign_until(seen.completions == 1);
  assert_status(MQTTWILL_OK, seen.status);
  for (int i = 0; i < 300; i++)
    assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, i % 3, false, NULL));
  foreign_until(seen.messages == 300 && seen.completions == 301);
  assert_ok(client, mqttwill_disconnect_async(client, MQTTWILL_REASON_SUCCESS, NULL, SOON_MS));
  foreign_until(seen.disconnects == 1);
  assert_status(MQTTWILL_OK, seen.status);
  mqttwill_client_free(client);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static void say_nothing(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  for (;;) pause();
}

START_TEST(a_foreign_loop_is_woken_for_deadlines_too)
{
  struct foreign foreign = {.count = 0};
  struct raw_server server;
  struct seen seen;
  raw_server_start(&server, say_nothing);
  mqttwill_loop *loop = mqttwill_loop_new();
  if (mqttwill_loop_fd(loop) < 0) assert_status(MQTTWILL_OK, mqttwill_loop_watch(loop, watch, &foreign));
  mqttwill_client *client = new_client(loop, "client", &seen);
  assert_ok(client, mqttwill_set_connect_timeout(client, 100));
  uint64_t start = now_ms();
  assert_ok(client, mqttwill_connect_async(client, server.url));
  foreign_until(seen.connects == 1);
  assert_status(MQTTWILL_ERR_TIMEOUT, seen.status);
  ck_assert_uint_ge(now_ms() - start, 99);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  mqttwill_client_free(client);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
  raw_server_kill(&server);
}
END_TEST

/* ---- what callbacks may do ---- */

struct calls {
  mqttwill_loop *loop;
  mqttwill_client *other;
  int answers[16], count;
};

static void call_all_that_block(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  struct calls *calls = argument;
  mqttwill_message *message;
  int *answer = calls->answers;
  (void)event;
  *answer++ = mqttwill_connect(client, broker.url, SOON_MS);
  *answer++ = mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_0, false, SOON_MS);
  *answer++ = mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_1, false, SOON_MS);
  *answer++ = mqttwill_subscribe(client, "a", MQTTWILL_QOS_0, SOON_MS);
  *answer++ = mqttwill_unsubscribe(client, "a", SOON_MS);
  *answer++ = mqttwill_receive(client, &message, SOON_MS);
  *answer++ = mqttwill_wait(client, 1, SOON_MS);
  *answer++ = mqttwill_disconnect(client, SOON_MS);
  *answer++ = mqttwill_disconnect_with_will(client, SOON_MS);
  *answer++ = mqttwill_connect(calls->other, broker.url, SOON_MS);
  *answer++ = mqttwill_loop_run(calls->loop);
  *answer++ = mqttwill_loop_step(calls->loop, 0);
  calls->count = (int)(answer - calls->answers);
}

START_TEST(blocking_calls_inside_a_callback_fail_at_once)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "client");
  struct calls calls = {.loop = loop, .other = mqttwill_client_new(loop, "other")};
  assert_ok(client, mqttwill_on_connect(client, call_all_that_block, &calls));
  assert_ok(client, mqttwill_connect_async(client, broker.url));
  turn_until(loop, calls.count > 0);
  ck_assert_int_eq(calls.count, 12);
  for (int i = 0; i < calls.count; i++)
    ck_assert_msg(calls.answers[i] == MQTTWILL_ERR_IN_CALLBACK, "call %d answered %d", i, calls.answers[i]);
  ck_assert(mqttwill_is_connected(client));
  mqttwill_client_free(client);
  mqttwill_client_free(calls.other);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static void then_subscribe(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  const char *filter = "a";
  unsigned qos = MQTTWILL_QOS_1;
  (void)argument;
  assert_status(MQTTWILL_OK, mqttwill_event_status(event));
  assert_ok(client, mqttwill_subscribe_async(client, &filter, &qos, 1, NULL));
}
static void then_publish(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  int *completions = argument;
  assert_status(MQTTWILL_OK, mqttwill_event_status(event));
  if (++*completions == 1) {
    ck_assert_uint_eq(mqttwill_event_reason_count(event), 1);
    ck_assert_int_eq(mqttwill_event_reason_at(event, 0), MQTTWILL_QOS_1);
    assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_1, false, NULL));
  }
}
static void then_disconnect(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)message, (void)argument;
  assert_ok(client, mqttwill_disconnect_async(client, MQTTWILL_REASON_SUCCESS, NULL, SOON_MS));
}

START_TEST(callbacks_may_start_the_next_thing)
{
  int completions = 0;
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "client");
  assert_ok(client, mqttwill_on_connect(client, then_subscribe, NULL));
  assert_ok(client, mqttwill_on_complete(client, then_publish, &completions));
  assert_ok(client, mqttwill_on_message(client, then_disconnect, NULL));
  assert_ok(client, mqttwill_on_disconnect(client, stop_loop, loop));
  assert_ok(client, mqttwill_connect_async(client, broker.url));
  assert_status(MQTTWILL_OK, mqttwill_loop_run(loop));
  ck_assert_int_ge(completions, 2); /* subscribe and publish; the disconnect's may still come */
  mqttwill_client_free(client);
  ck_assert_int_eq(completions, 3);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static int freed_calls; /* callbacks of the client since its free, this one included */

static void free_on_event(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)event;
  ck_assert_int_eq(++freed_calls, 1);
  *(bool *)argument = true;
  mqttwill_client_free(client);
}
static void free_on_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  mqttwill_client_free(client);
  ck_assert_int_eq(++freed_calls, 1);
  *(bool *)argument = true;
  ck_assert_str_eq(mqttwill_message_topic(message), "a"); /* borrowed until this returns */
}

/* _i: freed in the callback of 0 connect, 1 a failed connect, 2 complete, 3 message, 4 disconnect. */
START_TEST(a_client_may_be_freed_in_its_own_callback)
{
  bool freed = false;
  freed_calls = 0;
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "status", MQTTWILL_QOS_1);
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "client");
  assert_ok(client, mqttwill_set_will(client, "status", "gone", 4, MQTTWILL_QOS_1, false));
  if (_i == 0) assert_ok(client, mqttwill_on_connect(client, free_on_event, &freed));
  if (_i == 0) assert_ok(client, mqttwill_connect_async(client, broker.url));
  if (_i == 1) assert_ok(client, mqttwill_on_connect(client, free_on_event, &freed));
  if (_i == 1) assert_ok(client, mqttwill_connect_async(client, "mqtt://127.0.0.1:1"));
  if (_i >= 2) assert_ok(client, mqttwill_connect(client, broker.url, SOON_MS));
  if (_i == 2) assert_ok(client, mqttwill_on_complete(client, free_on_event, &freed));
  if (_i == 2) assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_1, false, NULL));
  if (_i == 3) assert_ok(client, mqttwill_subscribe(client, "a", MQTTWILL_QOS_0, SOON_MS));
  if (_i == 3) assert_ok(client, mqttwill_on_message(client, free_on_message, &freed));
  /* Several: none may be delivered once the client is freed. */
  for (int i = 0; _i == 3 && i < 3; i++)
    assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_0, false, NULL));
  if (_i == 4) assert_ok(client, mqttwill_on_disconnect(client, free_on_event, &freed));
  if (_i == 4) assert_ok(client, mqttwill_disconnect_async(client, MQTTWILL_REASON_SUCCESS, NULL, SOON_MS));
  turn_until(loop, freed);
  for (int i = 0; i < 5; i++) assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, 0));
  if (_i != 1 && _i != 4) expect(watcher, "status", "gone", MQTTWILL_QOS_1, false);
  expect_nothing_more(watcher);
  disconnect_and_free(watcher);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static void accept_and_ignore(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  for (;;) pause();
}

START_TEST(every_operation_ends_exactly_once_also_when_its_client_is_freed)
{
  struct raw_server server;
  struct seen seen;
  const char *filter = "a";
  unsigned qos = 0;
  raw_server_start(&server, accept_and_ignore);
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = new_client(loop, "client", &seen);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  int before = seen.completions;
  for (int i = 0; i < 10; i++)
    assert_ok(client, mqttwill_publish_async(client, "a", "x", 1, 1 + i % 2, false, NULL));
  assert_ok(client, mqttwill_subscribe_async(client, &filter, &qos, 1, NULL));
  assert_ok(client, mqttwill_unsubscribe_async(client, &filter, 1, NULL));
  for (int i = 0; i < 5; i++) assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, 0));
  ck_assert_int_eq(seen.completions - before, 0);
  mqttwill_client_free(client);
  ck_assert_int_eq(seen.completions - before, 12);
  assert_status(MQTTWILL_ERR_CANCELLED, seen.status);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
  raw_server_kill(&server);
}
END_TEST

START_TEST(a_failed_connect_tells_its_story_in_its_event)
{
  struct seen seen;
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = new_client(loop, "client", &seen);
  int64_t operation = mqttwill_connect_async(client, "mqtt://127.0.0.1:1");
  assert_ok(client, operation);
  turn_until(loop, seen.connects == 1);
  assert_status(MQTTWILL_ERR_CONNECT, seen.status);
  ck_assert_int_eq(seen.operation, operation);
  ck_assert_ptr_nonnull(strstr(seen.text, "127.0.0.1:1"));
  ck_assert_int_eq(seen.disconnects, 0); /* nothing was up */
  mqttwill_client_free(client);
  ck_assert_int_eq(seen.connects, 1);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e: one loop");
  TCase *tc = tcase_create("loops");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, the_environment_chooses_the_backend);
  tcase_add_test(tc, three_hundred_clients_on_one_loop_have_three_hundred_wills);
  tcase_add_test(tc, running_ends_when_a_callback_stops_the_loop);
  tcase_add_test(tc, a_loop_is_not_freed_under_its_clients);
  tcase_add_test(tc, a_step_with_nothing_to_do_ends_at_its_limit);
  tcase_add_test(tc, a_foreign_loop_carries_a_client_through_its_life);
  tcase_add_test(tc, a_foreign_loop_is_woken_for_deadlines_too);
  tcase_add_test(tc, blocking_calls_inside_a_callback_fail_at_once);
  tcase_add_test(tc, callbacks_may_start_the_next_thing);
  tcase_add_loop_test(tc, a_client_may_be_freed_in_its_own_callback, 0, 5);
  tcase_add_test(tc, every_operation_ends_exactly_once_also_when_its_client_is_freed);
  tcase_add_test(tc, a_failed_connect_tells_its_story_in_its_event);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_with_each_backend(suite);
}
