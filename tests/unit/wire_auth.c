/* SPDX-License-Identifier: MIT
 * AUTH (src/lib/wire/auth.h): MQTT 5 section 3.15. */
#include "support/packet.h"
#include "support/suite.h"

START_TEST(an_exchange_round_trips)
{
  struct packet p =
      ck_whole(5, "f0 0e 18 | 0c 15 00 05 'SCRAM' 16 00 01 00", 1); /* the empty body is the short form */
  ck_assert_uint_eq(p.auth.reason, 0x18);
  ck_hex_eq(mw_property_bytes(p.auth.properties, 0x15), "'SCRAM'");
  ck_whole(5, "f0 06 00 | 04 15 00 01 'm'", 1);
}
END_TEST

START_TEST(success_without_properties_may_be_empty)
{
  struct packet p = ck_whole(5, "f0 00", 0);
  ck_assert_uint_eq(p.auth.reason, 0);
  ck_assert_uint_eq(p.auth.properties.len, 0);
}
END_TEST

START_TEST(without_a_method_it_is_a_protocol_error)
{
  ck_decodes(5, "f0 02 18 00", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "f0 02 00 00", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "f0 06 19 | 04 16 00 01 'd'", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "f0 01 18", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(only_the_three_reasons_pass)
{
  for (unsigned reason = 0; reason <= 255; reason++) {
    uint8_t body[] = {(uint8_t)reason, 4, 0x15, 0, 1, 'm'};
    struct mw_auth auth;
    bool is_defined = reason == 0 || reason == 0x18 || reason == 0x19;
    ck_assert_int_eq(mw_auth_decode(&auth, 5, 0, mw_slice(body, sizeof body)),
                     is_defined ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL);
  }
}
END_TEST

START_TEST(it_exists_in_mqtt_5_alone)
{
  struct mw_auth auth = {0};
  ck_assert_int_eq(mw_auth_decode(&auth, 4, 0, mw_slice(NULL, 0)), MQTTWILL_ERR_MALFORMED);
  ck_assert_int_eq(mw_auth_decode(&auth, 5, 1, mw_slice(NULL, 0)), MQTTWILL_ERR_MALFORMED);
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_auth_encode(&w, 4, &auth);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_VERSION);
  ck_assert_uint_eq(w.len, 0);
}
END_TEST

SUITE("wire/auth", an_exchange_round_trips, success_without_properties_may_be_empty,
      without_a_method_it_is_a_protocol_error, only_the_three_reasons_pass, it_exists_in_mqtt_5_alone)
