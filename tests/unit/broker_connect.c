/* SPDX-License-Identifier: MIT
 * CONNECT, CONNACK, and how connections end (src/broker/core/on_connect.c, peer.c, on_disconnect.c). MQTT 5
 * sections 3.1, 3.2, 3.14, 4.13. */
#include "broker_world.h"

#include "wire/wire.h"

START_TEST(each_version_is_answered_in_its_own_form)
{
  world_open();
  struct client *a = joins("10 0f | 00 06 'MQIsdp' 03 | 02 | 00 3c | 00 01 'a'", "20 02 00 00");
  struct client *b = joins("10 0d | 00 04 'MQTT' 04 | 02 | 00 3c | 00 01 'b'", "20 02 00 00");
  struct client *c = joins("10 0e | 00 04 'MQTT' 05 | 02 | 00 3c | 00 | 00 01 'c'",
                           "20 09 00 00 | 06 | 22 00 0a | 21 00 14");
  is_open(a);
  is_open(b);
  is_open(c);
  world_close();
}
END_TEST

START_TEST(what_is_no_connect_is_closed_at_its_first_byte)
{
  static const char *const first_bytes[] = {"c0", "30", "20", "00", "f0", "e0", "82"};
  world_open();
  for (size_t i = 0; i < sizeof first_bytes / sizeof first_bytes[0]; i++) {
    struct client *c = dial();
    say(c, first_bytes[i]);
    is_closed(c);
    ck_assert(!world_end.connected);
    ck_assert_int_eq(world_end.end, MW_END_PROTOCOL_ERROR);
  }
  world_close();
}
END_TEST

START_TEST(a_version_we_do_not_speak_is_told_so)
{
  world_open();
  struct client *c = dial();
  say(c, "10 0d | 00 04 'MQTT' 06 | 02 | 00 3c | 00 01 'a'");
  hears(c, "20 03 00 84 00");
  is_closed(c);
  c = dial();
  say(c, "10 0d | 00 04 'MQTT' 02 | 02 | 00 3c | 00 01 'a'");
  hears(c, "20 02 00 01");
  is_closed(c);
  c = dial();
  say(c, "10 0f | 00 06 'MQIsdp' 04 | 02 | 00 3c | 00 01 'a'");
  hears(c, "20 02 00 01");
  is_closed(c);
  c = dial();
  say(c, "10 0d | 00 04 'MQTx' 04 | 02 | 00 3c | 00 01 'a'");
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(an_ill_formed_connect_of_mqtt_5_hears_why_and_one_of_3_1_1_nothing)
{
  world_open();
  struct client *c = dial();
  say(c, "10 0e | 00 04 'MQTT' 05 | 03 | 00 3c | 00 | 00 01 'a'"); /* reserved flag */
  hears(c, "20 03 00 81 00");
  is_closed(c);
  c = dial();
  say(c, "10 18 | 00 04 'MQTT' 05 | 02 | 00 3c | 0a 11 00 00 00 01 11 00 00 00 01 | 00 01 'a'"); /* twice */
  hears(c, "20 03 00 82 00");
  is_closed(c);
  c = dial();
  say(c, "10 0d | 00 04 'MQTT' 04 | 03 | 00 3c | 00 01 'a'");
  is_closed(c);
  c = dial();
  say(c, "10 14 | 00 04 'MQTT' 05 | 06 | 00 3c | 00 | 00 01 'a' | 00 | 00 01 '#' | 00 00"); /* will topic */
  hears(c, "20 03 00 90 00");
  is_closed(c);
  ck_assert_uint_eq(world_wills[MW_OUTCOME_PUBLISHED], 0);
  world_close();
}
END_TEST

START_TEST(client_identifiers_follow_the_rules_of_their_version)
{
  world_open();
  struct client *c = dial();
  say(c, "10 0e | 00 06 'MQIsdp' 03 | 02 | 00 3c | 00 00");
  hears(c, "20 02 00 02");
  is_closed(c);
  c = dial();
  say(c, "10 26 | 00 06 'MQIsdp' 03 | 02 | 00 3c | 00 18 'a'*24");
  hears(c, "20 02 00 02");
  is_closed(c);
  joins("10 25 | 00 06 'MQIsdp' 03 | 02 | 00 3c | 00 17 'a'*23", CONNACK_3);
  /* 23 characters of two bytes each */
  joins("10 3c | 00 06 'MQIsdp' 03 | 02 | 00 3c | 00 2e (c3 a9)*23", CONNACK_3);
  c = dial();
  say(c, "10 0c | 00 04 'MQTT' 04 | 00 | 00 3c | 00 00"); /* [MQTT-3.1.3-8] */
  hears(c, "20 02 00 02");
  is_closed(c);
  joins("10 0c | 00 04 'MQTT' 04 | 02 | 00 3c | 00 00", CONNACK_3);
  joins("10 24 | 00 04 'MQTT' 04 | 02 | 00 3c | 00 18 'b'*24", CONNACK_3);
  world_close();
}
END_TEST

START_TEST(the_longest_client_identifier_is_taken)
{
  world_open();
  struct client *c = dial();
  say(c, "10 8b 80 04 | 00 04 'MQTT' 04 | 02 | 00 00 | ff ff 'a'*65535");
  hears(c, CONNACK_3);
  world_close();
}
END_TEST

START_TEST(mqtt_5_is_told_the_identifier_that_it_was_assigned)
{
  world_open(); /* the tables take the first random bytes, a0 */
  struct client *c = joins("10 0d | 00 04 'MQTT' 05 | 00 | 00 3c | 00 | 00 00",
                           "20 31 00 00 | 2e | 22 00 0a | 12 00 25 'auto-' 'a1'*16 | 21 00 14");
  struct client *d = joins("10 0d | 00 04 'MQTT' 05 | 00 | 00 3c | 00 | 00 00",
                           "20 31 00 00 | 2e | 22 00 0a | 12 00 25 'auto-' 'a2'*16 | 21 00 14");
  is_open(c);
  is_open(d);
  world_close();
}
END_TEST

START_TEST(an_authentication_method_nobody_knows_is_refused)
{
  world_open();
  struct client *c = dial();
  say(c, "10 15 | 00 04 'MQTT' 05 | 02 | 00 3c | 07 15 00 04 'none' | 00 01 'a'");
  hears(c, "20 03 00 8c 00");
  is_closed(c);
  c = dial();
  say(c, "10 12 | 00 04 'MQTT' 05 | 02 | 00 3c | 04 16 00 01 00 | 00 01 'a'"); /* data without a method */
  hears(c, "20 03 00 82 00");
  is_closed(c);
  c = joins_5("a");
  say(c, "f0 00");
  hears(c, "e0 01 82");
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(a_second_connect_ends_the_connection)
{
  world_open();
  struct client *c = joins_5("a");
  say(c, "10 0e | 00 04 'MQTT' 05 | 02 | 00 3c | 00 | 00 01 'a'");
  hears(c, "e0 01 82");
  is_closed(c);
  c = joins_311("a");
  say(c, "10 0d | 00 04 'MQTT' 04 | 02 | 00 3c | 00 01 'a'");
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(packets_of_a_server_are_an_error_from_a_client)
{
  static const char *const packets[] = {"20 03 00 00 00", "90 04 00 01 00 00", "b0 04 00 01 00 00", "d0 00"};
  world_open();
  for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
    struct client *c = joins_5("a");
    say(c, packets[i]);
    hears(c, "e0 01 82");
    is_closed(c);
  }
  world_close();
}
END_TEST

START_TEST(a_client_that_does_not_connect_in_time_is_cut)
{
  world_open();
  struct client *silent = dial(), *slow = dial();
  pass(19999);
  is_open(silent);
  say(slow, "10 0d 00 04 'MQ'");
  pass(1);
  is_closed(silent);
  is_closed(slow);
  ck_assert_int_eq(world_end.end, MW_END_SERVER_CLOSED);
  ck_assert_int_eq(world_end.status, MQTTWILL_ERR_TIMEOUT);
  world_close();
}
END_TEST

START_TEST(silence_ends_a_connection_after_one_and_a_half_keep_alives)
{
  world_open();
  struct client *c = joins("10 0e | 00 04 'MQTT' 05 | 02 | 00 02 | 00 | 00 01 'a'", CONNACK_5);
  struct client *d = joins("10 0d | 00 04 'MQTT' 04 | 02 | 00 00 | 00 01 'b'", CONNACK_3);
  pass(2000);
  say(c, "c0 00");
  hears(c, "d0 00");
  pass(2999);
  is_open(c);
  hears_nothing(c);
  pass(1);
  hears(c, "e0 01 8d");
  is_closed(c);
  ck_assert_int_eq(world_end.end, MW_END_KEEP_ALIVE);
  pass(100000000);
  is_open(d); /* keep alive 0 */
  world_close();
}
END_TEST

START_TEST(half_a_packet_is_no_sign_of_life)
{
  world_open();
  struct client *c = joins("10 0d | 00 04 'MQTT' 04 | 02 | 00 02 | 00 01 'a'", CONNACK_3);
  pass(2000);
  say(c, "c0");
  pass(999);
  is_open(c);
  pass(1);
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(last_bytes_that_do_not_leave_are_given_up)
{
  world_open();
  struct client *c = joins_5("a");
  stuff(c);
  say(c, "00 00");
  pass(4999);
  unstuff(c);
  hears(c, "e0 01 81");
  pass(1);
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(the_same_identifier_takes_over)
{
  world_open();
  struct client *old5 = joins_5("a");
  struct client *fresh = joins("10 0e | 00 04 'MQTT' 05 | 00 | 00 00 | 00 | 00 01 'a'", CONNACK_5_PRESENT);
  hears(old5, "e0 01 8e");
  is_closed(old5);
  ck_assert_int_eq(world_end.end, MW_END_TAKEOVER_RESUME);
  ck_assert_str_eq(world_end_id, "a");
  struct client *fresh3 = joins_311("a");
  hears(fresh, "e0 01 8e");
  is_closed(fresh);
  ck_assert_int_eq(world_end.end, MW_END_TAKEOVER_CLEAN);
  struct client *last = joins_311("a");
  is_closed(fresh3);
  is_open(last);
  world_close();
}
END_TEST

START_TEST(a_refused_connect_leaves_the_owner_of_the_identifier_alone)
{
  world_open();
  struct client *owner = joins_5("a");
  struct client *c = dial();
  say(c, "10 15 | 00 04 'MQTT' 05 | 02 | 00 3c | 07 15 00 04 'none' | 00 01 'a'");
  hears(c, "20 03 00 8c 00");
  say(c, "c0 00"); /* [MQTT-3.1.4-6] */
  is_closed(c);
  say(owner, "c0 00");
  hears(owner, "d0 00");
  world_close();
}
END_TEST

START_TEST(what_the_server_does_not_grant_it_says)
{
  world_options = mw_broker_defaults;
  world_options.server_keep_alive = 2;
  world_options.session_expiry = 10;
  world_options.maximum_qos = 1;
  world_options.retain_available = false;
  world_options.wildcard_available = false;
  world_options.identifiers_available = false;
  world_options.shared_available = false;
  world_options.packet_size = 1000;
  world_options.receive_maximum = 65535;
  world_options.topic_alias_maximum = 0;
  world_options.response_information = "r/";
  world_open();
  /* SEI 60, Request Response Information 1 */
  struct client *c =
      joins("10 15 | 00 04 'MQTT' 05 | 02 | 00 3c | 07 11 00 00 00 3c 19 01 | 00 01 'a'",
            "20 1f 00 00 | 1c | 11 00 00 00 0a | 13 00 02 | 24 01 | 25 00 | 28 00 | 29 00 | 2a 00 |"
            "27 00 00 03 e8 | 1a 00 02 'r/'");
  /* Request Response Information 0: it stays away */
  struct client *d = joins("10 15 | 00 04 'MQTT' 05 | 02 | 00 01 | 07 11 00 00 00 05 19 00 | 00 01 'b'",
                           "20 12 00 00 | 0f | 24 01 | 25 00 | 28 00 | 29 00 | 2a 00 | 27 00 00 03 e8");
  pass(2999);
  hears(d, "e0 01 8d"); /* its own 1 s is within our 2 s */
  is_open(c);
  pass(1);
  hears(c, "e0 01 8d");
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(a_connack_says_less_where_the_client_takes_less)
{
  world_open();
  /* Maximum Packet Size 20: all of it; 10: no aliases; 5: nothing; 4: not even a bare one */
  joins("10 13 | 00 04 'MQTT' 05 | 02 | 00 00 | 05 27 00 00 00 14 | 00 01 'a'", CONNACK_5);
  struct client *b = joins("10 13 | 00 04 'MQTT' 05 | 02 | 00 00 | 05 27 00 00 00 0a | 00 01 'b'",
                           "20 06 00 00 | 03 | 21 00 14");
  joins("10 13 | 00 04 'MQTT' 05 | 02 | 00 00 | 05 27 00 00 00 05 | 00 01 'c'", "20 03 00 00 00");
  struct client *d = dial();
  say(d, "10 13 | 00 04 'MQTT' 05 | 02 | 00 00 | 05 27 00 00 00 04 | 00 01 'd'");
  is_closed(d);
  say(b, "30 08 00 01 't' 03 23 00 01 'x'"); /* an alias that was not granted */
  hears(b, "e0 01 94");
  is_closed(b);
  world_close();
}
END_TEST

START_TEST(mqtt_3_1_is_lenient_where_it_defines_nothing)
{
  world_open();
  struct client *c = dial();
  say(c, "14 0f | 00 06 'MQIsdp' 03 | 2b | 00 00 | 00 01 'a'"); /* unused bits, will bits without a will, bit
                                                                   0 */
  hears(c, "20 02 00 00");
  say(c, "8a 06 | 00 01 | 00 01 't' 02"); /* DUP */
  hears(c, "90 03 00 01 02");
  say(c, "34 06 00 01 't' 00 01 'x' | 6a 02 00 01");
  hears(c, "50 02 00 01 | 70 02 00 01 | 34 06 00 01 't' 00 01 'x'");
  say(c, "aa 05 | 00 02 | 00 01 't'");
  hears(c, "b0 02 00 02");
  is_open(c);
  struct client *d = joins_311("d"); /* and 3.1.1 is not */
  say(d, "8a 06 | 00 01 | 00 01 't' 02");
  is_closed(d);
  d = dial();
  say(d, "14");
  is_open(d); /* the version is not known yet */
  say(d, "0d | 00 04 'MQTT' 04 | 02 | 00 00 | 00 01 'a'");
  is_closed(d);
  world_close();
}
END_TEST

START_TEST(response_information_is_the_first_to_be_left_out)
{
  world_options = mw_broker_defaults;
  world_options.response_information = "a/rather/long/prefix";
  world_open();
  joins("10 15 | 00 04 'MQTT' 05 | 02 | 00 00 | 07 19 01 27 00 00 00 14 | 00 01 'a'", CONNACK_5);
  struct client *b = joins("10 10 | 00 04 'MQTT' 05 | 02 | 00 00 | 02 19 01 | 00 01 'b'",
                           "20 20 00 00 | 1d | 22 00 0a | 1a 00 14 'a/rather/long/prefix' | 21 00 14");
  is_open(b);
  world_close();
}
END_TEST

START_TEST(a_packet_over_the_limit_is_refused_before_its_body)
{
  world_options = mw_broker_defaults;
  world_options.packet_size = 100;
  world_open();
  struct client *c = joins("10 0e | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 01 'a'",
                           "20 0e 00 00 | 0b | 22 00 0a | 27 00 00 00 64 | 21 00 14");
  say(c, "30 62 | 00 01 't' 00 'x'*94"); /* 100 bytes in all */
  is_open(c);
  say(c, "30 63");
  hears(c, "e0 01 95");
  is_closed(c);
  c = dial();
  say(c, "10 63");
  is_closed(c);
  ck_assert_int_eq(world_end.status, MQTTWILL_ERR_PACKET_TOO_LARGE);
  world_close();
}
END_TEST

START_TEST(no_more_connections_than_the_limit_are_accepted)
{
  world_options = mw_broker_defaults;
  world_options.connections = 2;
  world_open();
  struct client *a = dial();
  ck_assert_ptr_nonnull(dial());
  ck_assert_ptr_null(dial());
  cut(a);
  ck_assert_ptr_nonnull(dial());
  world_close();
}
END_TEST

START_TEST(a_clean_disconnect_is_one_whatever_its_length)
{
  static const char *const forms[] = {"e0 00", "e0 01 00", "e0 02 00 00", "e0 07 00 05 11 00 00 00 05"};
  world_open();
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    struct client *c = joins_5("a");
    say(c, forms[i]);
    is_closed(c);
    ck_assert_int_eq(world_end.end, MW_END_DISCONNECT);
  }
  struct client *c = joins_311("a");
  say(c, "e0 00 | c0 00"); /* nothing behind it counts */
  is_closed(c);
  ck_assert_int_eq(world_end.end, MW_END_DISCONNECT);
  world_close();
}
END_TEST

START_TEST(what_is_no_disconnect_is_an_error)
{
  static const char *const packets[][2] = {
      {"e1 00", "e0 01 81"},
      {"e0 01 03", "e0 01 82"},                                  /* no such code */
      {"e0 01 8e", "e0 01 82"},                                  /* a server's code */
      {"e0 0c 00 0a 11 00 00 00 05 11 00 00 00 05", "e0 01 82"}, /* twice */
  };
  world_open();
  for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
    struct client *c = joins_5("a");
    say(c, packets[i][0]);
    hears(c, packets[i][1]);
    is_closed(c);
    ck_assert_int_eq(world_end.end, MW_END_PROTOCOL_ERROR);
  }
  struct client *c = joins("10 0e | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 01 'b'", CONNACK_5);
  say(c, "e0 07 00 05 11 00 00 00 05"); /* 3.14.2.2.2: from 0 it cannot be raised */
  hears(c, "e0 01 82");
  is_closed(c);
  c = joins_311("a");
  say(c, "e0 01 00");
  is_closed(c);
  ck_assert_int_eq(world_end.end, MW_END_PROTOCOL_ERROR);
  world_close();
}
END_TEST

START_TEST(a_shutdown_tells_everyone_and_accepts_nobody)
{
  world_open();
  struct client *a = joins_5("a"), *b = joins_311("b"), *c = dial();
  mw_broker_shutdown(world_broker(), world_now());
  pass(0);
  hears(a, "e0 01 8b");
  is_closed(a);
  is_closed(b);
  is_closed(c);
  ck_assert_ptr_null(dial());
  world_close();
}
END_TEST

START_TEST(connects_arrive_well_in_any_pieces)
{
  for (world_chunk = 1; world_chunk < 20; world_chunk++) {
    world_open();
    struct client *c = joins("10 0e | 00 04 'MQTT' 05 | 02 | 00 3c | 00 | 00 01 'c'", CONNACK_5);
    say(c, "c0 00 c0 00");
    hears(c, "d0 00 d0 00");
    say(c, "e0 00");
    is_closed(c);
    world_close();
  }
  world_chunk = 0;
}
END_TEST

SUITE("broker/connect", each_version_is_answered_in_its_own_form,
      what_is_no_connect_is_closed_at_its_first_byte, a_version_we_do_not_speak_is_told_so,
      an_ill_formed_connect_of_mqtt_5_hears_why_and_one_of_3_1_1_nothing,
      client_identifiers_follow_the_rules_of_their_version, the_longest_client_identifier_is_taken,
      mqtt_5_is_told_the_identifier_that_it_was_assigned, an_authentication_method_nobody_knows_is_refused,
      a_second_connect_ends_the_connection, packets_of_a_server_are_an_error_from_a_client,
      a_client_that_does_not_connect_in_time_is_cut,
      silence_ends_a_connection_after_one_and_a_half_keep_alives, half_a_packet_is_no_sign_of_life,
      last_bytes_that_do_not_leave_are_given_up, the_same_identifier_takes_over,
      a_refused_connect_leaves_the_owner_of_the_identifier_alone, what_the_server_does_not_grant_it_says,
      a_connack_says_less_where_the_client_takes_less, mqtt_3_1_is_lenient_where_it_defines_nothing,
      response_information_is_the_first_to_be_left_out, a_packet_over_the_limit_is_refused_before_its_body,
      no_more_connections_than_the_limit_are_accepted, a_clean_disconnect_is_one_whatever_its_length,
      what_is_no_disconnect_is_an_error, a_shutdown_tells_everyone_and_accepts_nobody,
      connects_arrive_well_in_any_pieces)
