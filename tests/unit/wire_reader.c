/* SPDX-License-Identifier: MIT
 * The reading cursor (src/lib/wire/reader.h): MQTT 5 sections 1.5.1 to 1.5.6. */
#include "support/suite.h"

#include "wire/reader.h"

static struct mw_reader over(const char *text) {
  struct mw_reader r;
  mw_reader_init(&r, hex(text));
  return r;
}

START_TEST(integers_are_read_most_significant_byte_first)
{
  struct mw_reader r = over("7f | 12 34 | de ad be ef");
  ck_assert_uint_eq(mw_read_u8(&r), 0x7F);
  ck_assert_uint_eq(mw_read_u16(&r), 0x1234);
  ck_assert_uint_eq(mw_read_u32(&r), 0xDEADBEEFu);
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_OK);
}
END_TEST

START_TEST(an_integer_cut_short_is_malformed)
{
  struct mw_reader r = over("");
  ck_assert_uint_eq(mw_read_u8(&r), 0);
  ck_assert_int_eq(r.status, MQTTWILL_ERR_MALFORMED);
  r = over("12");
  ck_assert_uint_eq(mw_read_u16(&r), 0);
  ck_assert_int_eq(r.status, MQTTWILL_ERR_MALFORMED);
  r = over("12 34 56");
  (void)mw_read_u32(&r);
  ck_assert_int_eq(r.status, MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(after_a_failure_nothing_more_is_read)
{
  struct mw_reader r = over("ff ff | 00 01 'x'");
  mw_read_binary(&r);
  ck_assert_int_eq(r.status, MQTTWILL_ERR_MALFORMED);
  ck_assert_uint_eq(mw_read_u8(&r), 0);
  ck_assert_uint_eq(mw_read_rest(&r).len, 0);
  ck_assert_uint_eq(mw_read_string(&r).len, 0);
  ck_assert_uint_eq(mw_read_varint(&r), 0);
  mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL);
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_ERR_MALFORMED); /* the first one stays */
}
END_TEST

START_TEST(bytes_left_over_are_malformed)
{
  struct mw_reader r = over("01 02");
  mw_read_u8(&r);
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(a_reader_without_memory_reads_nothing_and_is_fine)
{
  struct mw_reader r;
  mw_reader_init(&r, mw_slice(NULL, 0));
  ck_assert_uint_eq(mw_read_rest(&r).len, 0);
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_OK);
}
END_TEST

/* The bounds of table 1-1. */
static const struct {
  const char *bytes;
  uint32_t value;
} varints[] = {
    {"00", 0},
    {"7f", 127},
    {"80 01", 128},
    {"c1 02", 321}, /* the standard's example */
    {"ff 7f", 16383},
    {"80 80 01", 16384},
    {"ff ff 7f", 2097151},
    {"80 80 80 01", 2097152},
    {"ff ff ff 7f", 268435455},
};

START_TEST(variable_byte_integers_have_the_standards_bounds)
{
  for (size_t i = 0; i < sizeof varints / sizeof varints[0]; i++) {
    struct mw_reader r = over(varints[i].bytes);
    ck_assert_uint_eq(mw_read_varint(&r), varints[i].value);
    ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_OK);
  }
}
END_TEST

START_TEST(a_variable_byte_integer_that_is_long_cut_or_not_minimal_is_malformed)
{
  static const char *const bad[] = {"",      "80",       "ff ff ff",    "80 80 80 80 01", "ff ff ff ff 7f",
                                    "80 00", "ff 80 00", "80 80 80 00", "ff ff ff 80"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct mw_reader r = over(bad[i]);
    ck_assert_uint_eq(mw_read_varint(&r), 0);
    ck_assert_msg(r.status == MQTTWILL_ERR_MALFORMED, "%s passes", bad[i]);
  }
}
END_TEST

START_TEST(binary_data_is_exactly_as_long_as_it_says)
{
  struct mw_reader r = over("00 03 00 ff 80 | 00 00 | 61");
  ck_hex_eq(mw_read_binary(&r), "00 ff 80");
  struct mw_slice empty = mw_read_binary(&r);
  ck_assert_uint_eq(empty.len, 0);
  ck_assert_ptr_nonnull(empty.data); /* there, though empty */
  ck_hex_eq(mw_read_rest(&r), "61");
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_OK);
  r = over("00 04 61 62 63");
  ck_assert_uint_eq(mw_read_binary(&r).len, 0);
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(strings_are_well_formed_utf8_without_nul)
{
  static const char *const good[] = {"00 00",
                                     "00 03 'abc'",
                                     "00 02 c3 a9",
                                     "00 03 ef bb bf", /* U+FEFF stays, [MQTT-1.5.4-3] */
                                     "00 05 'A' f0 aa 9b 94",
                                     /* the standard's example */ "00 01 7f"};
  static const char *const bad[] = {"00 01 00",       "00 03 'a' 00 'b'",  "00 02 c0 80",
                                    "00 03 ed a0 80", "00 04 f4 90 80 80", "00 01 80",
                                    "00 02 c3 28",    "00 01 c3",          "00 02 'a'"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    struct mw_reader r = over(good[i]);
    mw_read_string(&r);
    ck_assert_msg(mw_reader_end(&r) == MQTTWILL_OK, "%s is refused", good[i]);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct mw_reader r = over(bad[i]);
    ck_assert_uint_eq(mw_read_string(&r).len, 0);
    ck_assert_msg(mw_reader_end(&r) == MQTTWILL_ERR_MALFORMED, "%s passes", bad[i]);
  }
}
END_TEST

START_TEST(packet_identifier_0_is_malformed)
{
  struct mw_reader r = over("00 00");
  mw_read_packet_id(&r);
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_ERR_MALFORMED);
  r = over("ff ff");
  ck_assert_uint_eq(mw_read_packet_id(&r), 65535);
  ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_OK);
}
END_TEST

SUITE("wire/reader", integers_are_read_most_significant_byte_first, an_integer_cut_short_is_malformed,
      after_a_failure_nothing_more_is_read, bytes_left_over_are_malformed,
      a_reader_without_memory_reads_nothing_and_is_fine, variable_byte_integers_have_the_standards_bounds,
      a_variable_byte_integer_that_is_long_cut_or_not_minimal_is_malformed,
      binary_data_is_exactly_as_long_as_it_says, strings_are_well_formed_utf8_without_nul,
      packet_identifier_0_is_malformed)
