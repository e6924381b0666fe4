/* SPDX-License-Identifier: MIT
 * The way to a server: nobody there, a port that refuses, a name that does not exist, several addresses of
 * which some hang. Every failure has its own status and text, and ends at its virtual millisecond. */
#include "client_world.h"

#include "dns_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- one address ---- */

WORLD_TEST(nobody_answers_and_the_attempt_ends_at_the_deadline) {
  struct black_hole hole;
  char text[128];
  black_hole_open(&hole, "127.0.0.1", 0);
  snprintf(text, sizeof text, "127.0.0.1:%u: no connection in time", hole.port);
  CK_ENDS(w, mqttwill_connect(w->client, hole.url, 1234), MQTTWILL_ERR_TIMEOUT, text, 1234);
  ck_assert_int_eq(mqttwill_error_system(w->client), 0);
  ck_assert_int_eq(mqttwill_error_reason(w->client), -1);
  ck_assert_ptr_null(w->client->dial);
  CK_ENDS(w, mqttwill_connect(w->client, hole.url, 0), MQTTWILL_ERR_TIMEOUT, text, 0);
  black_hole_close(&hole);
}

/* The port of the world, refusing from here on. */
static void stop_listening(struct world *w) {
  close(w->listener);
  w->listener = -1;
}

WORLD_TEST(a_refused_port_is_told_at_once) {
  stop_listening(w);
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 5000), MQTTWILL_ERR_CONNECT, "PEER: Connection refused", 0);
  ck_assert_int_eq(mqttwill_error_system(w->client), ECONNREFUSED);
  ck_assert_int_eq(mqttwill_error_reason(w->client), -1);
  ck_story(w, "0 not connected #1 ERR_CONNECT - PEER: Connection refused\n");
  ck_assert(!mqttwill_is_connected(w->client));
}

WORLD_TEST(an_asynchronous_connect_has_the_deadline_that_was_set) {
  struct black_hole hole;
  char text[128];
  black_hole_open(&hole, "127.0.0.1", 0);
  ck_assert_int_eq(mqttwill_connect_async(w->client, hole.url), 1);
  ck_assert_int_eq(mqttwill_connect_async(w->client, hole.url), MQTTWILL_ERR_ALREADY_CONNECTED);
  world_pass(w, 29999);
  ck_story(w, "");
  world_pass(w, 1);
  snprintf(text, sizeof text, "30000 not connected #1 ERR_TIMEOUT - 127.0.0.1:%u: no connection in time\n",
           hole.port);
  ck_story(w, text);

  CK_OK(mqttwill_set_connect_timeout(w->client, 0)); /* none: it hangs until it is given up */
  ck_assert_int_eq(mqttwill_connect_async(w->client, hole.url), 2);
  world_pass(w, 10000000);
  ck_story(w, "");
  CK_OK(mqttwill_abort(w->client));
  snprintf(text, sizeof text, "10030000 not connected #2 ERR_CANCELLED - 127.0.0.1:%u: %s\n", hole.port,
           mqttwill_strerror(MQTTWILL_ERR_CANCELLED));
  ck_story(w, text);
  ck_assert_ptr_null(w->client->dial);
  black_hole_close(&hole);
}

WORLD_TEST(a_client_is_freed_while_it_dials) {
  struct black_hole hole;
  char text[128];
  black_hole_open(&hole, "127.0.0.1", 0);
  ck_assert_int_eq(mqttwill_connect_async(w->client, hole.url), 1);
  world_settle(w);
  mqttwill_client_free(w->client);
  snprintf(text, sizeof text, "0 not connected #1 ERR_CANCELLED - 127.0.0.1:%u: %s\n", hole.port,
           mqttwill_strerror(MQTTWILL_ERR_CANCELLED));
  ck_story(w, text);
  w->client = NULL;
  ck_assert(mw_loop_is_idle(w->loop->loop));
  black_hole_close(&hole);
}

/* ---- names ---- */

/* A name server that knows `rules`, asked by the loop of the world. */
static void start_dns(struct world *w, struct dns_server *dns, struct dns_rule *rules) {
  char servers[64];
  dns_server_start(dns, w->loop->loop, "127.0.0.1", 0);
  dns->rules = rules;
  CK_OK(mw_resolver_new(&w->loop->resolver, w->loop->loop, 42));
  snprintf(servers, sizeof servers, "127.0.0.1:%u", dns->port);
  CK_OK(mw_resolver_set_servers(w->loop->resolver, servers, 60000, 1));
}

static const char *named_url(const struct world *w) {
  static char url[64];
  snprintf(url, sizeof url, "mqtt://broker.example:%u", w->port);
  return url;
}

WORLD_TEST(a_name_that_does_not_exist_is_told_with_the_name) {
  struct dns_rule rules[] = {{NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  start_dns(w, &dns, rules);
  CK_ENDS(w, mqttwill_connect(w->client, "mqtt://nosuch.example", 5000), MQTTWILL_ERR_RESOLVE,
          "nosuch.example:1883: no such host", 0);
  ck_assert_int_eq(mqttwill_error_system(w->client), 0);
  ck_story(w, "0 not connected #1 ERR_RESOLVE - nosuch.example:1883: no such host\n");
  dns_server_stop(&dns);
}

WORLD_TEST(name_servers_that_refuse_are_told_apart) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_REFUSE, NULL},
                             {"broker.example", DNS_AAAA, DNS_REFUSE, NULL},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  start_dns(w, &dns, rules);
  CK_ENDS(w, mqttwill_connect(w->client, "mqtt://broker.example", 5000), MQTTWILL_ERR_RESOLVE,
          "broker.example:1883: no name server would answer", 0);
  dns_server_stop(&dns);
}

WORLD_TEST(name_servers_that_keep_silent_do_not_outlast_the_deadline) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_SILENCE, NULL},
                             {"broker.example", DNS_AAAA, DNS_SILENCE, NULL},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  start_dns(w, &dns, rules);
  CK_ENDS(w, mqttwill_connect(w->client, "mqtt://broker.example", 777), MQTTWILL_ERR_TIMEOUT,
          "broker.example:1883: no connection in time", 777);
  ck_assert_ptr_null(w->client->dial);
  ck_assert_int_eq(mqttwill_connect_async(w->client, "mqtt://broker.example"), 2);
  world_settle(w);
  CK_OK(mqttwill_abort(w->client)); /* while the name is looked for */
  ck_assert_ptr_null(w->client->dial);
  dns_server_stop(&dns);
}

WORLD_TEST(a_name_no_resolver_can_be_asked_for_is_told_as_well) {
  CK_ENDS(w, mqttwill_connect(w->client, "mqtt://bro_\x01ker", 5000), MQTTWILL_ERR_RESOLVE,
          "bro_\x01ker:1883: not a host name", 0);
}

/* ---- several addresses ---- */

static uint64_t socket_times[8];
static int sockets;

static int note_socket(mqttwill_client *client, int fd, void *argument) {
  (void)client;
  ck_assert_int_ge(fd, 0);
  socket_times[sockets++] = world_ms(argument);
  return 0;
}

WORLD_TEST(a_first_address_that_hangs_does_not_eat_the_deadline) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_ANSWER, "127.0.0.2 127.0.0.1"},
                             {"broker.example", DNS_AAAA, DNS_NO_DATA, NULL},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  struct black_hole hole;
  start_dns(w, &dns, rules);
  black_hole_open(&hole, "127.0.0.2", w->port);
  sockets = 0;
  CK_OK(mqttwill_on_socket(w->client, note_socket, w));
  world_script(w, SCRIPT(AT(250), ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  CK_ENDS(w, mqttwill_connect(w->client, named_url(w), 5000), MQTTWILL_OK, "", 250);
  ck_assert_int_eq(sockets, 2);
  ck_assert_uint_eq(socket_times[0], 0);
  ck_assert_uint_eq(socket_times[1], 250);
  ck_assert_ptr_null(w->client->dial); /* the first attempt is closed */
  black_hole_close(&hole);
  dns_server_stop(&dns);
}

WORLD_TEST(addresses_are_tried_250_ms_apart_and_all_end_at_the_deadline) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_ANSWER, "127.0.0.2 127.0.0.3 127.0.0.4"},
                             {"broker.example", DNS_AAAA, DNS_NO_DATA, NULL},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  static const char *addresses[] = {"127.0.0.2", "127.0.0.3", "127.0.0.4"};
  struct dns_server dns;
  struct black_hole holes[3];
  char text[128];
  start_dns(w, &dns, rules);
  for (int i = 0; i < 3; i++) black_hole_open(&holes[i], addresses[i], w->port);
  sockets = 0;
  CK_OK(mqttwill_on_socket(w->client, note_socket, w));
  snprintf(text, sizeof text, "broker.example:%u: no connection in time", w->port);
  CK_ENDS(w, mqttwill_connect(w->client, named_url(w), 1001), MQTTWILL_ERR_TIMEOUT, text, 1001);
  ck_assert_int_eq(sockets, 3);
  for (int i = 0; i < 3; i++) ck_assert_uint_eq(socket_times[i], (unsigned)i * 250);
  for (int i = 0; i < 3; i++) black_hole_close(&holes[i]);
  dns_server_stop(&dns);
}

WORLD_TEST(an_address_that_refuses_gives_way_at_once) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_ANSWER, "127.0.0.2 127.0.0.3 127.0.0.1"},
                             {"broker.example", DNS_AAAA, DNS_NO_DATA, NULL},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  start_dns(w, &dns, rules);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  CK_ENDS(w, mqttwill_connect(w->client, named_url(w), 5000), MQTTWILL_OK, "", 0);
  dns_server_stop(&dns);
}

WORLD_TEST(the_last_of_several_refusals_is_told_with_its_address) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_ANSWER, "127.0.0.2 127.0.0.3"},
                             {"broker.example", DNS_AAAA, DNS_NO_DATA, NULL},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  char text[128];
  start_dns(w, &dns, rules);
  snprintf(text, sizeof text, "broker.example:%u: 127.0.0.3:%u: Connection refused", w->port, w->port);
  CK_ENDS(w, mqttwill_connect(w->client, named_url(w), 5000), MQTTWILL_ERR_CONNECT, text, 0);
  ck_assert_int_eq(mqttwill_error_system(w->client), ECONNREFUSED);
  dns_server_stop(&dns);
}

/* A refusal while another address still hangs is not the end. */
WORLD_TEST(a_refusal_beside_an_attempt_under_way_leaves_it_alone) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_ANSWER, "127.0.0.2 127.0.0.3"},
                             {"broker.example", DNS_AAAA, DNS_NO_DATA, NULL},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  struct black_hole hole;
  char text[128];
  start_dns(w, &dns, rules);
  black_hole_open(&hole, "127.0.0.2", w->port);
  snprintf(text, sizeof text, "broker.example:%u: no connection in time", w->port);
  CK_ENDS(w, mqttwill_connect(w->client, named_url(w), 600), MQTTWILL_ERR_TIMEOUT, text, 600);
  black_hole_close(&hole);
  dns_server_stop(&dns);
}

/* The answers for both families come apart: the first one's address may have failed by then. */
WORLD_TEST(addresses_that_become_known_late_are_tried_as_well) {
  struct dns_rule rules[] = {{"broker.example", DNS_A, DNS_HOLD, "127.0.0.1"},
                             {"broker.example", DNS_AAAA, DNS_ANSWER, "::1"},
                             {NULL, 0, DNS_NO_SUCH_NAME, NULL}};
  struct dns_server dns;
  start_dns(w, &dns, rules);
  ck_assert_int_eq(mqttwill_connect_async(w->client, named_url(w)), 1);
  world_settle(w);
  world_pass(w, 1000);
  ck_story(w, ""); /* nobody listens at ::1, but more may come */
  dns_server_release(&dns);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  ck_story(w, "1000 connected #1 OK 00 success\n");
  dns_server_stop(&dns);
}

/* ---- the program's wishes for its sockets ---- */

static int refuse_socket(mqttwill_client *client, int fd, void *argument) {
  (void)client;
  (void)fd;
  ++*(int *)argument;
  return -1;
}

WORLD_TEST(a_socket_callback_gives_an_address_up) {
  int calls = 0;
  CK_OK(mqttwill_on_socket(w->client, refuse_socket, &calls));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 5000), MQTTWILL_ERR_CONNECT,
          "PEER: the program's socket callback gave the address up", 0);
  ck_assert_int_eq(calls, 1);
  ck_assert_int_eq(mqttwill_error_system(w->client), 0);
}

WORLD_TEST(connections_start_where_they_are_told_to) {
  struct sockaddr_in from;
  socklen_t len = sizeof from;
  CK_OK(mqttwill_set_source(w->client, "127.0.0.9"));
  world_connect(w);
  ck_assert_int_eq(getpeername(w->peer, (struct sockaddr *)&from, &len), 0);
  ck_assert_str_eq(inet_ntoa(from.sin_addr), "127.0.0.9");
}

WORLD_TEST(a_source_of_another_family_is_told) {
  CK_OK(mqttwill_set_source(w->client, "::1"));
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 5000), MQTTWILL_ERR_CONNECT,
          "PEER: Address family not supported by protocol", 0);
  ck_assert_int_eq(mqttwill_error_system(w->client), EAFNOSUPPORT);
  CK_OK(mqttwill_set_source(w->client, "192.0.2.77")); /* nobody's */
  CK_ENDS(w, mqttwill_connect(w->client, w->url, 5000), MQTTWILL_ERR_CONNECT,
          "PEER: Cannot assign requested address", 0);
  ck_assert_int_eq(mqttwill_error_system(w->client), EADDRNOTAVAIL);
}

SUITE("client/dial", nobody_answers_and_the_attempt_ends_at_the_deadline, a_refused_port_is_told_at_once,
      an_asynchronous_connect_has_the_deadline_that_was_set, a_client_is_freed_while_it_dials,
      a_name_that_does_not_exist_is_told_with_the_name, name_servers_that_refuse_are_told_apart,
      name_servers_that_keep_silent_do_not_outlast_the_deadline,
      a_name_no_resolver_can_be_asked_for_is_told_as_well,
      a_first_address_that_hangs_does_not_eat_the_deadline,
      addresses_are_tried_250_ms_apart_and_all_end_at_the_deadline, an_address_that_refuses_gives_way_at_once,
      the_last_of_several_refusals_is_told_with_its_address,
      a_refusal_beside_an_attempt_under_way_leaves_it_alone,
      addresses_that_become_known_late_are_tried_as_well, a_socket_callback_gives_an_address_up,
      connections_start_where_they_are_told_to, a_source_of_another_family_is_told)
