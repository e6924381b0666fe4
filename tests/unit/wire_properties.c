/* SPDX-License-Identifier: MIT
 * Lists of properties that programs build (src/lib/wire/properties.c, include/mqttwill/property.h). */
#include "support/suite.h"

#include "wire/property.h"

#include <mqttwill/status.h>

static mqttwill_properties *new_list(void) {
  mqttwill_properties *list = mqttwill_properties_new();
  ck_assert_ptr_nonnull(list);
  return list;
}

START_TEST(what_is_added_is_the_wire_format_in_order)
{
  mqttwill_properties *p = new_list();
  ck_assert_int_eq(mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 5), MQTTWILL_OK);
  ck_assert_int_eq(mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 1),
                   MQTTWILL_OK);
  ck_assert_int_eq(mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, 256), MQTTWILL_OK);
  ck_assert_int_eq(mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 128),
                   MQTTWILL_OK);
  ck_assert_int_eq(mqttwill_properties_add_string(p, MQTTWILL_PROPERTY_CONTENT_TYPE, "text/plain"),
                   MQTTWILL_OK);
  ck_assert_int_eq(mqttwill_properties_add_bytes(p, MQTTWILL_PROPERTY_CORRELATION_DATA, "\0\377", 2),
                   MQTTWILL_OK);
  ck_assert_int_eq(mqttwill_properties_add_user(p, "site", "hub"), MQTTWILL_OK);
  ck_hex_eq(p->encoded,
            "18 00 00 00 05 | 01 01 | 21 01 00 | 0b 80 01 | 03 00 0a 'text/plain' | 09 00 02 00 ff"
            "| 26 00 04 'site' 00 03 'hub'");
  mqttwill_properties_free(p);
}
END_TEST

START_TEST(what_was_added_is_found_again)
{
  mqttwill_properties *p = new_list();
  mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 1);
  mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 268435455);
  mqttwill_properties_add_bytes(p, MQTTWILL_PROPERTY_CORRELATION_DATA, NULL, 0);
  mqttwill_properties_add_user(p, "k", "v1");
  mqttwill_properties_add_user(p, "k", "");

  uint32_t number = 7;
  ck_assert(mqttwill_properties_number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 0, &number));
  ck_assert_uint_eq(number, 1);
  ck_assert(mqttwill_properties_number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 1, &number));
  ck_assert_uint_eq(number, 268435455);
  ck_assert(!mqttwill_properties_number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 2, &number));
  ck_assert_uint_eq(number, 268435455); /* unchanged */

  const void *data = NULL;
  size_t length = 9, name_length, value_length;
  ck_assert(mqttwill_properties_bytes(p, MQTTWILL_PROPERTY_CORRELATION_DATA, &data, &length));
  ck_assert_uint_eq(length, 0);
  ck_assert_ptr_nonnull(data);
  ck_assert(!mqttwill_properties_bytes(p, MQTTWILL_PROPERTY_CONTENT_TYPE, &data, &length));

  const char *name, *value;
  ck_assert(mqttwill_properties_user(p, 0, &name, &name_length, &value, &value_length));
  ck_hex_eq(mw_slice(name, name_length), "'k'");
  ck_hex_eq(mw_slice(value, value_length), "'v1'");
  ck_assert(mqttwill_properties_user(p, 1, &name, &name_length, &value, &value_length));
  ck_assert_uint_eq(value_length, 0);
  ck_assert(!mqttwill_properties_user(p, 2, &name, &name_length, &value, &value_length));
  mqttwill_properties_free(p);
}
END_TEST

START_TEST(asking_for_the_wrong_type_finds_nothing)
{
  mqttwill_properties *p = new_list();
  mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_TOPIC_ALIAS, 1);
  mqttwill_properties_add_string(p, MQTTWILL_PROPERTY_CONTENT_TYPE, "x");
  mqttwill_properties_add_user(p, "k", "v");
  uint32_t number;
  const void *data;
  size_t length;
  ck_assert(!mqttwill_properties_number(p, MQTTWILL_PROPERTY_CONTENT_TYPE, 0, &number));
  ck_assert(!mqttwill_properties_number(p, MQTTWILL_PROPERTY_USER_PROPERTY, 0, &number));
  ck_assert(!mqttwill_properties_bytes(p, MQTTWILL_PROPERTY_TOPIC_ALIAS, &data, &length));
  ck_assert(!mqttwill_properties_bytes(p, MQTTWILL_PROPERTY_USER_PROPERTY, &data, &length));
  ck_assert(!mqttwill_properties_number(p, (mqttwill_property)(0x100 + 0x23), 0, &number));
  mqttwill_properties_free(p);
}
END_TEST

START_TEST(what_is_wrong_is_named_and_leaves_the_list_unchanged)
{
  struct mw_slice too_long = hex("61*65536");
  mqttwill_properties *p = new_list();
  ck_assert_int_eq(mqttwill_properties_add_number(p, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 5), MQTTWILL_OK);
#define REFUSED(call, status) ck_assert_int_eq(mqttwill_properties_add_##call, MQTTWILL_ERR_##status)
  REFUSED(number(p, (mqttwill_property)0x7F, 1), PROPERTY);
  REFUSED(number(p, (mqttwill_property)(0x100 + 0x23), 1), PROPERTY);
  REFUSED(number(p, (mqttwill_property)-1, 1), PROPERTY);
  REFUSED(number(p, MQTTWILL_PROPERTY_CONTENT_TYPE, 1), PROPERTY);
  REFUSED(number(p, MQTTWILL_PROPERTY_USER_PROPERTY, 1), PROPERTY);
  REFUSED(bytes(p, MQTTWILL_PROPERTY_TOPIC_ALIAS, "1", 1), PROPERTY);
  REFUSED(bytes(p, MQTTWILL_PROPERTY_USER_PROPERTY, "1", 1), PROPERTY);
  REFUSED(string(p, (mqttwill_property)0, "x"), PROPERTY);
  REFUSED(number(p, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 2), PROPERTY_VALUE);
  REFUSED(number(p, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 256), PROPERTY_VALUE);
  REFUSED(number(p, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, 0), PROPERTY_VALUE);
  REFUSED(number(p, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, 65536), PROPERTY_VALUE);
  REFUSED(number(p, MQTTWILL_PROPERTY_TOPIC_ALIAS, 0), PROPERTY_VALUE);
  REFUSED(number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 0), PROPERTY_VALUE);
  REFUSED(number(p, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 268435456), PROPERTY_VALUE);
  REFUSED(number(p, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 6), PROPERTY_TWICE);
  REFUSED(bytes(p, MQTTWILL_PROPERTY_CORRELATION_DATA, too_long.data, too_long.len), TOO_LONG);
  REFUSED(bytes(p, MQTTWILL_PROPERTY_CONTENT_TYPE, too_long.data, too_long.len), TOO_LONG);
  REFUSED(string(p, MQTTWILL_PROPERTY_CONTENT_TYPE, "\377"), UTF8);
  REFUSED(bytes(p, MQTTWILL_PROPERTY_CONTENT_TYPE, "a\0b", 3), UTF8);
  REFUSED(user(p, "\300\200", "v"), UTF8);
  REFUSED(user(p, "k", "\355\240\200"), UTF8);
  REFUSED(string(p, MQTTWILL_PROPERTY_RESPONSE_TOPIC, "a/#"), RESPONSE_TOPIC);
  REFUSED(string(p, MQTTWILL_PROPERTY_RESPONSE_TOPIC, ""), RESPONSE_TOPIC);
  REFUSED(number(NULL, MQTTWILL_PROPERTY_TOPIC_ALIAS, 1), ARGUMENT);
  REFUSED(bytes(NULL, MQTTWILL_PROPERTY_CONTENT_TYPE, "x", 1), ARGUMENT);
  REFUSED(bytes(p, MQTTWILL_PROPERTY_CONTENT_TYPE, NULL, 1), ARGUMENT);
  REFUSED(string(p, MQTTWILL_PROPERTY_CONTENT_TYPE, NULL), ARGUMENT);
  REFUSED(user(NULL, "k", "v"), ARGUMENT);
  REFUSED(user(p, NULL, "v"), ARGUMENT);
  REFUSED(user(p, "k", NULL), ARGUMENT);
#undef REFUSED
  ck_hex_eq(p->encoded, "18 00 00 00 05");
  mqttwill_properties_free(p);
}
END_TEST

START_TEST(no_list_holds_nothing_and_is_freed_in_peace)
{
  uint32_t number;
  mqttwill_properties_free(NULL);
  ck_assert(!mqttwill_properties_number(NULL, MQTTWILL_PROPERTY_TOPIC_ALIAS, 0, &number));
}
END_TEST

START_TEST(strings_of_65535_bytes_fit)
{
  struct mw_slice longest = hex("61*65535");
  mqttwill_properties *p = new_list();
  ck_assert_int_eq(
      mqttwill_properties_add_bytes(p, MQTTWILL_PROPERTY_CONTENT_TYPE, longest.data, longest.len),
      MQTTWILL_OK);
  ck_assert_uint_eq(p->encoded.len, 65538);
  mqttwill_properties_free(p);
}
END_TEST

START_TEST(out_of_memory_is_told_and_leaves_the_list_unchanged)
{
  failmalloc_at(1);
  ck_assert_ptr_null(mqttwill_properties_new());
  mqttwill_properties *p = new_list();
  failmalloc_at(1);
  ck_assert_int_eq(mqttwill_properties_add_user(p, "k", "v"), MQTTWILL_ERR_MEMORY);
  ck_assert_uint_eq(p->encoded.len, 0);
  ck_assert_int_eq(mqttwill_properties_add_user(p, "k", "v"), MQTTWILL_OK);
  struct mw_slice longest = hex("61*65535");
  failmalloc_at(1);
  ck_assert_int_eq(
      mqttwill_properties_add_bytes(p, MQTTWILL_PROPERTY_CONTENT_TYPE, longest.data, longest.len),
      MQTTWILL_ERR_MEMORY);
  ck_hex_eq(p->encoded, "26 00 01 'k' 00 01 'v'");
  mqttwill_properties_free(p);
}
END_TEST

START_TEST(a_value_may_be_borrowed_from_the_very_list)
{
  mqttwill_properties *p = new_list();
  mqttwill_properties_add_string(p, MQTTWILL_PROPERTY_CONTENT_TYPE,
                                 "forty characters, so that it must grow..");
  const void *data;
  size_t length;
  for (int i = 0; i < 2; i++) {
    mqttwill_property target =
        i == 0 ? MQTTWILL_PROPERTY_CORRELATION_DATA : MQTTWILL_PROPERTY_AUTHENTICATION_DATA;
    ck_assert(mqttwill_properties_bytes(p, MQTTWILL_PROPERTY_CONTENT_TYPE, &data, &length));
    ck_assert_int_eq(mqttwill_properties_add_bytes(p, target, data, length), MQTTWILL_OK);
    ck_assert(mqttwill_properties_bytes(p, target, &data, &length));
    ck_bytes_eq(mw_slice(data, length), mw_slice_text("forty characters, so that it must grow.."));
  }
  mqttwill_properties_free(p);
}
END_TEST

static int put_number(struct mw_buffer *list, uint8_t identifier, uint32_t number, bool replace) {
  struct mw_property property = {.identifier = identifier, .number = number};
  unsigned places;
  ck_assert(mw_property_row(identifier, &property.type, &places));
  return mw_properties_put(list, &property, replace);
}

START_TEST(replacing_takes_the_place_of_the_earlier_value_alone)
{
  struct mw_buffer list = {0};
  ck_assert_int_eq(put_number(&list, 0x02, 60, true), MQTTWILL_OK);
  ck_assert_int_eq(put_number(&list, 0x18, 5, true), MQTTWILL_OK);
  ck_assert_int_eq(put_number(&list, 0x01, 1, true), MQTTWILL_OK);
  ck_assert_int_eq(put_number(&list, 0x18, 6, false), MQTTWILL_ERR_PROPERTY_TWICE);
  ck_hex_eq(mw_buffer_view(&list), "02 00 00 00 3c | 18 00 00 00 05 | 01 01");
  ck_assert_int_eq(put_number(&list, 0x18, 7, true), MQTTWILL_OK);
  ck_hex_eq(mw_buffer_view(&list), "02 00 00 00 3c | 01 01 | 18 00 00 00 07");
  ck_assert_int_eq(put_number(&list, 0x02, 61, true), MQTTWILL_OK);
  ck_hex_eq(mw_buffer_view(&list), "01 01 | 18 00 00 00 07 | 02 00 00 00 3d");
  mw_buffer_fini(&list);
}
END_TEST

START_TEST(replacing_never_replaces_what_adds_up)
{
  struct mw_buffer list = {0};
  struct mw_property user = {
      .identifier = 0x26, .type = MW_PROPERTY_PAIR, .bytes = mw_slice_text("k"), .value = mw_slice_text("v")};
  ck_assert_int_eq(mw_properties_put(&list, &user, true), MQTTWILL_OK);
  ck_assert_int_eq(mw_properties_put(&list, &user, true), MQTTWILL_OK);
  ck_assert_int_eq(put_number(&list, 0x0B, 1, true), MQTTWILL_OK);
  ck_assert_int_eq(put_number(&list, 0x0B, 1, false), MQTTWILL_OK);
  ck_hex_eq(mw_buffer_view(&list), "(26 00 01 'k' 00 01 'v')*2 | 0b 01 | 0b 01");
  mw_buffer_fini(&list);
}
END_TEST

START_TEST(replacing_with_a_longer_value_survives_the_lack_of_memory)
{
  struct mw_slice text = hex("61*100");
  struct mw_buffer list = {0};
  struct mw_property type = {.identifier = 0x03, .type = MW_PROPERTY_STRING, .bytes = mw_slice_text("x")};
  ck_assert_int_eq(mw_properties_put(&list, &type, true), MQTTWILL_OK);
  type.bytes = text;
  failmalloc_at(1);
  ck_assert_int_eq(mw_properties_put(&list, &type, true), MQTTWILL_ERR_MEMORY);
  ck_hex_eq(mw_buffer_view(&list), "03 00 01 'x'");
  ck_assert_int_eq(mw_properties_put(&list, &type, true), MQTTWILL_OK);
  ck_hex_eq(mw_buffer_view(&list), "03 00 64 61*100");
  mw_buffer_fini(&list);
}
END_TEST

START_TEST(removing_takes_all_of_one_identifier_and_keeps_the_order)
{
  struct mw_buffer list = {0};
  struct mw_slice several =
      hex("26 00 01 'a' 00 00 | 18 00 00 00 05 | 26 00 01 'b' 00 00 | 01 01 | 26 00 00 00 00");
  ck_assert_int_eq(mw_buffer_append(&list, several.data, several.len), MQTTWILL_OK);
  ck_assert(!mw_properties_remove(&list, 0x02));
  ck_bytes_eq(mw_buffer_view(&list), several);
  ck_assert(mw_properties_remove(&list, 0x26));
  ck_hex_eq(mw_buffer_view(&list), "18 00 00 00 05 | 01 01");
  ck_assert(mw_properties_remove(&list, 0x18));
  ck_assert(mw_properties_remove(&list, 0x01));
  ck_assert(!mw_properties_remove(&list, 0x01));
  ck_assert_uint_eq(mw_buffer_len(&list), 0);
  mw_buffer_fini(&list);
  ck_assert(!mw_properties_remove(&list, 0x01));
}
END_TEST

START_TEST(no_list_grows_beyond_what_a_packet_can_hold)
{
  uint8_t byte = 0; /* lengths alone are looked at */
  struct mw_buffer list = {.data = &byte, .end = 268435455, .cap = 268435455};
  struct mw_property user = {.identifier = 0x26, .type = MW_PROPERTY_PAIR};
  ck_assert_int_eq(mw_properties_put(&list, &user, false), MQTTWILL_ERR_TOO_LONG);
}
END_TEST

START_TEST(tens_of_thousands_of_user_properties_add_up)
{
  mqttwill_properties *p = new_list();
  for (int i = 0; i < 50000; i++)
    ck_assert_int_eq(mqttwill_properties_add_user(p, "name", "value"), MQTTWILL_OK);
  ck_assert_uint_eq(p->encoded.len, 50000u * 14);
  ck_assert_int_eq(mw_properties_check(p->encoded, MW_IN_WILL), MQTTWILL_OK);
  mqttwill_properties_free(p);
}
END_TEST

SUITE("wire/properties", what_is_added_is_the_wire_format_in_order, what_was_added_is_found_again,
      asking_for_the_wrong_type_finds_nothing, what_is_wrong_is_named_and_leaves_the_list_unchanged,
      no_list_holds_nothing_and_is_freed_in_peace, strings_of_65535_bytes_fit,
      out_of_memory_is_told_and_leaves_the_list_unchanged, a_value_may_be_borrowed_from_the_very_list,
      replacing_takes_the_place_of_the_earlier_value_alone, replacing_never_replaces_what_adds_up,
      replacing_with_a_longer_value_survives_the_lack_of_memory,
      removing_takes_all_of_one_identifier_and_keeps_the_order, no_list_grows_beyond_what_a_packet_can_hold,
      tens_of_thousands_of_user_properties_add_up)
