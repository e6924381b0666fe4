/* SPDX-License-Identifier: MIT
 * Messages from one client to another: quality of service both ways, in flight across connections, aliases,
 * expiry, flow control, sizes (src/broker/core/on_publish.c, on_ack.c, delivery.c, aliases.c). MQTT 5
 * sections 3.3 to 3.7, 4.3, 4.4, 4.6, 4.9. */
#include "broker_world.h"

#include "wire/wire.h"

/* A subscriber to 't' at a QoS, of MQTT 3.1.1 and 5. */
static struct client *listens_311(const char *id, const char *subscribe, const char *suback) {
  struct client *c = joins_311(id);
  say(c, subscribe);
  hears(c, suback);
  return c;
}

static struct client *listens_5(const char *id, const char *subscribe, const char *suback) {
  struct client *c = joins_5(id);
  say(c, subscribe);
  hears(c, suback);
  return c;
}

#define SUBSCRIBE_T_0_311 "82 06 | 00 01 | 00 01 't' 00", "90 03 00 01 00"
#define SUBSCRIBE_T_1_311 "82 06 | 00 01 | 00 01 't' 01", "90 03 00 01 01"
#define SUBSCRIBE_T_2_311 "82 06 | 00 01 | 00 01 't' 02", "90 03 00 01 02"
#define SUBSCRIBE_T_0_5   "82 07 | 00 01 00 | 00 01 't' 00", "90 04 00 01 00 00"
#define SUBSCRIBE_T_1_5   "82 07 | 00 01 00 | 00 01 't' 01", "90 04 00 01 00 01"
#define SUBSCRIBE_T_2_5   "82 07 | 00 01 00 | 00 01 't' 02", "90 04 00 01 00 02"

START_TEST(a_message_arrives_at_the_lesser_quality_of_service)
{
  world_open();
  struct client *s0 = listens_311("0", SUBSCRIBE_T_0_311);
  struct client *s1 = listens_311("1", SUBSCRIBE_T_1_311);
  struct client *s2 = listens_311("2", SUBSCRIBE_T_2_311);
  struct client *p = joins_311("p");

  say(p, "30 04 00 01 't' 'x'");
  hears_nothing(p);
  hears(s0, "30 04 00 01 't' 'x'");
  hears(s1, "30 04 00 01 't' 'x'");
  hears(s2, "30 04 00 01 't' 'x'");

  say(p, "32 06 00 01 't' 00 07 'y'");
  hears(p, "40 02 00 07");
  hears(s0, "30 04 00 01 't' 'y'");
  hears(s1, "32 06 00 01 't' 00 01 'y'");
  hears(s2, "32 06 00 01 't' 00 01 'y'");

  say(p, "34 06 00 01 't' 00 08 'z'");
  hears(p, "50 02 00 08");
  hears_nothing(s0); /* held until PUBREL */
  say(p, "62 02 00 08");
  hears(p, "70 02 00 08");
  hears(s0, "30 04 00 01 't' 'z'");
  hears(s1, "32 06 00 01 't' 00 02 'z'");
  hears(s2, "34 06 00 01 't' 00 02 'z'");

  say(s1, "40 02 00 01 | 40 02 00 02");
  say(s2, "40 02 00 01 | 50 02 00 02");
  hears(s2, "62 02 00 02");
  say(s2, "70 02 00 02");
  hears_nothing(s2);
  world_close();
}
END_TEST

START_TEST(the_publisher_is_answered_before_its_own_copy)
{
  world_open();
  struct client *c = listens_311("a", SUBSCRIBE_T_2_311);
  say(c, "32 06 00 01 't' 00 07 'y'");
  hears(c, "40 02 00 07 | 32 06 00 01 't' 00 01 'y'");
  say(c, "34 06 00 01 't' 00 07 'z'");
  hears(c, "50 02 00 07");
  say(c, "62 02 00 07");
  hears(c, "70 02 00 07 | 34 06 00 01 't' 00 02 'z'");
  world_close();
}
END_TEST

START_TEST(mqtt_5_hears_that_nobody_listens)
{
  world_open();
  struct client *p = joins_5("p");
  say(p, "32 07 00 01 't' 00 07 00 'y'");
  hears(p, "40 03 00 07 10");
  struct client *s = listens_5("s", SUBSCRIBE_T_0_5);
  say(p, "32 07 00 01 't' 00 08 00 'y'");
  hears(p, "40 02 00 08");
  hears(s, "30 05 00 01 't' 00 'y'");
  say(p, "34 07 00 01 'u' 00 09 00 'y'");
  hears(p, "50 02 00 09");
  world_close();
}
END_TEST

START_TEST(a_message_of_qos_2_is_taken_once_however_often_it_is_sent)
{
  world_open();
  struct client *s = listens_311("s", SUBSCRIBE_T_0_311);
  struct client *p = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'p'", CONNACK_3);
  say(p, "34 06 00 01 't' 00 05 'x'");
  hears(p, "50 02 00 05");
  say(p, "3c 06 00 01 't' 00 05 'x'");
  hears(p, "50 02 00 05");
  cut(p);
  p = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 'p'", CONNACK_3_PRESENT);
  say(p, "3c 06 00 01 't' 00 05 'x'");
  hears(p, "50 02 00 05");
  hears_nothing(s);
  say(p, "62 02 00 05");
  hears(p, "70 02 00 05");
  hears(s, "30 04 00 01 't' 'x'");
  say(p, "62 02 00 05"); /* again: answered, not published */
  hears(p, "70 02 00 05");
  hears_nothing(s);
  say(p, "34 06 00 01 't' 00 05 'y' | 62 02 00 05"); /* the identifier is free again */
  hears(p, "50 02 00 05 | 70 02 00 05");
  hears(s, "30 04 00 01 't' 'y'");
  world_close();
}
END_TEST

START_TEST(what_is_in_flight_is_sent_again_in_its_order)
{
  world_open();
  struct client *p = joins_311("p");
  struct client *s = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 's'", CONNACK_3);
  say(s, "82 06 | 00 01 | 00 01 't' 02");
  hears(s, "90 03 00 01 02");
  say(p, "32 06 00 01 't' 00 01 'a' | 34 06 00 01 't' 00 02 'b' | 62 02 00 02 | 32 06 00 01 't' 00 03 'c'");
  hears(p, "40 02 00 01 | 50 02 00 02 | 70 02 00 02 | 40 02 00 03");
  hears(s, "32 06 00 01 't' 00 01 'a' | 34 06 00 01 't' 00 02 'b' | 32 06 00 01 't' 00 03 'c'");
  say(s, "50 02 00 02");
  hears(s, "62 02 00 02");
  cut(s);
  say(p, "32 06 00 01 't' 00 04 'd' | 30 04 00 01 't' 'e'"); /* while it is away; QoS 0 is not kept */
  hears(p, "40 02 00 04");
  s = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 's'", CONNACK_3_PRESENT
            "3a 06 00 01 't' 00 01 'a' | 62 02 00 02 | 3a 06 00 01 't' 00 03 'c' |"
            "32 06 00 01 't' 00 04 'd'");
  say(s, "40 02 00 01 | 70 02 00 02 | 40 02 00 03 | 40 02 00 04");
  hears_nothing(s);
  cut(s);
  s = joins("10 0d | 00 04 'MQTT' 04 | 00 | 00 00 | 00 01 's'", CONNACK_3_PRESENT);
  hears_nothing(s);
  world_close();
}
END_TEST

START_TEST(acknowledgements_out_of_order_end_the_connection)
{
  static const char *const to_qos_1[] = {"50 02 00 01", "70 02 00 01"};
  static const char *const to_qos_2[] = {"40 02 00 01", "70 02 00 01"};
  static const char *const after_pubrec[] = {"40 02 00 01"};
  world_open();
  struct client *p = joins_311("p");
  for (size_t i = 0; i < 2; i++) {
    struct client *s = listens_5("s", SUBSCRIBE_T_2_5);
    say(p, "32 06 00 01 't' 00 01 'a'");
    hears(p, "40 02 00 01");
    hears(s, "32 07 00 01 't' 00 01 00 'a'");
    say(s, to_qos_1[i]);
    hears(s, "e0 01 82");
    is_closed(s);
  }
  for (size_t i = 0; i < 2; i++) {
    struct client *s = listens_311("s", SUBSCRIBE_T_2_311);
    say(p, "34 06 00 01 't' 00 01 'a' | 62 02 00 01");
    hears(p, "50 02 00 01 | 70 02 00 01");
    hears(s, "34 06 00 01 't' 00 01 'a'");
    say(s, to_qos_2[i]);
    is_closed(s);
  }
  struct client *s = listens_5("s", SUBSCRIBE_T_2_5);
  say(p, "34 06 00 01 't' 00 01 'a' | 62 02 00 01");
  hears(p, "50 02 00 01 | 70 02 00 01");
  hears(s, "34 07 00 01 't' 00 01 00 'a'");
  say(s, "50 02 00 01 | 50 02 00 01"); /* twice is PUBREL twice */
  hears(s, "62 02 00 01 | 62 02 00 01");
  say(s, after_pubrec[0]);
  hears(s, "e0 01 82");
  is_closed(s);
  world_close();
}
END_TEST

START_TEST(acknowledgements_of_nothing_in_flight_are_borne)
{
  world_open();
  struct client *a = joins_5("a"), *b = joins_311("b");
  say(a, "40 02 00 09 | 70 02 00 09");
  say(a, "50 02 00 09");
  hears(a, "62 03 00 09 92");
  say(a, "50 03 00 09 80"); /* a refusal needs no PUBREL */
  say(a, "62 02 00 09");
  hears(a, "70 03 00 09 92");
  say(b, "40 02 00 09 | 70 02 00 09 | 50 02 00 09 | 62 02 00 09");
  hears(b, "62 02 00 09 | 70 02 00 09");
  is_open(a);
  is_open(b);
  say(a, "40 02 00 00"); /* identifier 0 */
  hears(a, "e0 01 81");
  is_closed(a);
  say(b, "60 02 00 09"); /* wrong flags */
  is_closed(b);
  a = joins_5("a");
  say(a, "40 03 00 01 92"); /* not a code of PUBACK */
  ck_assert_uint_eq(heard(a).len, 3);
  is_closed(a);
  world_close();
}
END_TEST

START_TEST(a_refused_message_is_not_sent_again)
{
  world_open();
  struct client *p = joins_311("p");
  struct client *s = listens_5("s", SUBSCRIBE_T_2_5);
  say(p, "32 06 00 01 't' 00 01 'a' | 34 06 00 01 't' 00 02 'b' | 62 02 00 02");
  hears(p, "40 02 00 01 | 50 02 00 02 | 70 02 00 02");
  hears(s, "32 07 00 01 't' 00 01 00 'a' | 34 07 00 01 't' 00 02 00 'b'");
  say(s, "40 03 00 01 80 | 50 03 00 02 97");
  hears_nothing(s);
  cut(s);
  s = joins("10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 's'", CONNACK_5_PRESENT);
  hears_nothing(s);
  world_close();
}
END_TEST

START_TEST(a_small_receive_maximum_holds_messages_back)
{
  world_open();
  struct client *p = joins_311("p");
  /* Receive Maximum 2 */
  struct client *s =
      joins("10 16 | 00 04 'MQTT' 05 | 02 | 00 00 | 08 11 00 00 00 3c 21 00 02 | 00 01 's'", CONNACK_5);
  say(s, "82 07 | 00 01 00 | 00 01 't' 02");
  hears(s, "90 04 00 01 00 02");
  say(p, "32 06 00 01 't' 00 01 'a' | 32 06 00 01 't' 00 02 'b' | 32 06 00 01 't' 00 03 'c'");
  say(p, "34 06 00 01 't' 00 04 'd' | 62 02 00 04 | 30 04 00 01 't' 'e'");
  heard(p);
  hears(s, "32 07 00 01 't' 00 01 00 'a' | 32 07 00 01 't' 00 02 00 'b' | 30 05 00 01 't' 00 'e'");
  say(s, "40 02 00 02");
  hears(s, "32 07 00 01 't' 00 03 00 'c'");
  say(s, "40 02 00 01");
  hears(s, "34 07 00 01 't' 00 04 00 'd'");
  say(s, "50 02 00 04");
  hears(s, "62 02 00 04");
  cut(s);
  say(p, "32 06 00 01 't' 00 05 'f'");
  heard(p);
  /* Receive Maximum 1 this time; the PUBREL does not count against it */
  s = joins("10 16 | 00 04 'MQTT' 05 | 00 | 00 00 | 08 11 00 00 00 3c 21 00 01 | 00 01 's'",
            CONNACK_5_PRESENT "3a 07 00 01 't' 00 03 00 'c' | 62 02 00 04");
  say(s, "70 02 00 04");
  hears_nothing(s);
  say(s, "40 02 00 03");
  hears(s, "32 07 00 01 't' 00 05 00 'f'");
  world_close();
}
END_TEST

START_TEST(our_receive_maximum_is_enforced)
{
  world_options = mw_broker_defaults;
  world_options.receive_maximum = 2;
  world_open();
  struct client *p = joins("10 0e | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 01 'p'",
                           "20 09 00 00 | 06 | 22 00 0a | 21 00 02");
  say(p, "34 06 00 01 't' 00 01 00 | 34 06 00 01 't' 00 02 00");
  hears(p, "50 02 00 01 | 50 02 00 02");
  say(p, "3c 06 00 01 't' 00 02 00"); /* a duplicate is none more */
  hears(p, "50 02 00 02");
  say(p, "62 02 00 01 | 34 06 00 01 't' 00 03 00");
  hears(p, "70 02 00 01 | 50 02 00 03");
  say(p, "34 06 00 01 't' 00 04 00");
  hears(p, "e0 01 93");
  is_closed(p);
  world_close();
}
END_TEST

START_TEST(what_is_sent_again_counts_against_the_receive_maximum_again)
{
  world_options = mw_broker_defaults;
  world_options.receive_maximum = 1;
  world_open();
  static const char connect[] = "10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 'p'";
  struct client *p = joins(connect, "20 09 00 00 | 06 | 22 00 0a | 21 00 01");
  say(p, "34 06 00 01 't' 00 01 00");
  hears(p, "50 02 00 01");
  cut(p);
  p = joins(connect, "20 09 01 00 | 06 | 22 00 0a | 21 00 01");
  say(p, "34 06 00 01 't' 00 02 00"); /* 4.9: the count starts at 0 with each connection */
  hears(p, "50 02 00 02");
  say(p, "62 02 00 02");
  hears(p, "70 02 00 02");
  say(p, "3c 06 00 01 't' 00 01 00");
  hears(p, "50 02 00 01");
  say(p, "34 06 00 01 't' 00 03 00");
  hears(p, "e0 01 93");
  is_closed(p);
  world_close();
}
END_TEST

START_TEST(packet_identifiers_count_up_and_leave_out_those_in_flight)
{
  world_open();
  struct client *p = joins_311("p");
  struct client *s = listens_311("s", SUBSCRIBE_T_1_311);
  say(p, "32 06 00 01 't' 00 01 'a'");
  hears(s, "32 06 00 01 't' 00 01 'a'"); /* stays in flight */
  for (unsigned id = 2; id <= 65535; id++) {
    uint8_t ack[] = {0x40, 0x02, (uint8_t)(id >> 8), (uint8_t)id};
    say(p, "32 06 00 01 't' 00 01 'b'");
    struct mw_slice got = heard(s);
    ck_assert_uint_eq(got.len, 8);
    ck_assert_uint_eq((unsigned)(got.data[5] << 8 | got.data[6]), id);
    say_bytes(s, mw_slice(ack, sizeof ack));
    hex_free_all();
  }
  say(p, "32 06 00 01 't' 00 01 'c'");
  hears(s, "32 06 00 01 't' 00 02 'c'");
  heard(p);
  world_close();
}
END_TEST

START_TEST(a_client_sets_and_uses_topic_aliases)
{
  world_open();
  struct client *s = listens_5("s", SUBSCRIBE_T_0_5);
  struct client *p = joins_5("p");
  say(p, "30 08 00 01 't' 03 23 00 0a 'a' | 30 07 00 00 03 23 00 0a 'b'");
  hears(s, "30 05 00 01 't' 00 'a' | 30 05 00 01 't' 00 'b'");
  say(p, "30 08 00 01 'u' 03 23 00 0a 'c' | 30 07 00 00 03 23 00 0a 'd'"); /* set anew */
  hears_nothing(s);
  say(p, "30 07 00 00 03 23 00 01 'b'"); /* never set */
  hears(p, "e0 01 82");
  is_closed(p);
  p = joins_5("p");
  say(p, "30 07 00 00 03 23 00 0a 'b'"); /* gone with its connection */
  hears(p, "e0 01 82");
  is_closed(p);
  p = joins_5("p");
  say(p, "30 08 00 01 't' 03 23 00 00 'a'");
  hears(p, "e0 01 94");
  is_closed(p);
  p = joins_5("p");
  say(p, "30 08 00 01 't' 03 23 00 0b 'a'");
  hears(p, "e0 01 94");
  is_closed(p);
  world_close();
}
END_TEST

START_TEST(the_broker_sets_and_uses_aliases_where_the_client_allows_some)
{
  world_open();
  struct client *p = joins_311("p");
  /* Topic Alias Maximum 1 */
  struct client *s =
      joins("10 16 | 00 04 'MQTT' 05 | 02 | 00 00 | 08 11 00 00 00 3c 22 00 01 | 00 01 's'", CONNACK_5);
  say(s, "82 07 | 00 01 00 | 00 01 '#' 01");
  hears(s, "90 04 00 01 00 01");
  say(p, "30 04 00 01 't' 'a' | 30 04 00 01 'u' 'b' | 30 04 00 01 't' 'c'");
  hears(s, "30 08 00 01 't' 03 23 00 01 'a' | 30 05 00 01 'u' 00 'b' | 30 07 00 00 03 23 00 01 'c'");
  say(p, "32 06 00 01 't' 00 01 'd'");
  hears(p, "40 02 00 01");
  hears(s, "32 09 00 00 00 01 03 23 00 01 'd'");
  cut(s);
  s = joins("10 16 | 00 04 'MQTT' 05 | 00 | 00 00 | 08 11 00 00 00 3c 22 00 01 | 00 01 's'",
            CONNACK_5_PRESENT "3a 0a 00 01 't' 00 01 03 23 00 01 'd'");
  world_close();
}
END_TEST

START_TEST(properties_are_passed_on_in_their_order_and_lost_to_mqtt_3)
{
  world_open();
  struct client *p = joins_5("p");
  struct client *s5 = listens_5("5", SUBSCRIBE_T_0_5), *s3 = listens_311("3", SUBSCRIBE_T_0_311);
  say(p,
      "30 2c 00 01 't' | 27 | 26 00 01 'b' 00 01 '2' | 01 01 | 09 00 02 00 ff | 26 00 01 'a' 00 01 '1' |"
      "03 00 01 'c' | 08 00 01 'r' | 26 00 01 'b' 00 01 '3' | 23 00 01 | 'x'");
  hears(s5,
        "30 29 00 01 't' | 24 | 26 00 01 'b' 00 01 '2' | 01 01 | 09 00 02 00 ff | 26 00 01 'a' 00 01 '1' |"
        "03 00 01 'c' | 08 00 01 'r' | 26 00 01 'b' 00 01 '3' | 'x'");
  hears(s3, "30 04 00 01 't' 'x'");
  world_close();
}
END_TEST

START_TEST(expiry_shrinks_by_whole_seconds_and_then_ends_the_message)
{
  world_open();
  struct client *p = joins_5("p");
  struct client *s = listens_5("s", SUBSCRIBE_T_1_5);
  say(p, "32 0c 00 01 't' 00 01 05 02 00 00 00 0a 'a'");
  hears(p, "40 02 00 01");
  hears(s, "32 0c 00 01 't' 00 01 05 02 00 00 00 0a 'a'"); /* at once: unchanged */
  say(s, "40 02 00 01 | e0 00");
  is_closed(s);
  say(p, "32 0c 00 01 't' 00 01 05 02 00 00 00 0a 'a' | 32 0c 00 01 't' 00 02 05 02 00 00 00 03 'b'");
  hears(p, "40 02 00 01 | 40 02 00 02");
  pass(3999);
  s = joins("10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 's'",
            CONNACK_5_PRESENT "32 0c 00 01 't' 00 02 05 02 00 00 00 07 'a'");
  cut(s);
  pass(1000); /* in flight it is sent again whatever its age, with what is left */
  s = joins("10 13 | 00 04 'MQTT' 05 | 00 | 00 00 | 05 11 00 00 00 3c | 00 01 's'",
            CONNACK_5_PRESENT "3a 0c 00 01 't' 00 02 05 02 00 00 00 06 'a'");
  world_close();
}
END_TEST

START_TEST(a_message_too_large_for_one_client_reaches_the_others)
{
  world_open();
  struct client *p = joins_311("p");
  struct client *large = listens_311("l", SUBSCRIBE_T_1_311);
  /* Maximum Packet Size 20 */
  struct client *small =
      joins("10 18 | 00 04 'MQTT' 05 | 02 | 00 00 | 0a 11 00 00 00 3c 27 00 00 00 14 | 00 01 's'", CONNACK_5);
  say(small, "82 07 | 00 01 00 | 00 01 't' 01");
  hears(small, "90 04 00 01 00 01");
  say(p, "32 12 00 01 't' 00 01 'x'*13"); /* becomes 21 bytes in MQTT 5 */
  say(p, "32 11 00 01 't' 00 01 'x'*12"); /* 20 */
  heard(p);
  hears(large, "32 12 00 01 't' 00 01 'x'*13 | 32 11 00 01 't' 00 02 'x'*12");
  hears(small, "32 12 00 01 't' 00 01 00 'x'*12");
  is_open(small);
  world_close();
}
END_TEST

START_TEST(a_message_in_flight_that_no_longer_fits_is_given_up)
{
  world_open();
  struct client *p = joins_311("p");
  struct client *s = listens_5("s", SUBSCRIBE_T_1_5);
  say(p, "32 11 00 01 't' 00 01 'x'*12 | 32 06 00 01 't' 00 02 'y'");
  heard(p);
  hears(s, "32 12 00 01 't' 00 01 00 'x'*12 | 32 07 00 01 't' 00 02 00 'y'");
  cut(s);
  /* Maximum Packet Size 19 */
  s = joins("10 18 | 00 04 'MQTT' 05 | 00 | 00 00 | 0a 11 00 00 00 3c 27 00 00 00 13 | 00 01 's'",
            CONNACK_5_PRESENT "3a 07 00 01 't' 00 02 00 'y'");
  say(s, "40 02 00 01 | 40 02 00 02");
  hears_nothing(s);
  is_open(s);
  world_close();
}
END_TEST

START_TEST(an_answer_that_the_client_does_not_take_ends_its_connection)
{
  world_open();
  struct client *s =
      joins("10 18 | 00 04 'MQTT' 05 | 02 | 00 00 | 0a 11 00 00 00 3c 27 00 00 00 0b | 00 01 's'", CONNACK_5);
  say(s, "82 1b | 00 01 00 | (00 01 'a' 00)*6"); /* a SUBACK of 11 bytes */
  hears(s, "90 09 00 01 00 00*6");
  say(s, "82 1f | 00 01 00 | (00 01 'a' 00)*7");
  hears(s, "e0 01 95");
  is_closed(s);
  world_close();
}
END_TEST

START_TEST(messages_held_until_pubrel_are_bounded)
{
  world_options = mw_broker_defaults;
  world_options.queue_bytes = 500;
  world_open();
  struct client *a = joins_5("a"), *b = joins_311("b");
  say(a, "34 fa 02 00 01 't' 00 01 00 'x'*372"); /* one always fits */
  hears(a, "50 02 00 01");
  say(a, "34 fa 02 00 01 't' 00 02 00 'x'*372");
  hears(a, "50 03 00 02 97");
  say(a, "62 02 00 01 | 34 fa 02 00 01 't' 00 02 00 'x'*372");
  hears(a, "70 02 00 01 | 50 02 00 02");
  say(b, "34 f9 02 00 01 't' 00 01 'x'*372 | 34 f9 02 00 01 't' 00 02 'x'*372");
  hears(b, "50 02 00 01");
  is_closed(b);
  ck_assert_int_eq(world_end.status, MQTTWILL_ERR_FULL);
  world_close();
}
END_TEST

START_TEST(bad_publishes_end_the_connection_with_the_exact_reason)
{
  static const char *const bad[][2] = {
      {"30 04 00 01 '#' 00", "e0 01 90"},
      {"30 04 00 01 '+' 00", "e0 01 90"},
      {"30 03 00 00 00", "e0 01 82"},                    /* no topic, no alias */
      {"36 06 00 01 't' 00 01 00", "e0 01 81"},          /* QoS 3 */
      {"38 04 00 01 't' 00", "e0 01 81"},                /* DUP with QoS 0 */
      {"32 06 00 01 't' 00 00 00", "e0 01 81"},          /* identifier 0 */
      {"30 04 00 01 ff 00", "e0 01 81"},                 /* not UTF-8 */
      {"30 04 00 01 00 00", "e0 01 81"},                 /* U+0000 */
      {"30 06 00 01 't' 02 0b 05", "e0 01 82"},          /* a subscription identifier */
      {"30 08 00 01 't' 04 01 00 01 00", "e0 01 82"},    /* twice */
      {"30 06 00 01 't' 02 01 02", "e0 01 82"},          /* payload format 2 */
      {"30 09 00 01 't' 05 11 00 00 00 01", "e0 01 82"}, /* a foreign property */
      {"30 05 00 01 't' 01 7f", "e0 01 81"},             /* an unknown one */
      {"30 06 00 01 't' 80 00 00", "e0 01 81"},          /* a length that is not minimal */
      {"30 80 80 80 80 01", "e0 01 81"},                 /* five bytes of length */
      {"00 00", "e0 01 81"},                             /* type 0 */
      {"c1 00", "e0 01 81"},                             /* flags */
      {"c0 01 00", "e0 01 81"},                          /* PINGREQ with a body */
      {"80 07 00 01 00 00 01 't' 00", "e0 01 81"},       /* SUBSCRIBE without its flags */
  };
  world_open();
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct client *c = joins_5("a");
    say(c, bad[i][0]);
    ck_assert_msg(mw_broker_counts(world_broker()).peers == 1, "case %zu", i);
    hears(c, bad[i][1]);
    is_closed(c);
    ck_assert_int_eq(world_end.end, MW_END_PROTOCOL_ERROR);
  }
  struct client *c = joins_311("a");
  say(c, "30 03 00 01 '#'");
  is_closed(c);
  world_close();
}
END_TEST

START_TEST(what_clients_publish_below_sys_is_answered_and_dropped)
{
  world_open();
  struct client *s = joins_311("s"), *p = joins_5("p");
  say(s, "82 0b | 00 01 | 00 06 '$SYS/#' 00");
  hears(s, "90 03 00 01 00");
  say(s, "82 0b | 00 02 | 00 06 '$SYSx#' 00"); /* '#' does not fill its level */
  is_closed(s);
  s = joins_311("s");
  say(s, "82 0b | 00 01 | 00 06 '$SYS/#' 00 | 82 09 | 00 02 | 00 04 '$S/#' 00");
  hears(s, "90 03 00 01 00 | 90 03 00 02 00");
  say(p, "33 0d 00 06 '$SYS/a' 00 01 00 'xx'");
  hears(p, "40 02 00 01");
  hears_nothing(s);
  ck_assert_uint_eq(mw_broker_counts(world_broker()).retained, 0);
  say(p, "30 08 00 04 '$S/a' 00 'x'"); /* other $ topics are ordinary */
  hears(s, "30 07 00 04 '$S/a' 'x'");
  world_close();
}
END_TEST

START_TEST(a_slow_subscriber_is_bounded_and_holds_up_nobody)
{
  world_options = mw_broker_defaults;
  world_options.queue_bytes = 4000;
  world_options.output_bytes = 1000;
  world_open();
  struct client *p = joins_311("p");
  struct client *quick = listens_311("q", SUBSCRIBE_T_1_311), *slow = listens_311("s", SUBSCRIBE_T_1_311);
  stuff(slow);
  for (int i = 0; i < 1000; i++) {
    say(p, "30 67 00 01 't' 'x'*100");
    say(p, "32 69 00 01 't' 00 01 'x'*100");
    struct mw_slice got = heard(quick);
    ck_assert_uint_eq(got.len, 105 + 107);
    uint8_t ack[] = {0x40, 0x02, got.data[105 + 5], got.data[105 + 6]};
    say_bytes(quick, mw_slice(ack, sizeof ack));
    ck_assert_uint_le(unsent(slow), 4000 + 200);
    hex_free_all();
  }
  heard(p);
  ck_assert_uint_gt(mw_broker_counts(world_broker()).dropped, 1900);
  unstuff(slow);
  ck_assert_uint_gt(heard(slow).len, 1000);
  say(p, "30 04 00 01 't' 'y'");
  hears(slow, "30 04 00 01 't' 'y'");
  hears(quick, "30 04 00 01 't' 'y'");
  world_close();
}
END_TEST

START_TEST(one_message_fits_however_small_the_bound)
{
  world_options = mw_broker_defaults;
  world_options.queue_bytes = 10;
  world_open();
  struct client *p = joins_311("p"), *s = listens_311("s", SUBSCRIBE_T_1_311);
  say(p, "32 69 00 01 't' 00 01 'x'*100");
  hears(s, "32 69 00 01 't' 00 01 'x'*100");
  say(p, "30 67 00 01 't' 'x'*100");
  hears(s, "30 67 00 01 't' 'x'*100");
  say(p, "32 69 00 01 't' 00 01 'y'*100"); /* the first is not acknowledged */
  heard(p);
  hears_nothing(s);
  say(s, "40 02 00 01");
  say(p, "32 69 00 01 't' 00 01 'z'*100");
  heard(p);
  hears(s, "32 69 00 01 't' 00 02 'z'*100");
  world_close();
}
END_TEST

START_TEST(a_flood_of_pings_without_reading_stops_being_read)
{
  world_options = mw_broker_defaults;
  world_options.queue_bytes = 100;
  world_open();
  struct client *c = joins_311("c");
  stuff(c);
  for (int i = 0; i < 49; i++) say(c, "c0 00");
  ck_assert(wants_bytes(c));
  say(c, "c0 00");
  ck_assert(!wants_bytes(c));
  unstuff(c);
  ck_assert(wants_bytes(c));
  ck_assert_uint_eq(heard(c).len, 100);
  world_close();
}
END_TEST

START_TEST(publishing_works_in_any_pieces)
{
  for (world_chunk = 1; world_chunk < 12; world_chunk++) {
    world_open();
    struct client *s = listens_5("s", SUBSCRIBE_T_1_5), *p = joins_5("p");
    say(p, "34 07 00 01 't' 00 01 00 'a' | 62 02 00 01 | 32 07 00 01 't' 00 01 00 'b' | c0 00");
    hears(p, "50 02 00 01 | 70 02 00 01 | 40 02 00 01 | d0 00");
    hears(s, "32 07 00 01 't' 00 01 00 'a' | 32 07 00 01 't' 00 02 00 'b'");
    world_close();
  }
  world_chunk = 0;
}
END_TEST

SUITE("broker/publish", a_message_arrives_at_the_lesser_quality_of_service,
      the_publisher_is_answered_before_its_own_copy, mqtt_5_hears_that_nobody_listens,
      a_message_of_qos_2_is_taken_once_however_often_it_is_sent, what_is_in_flight_is_sent_again_in_its_order,
      acknowledgements_out_of_order_end_the_connection, acknowledgements_of_nothing_in_flight_are_borne,
      a_refused_message_is_not_sent_again, a_small_receive_maximum_holds_messages_back,
      our_receive_maximum_is_enforced, what_is_sent_again_counts_against_the_receive_maximum_again,
      packet_identifiers_count_up_and_leave_out_those_in_flight, a_client_sets_and_uses_topic_aliases,
      the_broker_sets_and_uses_aliases_where_the_client_allows_some,
      properties_are_passed_on_in_their_order_and_lost_to_mqtt_3,
      expiry_shrinks_by_whole_seconds_and_then_ends_the_message,
      a_message_too_large_for_one_client_reaches_the_others,
      a_message_in_flight_that_no_longer_fits_is_given_up,
      an_answer_that_the_client_does_not_take_ends_its_connection, messages_held_until_pubrel_are_bounded,
      bad_publishes_end_the_connection_with_the_exact_reason,
      what_clients_publish_below_sys_is_answered_and_dropped,
      a_slow_subscriber_is_bounded_and_holds_up_nobody, one_message_fits_however_small_the_bound,
      a_flood_of_pings_without_reading_stops_being_read, publishing_works_in_any_pieces)
