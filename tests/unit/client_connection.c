/* SPDX-License-Identifier: MIT
 * One connection from CONNECT to its end: servers that misbehave, keep alive, the way from MQTT 5 back to
 * 3.1.1, and the ways to close, each with status, text and virtual milliseconds. */
#include "base/platform.h"

#include "client_world.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- before CONNACK ---- */

WORLD_TEST(a_server_that_never_answers_is_given_up_at_the_deadline) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10)));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_TIMEOUT,
          "PEER: connected, but no answer to CONNECT came in time", 700);
  ck_story(w, "700 not connected #1 ERR_TIMEOUT - PEER: connected, but no answer to CONNECT came in time\n");
  world_play(w, SCRIPT(SEES_FIN));
}

WORLD_TEST(a_server_that_closes_at_once_is_told_at_once) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), CLOSES));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_CLOSED,
          "PEER: the server closed the connection", 0);
  ck_assert_int_eq(mqttwill_error_system(w->client), 0);
  ck_story(w, "0 not connected #1 ERR_CLOSED - PEER: the server closed the connection\n");
}

WORLD_TEST(a_server_that_resets_is_told_with_the_systems_words) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), RESETS));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_NETWORK, "PEER: Connection reset by peer",
          0);
  ck_assert_int_eq(mqttwill_error_system(w->client), ECONNRESET);
}

WORLD_TEST(a_server_that_stops_in_the_middle_of_connack_is_given_up_at_the_deadline) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), AT(300), SAYS("20 03 00")));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_TIMEOUT,
          "PEER: connected, but no answer to CONNECT came in time", 700);
}

/* Also when the server does not close after its nonsense: nothing of ours is on its way. */
WORLD_TEST(nonsense_instead_of_connack_ends_the_attempt_at_once) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), AT(40), SAYS("'HTTP/1.1 400 Bad Request'")));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 100), MQTTWILL_ERR_MALFORMED,
          "PEER: the peer sent a malformed packet", 40);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("30 04 00 01 'a' 00")));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 100), MQTTWILL_ERR_PROTOCOL,
          "PEER: the peer broke the protocol", 0);
}

WORLD_TEST(a_refusal_is_told_with_code_and_reason_string) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 0d 00 87 0a 1f 00 07 'go away'")));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_REFUSED,
          "PEER: the server refused the connection: not authorized (0x87): go away", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x87);
  CK_OK(mqttwill_set_version(w->client, MQTTWILL_MQTT_3_1_1));
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 02 00 05")));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_REFUSED,
          "PEER: the server refused the connection: not authorized (0x05)", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 5);
}

/* ---- from MQTT 5 back to 3.1.1 ---- */

static void ck_version(const struct world *w, uint8_t version) {
  ck_assert_uint_eq(w->packet.data[8], version); /* 10 LL | 00 04 'MQTT' | version */
}

WORLD_TEST(a_server_that_does_not_know_mqtt_5_is_asked_again_and_remembered) {
  world_script(w, SCRIPT(ACCEPT, GETS("10 18 00 04 'MQTT' 05"), GETS("02 00 3c 08 21 00 64 27 00 10 00 00"),
                         GETS("00 03 'dev'"), SAYS("20 02 00 01"), SEES_FIN, ACCEPT,
                         GETS("10 0f 00 04 'MQTT' 04 02 00 3c 00 03 'dev'"), SAYS(CONNACK_3)));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_OK, "", 0);
  ck_assert_int_eq(mqttwill_connected_version(w->client), 4);
  ck_story(w, "0 connected #1 OK 00 success\n"); /* once */
  CK_OK(mqttwill_abort(w->client));
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_3)));
  CK_OK(mqttwill_connect(w->client, w->url, 700));
  ck_version(w, 4); /* at once */
  CK_OK(mqttwill_abort(w->client));

  char other[64];
  snprintf(other, sizeof other, "mqtt://localhost:%u", w->port); /* for all we know another server */
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  CK_OK(mqttwill_connect(w->client, other, 700));
  ck_version(w, 5);
  CK_OK(mqttwill_abort(w->client));
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  CK_OK(mqttwill_connect(w->client, w->url, 700));
  ck_version(w, 5); /* only the last server is remembered */
}

WORLD_TEST(a_reason_code_of_mqtt_5_leads_back_as_well) {
  world_script(
      w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 03 00 84 00"), SEES_FIN, ACCEPT, READS(0x10), SAYS(CONNACK_3)));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_OK, "", 0);
  ck_version(w, 4);
}

WORLD_TEST(both_attempts_share_one_deadline) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), AT(400), SAYS("20 02 00 01"), SEES_FIN, ACCEPT, READS(0x10)));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_TIMEOUT,
          "PEER: connected, but no answer to CONNECT came in time", 700);
}

WORLD_TEST(there_is_no_way_back_where_an_option_needs_mqtt_5) {
  const char *text = "PEER: the server refused the connection: unsupported protocol version (0x84)";
  CK_OK(mqttwill_set_session_expiry(w->client, 60));
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 03 00 84 00"), SEES_FIN));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_VERSION,
          "PEER: the server does not speak MQTT 5, and a session expiry needs it", 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x84);
  CK_OK(mqttwill_set_session_expiry(w->client, 0));
  CK_OK(mqttwill_set_version(w->client, MQTTWILL_MQTT_5));
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 03 00 84 00"), SEES_FIN));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_REFUSED, text, 0);
}

/* What was learnt of a server may be wrong one day: when it refuses that too, the next attempt starts anew.
 */
WORLD_TEST(a_remembered_version_that_is_refused_is_forgotten) {
  world_script(
      w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 02 00 01"), SEES_FIN, ACCEPT, READS(0x10), SAYS(CONNACK_3)));
  CK_OK(mqttwill_connect(w->client, w->url, 700));
  CK_OK(mqttwill_abort(w->client));
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 02 00 01")));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 700), MQTTWILL_ERR_REFUSED,
          "PEER: the server refused the connection: unacceptable protocol version (0x01)", 0);
  ck_version(w, 4);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  CK_OK(mqttwill_connect(w->client, w->url, 700));
  ck_version(w, 5);
}

/* ---- keep alive ---- */

WORLD_TEST(a_silent_connection_is_pinged_and_a_silent_server_left) {
  world_connect(w);
  world_script(w, SCRIPT(AT(54999), AT(55000), GETS("c0 00"), SAYS("d0 00"), AT(110000), GETS("c0 00")));
  world_pass(w, 119999);
  ck_story(w, "");
  world_pass(w, 1);
  ck_story(w, "120000 disconnected #0 ERR_PING_TIMEOUT - PEER: the server did not answer a ping in time\n");
  world_play(w, SCRIPT(SEES_FIN));
  ck_assert(!mqttwill_is_connected(w->client));
}

WORLD_TEST(the_ping_timeout_is_the_programs_choice) {
  CK_OK(mqttwill_set_ping_timeout(w->client, 1500));
  CK_OK(mqttwill_set_keep_alive(w->client, 4));
  world_connect(w);
  world_script(w, SCRIPT(AT(3000), GETS("c0 00")));
  world_pass(w, 10000);
  ck_story(w, "4500 disconnected #0 ERR_PING_TIMEOUT - PEER: the server did not answer a ping in time\n");
}

WORLD_TEST(the_server_may_dictate_the_keep_alive) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 06 00 00 03 13 00 0a"), AT(7500), GETS("c0 00"),
                         SAYS("d0 00"), AT(15000), GETS("c0 00")));
  CK_OK(mqttwill_connect(w->client, w->url, 700));
  ck_assert_uint_eq(mqttwill_effective_keep_alive(w->client), 10);
  world_pass(w, 15001);
  ck_assert(mqttwill_is_connected(w->client));
  CK_OK(mqttwill_abort(w->client));
  ck_assert_uint_eq(mqttwill_effective_keep_alive(w->client), 60);
}

WORLD_TEST(without_keep_alive_nothing_is_ever_sent) {
  CK_OK(mqttwill_set_keep_alive(w->client, 0));
  world_connect(w);
  world_pass(w, 100000000);
  ck_assert_int_eq(mqttwill_loop_timeout(w->loop), -1);
  ck_assert(mqttwill_is_connected(w->client));
  CK_OK(mqttwill_abort(w->client));
  world_play(w, SCRIPT(SEES_FIN)); /* and no byte before it */
}

/* A suspended device wakes long after the server has given it up. */
WORLD_TEST(a_connection_that_was_slept_over_is_left_at_once) {
  world_connect(w);
  w->now += 90001;
  world_settle(w);
  ck_story(w, "90001 disconnected #0 ERR_PING_TIMEOUT - PEER: the server did not answer a ping in time\n");
}

WORLD_TEST(a_shorter_sleep_is_answered_with_a_ping) {
  world_connect(w);
  w->now += 90000;
  world_play(w, SCRIPT(GETS("c0 00"), SAYS("d0 00")));
  ck_story(w, "");
}

/* A program that sleeps lets its messages wait and the socket unread: that says nothing about the server. */
WORLD_TEST(a_full_inbox_does_not_cost_the_connection) {
  mqttwill_message *message;
  CK_OK(mqttwill_set_receive_maximum(w->client, 2));
  world_connect(w);
  world_play(w, SCRIPT(SAYS("(30 05 00 01 'a' 00 31)*2"))); /* QoS 0 */
  world_play(w, SCRIPT(SAYS("30 05 00 01 'a' 00 32")));
  world_script(w, SCRIPT(AT(55000), GETS("c0 00"), SAYS("d0 00"), AT(110000), GETS("c0 00"), SAYS("d0 00"),
                         AT(165000), GETS("c0 00"), SAYS("d0 00")));
  world_pass(w, 200000);
  ck_story(w, "");
  ck_assert(mqttwill_is_connected(w->client));
  for (int i = 0; i < 3; i++) {
    CK_OK(mqttwill_receive(w->client, &message, 100));
    ck_assert_mem_eq(mqttwill_message_payload(message), i < 2 ? "1" : "2", 1);
    mqttwill_message_free(message);
  }
  world_settle(w);
  w->script_start = w->now; /* and it is judged again from here on */
  world_pass(w, 100000);
  ck_assert(!mqttwill_is_connected(w->client));
}

/* ---- options while connected ---- */

WORLD_TEST(options_do_not_change_a_live_connection) {
  world_connect(w);
  CK_OK(mqttwill_set_manual_ack(w->client, true));
  CK_OK(mqttwill_set_receive_maximum(w->client, 1));
  CK_OK(mqttwill_set_maximum_packet_size(w->client, 16));
  /* the server knows of 100 messages and 1 MiB */
  world_play(w, SCRIPT(SAYS("32 17 00 01 'a' 00 01 00 '0123456789abcdefg'"),
                       SAYS("32 17 00 01 'a' 00 02 00 '0123456789abcdefg'")));
  ck_story(w, "");
  ck_assert(mqttwill_is_connected(w->client));
}

/* ---- the server's last words ---- */

WORLD_TEST(a_disconnect_of_the_server_is_told_with_its_reason) {
  world_connect(w);
  world_play(w, SCRIPT(SAYS("e0 08 8b 06 1f 00 03 'bye'"), SEES_FIN));
  ck_story(w,
           "0 disconnected #0 ERR_DISCONNECTED 8b PEER: the server ended the connection with a "
           "DISCONNECT: server shutting down (0x8B): bye\n");
}

/* The write fails first; what the server said before lies in the socket and tells why. */
WORLD_TEST(a_write_that_fails_first_reads_what_the_server_said) {
  world_connect(w);
  send(w->peer, "\xe0\x01\x8e", 3, MSG_NOSIGNAL); /* taken over */
  struct linger hard = {.l_onoff = 1};
  setsockopt(w->peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(w->peer);
  w->peer = -1;
  struct pollfd gone = {.fd = w->client->tcp.fd};
  ck_assert_int_eq(poll(&gone, 1, 5000), 1); /* the reset has arrived */
  ck_assert_int_gt((int)mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 0);
  world_settle(w);
  ck_story(w,
           "0 disconnected #0 ERR_DISCONNECTED 8e PEER: the server ended the connection with a "
           "DISCONNECT: session taken over (0x8E)\n");
}

WORLD_TEST(a_broken_protocol_is_answered_with_a_disconnect_and_fin) {
  world_connect(w);
  world_play(w, SCRIPT(SAYS("f1 00"), GETS("e0 01 81"), SEES_FIN, CLOSES));
  ck_story(w, "0 disconnected #0 ERR_MALFORMED - PEER: the peer sent a malformed packet\n");
}

WORLD_TEST(a_server_that_does_not_close_after_our_last_word_is_left_after_a_second) {
  world_connect(w);
  world_play(w, SCRIPT(SAYS("f1 00"), GETS("e0 01 81"), SEES_FIN));
  ck_assert(!mqttwill_is_connected(w->client));
  world_pass(w, 999);
  ck_story(w, "");
  world_pass(w, 1);
  ck_story(w, "1000 disconnected #0 ERR_MALFORMED - PEER: the peer sent a malformed packet\n");
}

/* ---- saying goodbye ---- */

WORLD_TEST(a_disconnect_waits_for_what_is_in_flight) {
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  world_script(w, SCRIPT(GETS("32 07 00 01 'a' 00 01 00 'x'"), AT(300), SAYS("40 02 00 01"), GETS("e0 00"),
                         SEES_FIN, CLOSES));
  CK_ENDS(w, mqttwill_disconnect(w->client, 1000), MQTTWILL_OK, "", 300);
  ck_story(w,
           "300 done #2 OK 00 success\n"
           "300 done #3 OK - success\n"
           "300 disconnected #0 OK - PEER: success\n");
  CK_ENDS(w, mqttwill_disconnect(w->client, 1000), MQTTWILL_ERR_NOT_CONNECTED, "not connected", 0);
}

WORLD_TEST(at_its_deadline_a_disconnect_leaves_with_messages_unacknowledged) {
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  world_script(w, SCRIPT(GETS("32 07 00 01 'a' 00 01 00 'x'"), AT(1000), GETS("e0 00"), SEES_FIN, CLOSES));
  CK_ENDS(w, mqttwill_disconnect(w->client, 1000), MQTTWILL_ERR_TIMEOUT, "the deadline passed", 1000);
  ck_story(w,
           "1000 done #3 ERR_TIMEOUT - the deadline passed\n"
           "1000 disconnected #0 OK - PEER: success\n");
  ck_assert_int_eq(mqttwill_wait(w->client, 2, 0), MQTTWILL_ERR_TIMEOUT); /* it waits for the next one */
}

WORLD_TEST(a_server_that_does_not_close_is_not_waited_for_longer_than_a_second) {
  world_connect(w);
  world_script(w, SCRIPT(GETS("e0 00"), SEES_FIN));
  CK_ENDS(w, mqttwill_disconnect(w->client, 5000), MQTTWILL_OK, "", 1000);
  world_connect(w);
  world_script(w, SCRIPT(GETS("e0 00"), SEES_FIN));
  CK_ENDS(w, mqttwill_disconnect(w->client, 300), MQTTWILL_OK, "", 300);
  world_connect(w);
  world_script(w, SCRIPT(GETS("e0 00"), SEES_FIN));
  CK_ENDS(w, mqttwill_disconnect(w->client, 0), MQTTWILL_OK, "", 200);
}

/* More than the kernel takes for a peer that does not read. */
static void stuff_the_socket(struct world *w) {
  static char payload[4000000];
  CK_OK(mqttwill_set_outbound_limit(w->client, 64000000));
  world_connect(w);
  for (int i = 0; i < 4; i++)
    ck_assert_int_gt((int)mqttwill_publish_async(w->client, "a", payload, sizeof payload, 0, false, NULL), 0);
  world_settle(w);
  ck_assert(w->client->write_blocked);
}

WORLD_TEST(a_goodbye_that_cannot_leave_ends_in_an_abort) {
  stuff_the_socket(w);
  CK_ENDS(w, mqttwill_disconnect(w->client, 500), MQTTWILL_ERR_CANCELLED,
          "the operation was given up before it was done", 500);
  ck_assert(strstr(w->story, "500 disconnected #0 ERR_CANCELLED - PEER: the operation was given up") != NULL);
  ck_assert(mw_loop_timeout(w->loop->loop) == -1);
}

WORLD_TEST(messages_in_flight_do_not_keep_a_stuffed_socket_alive) {
  stuff_the_socket(w);
  ck_assert_int_gt((int)mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 0);
  CK_ENDS(w, mqttwill_disconnect(w->client, 500), MQTTWILL_ERR_CANCELLED,
          "the operation was given up before it was done", 700);
}

WORLD_TEST(a_stuffed_socket_that_opens_again_lets_everything_through) {
  stuff_the_socket(w);
  size_t total = 0, most = 4 * (4000000 + 9);
  for (int turns = 0; total < most && turns < 100000; turns++) {
    static char sink[65536];
    ssize_t n = recv(w->peer, sink, sizeof sink, MSG_DONTWAIT);
    if (n > 0) total += (size_t)n;
    CK_OK(mqttwill_loop_step(w->loop, 0));
  }
  ck_assert_uint_eq(total, most);
  world_settle(w);
  ck_story(w,
           "0 done #2 OK - success\n0 done #3 OK - success\n0 done #4 OK - success\n"
           "0 done #5 OK - success\n");
  world_script(w, SCRIPT(GETS("e0 00"), SEES_FIN, CLOSES));
  CK_ENDS(w, mqttwill_disconnect(w->client, 500), MQTTWILL_OK, "", 0);
}

/* Closing with bytes unread would send RST, which can destroy DISCONNECT in the server's hands. */
WORLD_TEST(a_goodbye_with_bytes_unread_is_fin_and_not_rst) {
  CK_OK(mqttwill_set_receive_maximum(w->client, 1));
  world_connect(w);
  world_play(w, SCRIPT(SAYS("30 05 00 01 'a' 00 31"), SAYS("(30 05 00 01 'a' 00 32)*1000")));
  world_play(w, SCRIPT(SAYS("(30 05 00 01 'a' 00 32)*1000"))); /* not read any more */
  world_script(w, SCRIPT(GETS("e0 00"), SAYS("(30 05 00 01 'a' 00 32)*1000"), AT(100), SEES_FIN, CLOSES));
  CK_ENDS(w, mqttwill_disconnect(w->client, 5000), MQTTWILL_OK, "", 100);
}

/* ---- aborting ---- */

WORLD_TEST(an_abort_says_nothing) {
  world_connect(w);
  CK_ENDS(w, mqttwill_abort(w->client), MQTTWILL_OK, "", 0);
  ck_story(w, "0 disconnected #0 ERR_CANCELLED - PEER: the operation was given up before it was done\n");
  world_play(w, SCRIPT(SEES_FIN));
  CK_OK(mqttwill_abort(w->client)); /* nothing left */
  ck_story(w, "");
}

WORLD_TEST(an_abort_ends_a_connect_that_awaits_connack) {
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10)));
  CK_OK(mqttwill_abort(w->client));
  ck_story(w, "0 not connected #1 ERR_CANCELLED - PEER: the operation was given up before it was done\n");
  world_play(w, SCRIPT(SEES_FIN));
}

WORLD_TEST(a_lingering_connection_can_be_aborted) {
  world_connect(w);
  ck_assert_int_eq(mqttwill_disconnect_async(w->client, MQTTWILL_REASON_SUCCESS, NULL, 5000), 2);
  world_play(w, SCRIPT(GETS("e0 00"), SEES_FIN));
  ck_story(w, "");
  CK_OK(mqttwill_abort(w->client));
  ck_story(w, "0 done #2 OK - success\n0 disconnected #0 OK - PEER: success\n");
}

SUITE("client/connection", a_server_that_never_answers_is_given_up_at_the_deadline,
      a_server_that_closes_at_once_is_told_at_once, a_server_that_resets_is_told_with_the_systems_words,
      a_server_that_stops_in_the_middle_of_connack_is_given_up_at_the_deadline,
      nonsense_instead_of_connack_ends_the_attempt_at_once, a_refusal_is_told_with_code_and_reason_string,
      a_server_that_does_not_know_mqtt_5_is_asked_again_and_remembered,
      a_reason_code_of_mqtt_5_leads_back_as_well, both_attempts_share_one_deadline,
      there_is_no_way_back_where_an_option_needs_mqtt_5, a_remembered_version_that_is_refused_is_forgotten,
      a_silent_connection_is_pinged_and_a_silent_server_left, the_ping_timeout_is_the_programs_choice,
      the_server_may_dictate_the_keep_alive, without_keep_alive_nothing_is_ever_sent,
      a_connection_that_was_slept_over_is_left_at_once, a_shorter_sleep_is_answered_with_a_ping,
      a_full_inbox_does_not_cost_the_connection, options_do_not_change_a_live_connection,
      a_disconnect_of_the_server_is_told_with_its_reason, a_write_that_fails_first_reads_what_the_server_said,
      a_broken_protocol_is_answered_with_a_disconnect_and_fin,
      a_server_that_does_not_close_after_our_last_word_is_left_after_a_second,
      a_disconnect_waits_for_what_is_in_flight,
      at_its_deadline_a_disconnect_leaves_with_messages_unacknowledged,
      a_server_that_does_not_close_is_not_waited_for_longer_than_a_second,
      a_goodbye_that_cannot_leave_ends_in_an_abort, messages_in_flight_do_not_keep_a_stuffed_socket_alive,
      a_stuffed_socket_that_opens_again_lets_everything_through,
      a_goodbye_with_bytes_unread_is_fin_and_not_rst, an_abort_says_nothing,
      an_abort_ends_a_connect_that_awaits_connack, a_lingering_connection_can_be_aborted)
