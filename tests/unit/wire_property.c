/* SPDX-License-Identifier: MIT
 * Properties on the wire (src/lib/wire/property.h): MQTT 5 section 2.2.2. The table below is table 2-4 of the
 * standard, written by hand: one row a property, never derived from the library's map. */
#include "support/suite.h"

#include "wire/property.h"
#include "wire/wire.h"

#include <mqttwill/status.h>

#include <stdio.h>

static const enum mw_place places[] = {MW_IN_CONNECT,    MW_IN_CONNACK, MW_IN_PUBLISH,     MW_IN_WILL,
                                       MW_IN_PUBACK,     MW_IN_PUBREC,  MW_IN_PUBREL,      MW_IN_PUBCOMP,
                                       MW_IN_SUBSCRIBE,  MW_IN_SUBACK,  MW_IN_UNSUBSCRIBE, MW_IN_UNSUBACK,
                                       MW_IN_DISCONNECT, MW_IN_AUTH};
/* The same places as letters, upper case for requests. */
static const char letters[] = "CAPWarlpSsUuDX";
enum { PLACES = sizeof places / sizeof places[0] };

static const struct row {
  uint8_t identifier;
  const char *name;
  const char *places;
  const char *value;  /* a legal one, behind the identifier */
  const char *others; /* values that are out of range, NULL: none; separated by ';' */
} table[] = {
    {0x01, "payload format indicator", "PW", "01", "02;ff"},
    {0x02, "message expiry interval", "PW", "ff ff ff ff", NULL},
    {0x03, "content type", "PW", "00 0a 'text/plain'", NULL},
    {0x08, "response topic", "PW", "00 03 'r/t'", "00 03 'r/+';00 01 '#';00 00"},
    {0x09, "correlation data", "PW", "00 03 00 ff 80", NULL},
    {0x0B, "subscription identifier", "PS", "ff ff ff 7f", "00"},
    {0x11, "session expiry interval", "CAD", "ff ff ff ff", NULL},
    {0x12, "assigned client identifier", "A", "00 02 'id'", NULL},
    {0x13, "server keep alive", "A", "00 00", NULL},
    {0x15, "authentication method", "CAX", "00 01 'm'", NULL},
    {0x16, "authentication data", "CAX", "00 01 ff", NULL},
    {0x17, "request problem information", "C", "00", "02;ff"},
    {0x18, "will delay interval", "W", "00 00 00 05", NULL},
    {0x19, "request response information", "C", "01", "02"},
    {0x1A, "response information", "A", "00 01 'r'", NULL},
    {0x1C, "server reference", "AD", "00 05 'a:123'", NULL},
    {0x1F, "reason string", "AarlpsuDX", "00 02 'no'", NULL},
    {0x21, "receive maximum", "CA", "00 01", "00 00"},
    {0x22, "topic alias maximum", "CA", "00 00", NULL},
    {0x23, "topic alias", "P", "ff ff", NULL},
    {0x24, "maximum QoS", "A", "01", "02"},
    {0x25, "retain available", "A", "00", "02"},
    {0x26, "user property", "CAPWarlpSsUuDX", "00 01 'k' 00 00", NULL},
    {0x27, "maximum packet size", "CA", "00 00 00 01", "00 00 00 00"},
    {0x28, "wildcard subscription available", "A", "00", "02"},
    {0x29, "subscription identifier available", "A", "01", "ff"},
    {0x2A, "shared subscription available", "A", "01", "02"},
};
enum { ROWS = sizeof table / sizeof table[0] };

static const struct row *row_of(unsigned identifier) {
  for (size_t i = 0; i < ROWS; i++)
    if (table[i].identifier == identifier) return &table[i];
  return NULL;
}

/* The bytes of one property, `times` over. */
static struct mw_slice property_bytes(unsigned identifier, const char *value, unsigned times) {
  char text[200];
  snprintf(text, sizeof text, "(%02x %s)*%u", identifier, value, times);
  return hex(text);
}

/* As a peer sends it: with its length in front, in a block of exactly that size. */
static int received(struct mw_slice list, enum mw_place place) {
  uint8_t data[512];
  struct mw_writer w;
  struct mw_reader r;
  mw_writer_init(&w, data, sizeof data);
  mw_write_properties(&w, list);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  mw_reader_init(&r, hex_copy(mw_slice(data, w.len)));
  struct mw_slice got = mw_read_properties(&r, place);
  int status = mw_reader_end(&r);
  if (status == MQTTWILL_OK) ck_bytes_eq(got, list);
  return status;
}

static bool stands_in(const struct row *row, size_t place) {
  return strchr(row->places, letters[place]) != NULL;
}

START_TEST(every_property_passes_in_its_places_and_nowhere_else)
{
  for (size_t i = 0; i < ROWS; i++)
    for (size_t p = 0; p < PLACES; p++) {
      struct mw_slice list = property_bytes(table[i].identifier, table[i].value, 1);
      bool is_legal = stands_in(&table[i], p);
      int got = received(list, places[p]), built = mw_properties_check(list, places[p]);
      ck_assert_msg(got == (is_legal ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL), "%s in %c: %d", table[i].name,
                    letters[p], got);
      ck_assert_msg(built == (is_legal ? MQTTWILL_OK : MQTTWILL_ERR_PROPERTY), "%s in %c: %d", table[i].name,
                    letters[p], built);
    }
}
END_TEST

START_TEST(no_other_identifier_exists)
{
  for (unsigned identifier = 0; identifier <= 255; identifier++) {
    const struct row *row = row_of(identifier);
    const char *name = mqttwill_property_name((int)identifier);
    enum mw_property_type type;
    unsigned allowed = 0, expected = 0;
    ck_assert(mw_property_row((uint8_t)identifier, &type, &allowed) == (row != NULL));
    if (row == NULL) {
      ck_assert_ptr_null(name);
      if (identifier >= 0x80) continue; /* the first byte of a longer identifier */
      struct mw_slice list = property_bytes(identifier, "00 00", 1);
      ck_assert_int_eq(received(list, MW_IN_PUBLISH), MQTTWILL_ERR_MALFORMED);
      ck_assert_int_eq(mw_properties_check(list, MW_IN_PUBLISH), MQTTWILL_ERR_PROPERTY);
      continue;
    }
    ck_assert_str_eq(name, row->name);
    for (size_t p = 0; p < PLACES; p++)
      if (stands_in(row, p)) expected |= places[p];
    ck_assert_uint_eq(allowed, expected);
  }
  ck_assert_ptr_null(mqttwill_property_name(-1));
  ck_assert_ptr_null(mqttwill_property_name(257));
  ck_assert_ptr_null(mqttwill_property_name(0x10001));
}
END_TEST

START_TEST(an_identifier_of_two_bytes_is_unknown_and_a_padded_one_malformed)
{
  ck_assert_int_eq(received(hex("81 01 00"), MW_IN_PUBLISH), MQTTWILL_ERR_MALFORMED);
  ck_assert_int_eq(received(hex("81 00 00"), MW_IN_PUBLISH), MQTTWILL_ERR_MALFORMED);
  ck_assert_int_eq(received(hex("a6 80 80 01"), MW_IN_PUBLISH), MQTTWILL_ERR_MALFORMED);
}
END_TEST

START_TEST(only_user_properties_and_a_publishs_subscription_identifiers_repeat)
{
  for (size_t i = 0; i < ROWS; i++)
    for (size_t p = 0; p < PLACES; p++) {
      if (!stands_in(&table[i], p)) continue;
      struct mw_slice list = property_bytes(table[i].identifier, table[i].value, 2);
      bool repeats = table[i].identifier == 0x26 || (table[i].identifier == 0x0B && letters[p] == 'P');
      ck_assert_int_eq(received(list, places[p]), repeats ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL);
      ck_assert_int_eq(mw_properties_check(list, places[p]),
                       repeats ? MQTTWILL_OK : MQTTWILL_ERR_PROPERTY_TWICE);
    }
}
END_TEST

START_TEST(a_repetition_is_found_behind_others)
{
  ck_assert_int_eq(received(hex("18 00 00 00 01 | 01 01 | 18 00 00 00 01"), MW_IN_WILL),
                   MQTTWILL_ERR_PROTOCOL);
}
END_TEST

START_TEST(values_out_of_range_are_refused)
{
  for (size_t i = 0; i < ROWS; i++) {
    char others[64];
    snprintf(others, sizeof others, "%s", table[i].others != NULL ? table[i].others : "");
    size_t place = (size_t)(strchr(letters, table[i].places[0]) - letters);
    for (char *value = strtok(others, ";"); value != NULL; value = strtok(NULL, ";")) {
      struct mw_slice list = property_bytes(table[i].identifier, value, 1);
      ck_assert_int_eq(received(list, places[place]), MQTTWILL_ERR_PROTOCOL);
      ck_assert_int_eq(mw_properties_check(list, places[place]), table[i].identifier == 0x08
                                                                     ? MQTTWILL_ERR_RESPONSE_TOPIC
                                                                     : MQTTWILL_ERR_PROPERTY_VALUE);
    }
  }
}
END_TEST

START_TEST(topic_alias_0_has_a_status_of_its_own)
{
  ck_assert_int_eq(received(hex("23 00 00"), MW_IN_PUBLISH), MQTTWILL_ERR_TOPIC_ALIAS);
  ck_assert_int_eq(mw_properties_check(hex("23 00 00"), MW_IN_PUBLISH), MQTTWILL_ERR_PROPERTY_VALUE);
}
END_TEST

START_TEST(a_value_cut_short_is_malformed)
{
  for (size_t i = 0; i < ROWS; i++) {
    struct mw_slice whole = property_bytes(table[i].identifier, table[i].value, 1);
    size_t place = (size_t)(strchr(letters, table[i].places[0]) - letters);
    for (size_t len = 1; len < whole.len; len++) {
      struct mw_slice cut = hex_copy(mw_slice(whole.data, len));
      ck_assert_int_eq(received(cut, places[place]), MQTTWILL_ERR_MALFORMED);
      ck_assert_int_eq(mw_properties_check(cut, places[place]), MQTTWILL_ERR_PROPERTY);
      struct mw_property property;
      ck_assert(!mw_property_next(&cut, &property));
    }
  }
}
END_TEST

START_TEST(strings_are_well_formed_and_data_is_anything)
{
  static const char *const bad[] = {"00 01 00", "00 02 c0 80", "00 03 ed a0 80", "00 01 ff"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char text[64];
    struct mw_slice list = property_bytes(0x03, bad[i], 1);
    ck_assert_int_eq(received(list, MW_IN_WILL), MQTTWILL_ERR_MALFORMED);
    ck_assert_int_eq(mw_properties_check(list, MW_IN_WILL), MQTTWILL_ERR_UTF8);
    list = property_bytes(0x08, bad[i], 1);
    ck_assert_int_eq(received(list, MW_IN_WILL), MQTTWILL_ERR_MALFORMED);
    snprintf(text, sizeof text, "%s 00 00", bad[i]); /* both halves of a pair, [MQTT-1.5.7-1] */
    ck_assert_int_eq(received(property_bytes(0x26, text, 1), MW_IN_WILL), MQTTWILL_ERR_MALFORMED);
    snprintf(text, sizeof text, "00 00 %s", bad[i]);
    list = property_bytes(0x26, text, 1);
    ck_assert_int_eq(received(list, MW_IN_WILL), MQTTWILL_ERR_MALFORMED);
    ck_assert_int_eq(mw_properties_check(list, MW_IN_WILL), MQTTWILL_ERR_UTF8);
    ck_assert_int_eq(received(property_bytes(0x09, bad[i], 1), MW_IN_WILL), MQTTWILL_OK);
  }
}
END_TEST

START_TEST(the_length_in_front_is_checked)
{
  static const char *const bad[] = {"", "80", "80 00", "03 01 01", "01 01", "ff ff ff ff 7f"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct mw_reader r;
    mw_reader_init(&r, hex(bad[i]));
    ck_assert_uint_eq(mw_read_properties(&r, MW_IN_PUBLISH).len, 0);
    ck_assert_int_eq(mw_reader_end(&r), MQTTWILL_ERR_MALFORMED);
  }
  struct mw_reader r;
  mw_reader_init(&r, hex("02 01 01 | 'rest'"));
  ck_hex_eq(mw_read_properties(&r, MW_IN_PUBLISH), "01 01");
  ck_hex_eq(mw_read_rest(&r), "'rest'");
}
END_TEST

START_TEST(every_property_is_read_and_written_alike)
{
  for (size_t i = 0; i < ROWS; i++) {
    struct mw_slice whole = property_bytes(table[i].identifier, table[i].value, 1), rest = whole;
    struct mw_property property;
    ck_assert(mw_property_next(&rest, &property));
    ck_assert_uint_eq(property.identifier, table[i].identifier);
    ck_assert_uint_eq(rest.len, 0);
    ck_assert_int_eq(mw_property_check(&property), MQTTWILL_OK);
    uint8_t data[64];
    struct mw_writer w;
    mw_writer_init(&w, data, sizeof data);
    mw_write_property(&w, &property);
    ck_bytes_eq(mw_slice(data, w.len), whole);
  }
}
END_TEST

static const char several[] =
    "11 00 00 00 1e | 26 00 01 'a' 00 01 '1' | 0b 05 | 26 00 01 'b' 00 01 '2' | 0b ff 7f"
    "| 09 00 00 | 01 01 | 21 ff fe";

START_TEST(properties_are_found_by_identifier_and_index)
{
  struct mw_slice list = hex(several);
  struct mw_property p;
  ck_assert(mw_property_find(list, 0x26, 1, &p));
  ck_hex_eq(p.bytes, "'b'");
  ck_hex_eq(p.value, "'2'");
  ck_assert(!mw_property_find(list, 0x26, 2, &p));
  ck_assert(mw_property_find(list, 0x0B, 1, &p));
  ck_assert_uint_eq(p.number, 16383);
  ck_assert_uint_eq(mw_property_number(list, 0x11, 7), 30);
  ck_assert_uint_eq(mw_property_number(list, 0x01, 7), 1);
  ck_assert_uint_eq(mw_property_number(list, 0x21, 7), 65534);
  ck_assert_uint_eq(mw_property_number(list, 0x27, 7), 7);
  ck_assert_ptr_null(mw_property_bytes(list, 0x03).data);
  ck_assert_ptr_nonnull(mw_property_bytes(list, 0x09).data); /* there, though empty */
  ck_assert_uint_eq(mw_property_bytes(list, 0x09).len, 0);
}
END_TEST

START_TEST(numbers_and_bytes_are_written_by_identifier)
{
  uint8_t data[64];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_write_property_number(&w, 0x01, 1);
  mw_write_property_number(&w, 0x21, 0x1234);
  mw_write_property_number(&w, 0x18, 5);
  mw_write_property_number(&w, 0x0B, 128);
  mw_write_property_bytes(&w, 0x03, mw_slice_text("x"));
  mw_write_property_bytes(&w, 0x09, mw_slice(NULL, 0));
  ck_hex_eq(mw_slice(data, w.len), "01 01 | 21 12 34 | 18 00 00 00 05 | 0b 80 01 | 03 00 01 'x' | 09 00 00");
}
END_TEST

START_TEST(an_unknown_identifier_can_be_written_for_peers_to_refuse)
{
  uint8_t data[64];
  struct mw_writer w;
  mw_writer_init(&w, data, sizeof data);
  mw_write_property_number(&w, 0x7F, 1);
  mw_write_property_bytes(&w, 0x7E, mw_slice_text("x"));
  ck_hex_eq(mw_slice(data, w.len), "7f 00 00 00 01 | 7e 00 01 'x'");
}
END_TEST

START_TEST(a_list_longer_than_any_packet_cannot_be_written)
{
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_write_properties(&w, mw_slice(NULL, (size_t)MW_MAX_REMAINING + 1));
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_ERR_TOO_LONG);
}
END_TEST

START_TEST(a_property_of_another_type_is_none)
{
  struct mw_property p = {.identifier = 0x18, .type = MW_PROPERTY_TWO_BYTE, .number = 5};
  ck_assert_int_eq(mw_property_check(&p), MQTTWILL_ERR_PROPERTY);
  p = (struct mw_property){.identifier = 0x7F, .type = MW_PROPERTY_BYTE};
  ck_assert_int_eq(mw_property_check(&p), MQTTWILL_ERR_PROPERTY);
}
END_TEST

SUITE("wire/property", every_property_passes_in_its_places_and_nowhere_else, no_other_identifier_exists,
      an_identifier_of_two_bytes_is_unknown_and_a_padded_one_malformed,
      only_user_properties_and_a_publishs_subscription_identifiers_repeat,
      a_repetition_is_found_behind_others, values_out_of_range_are_refused,
      topic_alias_0_has_a_status_of_its_own, a_value_cut_short_is_malformed,
      strings_are_well_formed_and_data_is_anything, the_length_in_front_is_checked,
      every_property_is_read_and_written_alike, properties_are_found_by_identifier_and_index,
      numbers_and_bytes_are_written_by_identifier, an_unknown_identifier_can_be_written_for_peers_to_refuse,
      a_list_longer_than_any_packet_cannot_be_written, a_property_of_another_type_is_none)
