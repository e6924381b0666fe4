/* SPDX-License-Identifier: MIT
 * What the user is called for: order and bounds of messages, acknowledging, and what callbacks may do, down
 * to ending the connection they are told of. */
#include "client_world.h"

#include <stdio.h>
#include <sys/socket.h>

#define MESSAGE_0(payload) "30 05 00 01 'a' 00 '" payload "'"

/* ---- messages ---- */

WORLD_TEST(messages_come_in_order_and_are_acknowledged_after_their_callback) {
  world_hear_messages(w, w->client);
  world_connect(w);
  world_play(w,
             SCRIPT(SAYS("30 05 00 01 'a' 00 '1' 32 07 00 01 'b' 00 01 00 '2' 34 07 00 01 'c' 00 02 00 '3'"),
                    GETS("40 02 00 01 50 02 00 02"), SAYS("62 02 00 02"), GETS("70 02 00 02")));
  ck_story(w, "0 message q0 a=1\n0 message q1 b=2\n0 message q2 c=3\n");
}

WORLD_TEST(a_topic_is_terminated_and_an_empty_payload_is_not_null) {
  mqttwill_message *message;
  world_connect(w);
  world_play(w, SCRIPT(SAYS("30 06 00 03 'a/b' 00")));
  CK_OK(mqttwill_receive(w->client, &message, 0));
  ck_assert_str_eq(mqttwill_message_topic(message), "a/b");
  ck_assert_ptr_nonnull(mqttwill_message_payload(message));
  ck_assert_uint_eq(mqttwill_message_payload_length(message), 0);
  mqttwill_message_free(message);
}

static bool reads_socket(const struct world *w) {
  return (w->client->source.wanted & MW_IO_READ) != 0;
}

static void receive_one(struct world *w) {
  mqttwill_message *message;
  CK_OK(mqttwill_receive(w->client, &message, 0));
  mqttwill_message_free(message);
}

WORLD_TEST(a_full_inbox_leaves_the_socket_unread_until_there_is_room) {
  CK_OK(mqttwill_set_receive_maximum(w->client, 2)); /* one more than that, and it is full */
  world_connect(w);
  world_play(w, SCRIPT(SAYS("(30 05 00 01 'a' 00 '1')*2")));
  ck_assert(reads_socket(w));
  world_play(w, SCRIPT(SAYS(MESSAGE_0("3"))));
  ck_assert(!reads_socket(w));
  world_play(w, SCRIPT(SAYS(MESSAGE_0("4"))));
  ck_assert_uint_eq(w->client->inbox->count, 3);
  receive_one(w);
  world_settle(w);
  ck_assert_uint_eq(w->client->inbox->count, 3); /* the fourth has come in */
  for (int i = 0; i < 3; i++) receive_one(w);
  world_settle(w);
  ck_assert(reads_socket(w));
  ck_assert_uint_eq(w->client->inbox->bytes, 0);
}

WORLD_TEST(the_inbox_is_bounded_in_bytes_too) {
  CK_OK(mqttwill_set_maximum_packet_size(w->client, 40));
  world_connect(w);
  world_play(w, SCRIPT(SAYS("30 18 00 01 'a' 00 31*20")));
  ck_assert(reads_socket(w));
  world_play(w, SCRIPT(SAYS("30 18 00 01 'a' 00 31*20")));
  ck_assert(!reads_socket(w));
  receive_one(w);
  world_settle(w);
  ck_assert(reads_socket(w));
}

WORLD_TEST(messages_that_waited_go_to_a_callback_that_comes_later) {
  world_connect(w);
  world_play(w, SCRIPT(SAYS("32 07 00 01 'a' 00 01 00 '1'"), SAYS(MESSAGE_0("2"))));
  ck_story(w, "");
  world_hear_messages(w, w->client);
  world_play(w, SCRIPT(GETS("40 02 00 01"), SAYS(MESSAGE_0("3"))));
  ck_story(w, "0 message q1 a=1\n0 message q0 a=2\n0 message q0 a=3\n");
}

/* The older ones first, also when the newer one is read in the same turn. */
WORLD_TEST(a_late_callback_does_not_change_the_order) {
  world_connect(w);
  world_play(w, SCRIPT(SAYS(MESSAGE_0("1"))));
  send(w->peer,
       "\x30\x05\x00\x01"
       "a\x00"
       "2",
       7, 0);
  world_hear_messages(w, w->client);
  world_settle(w);
  ck_story(w, "0 message q0 a=1\n0 message q0 a=2\n");
}

WORLD_TEST(a_message_larger_than_accepted_ends_the_connection) {
  CK_OK(mqttwill_set_maximum_packet_size(w->client, 16));
  world_connect(w);
  world_play(w, SCRIPT(SAYS("30 0f 00"), GETS("e0 01 95"), SEES_FIN, CLOSES));
  ck_story(w,
           "0 disconnected #0 ERR_PACKET_TOO_LARGE - PEER: the packet is larger than its receiver "
           "accepts\n");
}

/* A server that keeps the session sends it again, where there may be room for it. */
WORLD_TEST(a_message_there_is_no_memory_for_ends_the_connection) {
  mqttwill_message *message;
  world_connect(w);
  world_play(w, SCRIPT(SAYS(MESSAGE_0("1")))); /* whatever is allocated once is there */
  failmalloc_at(1);
  world_play(w, SCRIPT(SAYS(MESSAGE_0("2"))));
  failmalloc_at(0);
  ck_story(w, "0 disconnected #0 ERR_MEMORY - PEER: out of memory\n");
  receive_one(w);
  CK_ENDS(w, mqttwill_receive(w->client, &message, 0), MQTTWILL_ERR_MEMORY, "PEER: out of memory", 0);
}

/* ---- acknowledging ---- */

static uint64_t tokens[8];
static size_t token_count;

static void keep_token(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client;
  (void)argument;
  tokens[token_count++] = mqttwill_message_token(message);
}

WORLD_TEST(acknowledging_by_hand_keeps_the_order_of_arrival) {
  token_count = 0;
  CK_OK(mqttwill_set_manual_ack(w->client, true));
  CK_OK(mqttwill_on_message(w->client, keep_token, NULL));
  world_connect(w);
  world_play(w, SCRIPT(SAYS("32 06 00 01 'a' 00 01 00 32 06 00 01 'a' 00 02 00 30 04 00 01 'a' 00")));
  ck_assert_uint_eq(token_count, 3);
  ck_assert_uint_eq(tokens[2], 0);
  CK_OK(mqttwill_ack(w->client, tokens[1]));
  world_settle(w);
  CK_OK(mqttwill_ack(w->client, tokens[0]));
  world_play(w, SCRIPT(GETS("40 02 00 01 40 02 00 02")));
  ck_assert_int_eq(mqttwill_ack(w->client, tokens[0]), MQTTWILL_ERR_ARGUMENT); /* twice */
  ck_assert_int_eq(mqttwill_ack(w->client, 0), MQTTWILL_ERR_ARGUMENT);
  world_play(w, SCRIPT(SAYS("32 06 00 01 'a' 00 03 00")));
  CK_OK(mqttwill_abort(w->client));
  world_connect(w);
  ck_assert_int_eq(mqttwill_ack(w->client, tokens[3]), MQTTWILL_ERR_ARGUMENT); /* of an earlier connection */
}

WORLD_TEST(received_messages_can_be_acknowledged_by_hand) {
  mqttwill_message *message;
  CK_OK(mqttwill_set_manual_ack(w->client, true));
  world_connect(w);
  world_play(w, SCRIPT(SAYS("32 06 00 01 'a' 00 01 00")));
  CK_OK(mqttwill_receive(w->client, &message, 0));
  world_pass(w, 1000);
  CK_OK(mqttwill_ack(w->client, mqttwill_message_token(message)));
  mqttwill_message_free(message);
  world_play(w, SCRIPT(GETS("40 02 00 01")));
}

/* What waits to be read has arrived: after a reconnect the server's copy of QoS 2 is not a second message. */
WORLD_TEST(a_message_in_the_inbox_does_not_come_twice_after_a_reconnect) {
  mqttwill_message *message;
  CK_OK(mqttwill_set_session_expiry(w->client, 60));
  world_connect(w);
  world_play(w, SCRIPT(SAYS("34 07 00 01 'a' 00 07 00 '1'"), CLOSES));
  ck_assert_int_gt((int)mqttwill_connect_async(w->client, w->url), 0);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 03 01 00 00"), SAYS("3c 07 00 01 'a' 00 07 00 '1'"),
                       GETS("50 02 00 07"), SAYS("62 02 00 07"), GETS("70 02 00 07")));
  receive_one(w);
  ck_assert_int_eq(mqttwill_receive(w->client, &message, 0), MQTTWILL_ERR_NO_MESSAGE);
}

/* Nobody may ever read it, and the server will send it again. */
WORLD_TEST(a_goodbye_does_not_wait_for_messages_nobody_has_read) {
  world_connect(w);
  world_play(w, SCRIPT(SAYS("32 07 00 01 'a' 00 01 00 '1' 32 07 00 01 'a' 00 02 00 '2'")));
  world_script(w, SCRIPT(GETS("e0 00"), SEES_FIN, CLOSES));
  CK_ENDS(w, mqttwill_disconnect(w->client, 5000), MQTTWILL_OK, "", 0);
}

/* ---- what callbacks may do ---- */

static void publish_online(struct world *w, const char *what) {
  if (strcmp(what, "connected") == 0)
    ck_assert_int_eq(mqttwill_publish_async(w->client, "s", "on", 2, 1, true, NULL), 2);
}

WORLD_TEST(a_publish_in_on_connect_goes_out) {
  w->react = publish_online;
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5), GETS("33 08 00 01 's' 00 01 00 'on'"),
                       SAYS("40 02 00 01")));
  ck_story(w, "0 connected #1 OK 00 success\n0 done #2 OK 00 success\n");
}

static void reconnect(struct world *w, const char *what) {
  if (strcmp(what, "disconnected") != 0) return;
  ck_assert(!mqttwill_is_connected(w->client));
  ck_assert_int_gt((int)mqttwill_connect_async(w->client, w->url), 0);
}

WORLD_TEST(a_connect_in_on_disconnect_begins_the_next_connection) {
  world_connect(w);
  w->react = reconnect;
  world_play(w, SCRIPT(CLOSES, ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  ck_story(w,
           "0 disconnected #0 ERR_CLOSED - PEER: the server closed the connection\n"
           "0 connected #2 OK 00 success\n");
  CK_OK(mqttwill_abort(w->client)); /* tells on_disconnect, which connects */
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  ck_assert(mqttwill_is_connected(w->client));
}

/* The connection has ended, but that is not told yet: the next one has to wait for on_disconnect. */
static void reconnect_too_early(struct world *w, const char *what) {
  if (strcmp(what, "done") != 0) return;
  ck_assert_int_eq((int)mqttwill_connect_async(w->client, w->url), MQTTWILL_ERR_ALREADY_CONNECTED);
  w->count++;
}

WORLD_TEST(a_connect_before_the_end_has_been_told_is_refused) {
  const char *filter = "a";
  const unsigned one = 1;
  world_connect(w);
  ck_assert_int_eq(mqttwill_subscribe_async(w->client, &filter, &one, 1, NULL), 2);
  w->react = reconnect_too_early;
  world_play(w, SCRIPT(READS(0x82), CLOSES));
  ck_assert_int_eq(w->count, 1);
  w->react = NULL;
  ck_story(w,
           "0 done #2 ERR_CLOSED - the server closed the connection\n"
           "0 disconnected #0 ERR_CLOSED - PEER: the server closed the connection\n");
  world_connect(w); /* and nothing is left over */
}

static void abort_it(struct world *w, const char *what) {
  if (strcmp(what, "message") != 0) return;
  CK_OK(mqttwill_abort(w->client));
  ck_assert(!mqttwill_is_connected(w->client));
}

WORLD_TEST(an_abort_in_on_message_is_the_last_message) {
  world_hear_messages(w, w->client);
  world_connect(w);
  w->react = abort_it;
  world_play(w, SCRIPT(SAYS(MESSAGE_0("1") MESSAGE_0("2")), SEES_FIN));
  ck_story(w,
           "0 message q0 a=1\n"
           "0 disconnected #0 ERR_CANCELLED - PEER: the operation was given up before it was done\n");
}

static void reconnect_and_abort(struct world *w, const char *what) {
  if (strcmp(what, "disconnected") != 0) return;
  ck_assert_int_eq((int)mqttwill_connect_async(w->client, w->url), 2);
  CK_OK(mqttwill_abort(w->client));
}

WORLD_TEST(an_abort_of_the_next_attempt_is_not_lost_with_the_last) {
  world_connect(w);
  w->react = reconnect_and_abort;
  CK_OK(mqttwill_abort(w->client));
  world_settle(w);
  ck_story(w,
           "0 disconnected #0 ERR_CANCELLED - PEER: the operation was given up before it was done\n"
           "0 not connected #2 ERR_CANCELLED - PEER: the operation was given up before it was done\n");
  ck_assert_ptr_null(w->client->dial);
}

static void free_it(struct world *w, const char *what) {
  if (strcmp(what, w->argument) != 0 || w->client == NULL) return;
  mqttwill_client *client = w->client;
  w->client = NULL;
  mqttwill_client_free(client);
  w->count++;
}

/* In whichever callback: operations end, the connection is told, and then nothing more. */
WORLD_TEST(a_client_frees_itself_in_on_connect) {
  w->react = free_it;
  w->argument = "connected";
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5), SEES_FIN));
  ck_assert_int_eq(w->count, 1);
  ck_story(w,
           "0 connected #1 OK 00 success\n"
           "0 disconnected #0 ERR_CANCELLED - PEER: the operation was given up before it was done\n");
  ck_assert_uint_eq(w->loop->clients, 0);
}

WORLD_TEST(a_client_frees_itself_in_on_message) {
  world_hear_messages(w, w->client);
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  w->react = free_it;
  w->argument = "message";
  world_play(w, SCRIPT(READS(0x32), SAYS("(32 07 00 01 'a' 00 01 00 '1')*2")));
  ck_story(w,
           "0 message q1 a=1\n"
           "0 disconnected #0 ERR_CANCELLED - PEER: the operation was given up before it was done\n"
           "0 done #2 ERR_CANCELLED - the operation was given up before it was done\n");
  ck_assert_uint_eq(w->loop->clients, 0);
}

WORLD_TEST(a_client_frees_itself_in_on_disconnect) {
  world_connect(w);
  w->react = free_it;
  w->argument = "disconnected";
  world_play(w, SCRIPT(CLOSES));
  ck_assert_uint_eq(w->loop->clients, 0);
}

WORLD_TEST(a_client_frees_itself_when_connecting_failed) {
  w->react = free_it;
  w->argument = "not connected";
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), CLOSES));
  ck_assert_uint_eq(w->loop->clients, 0);
  ck_assert(mw_loop_is_idle(w->loop->loop));
}

static void free_other(struct world *w, const char *what) {
  if (strcmp(what, "message") != 0 || w->argument == NULL) return;
  mqttwill_client *other = w->argument;
  w->argument = NULL;
  mqttwill_client_free(other);
  w->count++;
}

WORLD_TEST(a_callback_frees_another_client_at_once) {
  mqttwill_client *other = world_client(w, "other");
  ck_assert_int_eq(mqttwill_publish_async(other, "a", "x", 1, 1, false, NULL), 1);
  world_hear_messages(w, w->client);
  world_connect(w);
  w->react = free_other;
  w->argument = other;
  world_play(w, SCRIPT(SAYS(MESSAGE_0("1")), SAYS(MESSAGE_0("2"))));
  ck_assert_int_eq(w->count, 1);
  ck_story(w,
           "0 message q0 a=1\n0 done #1 ERR_CANCELLED - the operation was given up before it was done\n"
           "0 message q0 a=2\n");
}

static void abort_other(struct world *w, const char *what) {
  if (strcmp(what, "message") != 0) return;
  CK_OK(mqttwill_abort(w->argument));
  ck_assert_int_eq(((mqttwill_client *)w->argument)->phase, MW_CLIENT_IDLE);
}

WORLD_TEST(a_callback_aborts_another_client_at_once) {
  struct black_hole hole;
  black_hole_open(&hole, "127.0.0.1", 0);
  mqttwill_client *other = world_client(w, "other");
  ck_assert_int_eq(mqttwill_connect_async(other, hole.url), 1);
  world_hear_messages(w, w->client);
  world_connect(w);
  w->react = abort_other;
  w->argument = other;
  world_play(w, SCRIPT(SAYS(MESSAGE_0("1"))));
  ck_assert(strstr(w->story, "0 not connected #1 ERR_CANCELLED") != NULL);
  w->react = NULL;
  mqttwill_client_free(other);
  black_hole_close(&hole);
}

/* What is freed takes nothing more: it could never end. */
static void publish_again(struct world *w, const char *what) {
  if (strcmp(what, "done") != 0 || w->count++ > 3) return;
  ck_assert_int_eq((int)mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL),
                   MQTTWILL_ERR_CANCELLED);
  ck_assert_int_eq((int)mqttwill_connect_async(w->client, w->url), MQTTWILL_ERR_STATE);
}

WORLD_TEST(a_client_that_is_being_freed_takes_nothing_more) {
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 1);
  w->react = publish_again;
  mqttwill_client_free(w->client);
  w->client = NULL;
  ck_assert_int_eq(w->count, 1);
}

SUITE("client/dispatch", messages_come_in_order_and_are_acknowledged_after_their_callback,
      a_topic_is_terminated_and_an_empty_payload_is_not_null,
      a_full_inbox_leaves_the_socket_unread_until_there_is_room, the_inbox_is_bounded_in_bytes_too,
      messages_that_waited_go_to_a_callback_that_comes_later, a_late_callback_does_not_change_the_order,
      a_message_larger_than_accepted_ends_the_connection,
      a_message_there_is_no_memory_for_ends_the_connection, acknowledging_by_hand_keeps_the_order_of_arrival,
      received_messages_can_be_acknowledged_by_hand,
      a_message_in_the_inbox_does_not_come_twice_after_a_reconnect,
      a_goodbye_does_not_wait_for_messages_nobody_has_read, a_publish_in_on_connect_goes_out,
      a_connect_in_on_disconnect_begins_the_next_connection,
      a_connect_before_the_end_has_been_told_is_refused, an_abort_in_on_message_is_the_last_message,
      an_abort_of_the_next_attempt_is_not_lost_with_the_last, a_client_frees_itself_in_on_connect,
      a_client_frees_itself_in_on_message, a_client_frees_itself_in_on_disconnect,
      a_client_frees_itself_when_connecting_failed, a_callback_frees_another_client_at_once,
      a_callback_aborts_another_client_at_once, a_client_that_is_being_freed_takes_nothing_more)
