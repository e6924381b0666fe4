/* SPDX-License-Identifier: MIT
 * What the library's own thread does: it keeps a connection alive while the program is busy elsewhere, runs
 * the callbacks, leaves signals alone, and is gone when its client is. ThreadSanitizer runs this. Only the
 * main thread asserts. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/broker_process.h"
#include "e2e/raw_server.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
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

static void dictate_a_short_keep_alive(int listener) {
  int fd = raw_accept(listener);
  int pings = 0;
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 06 00 00 03 13 00 01"); /* Server Keep Alive: 1 s, so 1.5 s of silence would be the end */
  for (;;) {
    uint64_t start = now_ms();
    raw_read_packet(fd, RAW_ANY);
    if (now_ms() - start > 1500) raw_fail("a ping came too late");
    if (raw_packet()[0] != 0xc0) break;
    raw_send(fd, "d0 00");
    pings++;
  }
  if (raw_packet()[0] != 0xe0) raw_fail("neither a ping nor a DISCONNECT");
  if (pings < 2) raw_fail("the program slept for 3 s, and there were less than two pings");
  raw_expect_close(fd);
}

START_TEST(keep_alive_goes_on_while_the_program_sleeps)
{
  struct raw_server server;
  raw_server_start(&server, dictate_a_short_keep_alive);
  mqttwill_client *client = connect_client(server.url, "client", MQTTWILL_MQTT_5);
  ck_assert_uint_eq(mqttwill_effective_keep_alive(client), 1);
  /* The point is that the program does nothing; the script says whether the pings came. */
  sleep(2);
  sleep(1); /* sleep() ends early for a signal, such as that of a child */
  ck_assert(mqttwill_is_connected(client));
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  mqttwill_client_free(client);
  raw_server_end(&server);
}
END_TEST

/* ---- callbacks in the library's thread ---- */

static void count_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client, (void)message;
  atomic_fetch_add((atomic_int *)argument, 1);
}

/* _i: 0 a private loop, 1 a loop with mqttwill_loop_start(). */
START_TEST(no_callback_starts_after_a_client_has_been_freed_by_another_thread)
{
  atomic_int count = 0;
  mqttwill_loop *loop = _i == 0 ? NULL : mqttwill_loop_new();
  if (loop != NULL) assert_status(MQTTWILL_OK, mqttwill_loop_start(loop));
  mqttwill_client *writer = connect_client(broker.url, "writer", 0);
  for (int round = 0; round < 10; round++) {
    mqttwill_client *reader = mqttwill_client_new(loop, "reader");
    assert_ok(reader, mqttwill_on_message(reader, count_message, &count));
    assert_ok(reader, mqttwill_connect(reader, broker.url, SOON_MS));
    assert_ok(reader, mqttwill_subscribe(reader, "flood", MQTTWILL_QOS_0, SOON_MS));
    int before = atomic_load(&count);
    for (int i = 0; i < 200; i++)
      assert_ok(writer, mqttwill_publish_async(writer, "flood", "x", 1, MQTTWILL_QOS_0, false, NULL));
    await(atomic_load(&count) > before);
    mqttwill_client_free(reader); /* in the middle of it */
    int after = atomic_load(&count);
    assert_ok(writer, mqttwill_publish(writer, "other", "x", 1, MQTTWILL_QOS_1, false, SOON_MS));
    ck_assert_int_eq(atomic_load(&count), after);
  }
  disconnect_and_free(writer);
  assert_status(MQTTWILL_OK, mqttwill_loop_free(loop));
}
END_TEST

static void free_when_told(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)message;
  mqttwill_client_free(client);
  atomic_store((atomic_int *)argument, 1);
}

/* The private loop's thread frees the client whose loop it turns: both must go. */
START_TEST(a_client_with_a_private_loop_may_be_freed_in_its_own_callback)
{
  atomic_int freed = 0;
  mqttwill_client *watcher = connect_watcher(broker.url, "watcher", 0, "status", MQTTWILL_QOS_1);
  mqttwill_client *client = mqttwill_client_new(NULL, "client");
  assert_ok(client, mqttwill_set_will(client, "status", "gone", 4, MQTTWILL_QOS_1, false));
  assert_ok(client, mqttwill_on_message(client, free_when_told, &freed));
  assert_ok(client, mqttwill_connect(client, broker.url, SOON_MS));
  assert_ok(client, mqttwill_subscribe(client, "end", MQTTWILL_QOS_1, SOON_MS));
  assert_ok(watcher, mqttwill_publish(watcher, "end", "x", 1, MQTTWILL_QOS_1, false, SOON_MS));
  await(atomic_load(&freed) == 1);
  expect(watcher, "status", "gone", MQTTWILL_QOS_1, false);
  disconnect_and_free(watcher);
}
END_TEST

struct handover {
  mqttwill_client *other;
  atomic_int done;
};

static void publish_on_another(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  struct handover *handover = argument;
  (void)client;
  int64_t operation =
      mqttwill_publish_async(handover->other, "pong", mqttwill_message_payload(message),
                             mqttwill_message_payload_length(message), MQTTWILL_QOS_1, false, NULL);
  atomic_fetch_add(&handover->done, operation > 0 ? 1 : 1000);
}

/* Two private threads whose callbacks call each other's clients: no lock may be held in a callback. */
START_TEST(callbacks_may_call_clients_of_other_threads)
{
  struct handover to_b = {.done = 0}, to_a = {.done = 0};
  mqttwill_client *a = mqttwill_client_new(NULL, "a");
  mqttwill_client *b = mqttwill_client_new(NULL, "b");
  mqttwill_client *reader = connect_watcher(broker.url, "reader", 0, "pong", MQTTWILL_QOS_1);
  to_b.other = b;
  to_a.other = a;
  assert_ok(a, mqttwill_on_message(a, publish_on_another, &to_b));
  assert_ok(b, mqttwill_on_message(b, publish_on_another, &to_a));
  assert_ok(a, mqttwill_connect(a, broker.url, SOON_MS));
  assert_ok(b, mqttwill_connect(b, broker.url, SOON_MS));
  assert_ok(a, mqttwill_subscribe(a, "ping", MQTTWILL_QOS_1, SOON_MS));
  assert_ok(b, mqttwill_subscribe(b, "ping", MQTTWILL_QOS_1, SOON_MS));
  for (int i = 0; i < 50; i++)
    assert_ok(reader, mqttwill_publish(reader, "ping", "x", 1, MQTTWILL_QOS_1, false, SOON_MS));
  await(atomic_load(&to_a.done) >= 50 && atomic_load(&to_b.done) >= 50);
  ck_assert_int_eq(atomic_load(&to_a.done), 50);
  ck_assert_int_eq(atomic_load(&to_b.done), 50);
  for (int i = 0; i < 100; i++) expect(reader, "pong", "x", MQTTWILL_QOS_1, false);
  disconnect_and_free(a);
  disconnect_and_free(b);
  disconnect_and_free(reader);
}
END_TEST

/* ---- signals ---- */

static volatile sig_atomic_t handled;
static pthread_t main_thread;
static atomic_int handled_elsewhere;

static void on_signal(int number) {
  (void)number;
  handled++;
  if (!pthread_equal(pthread_self(), main_thread)) atomic_store(&handled_elsewhere, 1);
}

/* The main thread blocks the signal: were the library's thread open to it, the kernel would deliver it there.
 */
START_TEST(signals_of_the_process_reach_the_program_and_not_the_librarys_thread)
{
  struct sigaction action = {.sa_handler = on_signal}, old;
  sigset_t one, before, pending;
  main_thread = pthread_self();
  mqttwill_client *client = connect_client(broker.url, "client", 0);
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  ck_assert_int_eq(sigaction(SIGUSR1, &action, &old), 0);
  for (int i = 0; i < 20; i++) {
    sig_atomic_t handled_before = handled;
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &one, &before), 0);
    ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
    assert_ok(client, mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_1, false, SOON_MS));
    ck_assert_int_eq(handled, handled_before);
    ck_assert_int_eq(sigpending(&pending), 0);
    ck_assert(sigismember(&pending, SIGUSR1));
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    await(handled != handled_before);
    /* A signal in the middle of a blocking call does not end it. */
    ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
    assert_ok(client, mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_1, false, SOON_MS));
  }
  ck_assert_int_eq(atomic_load(&handled_elsewhere), 0);
  ck_assert_int_eq(sigaction(SIGUSR1, &old, NULL), 0);
  disconnect_and_free(client);
}
END_TEST

/* ---- coming and going ---- */

struct visitor {
  pthread_t thread;
  int number, status;
};

static void *come_and_go(void *argument) {
  struct visitor *visitor = argument;
  char id[32];
  snprintf(id, sizeof(id), "visitor-%d", visitor->number);
  for (int i = 0; i < 20 && visitor->status == MQTTWILL_OK; i++) {
    mqttwill_client *client = mqttwill_client_new(NULL, id);
    visitor->status = mqttwill_connect(client, broker.url, SOON_MS);
    if (visitor->status == MQTTWILL_OK)
      visitor->status = mqttwill_publish(client, "a", "x", 1, i % 3, false, SOON_MS);
    if (visitor->status == MQTTWILL_OK && i % 2 == 0) visitor->status = mqttwill_disconnect(client, SOON_MS);
    mqttwill_client_free(client);
  }
  return NULL;
}

START_TEST(clients_come_and_go_in_many_threads)
{
  struct visitor visitors[4];
  for (int i = 0; i < 4; i++) {
    visitors[i] = (struct visitor){.number = i};
    ck_assert_int_eq(pthread_create(&visitors[i].thread, NULL, come_and_go, &visitors[i]), 0);
  }
  for (int i = 0; i < 4; i++) {
    ck_assert_int_eq(pthread_join(visitors[i].thread, NULL), 0);
    assert_status(MQTTWILL_OK, visitors[i].status);
  }
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e threads: life");
  TCase *tc = tcase_create("life");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, keep_alive_goes_on_while_the_program_sleeps);
  tcase_add_loop_test(tc, no_callback_starts_after_a_client_has_been_freed_by_another_thread, 0, 2);
  tcase_add_test(tc, a_client_with_a_private_loop_may_be_freed_in_its_own_callback);
  tcase_add_test(tc, callbacks_may_call_clients_of_other_threads);
  tcase_add_test(tc, signals_of_the_process_reach_the_program_and_not_the_librarys_thread);
  tcase_add_test(tc, clients_come_and_go_in_many_threads);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_with_each_backend(suite);
}
