/* SPDX-License-Identifier: MIT
 * CONNACK (src/lib/wire/connack.h): MQTT 5 section 3.2, MQTT 3.1.1 section 3.2. */
#include "support/packet.h"
#include "support/suite.h"

START_TEST(acceptance_round_trips_in_every_version)
{
  struct packet p = ck_whole(3, "20 02 00 00", 0);
  ck_assert(!p.connack.session_present);
  p = ck_whole(4, "20 02 01 00", 0);
  ck_assert(p.connack.session_present);
  ck_assert_uint_eq(p.connack.reason, 0);
  p = ck_whole(5, "20 03 01 00 00", 0);
  ck_assert(p.connack.session_present);
  ck_assert_uint_eq(p.connack.properties.len, 0);
}
END_TEST

START_TEST(a_full_connack_of_5_round_trips)
{
  struct packet p =
      ck_whole(5,
               "20 42 | 00 00 | 3f | 11 00 00 00 1e | 21 00 0a | 24 01 | 25 00 | 27 00 00 01 00"
               "| 12 00 03 'abc' | 22 00 05 | 1f 00 02 'ok' | 26 00 01 'k' 00 01 'v' | 28 01 | 29 00"
               "| 2a 01 | 13 00 3c | 1a 00 01 'r' | 1c 00 01 's' | 15 00 01 'm' | 16 00 01 00",
               0);
  ck_assert_uint_eq(mw_property_number(p.connack.properties, 0x11, 0), 30);
  ck_assert_uint_eq(mw_property_number(p.connack.properties, 0x13, 0), 60);
  ck_hex_eq(mw_property_bytes(p.connack.properties, 0x12), "'abc'");
}
END_TEST

START_TEST(return_codes_of_mqtt_3_end_at_5)
{
  for (uint8_t version = 3; version <= 4; version++) {
    for (unsigned code = 0; code <= 255; code++) {
      uint8_t body[] = {0, (uint8_t)code};
      struct mw_connack connack;
      int expected = code <= 5 ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL;
      ck_assert_int_eq(mw_connack_decode(&connack, version, 0, mw_slice(body, 2)), expected);
      if (code <= 5) ck_assert_uint_eq(connack.reason, code); /* as it came */
    }
  }
}
END_TEST

/* Table 3-1 of MQTT 5, by hand. */
static const uint8_t connect_reasons[] = {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                                          0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F};

START_TEST(only_the_standards_connect_reasons_pass)
{
  for (unsigned code = 0; code <= 255; code++) {
    uint8_t body[] = {0, (uint8_t)code, 0};
    struct mw_connack connack;
    bool is_defined = memchr(connect_reasons, (int)code, sizeof connect_reasons) != NULL;
    ck_assert_int_eq(mw_connack_decode(&connack, 5, 0, mw_slice(body, 3)),
                     is_defined ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL);
  }
}
END_TEST

START_TEST(a_refusal_in_the_older_form_is_translated)
{
  static const uint8_t reasons[] = {0, 0x84, 0x85, 0x88, 0x86, 0x87};
  for (unsigned code = 1; code <= 5; code++) {
    uint8_t body[] = {0, (uint8_t)code};
    struct mw_connack connack;
    ck_assert_int_eq(mw_connack_decode(&connack, 5, 0, mw_slice(body, 2)), MQTTWILL_OK);
    ck_assert_uint_eq(connack.reason, reasons[code]);
    ck_assert_uint_eq(connack.properties.len, 0);
  }
  ck_decodes(5, "20 02 00 00", MQTTWILL_ERR_MALFORMED); /* but success has a property length */
  ck_decodes(5, "20 02 00 06", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "20 03 00 01 00", MQTTWILL_ERR_PROTOCOL);
}
END_TEST

START_TEST(session_present_with_a_refusal_is_a_protocol_error)
{
  ck_decodes(4, "20 02 01 05", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "20 03 01 87 00", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "20 02 01 01", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(4, "20 02 00 05", MQTTWILL_OK);
}
END_TEST

START_TEST(reserved_acknowledge_flags_are_malformed_except_in_3_1)
{
  ck_decodes(4, "20 02 02 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "20 03 80 00 00", MQTTWILL_ERR_MALFORMED);
  struct packet p;
  ck_assert_int_eq(packet_decode(&p, 3, hex("20 02 ff 00")), MQTTWILL_OK);
  ck_assert(!p.connack.session_present);
}
END_TEST

START_TEST(mqtt_3_1_is_never_told_of_a_session)
{
  struct mw_connack connack = {.session_present = true};
  uint8_t data[4];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_connack_encode(&w, 3, &connack);
  ck_hex_eq(mw_slice(data, w.len), "20 02 00 00");
}
END_TEST

START_TEST(wrong_flags_and_lengths_are_malformed)
{
  struct mw_connack connack;
  ck_assert_int_eq(mw_connack_decode(&connack, 4, 1, hex("00 00")), MQTTWILL_ERR_MALFORMED);
  ck_decodes(4, "20 03 00 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "20 04 00 00 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "20 04 00 00 02 24", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "20 05 00 00 02 24 02", MQTTWILL_ERR_PROTOCOL); /* maximum QoS 2 */
}
END_TEST

SUITE("wire/connack", acceptance_round_trips_in_every_version, a_full_connack_of_5_round_trips,
      return_codes_of_mqtt_3_end_at_5, only_the_standards_connect_reasons_pass,
      a_refusal_in_the_older_form_is_translated, session_present_with_a_refusal_is_a_protocol_error,
      reserved_acknowledge_flags_are_malformed_except_in_3_1, mqtt_3_1_is_never_told_of_a_session,
      wrong_flags_and_lengths_are_malformed)
