/* SPDX-License-Identifier: MIT
 * DISCONNECT (src/lib/wire/disconnect.h): MQTT 5 section 3.14. */
#include "support/packet.h"
#include "support/suite.h"

START_TEST(below_mqtt_5_a_disconnect_is_two_bytes)
{
  for (uint8_t version = 3; version <= 4; version++) {
    struct packet p = ck_whole(version, "e0 00", 0);
    ck_assert_uint_eq(p.disconnect.reason, 0);
    ck_decodes(version, "e0 01 00", MQTTWILL_ERR_MALFORMED);
  }
}
END_TEST

START_TEST(three_forms_say_the_same_normal_disconnect)
{
  static const char *const forms[] = {"e0 00", "e0 01 00", "e0 02 00 00"};
  for (size_t i = 0; i < 3; i++) {
    struct packet p;
    ck_assert_int_eq(packet_decode(&p, 5, hex(forms[i])), MQTTWILL_OK);
    ck_assert_uint_eq(p.disconnect.reason, 0);
    ck_assert_uint_eq(p.disconnect.properties.len, 0);
  }
  ck_whole(5, "e0 00", 0); /* and the shortest is the one that is written */
}
END_TEST

START_TEST(disconnect_with_will_and_its_properties_round_trip)
{
  struct packet p = ck_whole(5, "e0 01 04", 1);
  ck_assert_uint_eq(p.disconnect.reason, 4);
  p = ck_whole(5, "e0 07 04 | 05 11 00 00 00 1e", 2);
  ck_assert_uint_eq(mw_property_number(p.disconnect.properties, 0x11, 0), 30);
  ck_whole(5, "e0 13 9c | 11 1c 00 03 'a:b' 1f 00 01 'x' 26 00 00 00 02 'zz'", 2);
}
END_TEST

/* Table 3-10, by hand: who may send it. */
static const uint8_t by_both[] = {0x00, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93,
                                  0x94, 0x95, 0x96, 0x97, 0x98, 0x99};
static const uint8_t by_client[] = {0x04};
/* 0x8C stands in table 2-6 of the standard, not in 3-10: servers send it, so it is understood. */
static const uint8_t by_server[] = {0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x9A,
                                    0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2};

START_TEST(only_the_standards_reasons_pass_each_from_its_sender)
{
  for (unsigned reason = 0; reason <= 255; reason++) {
    uint8_t code = (uint8_t)reason;
    bool both = memchr(by_both, code, sizeof by_both) != NULL;
    bool client = both || memchr(by_client, code, sizeof by_client) != NULL;
    bool server = both || memchr(by_server, code, sizeof by_server) != NULL;
    struct mw_disconnect d;
    ck_assert_int_eq(mw_disconnect_decode(&d, 5, 0, mw_slice(&code, 1)),
                     client || server ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL);
    ck_assert(mw_reason_by_client(code) == client);
    ck_assert(mw_reason_by_server(code) == server);
  }
}
END_TEST

START_TEST(a_disconnect_that_is_not_one_is_refused)
{
  ck_decodes(5, "e0 03 00 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "e0 02 00 01", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "e0 0c 00 | 0a 11 00 00 00 01 11 00 00 00 01", MQTTWILL_ERR_PROTOCOL);
  struct mw_disconnect d;
  ck_assert_int_eq(mw_disconnect_decode(&d, 5, 1, mw_slice(NULL, 0)), MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(reason_and_properties_below_mqtt_5_are_not_written)
{
  struct mw_disconnect d = {.reason = 4, .properties = hex("11 00 00 00 01")};
  uint8_t data[16];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_disconnect_encode(&w, 4, &d);
  ck_hex_eq(mw_slice(data, w.len), "e0 00");
}
END_TEST

START_TEST(properties_with_reason_0_keep_the_reason)
{ ck_whole(5, "e0 07 00 | 05 11 00 00 00 1e", 2); }
END_TEST

SUITE("wire/disconnect", below_mqtt_5_a_disconnect_is_two_bytes, three_forms_say_the_same_normal_disconnect,
      disconnect_with_will_and_its_properties_round_trip,
      only_the_standards_reasons_pass_each_from_its_sender, a_disconnect_that_is_not_one_is_refused,
      reason_and_properties_below_mqtt_5_are_not_written, properties_with_reason_0_keep_the_reason)
