/* SPDX-License-Identifier: MIT
 * SUBACK and UNSUBACK (src/lib/wire/suback.h): MQTT 5 sections 3.9 and 3.11. */
#include "support/packet.h"
#include "support/suite.h"

START_TEST(a_suback_round_trips_in_every_version)
{
  for (uint8_t version = 3; version <= 4; version++) {
    struct packet p = ck_whole(version, "90 06 | 00 0a | 00 01 02 80", 3);
    ck_assert_uint_eq(p.suback.packet_id, 10);
    ck_hex_eq(p.suback.reasons, "00 01 02 80");
  }
  struct packet p = ck_whole(5, "90 0a | 00 0a | 04 1f 00 01 'x' | 02 9e 8f", 2);
  ck_hex_eq(p.suback.reasons, "02 9e 8f");
  ck_hex_eq(mw_property_bytes(p.suback.properties, 0x1F), "'x'");
}
END_TEST

START_TEST(an_unsuback_has_reasons_from_mqtt_5_on)
{
  for (uint8_t version = 3; version <= 4; version++) {
    struct packet p = ck_whole(version, "b0 02 | 00 0a", 0);
    ck_assert_uint_eq(p.suback.reasons.len, 0);
    ck_decodes(version, "b0 03 | 00 0a | 00", MQTTWILL_ERR_MALFORMED);
  }
  struct packet p = ck_whole(5, "b0 05 | 00 0a | 00 | 00 11", 1);
  ck_hex_eq(p.suback.reasons, "00 11");
}
END_TEST

/* Tables 3-8 and 3-9, by hand. */
static const uint8_t subscribe_reasons[] = {0x00, 0x01, 0x02, 0x80, 0x83, 0x87,
                                            0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2};
static const uint8_t unsubscribe_reasons[] = {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91};
static const uint8_t return_codes[] = {0x00, 0x01, 0x02, 0x80};

static void ck_reason(enum mw_packet_type type, uint8_t version, unsigned reason, bool is_defined) {
  uint8_t v4[] = {0, 1, 0, (uint8_t)reason}, v5[] = {0, 1, 0, 0, (uint8_t)reason};
  struct mw_suback s = {.type = type};
  struct mw_slice body = version == 5 ? mw_slice(v5, sizeof v5) : mw_slice(v4, sizeof v4);
  int status = mw_suback_decode(&s, version, 0, body);
  ck_assert_msg(status == (is_defined ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL), "version %u, %#x: %d", version,
                reason, status);
}

START_TEST(only_the_standards_reasons_pass)
{
  for (unsigned reason = 0; reason <= 255; reason++) {
    int code = (int)reason;
    ck_reason(MW_SUBACK, 5, reason, memchr(subscribe_reasons, code, sizeof subscribe_reasons) != NULL);
    ck_reason(MW_UNSUBACK, 5, reason, memchr(unsubscribe_reasons, code, sizeof unsubscribe_reasons) != NULL);
    ck_reason(MW_SUBACK, 4, reason, memchr(return_codes, code, sizeof return_codes) != NULL);
    ck_reason(MW_SUBACK, 3, reason, memchr(return_codes, code, sizeof return_codes) != NULL);
  }
}
END_TEST

START_TEST(an_answer_to_no_filter_is_a_protocol_error)
{
  ck_decodes(4, "90 02 | 00 0a", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "90 03 | 00 0a | 00", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "b0 03 | 00 0a | 00", MQTTWILL_ERR_PROTOCOL);
}
END_TEST

START_TEST(packet_identifier_0_and_flags_are_malformed)
{
  ck_decodes(4, "90 03 | 00 00 | 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(4, "b0 02 | 00 00", MQTTWILL_ERR_MALFORMED);
  struct mw_suback s = {.type = MW_SUBACK};
  ck_assert_int_eq(mw_suback_decode(&s, 4, 2, hex("00 01 00")), MQTTWILL_ERR_MALFORMED);
}
END_TEST

SUITE("wire/suback", a_suback_round_trips_in_every_version, an_unsuback_has_reasons_from_mqtt_5_on,
      only_the_standards_reasons_pass, an_answer_to_no_filter_is_a_protocol_error,
      packet_identifier_0_and_flags_are_malformed)
