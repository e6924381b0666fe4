/* SPDX-License-Identifier: MIT
 * SUBSCRIBE and UNSUBSCRIBE (src/lib/wire/subscribe.h): MQTT 5 sections 3.8 and 3.10. */
#include "support/packet.h"
#include "support/suite.h"

#include <stdio.h>

START_TEST(a_subscribe_round_trips_in_every_version)
{
  for (uint8_t version = 3; version <= 4; version++) {
    struct packet p = ck_whole(version, "82 0e | 00 0a | 00 03 'a/b' 01 | 00 03 'c/d' 02", 1);
    ck_assert_uint_eq(p.subscribe.packet_id, 10);
    struct mw_slice rest = p.subscribe.filters;
    struct mw_filter f;
    ck_assert(mw_filter_next(&rest, MW_SUBSCRIBE, &f));
    ck_hex_eq(f.filter, "'a/b'");
    ck_assert_uint_eq(f.options, 1);
    ck_assert(mw_filter_next(&rest, MW_SUBSCRIBE, &f));
    ck_hex_eq(f.filter, "'c/d'");
    ck_assert_uint_eq(f.options, 2);
    ck_assert(!mw_filter_next(&rest, MW_SUBSCRIBE, &f));
  }
  struct packet p = ck_whole(5, "82 0e | 00 0a | 02 0b 07 | 00 01 'a' 2e | 00 02 '+' '/' 15", 1);
  ck_assert_uint_eq(mw_property_number(p.subscribe.properties, 0x0B, 0), 7);
}
END_TEST

START_TEST(an_unsubscribe_has_no_options)
{
  for (uint8_t version = 3; version <= 4; version++) {
    struct packet p = ck_whole(version, "a2 0a | 00 0a | 00 03 'a/b' | 00 01 '#'", 1);
    struct mw_slice rest = p.subscribe.filters;
    struct mw_filter f;
    ck_assert(mw_filter_next(&rest, MW_UNSUBSCRIBE, &f));
    ck_hex_eq(f.filter, "'a/b'");
    ck_assert_uint_eq(f.options, 0);
    ck_assert(mw_filter_next(&rest, MW_UNSUBSCRIBE, &f));
    ck_assert(!mw_filter_next(&rest, MW_UNSUBSCRIBE, &f));
  }
  ck_whole(5, "a2 0d | 00 0a | 07 26 00 01 'k' 00 01 'v' | 00 01 '#'", 0);
}
END_TEST

START_TEST(filters_are_written_as_they_are_read)
{
  struct mw_filter f = {.filter = hex("'a/+'"), .options = 0x2D};
  uint8_t data[16];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_write_filter(&w, MW_SUBSCRIBE, &f);
  mw_write_filter(&w, MW_UNSUBSCRIBE, &f);
  ck_hex_eq(mw_slice(data, w.len), "00 03 'a/+' 2d | 00 03 'a/+'");
}
END_TEST

START_TEST(a_list_without_filters_is_a_protocol_error)
{
  ck_decodes(4, "82 02 | 00 0a", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "82 03 | 00 0a | 00", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(3, "a2 02 | 00 0a", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "a2 03 | 00 0a | 00", MQTTWILL_ERR_PROTOCOL);
}
END_TEST

START_TEST(packet_identifier_0_is_malformed)
{
  ck_decodes(4, "82 06 | 00 00 | 00 01 'a' 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "82 07 | 00 00 | 00 | 00 01 'a' 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(4, "a2 05 | 00 00 | 00 01 'a'", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(every_option_byte_is_judged_by_the_standard)
{
  for (unsigned options = 0; options <= 255; options++) {
    uint8_t v4[] = {0, 1, 0, 1, 'a', (uint8_t)options}, v5[] = {0, 1, 0, 0, 1, 'a', (uint8_t)options};
    struct mw_subscribe s = {.type = MW_SUBSCRIBE};
    bool qos_3 = (options & 0x03) == 0x03, retain_handling_3 = (options & 0x30) == 0x30;
    int expected = (options & 0xC0) != 0          ? MQTTWILL_ERR_MALFORMED /* [MQTT-3.8.3-5] */
                   : (qos_3 || retain_handling_3) ? MQTTWILL_ERR_PROTOCOL
                                                  : MQTTWILL_OK;
    ck_assert_int_eq(mw_subscribe_decode(&s, 5, 2, mw_slice(v5, sizeof v5)), expected);
    expected = (options & 0xFC) != 0 ? MQTTWILL_ERR_MALFORMED : qos_3 ? MQTTWILL_ERR_PROTOCOL : MQTTWILL_OK;
    ck_assert_int_eq(mw_subscribe_decode(&s, 4, 2, mw_slice(v4, sizeof v4)), expected);
    ck_assert_int_eq(mw_subscribe_decode(&s, 3, 2, mw_slice(v4, sizeof v4)), expected);
  }
}
END_TEST

START_TEST(no_local_on_a_shared_subscription_is_a_protocol_error)
{
  ck_decodes(5, "82 10 | 00 01 | 00 | 00 0a '$share/g/t' 04", MQTTWILL_ERR_PROTOCOL);
  ck_decodes(5, "82 10 | 00 01 | 00 | 00 0a '$share/g/t' 2a", MQTTWILL_OK);
  ck_decodes(5, "82 0a | 00 01 | 00 | 00 04 '$sha' 04", MQTTWILL_OK);
}
END_TEST

START_TEST(ill_formed_filters_are_protocol_errors_and_ill_formed_utf8_is_malformed)
{
  static const struct {
    const char *filter; /* seven bytes */
    int status;
  } rows[] = {{"'sport+/'", MQTTWILL_ERR_PROTOCOL},    {"'#/sport'", MQTTWILL_ERR_PROTOCOL},
              {"'$share/'", MQTTWILL_ERR_PROTOCOL},    {"'sport' c3 28", MQTTWILL_ERR_MALFORMED},
              {"'sport/' 00", MQTTWILL_ERR_MALFORMED}, {"'sport/#'", MQTTWILL_OK}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char text[100];
    snprintf(text, sizeof text, "82 0c | 00 01 | 00 07 %s 01", rows[i].filter);
    ck_decodes(4, text, rows[i].status);
    snprintf(text, sizeof text, "82 0d | 00 01 | 00 | 00 07 %s 01", rows[i].filter);
    ck_decodes(5, text, rows[i].status);
    snprintf(text, sizeof text, "a2 0b | 00 01 | 00 07 %s", rows[i].filter);
    ck_decodes(3, text, rows[i].status);
    /* behind a good one, too */
    snprintf(text, sizeof text, "a2 0f | 00 01 | 00 | 00 01 'a' | 00 07 %s", rows[i].filter);
    ck_decodes(5, text, rows[i].status);
  }
  ck_decodes(4, "82 05 | 00 01 | 00 00 | 00", MQTTWILL_ERR_PROTOCOL); /* empty */
  ck_decodes(5, "a2 05 | 00 01 | 00 | 00 00", MQTTWILL_ERR_PROTOCOL);
}
END_TEST

START_TEST(a_filter_without_its_options_is_malformed)
{
  ck_decodes(4, "82 05 | 00 01 | 00 01 'a'", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "82 0a | 00 01 | 00 | 00 01 'a' 00 | 00 01 'b'", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(flags_must_be_the_prescribed_ones)
{
  struct mw_subscribe s = {.type = MW_SUBSCRIBE};
  ck_assert_int_eq(mw_subscribe_decode(&s, 4, 0, hex("00 01 00 01 'a' 00")), MQTTWILL_ERR_MALFORMED);
  s.type = MW_UNSUBSCRIBE;
  ck_assert_int_eq(mw_subscribe_decode(&s, 5, 0x0A, hex("00 01 00 00 01 'a'")), MQTTWILL_ERR_MALFORMED);
  ck_assert_int_eq(mw_subscribe_decode(&s, 3, 0x0A, hex("00 01 00 01 'a'")), MQTTWILL_OK);
}
END_TEST

START_TEST(a_second_subscription_identifier_is_a_protocol_error_here)
{ ck_decodes(5, "82 0b | 00 01 | 04 0b 07 0b 08 | 00 01 'a' 00", MQTTWILL_ERR_PROTOCOL); }
END_TEST

START_TEST(a_filter_of_65535_bytes_passes)
{
  /* 2 + 2 + 65,535 + 1 = 65,540 = 84 80 04 */
  ck_whole(4, "82 84 80 04 | 00 01 | ff ff 'f'*65535 00", 0);
}
END_TEST

SUITE("wire/subscribe", a_subscribe_round_trips_in_every_version, an_unsubscribe_has_no_options,
      filters_are_written_as_they_are_read, a_list_without_filters_is_a_protocol_error,
      packet_identifier_0_is_malformed, every_option_byte_is_judged_by_the_standard,
      no_local_on_a_shared_subscription_is_a_protocol_error,
      ill_formed_filters_are_protocol_errors_and_ill_formed_utf8_is_malformed,
      a_filter_without_its_options_is_malformed, flags_must_be_the_prescribed_ones,
      a_second_subscription_identifier_is_a_protocol_error_here, a_filter_of_65535_bytes_passes)
