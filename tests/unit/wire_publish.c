/* SPDX-License-Identifier: MIT
 * PUBLISH (src/lib/wire/publish.h): MQTT 5 section 3.3. */
#include "support/packet.h"
#include "support/suite.h"

#include <stdlib.h>

/* What mw_publish_size() says is what is on the wire. */
static struct mw_publish ck_publish(uint8_t version, const char *text, size_t valid_prefixes) {
  struct packet p = ck_whole(version, text, valid_prefixes);
  ck_assert_int_eq(p.type, MW_PUBLISH);
  ck_assert_uint_eq(mw_publish_size(version, &p.publish), hex(text).len);
  return p.publish;
}

START_TEST(a_message_of_qos_0_has_no_packet_identifier)
{
  for (uint8_t version = 3; version <= 4; version++) {
    struct mw_publish p = ck_publish(version, "30 0a | 00 03 'a/b' | 'hello'", 5);
    ck_hex_eq(p.topic, "'a/b'");
    ck_hex_eq(p.payload, "'hello'");
    ck_assert_uint_eq(p.packet_id, 0);
    ck_assert(p.qos == 0 && !p.retain && !p.duplicate);
  }
  struct mw_publish p = ck_publish(5, "31 0b | 00 03 'a/b' | 00 | 'hello'", 5);
  ck_assert(p.retain);
}
END_TEST

START_TEST(messages_of_qos_1_and_2_have_one)
{
  struct mw_publish p = ck_publish(4, "32 07 | 00 01 't' | 12 34 | 'xy'", 2);
  ck_assert_uint_eq(p.packet_id, 0x1234);
  ck_assert_uint_eq(p.qos, 1);
  p = ck_publish(3, "3d 05 | 00 01 't' | ff ff", 0);
  ck_assert_uint_eq(p.packet_id, 65535);
  ck_assert(p.qos == 2 && p.retain && p.duplicate);
  ck_assert_uint_eq(p.payload.len, 0);
}
END_TEST

START_TEST(a_full_message_of_5_round_trips)
{
  struct mw_publish p = ck_publish(5,
                                   "34 35 | 00 01 't' | 00 01 | 2e"
                                   "| 01 01 | 02 00 00 00 3c | 23 00 07 | 08 00 03 'r/s' | 09 00 02 00 ff"
                                   "| 26 00 01 'a' 00 01 'b' | 26 00 01 'a' 00 01 'c' | 0b 01 | 0b ff 7f"
                                   "| 03 00 03 'a/b' | '!'",
                                   1);
  ck_assert_uint_eq(mw_property_number(p.properties, 0x23, 0), 7);
  struct mw_property identifier;
  ck_assert(mw_property_find(p.properties, 0x0B, 1, &identifier));
  ck_assert_uint_eq(identifier.number, 16383);
  ck_hex_eq(p.payload, "'!'");
}
END_TEST

START_TEST(an_empty_topic_needs_an_alias_and_mqtt_5)
{
  ck_publish(5, "30 07 | 00 00 | 03 23 00 01 | 'x'", 1);
  ck_decodes(5, "30 04 | 00 00 | 00 | 'x'", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "30 06 | 00 00 | 02 01 01 | 'x'", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(4, "30 03 | 00 00 | 'x'", MQTTWILL_ERR_TOPIC_EMPTY);
  ck_decodes(3, "30 03 | 00 00 | 'x'", MQTTWILL_ERR_TOPIC_EMPTY);
}
END_TEST

START_TEST(alias_0_is_told_exactly)
{
  ck_decodes(5, "30 07 | 00 01 't' | 03 23 00 00", MQTTWILL_ERR_TOPIC_ALIAS);
  ck_decodes(5, "30 06 | 00 00 | 03 23 00 00", MQTTWILL_ERR_TOPIC_ALIAS);
}
END_TEST

START_TEST(a_bad_topic_is_told_exactly)
{
  for (uint8_t version = 3; version <= 4; version++) {
    ck_decodes(version, "30 03 | 00 01 '+'", MQTTWILL_ERR_TOPIC_WILDCARD);
    ck_decodes(version, "30 05 | 00 03 'a/#'", MQTTWILL_ERR_TOPIC_WILDCARD);
    ck_decodes(version, "30 04 | 00 02 'a' 00", MQTTWILL_ERR_TOPIC_NUL);
    ck_decodes(version, "30 05 | 00 03 ed a0 80", MQTTWILL_ERR_TOPIC_UTF8);
  }
  ck_decodes(5, "30 04 | 00 01 '#' | 00", MQTTWILL_ERR_TOPIC_WILDCARD);
  ck_decodes(5, "30 07 | 00 01 '#' | 03 23 00 01", MQTTWILL_ERR_TOPIC_WILDCARD);
}
END_TEST

START_TEST(flags_that_contradict_each_other_are_malformed)
{
  struct mw_publish p;
  ck_assert_int_eq(mw_publish_decode(&p, 5, 0x06, hex("00 01 't' 00 01 00")), MQTTWILL_ERR_MALFORMED);
  ck_assert_int_eq(mw_publish_decode(&p, 4, 0x0F, hex("00 01 't' 00 01")), MQTTWILL_ERR_MALFORMED);
  ck_decodes(4, "38 03 | 00 01 't'", MQTTWILL_ERR_MALFORMED); /* DUP with QoS 0, [MQTT-3.3.1-2] */
  ck_decodes(5, "39 04 | 00 01 't' | 00", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(packet_identifier_0_is_malformed)
{
  ck_decodes(4, "32 05 | 00 01 't' | 00 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "34 06 | 00 01 't' | 00 00 | 00", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(properties_do_not_reach_into_the_payload)
{
  ck_decodes(5, "30 06 | 00 01 't' | 03 01 01", MQTTWILL_ERR_MALFORMED);      /* longer than the packet */
  ck_decodes(5, "30 07 | 00 01 't' | 01 01 | 01 00", MQTTWILL_ERR_MALFORMED); /* cuts its property */
  ck_decodes(5, "30 04 | 00 01 't' | 80", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "30 05 | 00 01 't' | 80 00", MQTTWILL_ERR_MALFORMED); /* not minimal */
}
END_TEST

START_TEST(the_remaining_length_grows_with_the_payload)
{
  ck_publish(4, "30 7f | 00 01 't' | 00*124", 124);
  ck_publish(4, "30 80 01 | 00 01 't' | 00*125", 125);
  ck_publish(4, "30 ff 7f | 00 01 't' | 00*16380", 1997);
  ck_publish(4, "30 80 80 01 | 00 01 't' | 00*16381", 1997);
  /* the property length too: 127 and 128 bytes of properties */
  ck_publish(5, "30 83 01 | 00 01 't' | 7f | 09 00 7c | 00*124", 0);
  ck_publish(5, "30 85 01 | 00 01 't' | 80 01 | 09 00 7d | 00*125", 0);
}
END_TEST

START_TEST(the_largest_packet_is_sized_and_a_larger_one_refused)
{
  struct mw_publish p = {.topic = hex("'t'")};
  p.payload = mw_slice(NULL, 268435455 - 3); /* sizes only: nobody reads it */
  ck_assert_uint_eq(mw_publish_size(4, &p), 268435460u);
  ck_assert_uint_eq(mw_publish_size(5, &p), 0); /* one byte more, the property length */
  p.payload.len++;
  ck_assert_uint_eq(mw_publish_size(4, &p), 0);
  p.payload.len = SIZE_MAX - 1;
  ck_assert_uint_eq(mw_publish_size(4, &p), 0);
  p.payload.len = 1;
  p.properties = mw_slice(NULL, SIZE_MAX - 1);
  ck_assert_uint_eq(mw_publish_size(5, &p), 0);
  ck_assert_uint_ne(mw_publish_size(4, &p), 0); /* not written there */

  uint8_t data[64];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_publish_encode(&w, 5, &p);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
}
END_TEST

START_TEST(a_topic_longer_than_its_length_field_cannot_be_encoded)
{
  struct mw_publish p = {.topic = hex("61*65536")};
  ck_assert_uint_eq(mw_publish_size(4, &p), 0);
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_publish_encode(&w, 4, &p);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
  p.topic.len = 65535;
  ck_assert_uint_eq(mw_publish_size(4, &p), 1 + 3 + 2 + 65535);
}
END_TEST

START_TEST(thousands_of_user_properties_are_read_in_order)
{
  /* 9,000 of 7 bytes: 63,000 = 98 ec 03; 63,006 = 9e ec 03 */
  struct mw_publish p =
      ck_publish(5, "30 9e ec 03 | 00 01 't' | 98 ec 03 | (26 00 01 'k' 00 01 'v')*9000", 0);
  struct mw_slice rest = p.properties;
  struct mw_property property;
  size_t n = 0;
  while (mw_property_next(&rest, &property)) n++;
  ck_assert_uint_eq(n, 9000);
}
END_TEST

SUITE("wire/publish", a_message_of_qos_0_has_no_packet_identifier, messages_of_qos_1_and_2_have_one,
      a_full_message_of_5_round_trips, an_empty_topic_needs_an_alias_and_mqtt_5, alias_0_is_told_exactly,
      a_bad_topic_is_told_exactly, flags_that_contradict_each_other_are_malformed,
      packet_identifier_0_is_malformed, properties_do_not_reach_into_the_payload,
      the_remaining_length_grows_with_the_payload, the_largest_packet_is_sized_and_a_larger_one_refused,
      a_topic_longer_than_its_length_field_cannot_be_encoded, thousands_of_user_properties_are_read_in_order)
