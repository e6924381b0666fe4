/* SPDX-License-Identifier: MIT
 * The writing cursor (src/lib/wire/writer.h): MQTT 5 section 1.5. */
#include "support/suite.h"

#include "wire/writer.h"

static void write_one_of_each(struct mw_writer *w) {
  mw_write_u8(w, 0x7F);
  mw_write_u16(w, 0x1234);
  mw_write_u32(w, 0xDEADBEEFu);
  mw_write_varint(w, 321);
  mw_write_bytes(w, mw_slice_text("ab"));
  mw_write_binary(w, mw_slice_text("cd"));
  mw_write_binary(w, mw_slice(NULL, 0));
}

static const char one_of_each[] = "7f | 12 34 | de ad be ef | c1 02 | 'ab' | 00 02 'cd' | 00 00";
enum { ONE_OF_EACH = 17 };

START_TEST(integers_are_written_most_significant_byte_first)
{
  uint8_t data[ONE_OF_EACH];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  write_one_of_each(&w);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  ck_hex_eq(mw_slice(data, w.len), one_of_each);
}
END_TEST

START_TEST(without_memory_it_counts)
{
  struct mw_writer w;
  mw_writer_init_counting(&w);
  write_one_of_each(&w);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  ck_assert_uint_eq(w.len, ONE_OF_EACH);
}
END_TEST

START_TEST(memory_that_is_too_small_is_never_overrun)
{
  for (size_t cap = 0; cap < ONE_OF_EACH; cap++) {
    uint8_t data[ONE_OF_EACH + 1];
    memset(data, 0x55, sizeof data);
    struct mw_writer w;
    mw_writer_init(&w, data, cap);
    write_one_of_each(&w);
    ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
    ck_assert_uint_le(w.len, cap);
    for (size_t i = cap; i < sizeof data; i++) ck_assert_uint_eq(data[i], 0x55);
  }
}
END_TEST

START_TEST(the_first_failure_stays_and_ends_the_writing)
{
  uint8_t data[64];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_write_u8(&w, 1);
  mw_writer_fail(&w, MQTTWILL_ERR_VERSION);
  mw_writer_fail(&w, MQTTWILL_ERR_TOO_LONG);
  mw_write_u32(&w, 7);
  mw_write_bytes(&w, mw_slice_text("x"));
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_VERSION);
  ck_assert_uint_eq(w.len, 1);
}
END_TEST

START_TEST(binary_data_ends_at_65535_bytes)
{
  static const uint8_t zeroes[65536];
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_write_binary(&w, mw_slice(zeroes, 65535));
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  ck_assert_uint_eq(w.len, 65537);
  mw_write_binary(&w, mw_slice(zeroes, 65536));
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
  ck_assert_uint_eq(w.len, 65537);
}
END_TEST

START_TEST(variable_byte_integers_are_as_short_as_they_can_be)
{
  static const struct {
    uint32_t value;
    const char *bytes;
  } rows[] = {
      {0, "00"},           {127, "7f"},           {128, "80 01"},           {16383, "ff 7f"},
      {16384, "80 80 01"}, {2097151, "ff ff 7f"}, {2097152, "80 80 80 01"}, {268435455, "ff ff ff 7f"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint8_t data[4];
    struct mw_writer w;
    mw_writer_init(&w, data, sizeof data);
    mw_write_varint(&w, rows[i].value);
    ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
    ck_hex_eq(mw_slice(data, w.len), rows[i].bytes);
    ck_assert_uint_eq(mw_varint_size(rows[i].value), w.len);
  }
}
END_TEST

START_TEST(a_variable_byte_integer_above_the_maximum_is_too_long)
{
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_write_varint(&w, 268435456);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
  ck_assert_uint_eq(w.len, 0);
}
END_TEST

SUITE("wire/writer", integers_are_written_most_significant_byte_first, without_memory_it_counts,
      memory_that_is_too_small_is_never_overrun, the_first_failure_stays_and_ends_the_writing,
      binary_data_ends_at_65535_bytes, variable_byte_integers_are_as_short_as_they_can_be,
      a_variable_byte_integer_above_the_maximum_is_too_long)
