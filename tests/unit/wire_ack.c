/* SPDX-License-Identifier: MIT
 * PUBACK, PUBREC, PUBREL, PUBCOMP (src/lib/wire/ack.h): MQTT 5 sections 3.4 to 3.7. */
#include "support/packet.h"
#include "support/suite.h"

#include <stdio.h>

static const char *const first_bytes[] = {"40", "50", "62", "70"};
enum { KINDS = 4 };

static const char *packet(size_t kind, const char *rest) {
  static char text[200];
  snprintf(text, sizeof text, "%s %s", first_bytes[kind], rest);
  return text;
}

START_TEST(below_mqtt_5_an_acknowledgement_is_its_packet_identifier)
{
  for (size_t kind = 0; kind < KINDS; kind++)
    for (uint8_t version = 3; version <= 4; version++) {
      struct packet p = ck_whole(version, packet(kind, "02 12 34"), 0);
      ck_assert_int_eq(p.type, (int)(MW_PUBACK + kind));
      ck_assert_uint_eq(p.ack.packet_id, 0x1234);
      ck_assert_uint_eq(p.ack.reason, 0);
      ck_decodes(version, packet(kind, "03 12 34 00"), MQTTWILL_ERR_MALFORMED);
      ck_decodes(version, packet(kind, "00"), MQTTWILL_ERR_MALFORMED);
    }
}
END_TEST

START_TEST(in_mqtt_5_reason_and_properties_may_be_left_out)
{
  for (size_t kind = 0; kind < KINDS; kind++) {
    struct packet p = ck_whole(5, packet(kind, "02 00 01"), 0);
    ck_assert_uint_eq(p.ack.reason, 0);
    ck_assert_uint_eq(p.ack.properties.len, 0);
    uint8_t failure = kind < 2 ? 0x97 : 0x92;
    p = ck_whole(5, packet(kind, kind < 2 ? "03 00 01 97" : "03 00 01 92"), 1);
    ck_assert_uint_eq(p.ack.reason, failure);
    ck_assert_uint_eq(p.ack.properties.len, 0);
    p = ck_whole(5, packet(kind, "0f 00 01 00 | 0b | 1f 00 01 'x' | 26 00 01 'k' 00 01 'v'"), 2);
    ck_assert_uint_eq(p.ack.properties.len, 11);
    ck_hex_eq(mw_property_bytes(p.ack.properties, 0x1F), "'x'");
  }
}
END_TEST

START_TEST(longer_forms_of_the_same_are_understood)
{
  for (size_t kind = 0; kind < KINDS; kind++) {
    ck_decodes(5, packet(kind, "03 00 01 00"), MQTTWILL_OK);
    ck_decodes(5, packet(kind, "04 00 01 00 00"), MQTTWILL_OK);
    ck_decodes(5, packet(kind, "05 00 01 00 00 00"), MQTTWILL_ERR_MALFORMED);
  }
}
END_TEST

/* Tables 3-4 to 3-7, by hand. */
static const uint8_t publish_reasons[] = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
static const uint8_t release_reasons[] = {0x00, 0x92};

START_TEST(only_the_standards_reasons_pass)
{
  for (size_t kind = 0; kind < KINDS; kind++)
    for (unsigned reason = 0; reason <= 255; reason++) {
      uint8_t body[] = {0, 1, (uint8_t)reason};
      struct mw_ack ack = {.type = (enum mw_packet_type)(MW_PUBACK + kind)};
      bool is_defined = kind < 2 ? memchr(publish_reasons, (int)reason, sizeof publish_reasons) != NULL
                                 : memchr(release_reasons, (int)reason, sizeof release_reasons) != NULL;
      ck_assert_int_eq(mw_ack_decode(&ack, 5, mw_fixed_flags(ack.type), mw_slice(body, 3)),
                       is_defined ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL);
    }
}
END_TEST

START_TEST(packet_identifier_0_is_malformed)
{
  for (size_t kind = 0; kind < KINDS; kind++)
    for (uint8_t version = 3; version <= 5; version++)
      ck_decodes(version, packet(kind, "02 00 00"), MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(flags_must_be_the_prescribed_ones)
{
  struct mw_ack ack = {.type = MW_PUBREL};
  ck_assert_int_eq(mw_ack_decode(&ack, 5, 0, hex("00 01")), MQTTWILL_ERR_MALFORMED);
  ck_assert_int_eq(mw_ack_decode(&ack, 3, 0x0A, hex("00 01")), MQTTWILL_OK);
  ack.type = MW_PUBACK;
  ck_assert_int_eq(mw_ack_decode(&ack, 4, 2, hex("00 01")), MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(a_reason_below_mqtt_5_is_not_written)
{
  struct mw_ack ack = {.type = MW_PUBREC, .reason = 0x97, .packet_id = 7, .properties = hex("1f 00 00")};
  uint8_t data[16];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_ack_encode(&w, 4, &ack);
  ck_hex_eq(mw_slice(data, w.len), "50 02 00 07");
}
END_TEST

SUITE("wire/ack", below_mqtt_5_an_acknowledgement_is_its_packet_identifier,
      in_mqtt_5_reason_and_properties_may_be_left_out, longer_forms_of_the_same_are_understood,
      only_the_standards_reasons_pass, packet_identifier_0_is_malformed, flags_must_be_the_prescribed_ones,
      a_reason_below_mqtt_5_is_not_written)
