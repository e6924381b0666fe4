/* SPDX-License-Identifier: MIT
 * What goes wrong on the way to a server and with one that misbehaves: each ends within the caller's
 * deadline, with its own status and a text that says where. Also the way from MQTT 5 back to 3.1.1, and a
 * server that dictates. The servers are scripts (raw_server.h). */
#define _POSIX_C_SOURCE 200809L

#include "e2e/raw_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_MS 400

static mqttwill_client *client;

static void setup(void) {
  client = mqttwill_client_new(NULL, "client");
  ck_assert_ptr_nonnull(client);
}
static void teardown(void) {
  mqttwill_client_free(client);
}

static void assert_told(const char *what) {
  ck_assert_msg(strstr(mqttwill_error(client), what) != NULL, "no \"%s\" in \"%s\"", what,
                mqttwill_error(client));
}

/* ---- nobody there ---- */

START_TEST(a_url_that_cannot_be_understood_is_refused_and_named)
{
  static const struct {
    const char *url;
    int status;
  } urls[] = {{"", MQTTWILL_ERR_URL},
              {"127.0.0.1", MQTTWILL_ERR_URL},
              {"mqtt:/127.0.0.1", MQTTWILL_ERR_URL},
              {"mqtt://", MQTTWILL_ERR_URL},
              {"mqtt://:1883", MQTTWILL_ERR_URL},
              {"mqtt://127.0.0.1:", MQTTWILL_ERR_URL},
              {"mqtt://127.0.0.1:0", MQTTWILL_ERR_URL},
              {"mqtt://127.0.0.1:65536", MQTTWILL_ERR_URL},
              {"mqtt://127.0.0.1:18x3", MQTTWILL_ERR_URL},
              {"mqtt://[::1", MQTTWILL_ERR_URL},
              {"mqtt://[no-address]", MQTTWILL_ERR_URL},
              {"mqtt://bro ker", MQTTWILL_ERR_URL},
              {"gopher://127.0.0.1", MQTTWILL_ERR_SCHEME}};
  for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
    int status = mqttwill_connect(client, urls[i].url, DEADLINE_MS);
    ck_assert_msg(status == urls[i].status, "\"%s\" answered %d: %s", urls[i].url, status,
                  mqttwill_error(client));
    if (urls[i].url[0] != '\0') assert_told(urls[i].url);
    ck_assert_int_eq(mqttwill_connect_async(client, urls[i].url), urls[i].status);
  }
  assert_status(MQTTWILL_ERR_ARGUMENT, mqttwill_connect(client, NULL, DEADLINE_MS));
  ck_assert_str_ne(mqttwill_error(client), "");
  assert_status(MQTTWILL_ERR_ARGUMENT, mqttwill_connect(NULL, "mqtt://127.0.0.1", DEADLINE_MS));
}
END_TEST

/* A port on which nobody listens: bound, so that nobody else gets it, but not listening. */
static int unused_port(int *fd) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(address);
  *fd = socket(AF_INET, SOCK_STREAM, 0);
  ck_assert_int_eq(bind(*fd, (struct sockaddr *)&address, size), 0);
  ck_assert_int_eq(getsockname(*fd, (struct sockaddr *)&address, &size), 0);
  return ntohs(address.sin_port);
}

START_TEST(a_refused_port_is_told_at_once)
{
  int fd;
  char url[64];
  snprintf(url, sizeof(url), "mqtt://127.0.0.1:%d", unused_port(&fd));
  uint64_t start = now_ms();
  assert_status(MQTTWILL_ERR_CONNECT, mqttwill_connect(client, url, SOON_MS));
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  assert_told(url + strlen("mqtt://"));
  ck_assert_int_eq(mqttwill_error_system(client), ECONNREFUSED);
  ck_assert(!mqttwill_is_connected(client));
  close(fd);
}
END_TEST

START_TEST(a_name_that_does_not_resolve_is_told_with_the_name)
{
  uint64_t start = now_ms();
  int status = mqttwill_connect(client, "mqtt://nonexistent.invalid", 3000);
  ck_assert_uint_lt(now_ms() - start, 3000 + SOON_MS / 2);
  /* A machine without any name server may be left waiting for its answer. */
  if (status != MQTTWILL_ERR_TIMEOUT) assert_status(MQTTWILL_ERR_RESOLVE, status);
  assert_told("nonexistent.invalid");
}
END_TEST

/* ---- servers that misbehave before CONNACK ---- */

static void never_answer(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_expect_close(fd); /* given up at the deadline, without a further word */
}

START_TEST(a_server_that_accepts_and_never_answers_is_given_up_at_the_deadline)
{
  struct raw_server server;
  raw_server_start(&server, never_answer);
  uint64_t start = now_ms();
  assert_status(MQTTWILL_ERR_TIMEOUT, mqttwill_connect(client, server.url, DEADLINE_MS));
  ck_assert_uint_ge(now_ms() - start, DEADLINE_MS - 1);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  assert_told(server.url + strlen("mqtt://"));
  ck_assert(!mqttwill_is_connected(client));
  raw_server_end(&server);
}
END_TEST

static void close_at_once(int listener) {
  close(raw_accept(listener));
}
static void close_after_connect(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  close(fd);
}
static void reset_after_connect(int listener) {
  struct linger hard = {.l_onoff = 1};
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)) != 0) raw_fail("setsockopt");
  close(fd);
}

START_TEST(a_server_that_closes_instead_of_answering_is_told_at_once)
{
  static void (*const scripts[])(int) = {close_at_once, close_after_connect, reset_after_connect};
  struct raw_server server;
  raw_server_start(&server, scripts[_i]);
  uint64_t start = now_ms();
  int status = mqttwill_connect(client, server.url, SOON_MS);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  /* Whether the CONNECT met a closed socket, and so a reset, is a matter of microseconds in the first. */
  if (_i != 1 && status == MQTTWILL_ERR_NETWORK)
    ck_assert(mqttwill_error_system(client) == ECONNRESET || mqttwill_error_system(client) == EPIPE);
  else
    assert_status(_i == 2 ? MQTTWILL_ERR_NETWORK : MQTTWILL_ERR_CLOSED, status);
  assert_told(server.url + strlen("mqtt://"));
  raw_server_end(&server);
}
END_TEST

/* What a server may say instead of a CONNACK; all end the attempt at once. */
static const struct {
  const char *hex;
  int status;
} answers[] = {
    {"48 54 54 50 2f 31 2e 31 20 34 30 30",
     MQTTWILL_ERR_MALFORMED},                         /* "HTTP/1.1 400": "H" is a PUBACK with flags */
    {"ff ff ff ff ff ff", MQTTWILL_ERR_MALFORMED},    /* packet type 15 with flags */
    {"00 00", MQTTWILL_ERR_MALFORMED},                /* packet type 0 */
    {"20 ff ff ff ff 7f", MQTTWILL_ERR_MALFORMED},    /* a remaining length of five bytes */
    {"21 03 00 00 00", MQTTWILL_ERR_MALFORMED},       /* reserved flags of CONNACK */
    {"20 03 02 00 00", MQTTWILL_ERR_MALFORMED},       /* reserved acknowledge flags */
    {"20 03 00 07 00", MQTTWILL_ERR_PROTOCOL},        /* no such reason code */
    {"20 05 00 00 02 24 02", MQTTWILL_ERR_PROTOCOL},  /* Maximum QoS 2 is never sent */
    {"20 05 00 00 02 21 00", MQTTWILL_ERR_MALFORMED}, /* a property that is cut off */
    {"30 04 00 01 61 00", MQTTWILL_ERR_PROTOCOL},     /* PUBLISH before CONNACK */
    {"d0 00", MQTTWILL_ERR_PROTOCOL},                 /* PINGRESP before CONNACK */
};
#define ANSWERS ((int)(sizeof(answers) / sizeof(answers[0])))
static int answer_to_send;

static void answer_badly(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, answers[answer_to_send].hex);
  unsigned char bytes[256];
  while (recv(fd, bytes, sizeof(bytes), 0) > 0) continue; /* a DISCONNECT may come, the end must */
}

START_TEST(garbage_instead_of_a_connack_ends_the_attempt_at_once)
{
  struct raw_server server;
  answer_to_send = _i;
  raw_server_start(&server, answer_badly);
  assert_ok(client, mqttwill_set_version(client, MQTTWILL_MQTT_5));
  uint64_t start = now_ms();
  int status = mqttwill_connect(client, server.url, SOON_MS);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  ck_assert_msg(status == answers[_i].status, "%s: answered %d (%s): %s", answers[_i].hex, status,
                mqttwill_strerror(status), mqttwill_error(client));
  assert_told(server.url + strlen("mqtt://"));
  raw_server_end(&server);
}
END_TEST

static void refuse(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  /* 0x87 not authorized, with the reason string "go away" */
  raw_send(fd, "20 0d 00 87 0a 1f 00 07 67 6f 20 61 77 61 79");
  raw_expect_close(fd);
}

START_TEST(a_refusal_is_told_with_its_reason_code_and_reason_string)
{
  struct raw_server server;
  raw_server_start(&server, refuse);
  assert_status(MQTTWILL_ERR_REFUSED, mqttwill_connect(client, server.url, SOON_MS));
  ck_assert_int_eq(mqttwill_error_reason(client), MQTTWILL_REASON_NOT_AUTHORIZED);
  assert_told(mqttwill_reason_text(MQTTWILL_REASON_NOT_AUTHORIZED));
  assert_told("go away");
  raw_server_end(&server);
}
END_TEST

static void refuse_in_the_old_way(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 02 00 05");
  raw_expect_close(fd);
}

START_TEST(a_refusal_of_mqtt_3_is_told_with_its_return_code)
{
  struct raw_server server;
  raw_server_start(&server, refuse_in_the_old_way);
  assert_ok(client, mqttwill_set_version(client, MQTTWILL_MQTT_3_1_1));
  assert_status(MQTTWILL_ERR_REFUSED, mqttwill_connect(client, server.url, SOON_MS));
  ck_assert_int_eq(mqttwill_error_reason(client), MQTTWILL_RETURN_NOT_AUTHORIZED);
  assert_told(mqttwill_return_code_text(MQTTWILL_RETURN_NOT_AUTHORIZED));
  raw_server_end(&server);
}
END_TEST

/* ---- servers that misbehave later ---- */

/* The connection ends while a message is awaited: the call says why. */
static void assert_lost(int why) {
  mqttwill_message *message;
  int status = mqttwill_receive(client, &message, SOON_MS);
  ck_assert_msg(status == why, "answered %d (%s) instead of %s", status, mqttwill_error(client),
                mqttwill_strerror(why));
  assert_told(mqttwill_strerror(why));
  ck_assert(!mqttwill_is_connected(client));
}

static int accept_client(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  return fd;
}

static void send_garbage_later(int listener) {
  int fd = accept_client(listener);
  raw_send(fd, "f1 00");
  raw_read_packet(fd, 0xe0);
  if (raw_packet()[1] < 1 || raw_packet()[2] < 0x80) raw_fail("a DISCONNECT without an error code");
  raw_expect_close(fd);
}

START_TEST(garbage_on_a_live_connection_ends_it_with_a_disconnect_that_says_why)
{
  struct raw_server server;
  raw_server_start(&server, send_garbage_later);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_lost(MQTTWILL_ERR_MALFORMED);
  raw_server_end(&server);
}
END_TEST

static void announce_a_giant(int listener) {
  int fd = accept_client(listener);
  raw_send(fd, "30 ff ff ff 7f 00 01 61"); /* a PUBLISH of 256 MB */
  raw_read_packet(fd, 0xe0);
  if (raw_packet()[1] < 1 || raw_packet()[2] != 0x95) raw_fail("not DISCONNECT 0x95, packet too large");
  raw_expect_close(fd);
}

START_TEST(a_packet_over_the_limit_is_refused_before_it_has_arrived)
{
  struct raw_server server;
  raw_server_start(&server, announce_a_giant);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_lost(MQTTWILL_ERR_PACKET_TOO_LARGE);
  raw_server_end(&server);
}
END_TEST

static void say_goodbye(int listener) {
  int fd = accept_client(listener);
  raw_send(fd, "e0 01 8b"); /* server shutting down */
  raw_expect_close(fd);
}

START_TEST(a_disconnect_of_the_server_is_told_with_its_reason)
{
  struct raw_server server;
  raw_server_start(&server, say_goodbye);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_lost(MQTTWILL_ERR_DISCONNECTED);
  assert_told(mqttwill_reason_text(MQTTWILL_REASON_SERVER_SHUTTING_DOWN));
  assert_status(MQTTWILL_ERR_NOT_CONNECTED, mqttwill_publish(client, "a", "x", 1, 0, false, DEADLINE_MS));
  raw_server_end(&server);
}
END_TEST

static void accept_and_ignore(int listener) {
  accept_client(listener);
  for (;;) pause();
}

START_TEST(waiting_for_an_answer_that_never_comes_ends_at_the_deadline)
{
  struct raw_server server;
  raw_server_start(&server, accept_and_ignore);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  uint64_t start = now_ms();
  assert_status(MQTTWILL_ERR_TIMEOUT, mqttwill_publish(client, "a", "x", 1, MQTTWILL_QOS_1, false, 50));
  assert_status(MQTTWILL_ERR_TIMEOUT, mqttwill_subscribe(client, "a", MQTTWILL_QOS_1, 50));
  assert_status(MQTTWILL_ERR_TIMEOUT, mqttwill_unsubscribe(client, "a", 50));
  ck_assert(mqttwill_is_connected(client));
  assert_status(MQTTWILL_ERR_TIMEOUT,
                mqttwill_disconnect(client, 50)); /* DISCONNECT left, unacknowledged messages */
  ck_assert_uint_ge(now_ms() - start, 196);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  ck_assert(!mqttwill_is_connected(client));
  raw_server_kill(&server);
}
END_TEST

static void ignore_pings(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 06 00 00 03 13 00 01"); /* Server Keep Alive: 1 s */
  raw_read_packet(fd, 0xc0);
  raw_expect_close(fd);
}

START_TEST(a_server_that_does_not_answer_a_ping_is_left)
{
  struct raw_server server;
  raw_server_start(&server, ignore_pings);
  assert_ok(client, mqttwill_set_ping_timeout(client, 100));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  ck_assert_uint_eq(mqttwill_effective_keep_alive(client), 1);
  uint64_t start = now_ms();
  assert_lost(MQTTWILL_ERR_PING_TIMEOUT);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  ck_assert_str_ne(mqttwill_error(client), "");
  raw_server_end(&server);
}
END_TEST

/* The PUBLISH "a" "x" just read, and the packet identifier in it. */
static unsigned read_publish(int fd, unsigned first) {
  raw_read_packet(fd, first);
  const unsigned char *id = raw_packet() + 5; /* after the header of two bytes and the topic of three */
  return (unsigned)id[0] << 8 | id[1];
}

static void break_before_acknowledging(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  unsigned id = read_publish(fd, 0x32);
  close(fd);
  fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 01 00 00"); /* session present */
  if (read_publish(fd, 0x3a) != id) raw_fail("sent again with another packet identifier");
  if (id != 1) raw_fail("the first packet identifier is not 1");
  raw_send(fd, "40 02 00 01");
  raw_read_packet(fd, 0xe0);
  raw_expect_close(fd);
}

START_TEST(a_message_that_was_not_acknowledged_is_sent_again_after_a_reconnect)
{
  struct raw_server server;
  raw_server_start(&server, break_before_acknowledging);
  assert_ok(client, mqttwill_set_session_expiry(client, 60));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  int64_t operation = mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_1, false, NULL);
  assert_ok(client, operation);
  await(!mqttwill_is_connected(client));
  assert_status(MQTTWILL_ERR_TIMEOUT, mqttwill_wait(client, operation, 0)); /* it goes on */
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_ok(client, mqttwill_wait(client, operation, SOON_MS));
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  raw_server_end(&server);
}
END_TEST

/* ---- what a server grants ---- */

static void grant_little(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  /* Maximum QoS 1, Retain Available 0, Maximum Packet Size 64, Assigned Client Identifier "x" */
  raw_send(fd, "20 10 00 00 0d 24 01 25 00 27 00 00 00 40 12 00 01 78");
  raw_read_packet(fd, 0xe0);
  raw_expect_close(fd);
}

START_TEST(what_the_server_does_not_grant_is_refused_before_it_is_sent)
{
  static const char payload[100];
  char id[8];
  struct raw_server server;
  raw_server_start(&server, grant_little);
  mqttwill_client_free(client);
  client = mqttwill_client_new(NULL, NULL);
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_status(MQTTWILL_ERR_QOS_UNAVAILABLE, mqttwill_publish(client, "a", "x", 1, 2, false, DEADLINE_MS));
  assert_status(MQTTWILL_ERR_RETAIN_UNAVAILABLE, mqttwill_publish(client, "a", "x", 1, 0, true, DEADLINE_MS));
  assert_status(MQTTWILL_ERR_PACKET_TOO_LARGE,
                mqttwill_publish(client, "a", payload, sizeof(payload), 0, false, DEADLINE_MS));
  ck_assert_uint_eq(mqttwill_client_id(client, id, sizeof(id)), 1);
  ck_assert_str_eq(id, "x");
  assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  raw_server_end(&server);
}
END_TEST

/* ---- from MQTT 5 back to 3.1.1 ---- */

/* The protocol level of the CONNECT just read: after a name of four bytes. */
static void expect_level(int fd, unsigned level) {
  raw_read_packet(fd, 0x10);
  if (raw_packet()[8] != level) raw_fail("another protocol level than the one that was due");
}

static void speak_3_1_1_only(int listener, const char *refusal) {
  int fd = raw_accept(listener);
  expect_level(fd, 5);
  raw_send(fd, refusal);
  raw_expect_close(fd);
  for (int i = 0; i < 2; i++) { /* the second time the client knows */
    fd = raw_accept(listener);
    expect_level(fd, 4);
    raw_send(fd, "20 02 00 00");
    raw_read_packet(fd, 0xe0);
    if (raw_packet()[1] != 0) raw_fail("a DISCONNECT of MQTT 3.1.1 has no reason code");
    raw_expect_close(fd);
  }
}
static void refuse_5_as_3_1_1_does(int listener) {
  speak_3_1_1_only(listener, "20 02 00 01");
}
static void refuse_5_as_5_does(int listener) {
  speak_3_1_1_only(listener, "20 03 00 84 00");
}

START_TEST(a_server_that_refuses_mqtt_5_is_asked_again_with_3_1_1_and_remembered)
{
  struct raw_server server;
  raw_server_start(&server, _i == 0 ? refuse_5_as_3_1_1_does : refuse_5_as_5_does);
  for (int i = 0; i < 2; i++) {
    assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
    ck_assert_int_eq(mqttwill_connected_version(client), MQTTWILL_MQTT_3_1_1);
    assert_ok(client, mqttwill_disconnect(client, SOON_MS));
  }
  raw_server_end(&server);
}
END_TEST

static void refuse_5_once(int listener) {
  int fd = raw_accept(listener);
  expect_level(fd, 5);
  raw_send(fd, "20 02 00 01");
  raw_expect_close(fd);
}

START_TEST(there_is_no_way_back_where_an_option_needs_mqtt_5)
{
  struct raw_server server;
  raw_server_start(&server, refuse_5_once);
  assert_ok(client, mqttwill_set_will(client, "a", "gone", 4, MQTTWILL_QOS_1, false));
  assert_ok(client, mqttwill_set_session_expiry(client, 60));
  assert_ok(client, mqttwill_set_will_delay(client, 5));
  assert_status(MQTTWILL_ERR_VERSION, mqttwill_connect(client, server.url, SOON_MS));
  assert_told("the server does not speak MQTT 5, and a session expiry needs it");
  ck_assert(!mqttwill_is_connected(client));
  raw_server_end(&server);
}
END_TEST

START_TEST(there_is_no_way_back_where_mqtt_5_was_asked_for)
{
  struct raw_server server;
  raw_server_start(&server, refuse_5_once);
  assert_ok(client, mqttwill_set_version(client, MQTTWILL_MQTT_5));
  assert_status(MQTTWILL_ERR_REFUSED, mqttwill_connect(client, server.url, SOON_MS));
  raw_server_end(&server);
}
END_TEST

/* Maximum QoS 1, Retain Available 0, Maximum Packet Size 64; then nobody connects. */
static void grant_little_once(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 0c 00 00 09 24 01 25 00 27 00 00 00 40");
  raw_expect_close(fd);
}

static void grant_everything(int listener) {
  int fd = raw_accept(listener);
  raw_read_packet(fd, 0x10);
  raw_send(fd, "20 03 00 00 00");
  raw_expect_close(fd);
}

START_TEST(a_will_that_this_server_would_refuse_is_refused_before_anything_is_sent)
{
  struct raw_server server, other;
  raw_server_start(&server, grant_little_once);
  assert_ok(client, mqttwill_set_version(client, MQTTWILL_MQTT_5));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_ok(client, mqttwill_abort(client));
  assert_ok(client, mqttwill_set_will(client, "a", "gone", 4, MQTTWILL_QOS_2, false));
  assert_status(MQTTWILL_ERR_QOS_UNAVAILABLE, mqttwill_connect(client, server.url, SOON_MS));
  assert_told("will QoS");
  assert_ok(client, mqttwill_set_will(client, "a", "gone", 4, MQTTWILL_QOS_1, true));
  assert_status(MQTTWILL_ERR_RETAIN_UNAVAILABLE, mqttwill_connect(client, server.url, SOON_MS));
  assert_told("will retain");
  raw_server_end(&server);

  raw_server_start(&other, grant_everything); /* of another server nothing is known */
  assert_ok(client, mqttwill_set_will(client, "a", "gone", 4, MQTTWILL_QOS_2, true));
  assert_ok(client, mqttwill_connect(client, other.url, SOON_MS));
  assert_ok(client, mqttwill_abort(client));
  raw_server_end(&other);
}
END_TEST

static void grant_little_and_wait(int listener) {
  grant_little_once(listener);
  raw_expect_close(raw_accept(listener));
}

START_TEST(a_connect_longer_than_this_server_takes_is_not_sent)
{
  struct raw_server server;
  char payload[100] = {0};
  raw_server_start(&server, grant_little_and_wait);
  assert_ok(client, mqttwill_set_version(client, MQTTWILL_MQTT_5));
  assert_ok(client, mqttwill_connect(client, server.url, SOON_MS));
  assert_ok(client, mqttwill_abort(client));
  assert_ok(client, mqttwill_set_will(client, "a", payload, sizeof(payload), MQTTWILL_QOS_1, false));
  assert_status(MQTTWILL_ERR_PACKET_TOO_LARGE, mqttwill_connect(client, server.url, SOON_MS));
  raw_server_end(&server);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e: bad input");
  TCase *tc = tcase_create("bad input");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, a_url_that_cannot_be_understood_is_refused_and_named);
  tcase_add_test(tc, a_refused_port_is_told_at_once);
  tcase_add_test(tc, a_name_that_does_not_resolve_is_told_with_the_name);
  tcase_add_test(tc, a_server_that_accepts_and_never_answers_is_given_up_at_the_deadline);
  tcase_add_loop_test(tc, a_server_that_closes_instead_of_answering_is_told_at_once, 0, 3);
  tcase_add_loop_test(tc, garbage_instead_of_a_connack_ends_the_attempt_at_once, 0, ANSWERS);
  tcase_add_test(tc, a_refusal_is_told_with_its_reason_code_and_reason_string);
  tcase_add_test(tc, a_refusal_of_mqtt_3_is_told_with_its_return_code);
  tcase_add_test(tc, garbage_on_a_live_connection_ends_it_with_a_disconnect_that_says_why);
  tcase_add_test(tc, a_packet_over_the_limit_is_refused_before_it_has_arrived);
  tcase_add_test(tc, a_disconnect_of_the_server_is_told_with_its_reason);
  tcase_add_test(tc, waiting_for_an_answer_that_never_comes_ends_at_the_deadline);
  tcase_add_test(tc, a_server_that_does_not_answer_a_ping_is_left);
  tcase_add_test(tc, a_message_that_was_not_acknowledged_is_sent_again_after_a_reconnect);
  tcase_add_test(tc, what_the_server_does_not_grant_is_refused_before_it_is_sent);
  tcase_add_loop_test(tc, a_server_that_refuses_mqtt_5_is_asked_again_with_3_1_1_and_remembered, 0, 2);
  tcase_add_test(tc, there_is_no_way_back_where_an_option_needs_mqtt_5);
  tcase_add_test(tc, there_is_no_way_back_where_mqtt_5_was_asked_for);
  tcase_add_test(tc, a_will_that_this_server_would_refuse_is_refused_before_anything_is_sent);
  tcase_add_test(tc, a_connect_longer_than_this_server_takes_is_not_sent);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_with_each_backend(suite);
}
