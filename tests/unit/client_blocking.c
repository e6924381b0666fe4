/* SPDX-License-Identifier: MIT
 * Blocking calls: they end by their answer, by the end of the connection or at their deadline to the
 * millisecond; what has ended can be asked for later; receiving; and no blocking inside a callback. */
#include "client_world.h"

#include <stdio.h>
#include <unistd.h>

/* ---- waiting ---- */

WORLD_TEST(publishing_waits_for_its_acknowledgement) {
  world_connect(w);
  world_script(w, SCRIPT(GETS("32 07 00 01 'a' 00 01 00 'x'"), AT(120), SAYS("40 02 00 01")));
  CK_ENDS(w, mqttwill_publish(w->client, "a", "x", 1, 1, false, 1000), MQTTWILL_OK, "", 120);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0);
  world_script(w, SCRIPT(GETS("34 07 00 01 'a' 00 02 00 'x'"), AT(10), SAYS("50 02 00 02"),
                         GETS("62 02 00 02"), AT(20), SAYS("70 02 00 02")));
  CK_ENDS(w, mqttwill_publish(w->client, "a", "x", 1, 2, false, 1000), MQTTWILL_OK, "", 20);
  world_script(w, SCRIPT(GETS("30 05 00 01 'a' 00 'x'")));
  CK_ENDS(w, mqttwill_publish(w->client, "a", "x", 1, 0, false, 1000), MQTTWILL_OK, "", 0);
}

/* Nobody else turns the loop, and the next thing to come of it is far away. */
WORLD_TEST(what_ends_while_it_begins_is_not_waited_for) {
  world_connect(w);
  world_pass(w, 1);
  for (int i = 0; i < 3; i++)
    CK_ENDS(w, mqttwill_publish(w->client, "a", "x", 1, 0, false, 10000), MQTTWILL_OK, "", 0);
}

WORLD_TEST(a_timeout_ends_the_waiting_and_not_the_operation) {
  world_connect(w);
  CK_ENDS(w, mqttwill_publish(w->client, "a", "x", 1, 1, false, 333), MQTTWILL_ERR_TIMEOUT,
          "the deadline passed", 333);
  ck_story(w, "");
  CK_ENDS(w, mqttwill_wait(w->client, 2, 50), MQTTWILL_ERR_TIMEOUT, "the deadline passed", 50);
  CK_ENDS(w, mqttwill_wait(w->client, 2, 0), MQTTWILL_ERR_TIMEOUT, "the deadline passed", 0);
  world_script(w, SCRIPT(AT(7), SAYS("40 02 00 01")));
  CK_ENDS(w, mqttwill_wait(w->client, 2, -1), MQTTWILL_OK, "", 7);
  ck_story(w, "390 done #2 OK 00 success\n");
}

WORLD_TEST(subscribing_waits_and_tells_the_granted_qos) {
  world_connect(w);
  world_script(w, SCRIPT(GETS("82 07 00 01 00 00 01 'a' 02"), AT(5), SAYS("90 04 00 01 00 01")));
  CK_ENDS(w, mqttwill_subscribe(w->client, "a", 2, 1000), MQTTWILL_OK, "", 5);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 1);
  world_script(w, SCRIPT(GETS("82 07 00 02 00 00 01 'b' 02"), SAYS("90 04 00 02 00 87")));
  CK_ENDS(w, mqttwill_subscribe(w->client, "b", 2, 1000), MQTTWILL_ERR_REASON,
          "the server answered with an error reason code: not authorized (0x87)", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x87);
  world_script(w, SCRIPT(GETS("a2 06 00 03 00 00 01 'a'"), SAYS("b0 04 00 03 00 11")));
  CK_ENDS(w, mqttwill_unsubscribe(w->client, "a", 1000), MQTTWILL_OK, "", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x11);
  CK_ENDS(w, mqttwill_subscribe(w->client, "b#", 2, 1000), MQTTWILL_ERR_FILTER,
          "the topic filter is not valid", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), -1);
  CK_ENDS(w, mqttwill_subscribe(w->client, NULL, 2, 1000), MQTTWILL_ERR_ARGUMENT, "invalid argument", 0);
}

WORLD_TEST(a_lost_connection_ends_the_waiting_with_its_reason) {
  world_connect(w);
  world_script(w, SCRIPT(READS(0x82), AT(77), CLOSES));
  CK_ENDS(w, mqttwill_subscribe(w->client, "a", 1, 1000), MQTTWILL_ERR_CLOSED,
          "the server closed the connection", 77);
  CK_ENDS(w, mqttwill_publish(w->client, "a", "x", 1, 0, false, 1000), MQTTWILL_ERR_NOT_CONNECTED,
          "not connected", 0);
}

WORLD_TEST(a_goodbye_with_the_will_is_a_reason_of_its_own) {
  world_connect(w);
  world_script(w, SCRIPT(GETS("e0 01 04"), SEES_FIN, CLOSES));
  CK_ENDS(w, mqttwill_disconnect_with_will(w->client, 1000), MQTTWILL_OK, "", 0);
}

WORLD_TEST(wrong_arguments_of_a_blocking_publish_are_refused) {
  world_connect(w);
  CK_ENDS(w, mqttwill_publish(w->client, NULL, "x", 1, 1, false, 9), MQTTWILL_ERR_ARGUMENT,
          "invalid argument", 0);
  CK_ENDS(w, mqttwill_publish(w->client, "a", NULL, 1, 1, false, 9), MQTTWILL_ERR_ARGUMENT,
          "invalid argument", 0);
  CK_ENDS(w, mqttwill_publish(w->client, "a/#", "x", 1, 1, false, 9), MQTTWILL_ERR_TOPIC_WILDCARD,
          mqttwill_strerror(MQTTWILL_ERR_TOPIC_WILDCARD), 0);
  ck_assert_int_eq(mqttwill_publish(NULL, "a", "x", 1, 1, false, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_connect(NULL, w->url, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_disconnect(NULL, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_disconnect_with_will(NULL, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_subscribe(NULL, "a", 0, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_unsubscribe(NULL, "a", 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_wait(NULL, 1, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_abort(NULL), MQTTWILL_ERR_ARGUMENT);
}

/* ---- after the end ---- */

WORLD_TEST(what_has_ended_can_be_asked_for_later) {
  world_connect(w);
  CK_OK(mqttwill_on_complete(w->client, NULL, NULL));
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 3);
  world_play(w, SCRIPT(READS(0x32), READS(0x32), SAYS("40 02 00 01"), SAYS("40 03 00 02 97")));
  CK_ENDS(w, mqttwill_wait(w->client, 2, 1000), MQTTWILL_OK, "", 0);
  CK_ENDS(w, mqttwill_wait(w->client, 3, 1000), MQTTWILL_ERR_REASON,
          "the server answered with an error reason code", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x97);
  CK_ENDS(w, mqttwill_wait(w->client, 4, 1000), MQTTWILL_ERR_ARGUMENT, "invalid argument", 0); /* not yet */
  CK_ENDS(w, mqttwill_wait(w->client, 0, 1000), MQTTWILL_ERR_ARGUMENT, "invalid argument", 0);
  ck_assert_int_eq(mqttwill_wait(w->client, MQTTWILL_ERR_TOPIC_EMPTY, 1000), MQTTWILL_ERR_TOPIC_EMPTY);
}

WORLD_TEST(calls_can_be_nested_and_a_refusal_comes_through) {
  world_connect(w);
  CK_ENDS(w, mqttwill_wait(w->client, mqttwill_publish_async(w->client, "a/+", "x", 1, 1, false, NULL), 1000),
          MQTTWILL_ERR_TOPIC_WILDCARD, mqttwill_strerror(MQTTWILL_ERR_TOPIC_WILDCARD), 0);
}

/* Publishes and has the server refuse it. */
static int64_t fail_once(struct world *w, unsigned packet_id) {
  char text[32];
  int64_t operation = mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL);
  snprintf(text, sizeof text, "40 03 00 %02x 97", packet_id);
  world_play(w, SCRIPT(READS(0x32), SAYS(text)));
  return operation;
}

WORLD_TEST(only_the_last_failures_are_remembered) {
  int64_t operations[9];
  world_connect(w);
  for (unsigned i = 0; i < 9; i++) operations[i] = fail_once(w, i + 1);
  CK_ENDS(w, mqttwill_wait(w->client, operations[0], 9), MQTTWILL_ERR_FORGOTTEN,
          "the operation ended too long ago to tell how", 0);
  for (unsigned i = 1; i < 9; i++)
    ck_assert_int_eq(mqttwill_wait(w->client, operations[i], 9), MQTTWILL_ERR_REASON);
}

/* Operations need not end in the order of their numbers. */
WORLD_TEST(a_failure_that_was_forgotten_is_never_told_as_a_success) {
  world_connect(w);
  for (int i = 0; i < 9; i++)
    ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), i + 2);
  world_play(w, SCRIPT(SAYS("40 03 00 09 97"))); /* the youngest fails first: #10 */
  for (unsigned i = 1; i < 9; i++) {
    char text[32];
    snprintf(text, sizeof text, "40 03 00 %02x 97", i);
    world_play(w, SCRIPT(SAYS(text)));
  }
  ck_assert_int_eq(mqttwill_wait(w->client, 10, 9), MQTTWILL_ERR_FORGOTTEN);
  ck_assert_int_eq(mqttwill_wait(w->client, 9, 9), MQTTWILL_ERR_REASON);
}

WORLD_TEST(without_memory_to_remember_a_failure_it_is_forgotten_and_not_a_success) {
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  world_play(w, SCRIPT(READS(0x32)));
  failmalloc_at(1);
  world_play(w, SCRIPT(SAYS("40 03 00 01 97")));
  ck_assert_uint_ge(failmalloc_count(), 1);
  failmalloc_at(0);
  ck_story(w,
           "0 done #2 ERR_REASON 97 the server answered with an error reason code: quota exceeded (0x97)\n");
  ck_assert_int_eq(mqttwill_wait(w->client, 2, 9), MQTTWILL_ERR_FORGOTTEN);
}

/* ---- a full queue ---- */

WORLD_TEST(a_full_queue_says_so_and_tells_when_it_has_drained) {
  char payload[400] = "";
  CK_OK(mqttwill_set_outbound_limit(w->client, 1000));
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", payload, 1000, 1, false, NULL),
                   MQTTWILL_ERR_TOO_LONG);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", payload, 400, 1, false, NULL), 2);
  world_settle(w); /* until then its bytes are there twice */
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", payload, 400, 1, false, NULL), 3);
  world_settle(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", payload, 400, 1, false, NULL), MQTTWILL_ERR_FULL);
  ck_assert_str_eq(mqttwill_error(w->client), "the outbound queue is full");
  world_play(w, SCRIPT(READS(0x32), READS(0x32), SAYS("40 02 00 01")));
  ck_story(w, "0 done #2 OK 00 success\n0 drained #0 OK - success\n"); /* 401 bytes are left of 1000 */
  world_play(w, SCRIPT(SAYS("40 02 00 02")));
  ck_story(w, "0 done #3 OK 00 success\n"); /* told once */
}

WORLD_TEST(a_blocking_publish_waits_for_room) {
  char payload[600] = "";
  CK_OK(mqttwill_set_outbound_limit(w->client, 1000));
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", payload, 600, 1, false, NULL), 2);
  world_script(w,
               SCRIPT(READS(0x32), AT(250), SAYS("40 02 00 01"), READS(0x32), AT(300), SAYS("40 02 00 02")));
  CK_ENDS(w, mqttwill_publish(w->client, "a", payload, 600, 1, false, 1000), MQTTWILL_OK, "", 300);
}

WORLD_TEST(a_blocking_publish_that_finds_no_room_in_time_has_published_nothing) {
  char payload[600] = "";
  CK_OK(mqttwill_set_outbound_limit(w->client, 1000));
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", payload, 600, 1, false, NULL), 2);
  CK_ENDS(w, mqttwill_publish(w->client, "a", payload, 600, 1, false, 400), MQTTWILL_ERR_FULL,
          "the outbound queue is full", 400);
  ck_assert_int_eq(w->client->session.outbound.count, 1);
}

/* ---- receiving ---- */

static void ck_receives(struct world *w, const char *topic, const char *payload, int timeout_ms) {
  mqttwill_message *message;
  CK_OK(mqttwill_receive(w->client, &message, timeout_ms));
  ck_assert_str_eq(mqttwill_message_topic(message), topic);
  ck_bytes_eq(mw_slice(mqttwill_message_payload(message), mqttwill_message_payload_length(message)),
              mw_slice_text(payload));
  mqttwill_message_free(message);
}

WORLD_TEST(messages_are_received_in_order_and_acknowledged_then) {
  world_connect(w);
  world_play(w, SCRIPT(SAYS("32 07 00 01 'a' 00 01 00 '1'"), SAYS("34 07 00 01 'b' 00 02 00 '2'"),
                       SAYS("30 05 00 01 'c' 00 '3'")));
  ck_receives(w, "a", "1", 0);
  world_play(w, SCRIPT(GETS("40 02 00 01")));
  ck_receives(w, "b", "2", 0);
  world_play(w, SCRIPT(GETS("50 02 00 02"), SAYS("62 02 00 02"), GETS("70 02 00 02")));
  ck_receives(w, "c", "3", 0);
}

WORLD_TEST(receiving_waits_to_its_deadline) {
  mqttwill_message *message;
  CK_ENDS(w, mqttwill_receive(w->client, &message, 50), MQTTWILL_ERR_NOT_CONNECTED, "not connected", 0);
  ck_assert_ptr_null(message);
  world_connect(w);
  CK_ENDS(w, mqttwill_receive(w->client, &message, 50), MQTTWILL_ERR_NO_MESSAGE, "no message arrived in time",
          50);
  CK_ENDS(w, mqttwill_receive(w->client, &message, 0), MQTTWILL_ERR_NO_MESSAGE, "no message arrived in time",
          0);
  world_script(w, SCRIPT(AT(30), SAYS("30 05 00 01 'a' 00 '1'")));
  uint64_t before = w->now;
  ck_receives(w, "a", "1", -1);
  ck_assert_uint_eq(w->now - before, 30);
  CK_OK(mqttwill_error(w->client)[0]);
  ck_assert_int_eq(mqttwill_receive(w->client, NULL, 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_receive(NULL, &message, 0), MQTTWILL_ERR_ARGUMENT);
  world_hear_messages(w, w->client);
  CK_ENDS(w, mqttwill_receive(w->client, &message, 50), MQTTWILL_ERR_STATE,
          mqttwill_strerror(MQTTWILL_ERR_STATE), 0);
}

WORLD_TEST(what_waits_is_received_before_the_end_is_told) {
  mqttwill_message *message;
  world_connect(w);
  world_play(w, SCRIPT(SAYS("32 07 00 01 'a' 00 01 00 '1'"), SAYS("e0 01 8b"), SEES_FIN));
  ck_receives(w, "a", "1", 100);
  CK_ENDS(w, mqttwill_receive(w->client, &message, 50), MQTTWILL_ERR_DISCONNECTED,
          "PEER: the server ended the connection with a DISCONNECT: server shutting down (0x8B)", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x8b);
  CK_ENDS(w, mqttwill_receive(w->client, &message, 50), MQTTWILL_ERR_DISCONNECTED,
          "PEER: the server ended the connection with a DISCONNECT: server shutting down (0x8B)", 0);
}

WORLD_TEST(the_end_of_the_connection_ends_receiving) {
  mqttwill_message *message;
  world_connect(w);
  world_script(w, SCRIPT(AT(45), CLOSES));
  CK_ENDS(w, mqttwill_receive(w->client, &message, -1), MQTTWILL_ERR_CLOSED,
          "PEER: the server closed the connection", 45);
  world_connect(w);
  world_script(w, SCRIPT(AT(55000), GETS("c0 00")));
  CK_ENDS(w, mqttwill_receive(w->client, &message, -1), MQTTWILL_ERR_PING_TIMEOUT,
          "PEER: the server did not answer a ping in time", 65000);
  world_connect(w);
  world_script(w, SCRIPT(GETS("e0 00"), SEES_FIN, CLOSES));
  CK_OK(mqttwill_disconnect(w->client, 1000));
  CK_ENDS(w, mqttwill_receive(w->client, &message, 50), MQTTWILL_ERR_NOT_CONNECTED, "not connected", 0);
}

/* ---- inside a callback ---- */

static void block(struct world *w, const char *what) {
  mqttwill_message *message;
  if (strcmp(what, "connected") != 0) return;
  mqttwill_client *c = w->client;
  int got[] = {mqttwill_connect(c, w->url, 100),
               mqttwill_disconnect(c, 100),
               mqttwill_disconnect_with_will(c, 100),
               mqttwill_publish(c, "a", "x", 1, 1, false, 100),
               mqttwill_subscribe(c, "a", 1, 100),
               mqttwill_unsubscribe(c, "a", 100),
               mqttwill_receive(c, &message, 100),
               mqttwill_wait(c, 1, 100),
               mqttwill_loop_run(w->loop),
               mqttwill_loop_step(w->loop, 0)};
  for (size_t i = 0; i < sizeof got / sizeof got[0]; i++)
    ck_assert_msg(got[i] == MQTTWILL_ERR_IN_CALLBACK, "call %zu: %d", i, got[i]);
  ck_assert_int_eq(mqttwill_connect(w->argument, w->url, 100), MQTTWILL_ERR_IN_CALLBACK); /* nor another's */
  ck_assert_str_eq(mqttwill_error(w->argument), "a blocking call cannot be made inside a callback");
  ck_assert_int_eq(mqttwill_loop_free(w->loop), MQTTWILL_ERR_STATE);
  w->count++;
}

WORLD_TEST(nothing_blocks_inside_a_callback) {
  mqttwill_client *other = world_client(w, "other");
  w->argument = other;
  w->react = block;
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  ck_assert_int_eq(w->count, 1);
  w->react = NULL;
  mqttwill_client_free(other);
}

SUITE("client/blocking", publishing_waits_for_its_acknowledgement,
      what_ends_while_it_begins_is_not_waited_for, a_timeout_ends_the_waiting_and_not_the_operation,
      subscribing_waits_and_tells_the_granted_qos, a_lost_connection_ends_the_waiting_with_its_reason,
      a_goodbye_with_the_will_is_a_reason_of_its_own, wrong_arguments_of_a_blocking_publish_are_refused,
      what_has_ended_can_be_asked_for_later, calls_can_be_nested_and_a_refusal_comes_through,
      only_the_last_failures_are_remembered, a_failure_that_was_forgotten_is_never_told_as_a_success,
      without_memory_to_remember_a_failure_it_is_forgotten_and_not_a_success,
      a_full_queue_says_so_and_tells_when_it_has_drained, a_blocking_publish_waits_for_room,
      a_blocking_publish_that_finds_no_room_in_time_has_published_nothing,
      messages_are_received_in_order_and_acknowledged_then, receiving_waits_to_its_deadline,
      what_waits_is_received_before_the_end_is_told, the_end_of_the_connection_ends_receiving,
      nothing_blocks_inside_a_callback)
