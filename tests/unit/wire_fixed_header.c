/* SPDX-License-Identifier: MIT
 * The fixed header (src/lib/wire/fixed_header.h): MQTT 5 section 2.1, table 2-2 by hand. */
#include "support/suite.h"

#include "wire/fixed_header.h"

static int decode(uint8_t version, const char *text, struct mw_fixed_header *header) {
  return mw_fixed_header_decode(header, version, hex(text));
}

static void ck_header(uint8_t version, const char *text, int status) {
  struct mw_fixed_header header;
  int got = decode(version, text, &header);
  ck_assert_msg(got == status, "version %u, %s: %d, not %d", version, text, got, status);
}

START_TEST(type_flags_and_length_are_told_apart)
{
  struct mw_fixed_header header;
  ck_assert_int_eq(decode(5, "3d 80 01 'and more'", &header), MQTTWILL_OK);
  ck_assert_int_eq(header.type, MW_PUBLISH);
  ck_assert_uint_eq(header.flags, 0x0D);
  ck_assert_uint_eq(header.size, 3);
  ck_assert_uint_eq(header.remaining, 128);
}
END_TEST

START_TEST(lengths_of_one_to_four_bytes_are_read)
{
  static const struct {
    const char *bytes;
    unsigned size;
    uint32_t remaining;
  } rows[] = {{"30 00", 2, 0},
              {"30 7f", 2, 127},
              {"30 80 01", 3, 128},
              {"30 ff 7f", 3, 16383},
              {"30 80 80 01", 4, 16384},
              {"30 ff ff 7f", 4, 2097151},
              {"30 80 80 80 01", 5, 2097152},
              {"30 ff ff ff 7f", 5, 268435455}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct mw_fixed_header header;
    ck_assert_int_eq(decode(4, rows[i].bytes, &header), MQTTWILL_OK);
    ck_assert_uint_eq(header.size, rows[i].size);
    ck_assert_uint_eq(header.remaining, rows[i].remaining);

    uint8_t data[5];
    struct mw_writer w;
    mw_writer_init(&w, data, sizeof data);
    mw_write_fixed_header(&w, MW_PUBLISH, 0, rows[i].remaining);
    ck_hex_eq(mw_slice(data, w.len), rows[i].bytes);
  }
}
END_TEST

START_TEST(a_header_cut_short_asks_for_more)
{
  static const char *const cut[] = {"", "30", "30 80", "30 ff ff", "30 80 80 80"};
  for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) ck_header(5, cut[i], 1);
}
END_TEST

START_TEST(a_length_of_five_bytes_or_not_minimal_is_malformed)
{
  static const char *const bad[] = {"30 80 80 80 80", "30 ff ff ff ff 7f", "30 80 00", "30 80 80 00",
                                    "30 ff 80 80 00"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) ck_header(4, bad[i], MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(what_is_wrong_with_the_first_byte_is_told_at_once)
{
  ck_header(5, "00", MQTTWILL_ERR_MALFORMED);
  ck_header(5, "36", MQTTWILL_ERR_MALFORMED);
  ck_header(5, "81", MQTTWILL_ERR_MALFORMED);
  ck_header(4, "f0", MQTTWILL_ERR_MALFORMED);
  ck_header(0, "30", MQTTWILL_ERR_MALFORMED);
}
END_TEST

/* Table 2-2: the flags of each type, PUBLISH aside. */
static const uint8_t prescribed[16] = {[6] = 2, [8] = 2, [10] = 2};

START_TEST(each_type_has_its_prescribed_flags)
{
  for (unsigned type = 1; type < 16; type++) {
    if (type == MW_PUBLISH) continue;
    ck_assert_uint_eq(mw_fixed_flags((enum mw_packet_type)type), prescribed[type]);
    for (unsigned flags = 0; flags < 16; flags++) {
      uint8_t bytes[] = {(uint8_t)(type << 4 | flags), 0};
      struct mw_fixed_header header;
      bool is_good = flags == prescribed[type];
      int status = mw_fixed_header_decode(&header, 5, mw_slice(bytes, 2));
      ck_assert_int_eq(status, is_good ? MQTTWILL_OK : MQTTWILL_ERR_MALFORMED);
      status = mw_fixed_header_decode(&header, 4, mw_slice(bytes, 2));
      ck_assert_int_eq(status, is_good && type != 15 ? MQTTWILL_OK : MQTTWILL_ERR_MALFORMED);
    }
  }
}
END_TEST

START_TEST(mqtt_3_1_ignores_the_bits_it_does_not_define)
{
  ck_header(3, "14 00", MQTTWILL_OK); /* CONNECT */
  ck_header(3, "cf 00", MQTTWILL_OK); /* PINGREQ */
  ck_header(3, "4f 00", MQTTWILL_OK); /* PUBACK */
  ck_header(3, "8a 00", MQTTWILL_OK); /* SUBSCRIBE, UNSUBSCRIBE, PUBREL sent again */
  ck_header(3, "aa 00", MQTTWILL_OK);
  ck_header(3, "6a 00", MQTTWILL_OK);
  ck_header(3, "83 00", MQTTWILL_OK);            /* RETAIN means nothing there */
  ck_header(3, "80 00", MQTTWILL_ERR_MALFORMED); /* but QoS 1 does */
  ck_header(3, "84 00", MQTTWILL_ERR_MALFORMED);
  ck_header(3, "66 00", MQTTWILL_ERR_MALFORMED);
  ck_header(3, "f0 00", MQTTWILL_ERR_MALFORMED); /* AUTH */
  ck_header(3, "00 00", MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(a_publish_has_any_flags_but_qos_3)
{
  for (uint8_t version = 3; version <= 5; version++)
    for (unsigned flags = 0; flags < 16; flags++) {
      uint8_t bytes[] = {(uint8_t)(0x30 | flags), 0};
      struct mw_fixed_header header;
      int expected = (flags & 6) == 6 ? MQTTWILL_ERR_MALFORMED : MQTTWILL_OK; /* [MQTT-3.3.1-4] */
      ck_assert_int_eq(mw_fixed_header_decode(&header, version, mw_slice(bytes, 2)), expected);
    }
}
END_TEST

START_TEST(before_connect_only_connect_passes_with_any_flags)
{
  for (unsigned first = 0; first < 256; first++) {
    uint8_t bytes[] = {(uint8_t)first, 0};
    struct mw_fixed_header header;
    int expected = first >> 4 == 1 ? MQTTWILL_OK : MQTTWILL_ERR_MALFORMED;
    ck_assert_int_eq(mw_fixed_header_decode(&header, 0, mw_slice(bytes, 2)), expected);
  }
}
END_TEST

START_TEST(a_remaining_length_above_the_maximum_cannot_be_written)
{
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_write_fixed_header(&w, MW_PUBLISH, 0, (size_t)MW_MAX_REMAINING + 1);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
}
END_TEST

static void ck_packet_of(size_t body_len, size_t header_len) {
  static uint8_t body[2097152], data[2097152 + 6];
  memset(body, 'b', sizeof body);
  struct mw_writer w;
  mw_writer_init(&w, data, body_len + header_len + 1);
  mw_write_u8(&w, 0xEE); /* a packet need not be the first thing in its memory */
  size_t start = mw_packet_begin(&w, MW_PUBREL, 2);
  mw_write_bytes(&w, mw_slice(body, body_len));
  mw_packet_end(&w, start);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  ck_assert_uint_eq(w.len, 1 + header_len + body_len);
  struct mw_fixed_header header;
  ck_assert_int_eq(mw_fixed_header_decode(&header, 5, mw_slice(data + 1, w.len - 1)), MQTTWILL_OK);
  ck_assert_uint_eq(header.size, header_len);
  ck_assert_uint_eq(header.remaining, body_len);
  ck_assert_int_eq(data[0], 0xEE);
  ck_assert(memcmp(data + 1 + header_len, body, body_len) == 0);

  mw_writer_init(&w, data, body_len + header_len - 1); /* one byte less than it takes */
  start = mw_packet_begin(&w, MW_PUBREL, 2);
  mw_write_bytes(&w, mw_slice(body, body_len));
  mw_packet_end(&w, start);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
}

START_TEST(the_length_of_a_packet_is_filled_in_at_its_end)
{
  ck_packet_of(0, 2);
  ck_packet_of(127, 2);
  ck_packet_of(128, 3);
  ck_packet_of(16383, 3);
  ck_packet_of(16384, 4);
  ck_packet_of(2097151, 4);
  ck_packet_of(2097152, 5);
}
END_TEST

START_TEST(a_packet_above_the_maximum_is_too_long_at_its_end)
{
  static const uint8_t chunk[65536];
  struct mw_writer w;
  mw_writer_init_counting(&w);
  size_t start = mw_packet_begin(&w, MW_SUBACK, 0);
  for (size_t i = 0; i < 4095; i++) mw_write_bytes(&w, mw_slice(chunk, sizeof chunk));
  mw_write_bytes(&w, mw_slice(chunk, 65535));
  struct mw_writer longest = w;
  mw_packet_end(&longest, start);
  ck_assert_int_eq(mw_writer_status(&longest), MQTTWILL_OK);
  ck_assert_uint_eq(longest.len, (size_t)MW_MAX_PACKET);
  mw_write_u8(&w, 0);
  mw_packet_end(&w, start);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
}
END_TEST

SUITE("wire/fixed_header", type_flags_and_length_are_told_apart, lengths_of_one_to_four_bytes_are_read,
      a_header_cut_short_asks_for_more, a_length_of_five_bytes_or_not_minimal_is_malformed,
      what_is_wrong_with_the_first_byte_is_told_at_once, each_type_has_its_prescribed_flags,
      mqtt_3_1_ignores_the_bits_it_does_not_define, a_publish_has_any_flags_but_qos_3,
      before_connect_only_connect_passes_with_any_flags,
      a_remaining_length_above_the_maximum_cannot_be_written, the_length_of_a_packet_is_filled_in_at_its_end,
      a_packet_above_the_maximum_is_too_long_at_its_end)
