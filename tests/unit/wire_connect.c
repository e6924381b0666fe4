/* SPDX-License-Identifier: MIT
 * CONNECT and the will in it (src/lib/wire/connect.h): MQTT 5 section 3.1, MQTT 3.1.1 section 3.1. */
#include "support/packet.h"
#include "support/suite.h"

#include <stdio.h>

static const char cam_3_1_1[] =
    "10 25 | 00 04 'MQTT' | 04 | 2e | 00 1e | 00 06 'cam-01'"
    "| 00 08 'A/status' | 00 07 'offline'";
static const char cam_3_1[] =
    "10 27 | 00 06 'MQIsdp' | 03 | 2e | 00 1e | 00 06 'cam-01'"
    "| 00 08 'A/status' | 00 07 'offline'";
static const char demo_5[] =
    "10 52 | 00 04 'MQTT' | 05 | 04 | 00 3c"
    "| 05 | 11 00 00 00 0a" /* session expiry 10 */
    "| 00 04 'demo'"
    "| 25 | 18 00 00 00 05 | 01 01 | 02 00 00 00 3c"
    "| 03 00 0a 'text/plain' | 26 00 04 'site' 00 03 'hub'"
    "| 00 07 'offline' | 00 0b 'I' 27 'm offline'";

static void ck_cam(const struct mw_connect *c) {
  ck_assert(c->clean_start && c->has_will && !c->has_username && !c->has_password);
  ck_assert_uint_eq(c->keep_alive, 30);
  ck_hex_eq(c->client_id, "'cam-01'");
  ck_hex_eq(c->will.topic, "'A/status'");
  ck_hex_eq(c->will.payload, "'offline'");
  ck_assert_uint_eq(c->will.qos, 1);
  ck_assert(c->will.retain);
  ck_assert_uint_eq(c->will.properties.len, 0);
  ck_assert_uint_eq(c->properties.len, 0);
}

START_TEST(a_will_of_3_1_1_is_the_worked_example_byte_for_byte)
{
  struct packet p = ck_whole(4, cam_3_1_1, 0);
  ck_assert_uint_eq(p.connect.version, 4);
  ck_cam(&p.connect);
}
END_TEST

START_TEST(a_will_of_3_1_differs_in_name_and_level_alone)
{
  struct packet p = ck_whole(3, cam_3_1, 0);
  ck_assert_uint_eq(p.connect.version, 3);
  ck_cam(&p.connect);
}
END_TEST

START_TEST(a_will_of_5_is_the_worked_example_byte_for_byte)
{
  struct packet p = ck_whole(5, demo_5, 0);
  const struct mw_connect *c = &p.connect;
  ck_assert_uint_eq(c->version, 5);
  ck_assert(!c->clean_start && c->has_will && !c->has_username && !c->has_password);
  ck_assert_uint_eq(c->keep_alive, 60);
  ck_assert_uint_eq(mw_property_number(c->properties, 0x11, 0), 10);
  ck_hex_eq(c->client_id, "'demo'");
  ck_hex_eq(c->will.topic, "'offline'");
  ck_hex_eq(c->will.payload, "49 27 6d 20 'offline'");
  ck_assert_uint_eq(c->will.qos, 0);
  ck_assert(!c->will.retain);
  ck_assert_uint_eq(mw_property_number(c->will.properties, 0x18, 0), 5);
  ck_assert_uint_eq(mw_property_number(c->will.properties, 0x01, 9), 1);
  ck_assert_uint_eq(mw_property_number(c->will.properties, 0x02, 0), 60);
  ck_hex_eq(mw_property_bytes(c->will.properties, 0x03), "'text/plain'");
}
END_TEST

START_TEST(the_version_of_a_connect_is_read_from_it)
{
  struct packet p;
  ck_assert_int_eq(packet_decode(&p, 0, hex(demo_5)), MQTTWILL_OK);
  ck_assert_uint_eq(p.connect.version, 5);
  ck_assert_int_eq(packet_decode(&p, 0, hex(cam_3_1)), MQTTWILL_OK);
  ck_assert_uint_eq(p.connect.version, 3);
}
END_TEST

START_TEST(the_smallest_connects_round_trip)
{
  ck_whole(3, "10 0f | 00 06 'MQIsdp' | 03 | 00 | 00 00 | 00 01 'a'", 0);
  ck_whole(4, "10 0c | 00 04 'MQTT' | 04 | 02 | 00 3c | 00 00", 0);
  ck_whole(5, "10 0d | 00 04 'MQTT' | 05 | 02 | 00 3c | 00 | 00 00", 0);
}
END_TEST

START_TEST(user_name_and_password_round_trip)
{
  struct packet p =
      ck_whole(4, "10 16 | 00 04 'MQTT' | 04 | c2 | 00 3c | 00 00 | 00 03 'ann' | 00 03 00 ff 80", 0);
  ck_assert(p.connect.has_username && p.connect.has_password);
  ck_hex_eq(p.connect.username, "'ann'");
  ck_hex_eq(p.connect.password, "00 ff 80");
  p = ck_whole(4, "10 0f | 00 04 'MQTT' | 04 | 82 | 00 3c | 00 00 | 00 01 'u'", 0);
  ck_assert(p.connect.has_username && !p.connect.has_password);
  p = ck_whole(3, "10 16 | 00 06 'MQIsdp' | 03 | c2 | 00 3c | 00 01 'a' | 00 01 'u' | 00 02 'pw'", 0);
  ck_hex_eq(p.connect.password, "'pw'");
}
END_TEST

START_TEST(everything_at_once_keeps_the_standards_order)
{
  struct packet p = ck_whole(5,
                             "10 2a | 00 04 'MQTT' | 05 | f6 | ff ff | 03 | 21 00 01 | 00 01 'c'"
                             "| 05 | 18 ff ff ff ff | 00 01 't' | 00 00 | 00 01 'u' | 00 09 'p' 00*8",
                             0);
  ck_assert(p.connect.clean_start && p.connect.has_username && p.connect.has_password && p.connect.has_will);
  ck_assert_uint_eq(p.connect.will.qos, 2);
  ck_assert(p.connect.will.retain);
  ck_assert_uint_eq(p.connect.keep_alive, 65535);
  ck_assert_uint_eq(p.connect.will.payload.len, 0); /* legal, 3.1.3.4 */
  ck_assert_uint_eq(mw_property_number(p.connect.will.properties, 0x18, 0), 0xFFFFFFFFu);
  ck_assert_uint_eq(p.connect.password.len, 9);
}
END_TEST

START_TEST(each_field_may_be_65535_bytes_long)
{
  /* 4 + 2 + ... : 10 + 5 * 65537 = 327,695 = 8f 80 14 */
  struct packet p =
      ck_whole(4,
               "10 8f 80 14 | 00 04 'MQTT' | 04 | c6 | 00 00 | ff ff 'c'*65535 | ff ff 't'*65535"
               "| ff ff 'w'*65535 | ff ff 'u'*65535 | ff ff 'p'*65535",
               0);
  ck_assert_uint_eq(p.connect.will.payload.len, 65535);
  ck_assert_uint_eq(p.connect.will.topic.len, 65535);
}
END_TEST

START_TEST(a_field_longer_than_its_length_field_is_refused)
{
  struct mw_slice too_long = hex("61*65536"), one = hex("61");
  struct mw_connect good = {.version = 5,
                            .has_will = true,
                            .has_username = true,
                            .has_password = true,
                            .client_id = one,
                            .will = {.topic = one, .payload = one},
                            .username = one,
                            .password = one};
  struct mw_connect bad[5] = {good, good, good, good, good};
  bad[0].client_id = bad[1].will.topic = bad[2].will.payload = bad[3].username = bad[4].password = too_long;
  for (uint8_t version = 3; version <= 5; version++)
    for (size_t i = 0; i < 5; i++) {
      struct mw_writer w;
      mw_writer_init_counting(&w);
      mw_connect_encode(&w, version, &bad[i]);
      ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
    }
}
END_TEST

START_TEST(what_a_version_lacks_is_not_written)
{
  struct mw_connect c = {.version = 4,
                         .properties = hex("11 00 00 00 0a"),
                         .client_id = hex("'c'"),
                         .has_will = true,
                         .will = {.topic = hex("'t'"), .properties = hex("18 00 00 00 05")}};
  uint8_t data[64];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_connect_encode(&w, 4, &c);
  ck_hex_eq(mw_slice(data, w.len), "10 12 | 00 04 'MQTT' 04 04 00 00 | 00 01 'c' | 00 01 't' | 00 00");
}
END_TEST

START_TEST(will_fields_without_a_will_are_not_written)
{
  struct mw_connect c = {.client_id = hex("'c'"),
                         .will = {.topic = hex("'t'"), .payload = hex("'p'"), .qos = 2, .retain = true}};
  uint8_t data[64];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_connect_encode(&w, 5, &c);
  ck_hex_eq(mw_slice(data, w.len), "10 0e | 00 04 'MQTT' 05 00 00 00 | 00 | 00 01 'c'");
}
END_TEST

START_TEST(an_unknown_level_of_a_known_name_names_the_level)
{
  static const struct {
    const char *packet;
    unsigned level;
  } rows[] = {{"10 0c | 00 04 'MQTT' | 06 | 02 | 00 3c | 00 00", 6},
              {"10 0c | 00 04 'MQTT' | 03 | 02 | 00 3c | 00 00", 3},
              {"10 0c | 00 04 'MQTT' | 84 | 02 | 00 3c | 00 00", 0x84},
              {"10 0e | 00 06 'MQIsdp' | 04 | 02 | 00 3c | 00 00", 4},
              {"14 07 | 00 04 'MQTT' | ff", 255}}; /* nothing else is looked at */
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct packet p;
    ck_assert_int_eq(packet_decode(&p, 0, hex(rows[i].packet)), MQTTWILL_ERR_VERSION);
    ck_assert_uint_eq(p.connect.version, rows[i].level);
  }
}
END_TEST

START_TEST(an_unknown_protocol_name_is_malformed)
{
  ck_decodes(0, "10 0c | 00 04 'MQTt' | 04 | 02 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0b | 00 03 'MQT' | 04 | 02 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 08 | 00 00 | 04 | 02 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0e | 00 06 'MQISDP' | 03 | 02 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(flags_of_the_fixed_header_are_reserved_except_in_3_1)
{
  ck_decodes(0, "11 0c | 00 04 'MQTT' | 04 | 02 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "18 0d | 00 04 'MQTT' | 05 | 02 | 00 3c | 00 | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "14 0f | 00 06 'MQIsdp' | 03 | 02 | 00 3c | 00 01 'a'", MQTTWILL_OK);
}
END_TEST

START_TEST(connect_flag_0_is_reserved_except_in_3_1)
{
  ck_decodes(0, "10 0c | 00 04 'MQTT' | 04 | 03 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0d | 00 04 'MQTT' | 05 | 03 | 00 3c | 00 | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0f | 00 06 'MQIsdp' | 03 | 03 | 00 3c | 00 01 'a'", MQTTWILL_OK);
}
END_TEST

START_TEST(will_bits_without_a_will_are_an_error_except_in_3_1)
{
  static const char *const bits[] = {"0a", "12", "1a", "22", "2a", "32", "3a"};
  for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
    char text[100];
    snprintf(text, sizeof text, "10 0c | 00 04 'MQTT' | 04 | %s | 00 3c | 00 00", bits[i]);
    ck_decodes(0, text, MQTTWILL_ERR_MALFORMED);
    snprintf(text, sizeof text, "10 0d | 00 04 'MQTT' | 05 | %s | 00 3c | 00 | 00 00", bits[i]);
    ck_decodes(0, text, MQTTWILL_ERR_MALFORMED);
    snprintf(text, sizeof text, "10 0f | 00 06 'MQIsdp' | 03 | %s | 00 3c | 00 01 'a'", bits[i]);
    struct packet p;
    ck_assert_int_eq(packet_decode(&p, 0, hex(text)), MQTTWILL_OK);
    ck_assert(!p.connect.has_will && !p.connect.will.retain && p.connect.will.qos == 0);
  }
}
END_TEST

START_TEST(will_qos_3_is_malformed_in_every_version)
{
  ck_decodes(0, "10 12 | 00 04 'MQTT' | 04 | 1e | 00 3c | 00 00 | 00 01 't' | 00 01 'm'",
             MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 14 | 00 04 'MQTT' | 05 | 1e | 00 3c | 00 | 00 00 | 00 | 00 01 't' | 00 01 'm'",
             MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 15 | 00 06 'MQIsdp' | 03 | 1e | 00 3c | 00 01 'a' | 00 01 't' | 00 01 'm'",
             MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(a_password_without_user_name_needs_mqtt_5)
{
  ck_decodes(0, "10 0f | 00 04 'MQTT' | 04 | 42 | 00 3c | 00 00 | 00 01 'p'", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 12 | 00 06 'MQIsdp' | 03 | 42 | 00 3c | 00 01 'a' | 00 01 'p'", MQTTWILL_ERR_MALFORMED);
  ck_whole(5, "10 10 | 00 04 'MQTT' | 05 | 42 | 00 3c | 00 | 00 00 | 00 01 'p'", 0);
}
END_TEST

START_TEST(a_bad_will_topic_is_told_exactly)
{
  static const struct {
    const char *rest;
    int status;
  } rows[] = {
      {"10 13 | 00 04 'MQTT' | 04 | 06 | 00 3c | 00 00 | 00 02 'a+' | 00 01 'm'",
       MQTTWILL_ERR_TOPIC_WILDCARD},
      {"10 12 | 00 04 'MQTT' | 04 | 06 | 00 3c | 00 00 | 00 01 '#' | 00 01 'm'", MQTTWILL_ERR_TOPIC_WILDCARD},
      {"10 11 | 00 04 'MQTT' | 04 | 06 | 00 3c | 00 00 | 00 00 | 00 01 'm'", MQTTWILL_ERR_TOPIC_EMPTY},
      {"10 12 | 00 04 'MQTT' | 04 | 06 | 00 3c | 00 00 | 00 01 00 | 00 01 'm'", MQTTWILL_ERR_TOPIC_NUL},
      {"10 13 | 00 04 'MQTT' | 04 | 06 | 00 3c | 00 00 | 00 02 c0 80 | 00 01 'm'", MQTTWILL_ERR_TOPIC_UTF8},
      {"10 15 | 00 06 'MQIsdp' | 03 | 06 | 00 3c | 00 01 'a' | 00 01 '+' | 00 01 'm'",
       MQTTWILL_ERR_TOPIC_WILDCARD},
      {"10 14 | 00 04 'MQTT' | 05 | 06 | 00 3c | 00 | 00 00 | 00 | 00 01 '+' | 00 01 'm'",
       MQTTWILL_ERR_TOPIC_WILDCARD}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) ck_decodes(0, rows[i].rest, rows[i].status);
}
END_TEST

START_TEST(missing_and_surplus_fields_are_malformed)
{
  /* will flag without will, user name and password flags without their fields */
  ck_decodes(0, "10 0c | 00 04 'MQTT' | 04 | 06 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0f | 00 04 'MQTT' | 04 | 06 | 00 3c | 00 00 | 00 01 't'", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0c | 00 04 'MQTT' | 04 | 82 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0f | 00 06 'MQIsdp' | 03 | 82 | 00 3c | 00 01 'a'", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0f | 00 04 'MQTT' | 04 | c2 | 00 3c | 00 00 | 00 01 'u'", MQTTWILL_ERR_MALFORMED);
  /* fields without flag */
  ck_decodes(0, "10 0f | 00 04 'MQTT' | 04 | 02 | 00 3c | 00 00 | 00 01 'u'", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 10 | 00 04 'MQTT' | 05 | 02 | 00 3c | 00 | 00 00 | 00 01 'u'", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 10 | 00 06 'MQIsdp' | 03 | 02 | 00 3c | 00 01 'a' | 00", MQTTWILL_ERR_MALFORMED);
  /* MQTT 5 without the length of the will properties: the topic's length is taken for it */
  ck_decodes(0, "10 13 | 00 04 'MQTT' | 05 | 06 | 00 3c | 00 | 00 00 | 00 01 't' | 00 01 'm'",
             MQTTWILL_ERR_MALFORMED);
  /* without the length of the CONNECT properties */
  ck_decodes(0, "10 0c | 00 04 'MQTT' | 05 | 02 | 00 3c | 00 00", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(ill_formed_strings_are_malformed)
{
  ck_decodes(0, "10 0d | 00 04 'MQTT' | 04 | 02 | 00 3c | 00 01 ff", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0d | 00 04 'MQTT' | 04 | 02 | 00 3c | 00 01 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 10 | 00 06 'MQIsdp' | 03 | 02 | 00 3c | 00 02 c3 28", MQTTWILL_ERR_MALFORMED);
  ck_decodes(0, "10 0f | 00 04 'MQTT' | 04 | 82 | 00 3c | 00 00 | 00 01 80", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(a_property_in_the_wrong_block_is_a_protocol_error)
{
  /* will delay among CONNECT's, session expiry among the will's */
  ck_decodes(0, "10 12 | 00 04 'MQTT' | 05 | 02 | 00 3c | 05 18 00 00 00 05 | 00 00", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(
      0, "10 19 | 00 04 'MQTT' | 05 | 06 | 00 3c | 00 | 00 00 | 05 11 00 00 00 05 | 00 01 't' | 00 01 'm'",
      MQTTWILL_ERR_PROTOCOL);
}
END_TEST

START_TEST(authentication_data_needs_a_method)
{
  ck_decodes(0, "10 11 | 00 04 'MQTT' | 05 | 02 | 00 3c | 04 16 00 01 'd' | 00 00", MQTTWILL_ERR_PROTOCOL);
  ck_whole(5, "10 15 | 00 04 'MQTT' | 05 | 02 | 00 3c | 08 15 00 01 'm' 16 00 01 'd' | 00 00", 0);
  ck_whole(5, "10 15 | 00 04 'MQTT' | 05 | 02 | 00 3c | 08 16 00 01 'd' 15 00 01 'm' | 00 00", 0);
}
END_TEST

START_TEST(thousands_of_user_properties_fit_in_a_will)
{
  /* 5,000 of 7 bytes: 35,000 = b8 91 02; with the 22 bytes around them 35,022 = ce 91 02 */
  struct packet p = ck_whole(5,
                             "10 ce 91 02 | 00 04 'MQTT' | 05 | 06 | 00 3c | 00 | 00 00"
                             "| b8 91 02 | (26 00 01 'k' 00 01 'v')*5000 | 00 01 't' | 00 01 'm'",
                             0);
  struct mw_property last;
  ck_assert(mw_property_find(p.connect.will.properties, 0x26, 4999, &last));
  ck_assert(!mw_property_find(p.connect.will.properties, 0x26, 5000, &last));
}
END_TEST

SUITE("wire/connect", a_will_of_3_1_1_is_the_worked_example_byte_for_byte,
      a_will_of_3_1_differs_in_name_and_level_alone, a_will_of_5_is_the_worked_example_byte_for_byte,
      the_version_of_a_connect_is_read_from_it, the_smallest_connects_round_trip,
      user_name_and_password_round_trip, everything_at_once_keeps_the_standards_order,
      each_field_may_be_65535_bytes_long, a_field_longer_than_its_length_field_is_refused,
      what_a_version_lacks_is_not_written, will_fields_without_a_will_are_not_written,
      an_unknown_level_of_a_known_name_names_the_level, an_unknown_protocol_name_is_malformed,
      flags_of_the_fixed_header_are_reserved_except_in_3_1, connect_flag_0_is_reserved_except_in_3_1,
      will_bits_without_a_will_are_an_error_except_in_3_1, will_qos_3_is_malformed_in_every_version,
      a_password_without_user_name_needs_mqtt_5, a_bad_will_topic_is_told_exactly,
      missing_and_surplus_fields_are_malformed, ill_formed_strings_are_malformed,
      a_property_in_the_wrong_block_is_a_protocol_error, authentication_data_needs_a_method,
      thousands_of_user_properties_fit_in_a_will)
