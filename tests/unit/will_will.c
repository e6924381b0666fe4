/* SPDX-License-Identifier: MIT
 * The owned will (src/lib/will/will.c): what is set stays, whatever happens to the bytes it was set from and
 * whatever fails on the way to the next one. */
#include "base/alloc.h"
#include "will/will.h"
#include "wire/property.h"

#include <mqttwill/status.h>

#include <check.h>
#include <stdlib.h>

#define TEXT(literal) mw_slice(literal, sizeof literal - 1)

/* ---- an allocator that fails when told and counts what is out ---- */

static long fails_after; /* so many more succeed; negative: all do */
static long blocks_out;

static void *counted_malloc(size_t size) {
  if (fails_after == 0) return NULL;
  if (fails_after > 0) fails_after--;
  void *block = malloc(size);
  if (block != NULL) blocks_out++;
  return block;
}

static void *counted_realloc(void *block, size_t size) {
  if (fails_after == 0) return NULL;
  if (fails_after > 0) fails_after--;
  void *moved = realloc(block, size);
  if (block == NULL && moved != NULL) blocks_out++;
  return moved;
}

static void counted_free(void *block) {
  blocks_out--;
  free(block);
}

static void count_memory(void) {
  fails_after = -1;
  blocks_out = 0;
  ck_assert_int_eq(mw_alloc_set(counted_malloc, counted_realloc, counted_free), MQTTWILL_OK);
}

static void nothing_is_left(void) {
  ck_assert_int_eq(blocks_out, 0);
  ck_assert_int_eq(mw_alloc_set(malloc, realloc, free), MQTTWILL_OK);
}

/* ---- helpers ---- */

/* 18 00000005: will delay 5; 26 "a" = "b": a user property. */
#define DELAY_5  "\x18\x00\x00\x00\x05"
#define USER_A_B "\x26\x00\x01\x61\x00\x01\x62"

static const struct mw_will_view offline = {
    .topic = {(const uint8_t *)"A/status", 8},
    .payload = {(const uint8_t *)"offline", 7},
    .qos = 1,
    .retain = true,
};

static void is_text(struct mw_slice slice, const char *text) {
  ck_assert_uint_eq(slice.len, strlen(text));
  ck_assert_int_eq(memcmp(slice.data, text, slice.len), 0);
}

static void is_offline(const struct mw_will *will) {
  struct mw_will_view view = mw_will_view(will);
  ck_assert(mw_will_is_set(will));
  is_text(view.topic, "A/status");
  is_text(view.payload, "offline");
  ck_assert_uint_eq(view.qos, 1);
  ck_assert(view.retain);
}

/* ---- promises ---- */

START_TEST(a_new_will_is_not_set_and_views_as_nothing)
{
  struct mw_will will = {0};
  struct mw_will_view view = mw_will_view(&will);
  ck_assert(!mw_will_is_set(&will));
  ck_assert_ptr_null(view.topic.data); /* how the checks know that only properties are there */
  ck_assert_uint_eq(view.topic.len, 0);
  ck_assert_uint_eq(view.payload.len, 0);
  ck_assert_uint_eq(view.properties.len, 0);
}
END_TEST

START_TEST(what_was_set_outlives_the_bytes_it_was_set_from)
{
  char topic[] = "A/status", payload[] = "offline";
  struct mw_will will = {0};
  struct mw_will_view view = offline;
  view.topic = mw_slice(topic, 8);
  view.payload = mw_slice(payload, 7);
  ck_assert_int_eq(mw_will_set(&will, &view), MQTTWILL_OK);
  memset(topic, 'x', sizeof topic);
  memset(payload, 'x', sizeof payload);
  is_offline(&will);
  mw_will_fini(&will);
}
END_TEST

START_TEST(setting_again_replaces_topic_payload_qos_and_retain)
{
  struct mw_will will = {0};
  struct mw_will_view next = {.topic = TEXT("B"), .payload = TEXT("gone away"), .qos = 2, .retain = false};
  count_memory();
  ck_assert_int_eq(mw_will_set(&will, &offline), MQTTWILL_OK);
  ck_assert_int_eq(mw_will_set(&will, &next), MQTTWILL_OK);
  struct mw_will_view view = mw_will_view(&will);
  is_text(view.topic, "B");
  is_text(view.payload, "gone away");
  ck_assert_uint_eq(view.qos, 2);
  ck_assert(!view.retain);
  ck_assert_int_eq(blocks_out, 1);
  mw_will_fini(&will);
  nothing_is_left();
}
END_TEST

START_TEST(setting_leaves_the_properties_that_were_there_first)
{
  struct mw_will will = {0};
  ck_assert_int_eq(mw_buffer_append(&will.properties, DELAY_5, 5), MQTTWILL_OK);
  ck_assert(!mw_will_is_set(&will));
  is_text(mw_slice_skip(mw_will_view(&will).properties, 4), "\x05");

  struct mw_will_view with_others = offline;
  with_others.properties = TEXT(USER_A_B); /* not what mw_will_set() copies */
  ck_assert_int_eq(mw_will_set(&will, &with_others), MQTTWILL_OK);
  struct mw_will_view view = mw_will_view(&will);
  ck_assert_uint_eq(view.properties.len, 5);
  ck_assert_int_eq(memcmp(view.properties.data, DELAY_5, 5), 0);
  mw_will_fini(&will);
}
END_TEST

START_TEST(an_empty_payload_is_a_payload)
{
  struct mw_will will = {0};
  struct mw_will_view view = offline;
  view.payload = mw_slice(NULL, 0);
  ck_assert_int_eq(mw_will_set(&will, &view), MQTTWILL_OK);
  ck_assert(mw_will_is_set(&will));
  ck_assert_uint_eq(mw_will_view(&will).payload.len, 0);
  is_text(mw_will_view(&will).topic, "A/status");
  mw_will_fini(&will);
}
END_TEST

START_TEST(the_longest_topic_and_payload_come_back_whole)
{
  static uint8_t topic[65535], payload[65535];
  memset(topic, 't', sizeof topic);
  for (size_t i = 0; i < sizeof payload; i++) payload[i] = (uint8_t)(i * 7);
  struct mw_will will = {0};
  struct mw_will_view view = {.topic = mw_slice(topic, sizeof topic),
                              .payload = mw_slice(payload, sizeof payload)};
  ck_assert_int_eq(mw_will_set(&will, &view), MQTTWILL_OK);
  struct mw_will_view kept = mw_will_view(&will);
  ck_assert(mw_slice_equal(kept.topic, view.topic));
  ck_assert(mw_slice_equal(kept.payload, view.payload));
  mw_will_fini(&will);
}
END_TEST

START_TEST(a_will_may_be_set_from_its_own_view)
{
  struct mw_will will = {0};
  ck_assert_int_eq(mw_will_set(&will, &offline), MQTTWILL_OK);
  ck_assert_int_eq(mw_buffer_append(&will.properties, DELAY_5, 5), MQTTWILL_OK);
  struct mw_will_view own = mw_will_view(&will);
  own.topic = mw_slice_skip(own.topic, 2); /* "status" */
  ck_assert_int_eq(mw_will_set(&will, &own), MQTTWILL_OK);
  is_text(mw_will_view(&will).topic, "status");
  struct mw_will_view view = mw_will_view(&will);
  is_text(view.topic, "status");
  is_text(view.payload, "offline");
  ck_assert_uint_eq(view.properties.len, 5);
  ck_assert_int_eq(memcmp(view.properties.data, DELAY_5, 5), 0);
  mw_will_fini(&will);
}
END_TEST

START_TEST(a_finished_will_is_a_new_one)
{
  struct mw_will will = {0};
  count_memory();
  ck_assert_int_eq(mw_will_set(&will, &offline), MQTTWILL_OK);
  ck_assert_int_eq(mw_buffer_append(&will.properties, DELAY_5, 5), MQTTWILL_OK);
  ck_assert_int_eq(blocks_out, 2);
  mw_will_fini(&will);
  ck_assert(!mw_will_is_set(&will));
  ck_assert_uint_eq(mw_will_view(&will).properties.len, 0);
  ck_assert_uint_eq(mw_will_view(&will).qos, 0);
  ck_assert(!mw_will_view(&will).retain);
  mw_will_fini(&will); /* twice does no harm */
  nothing_is_left();
}
END_TEST

START_TEST(a_will_without_properties_costs_one_block)
{
  struct mw_will will = {0};
  count_memory();
  ck_assert_int_eq(mw_will_set(&will, &offline), MQTTWILL_OK);
  ck_assert_int_eq(blocks_out, 1);
  mw_will_fini(&will);
  nothing_is_left();
}
END_TEST

START_TEST(out_of_memory_while_setting_leaves_the_old_will)
{
  struct mw_will will = {0};
  struct mw_will_view next = {.topic = TEXT("B"), .payload = TEXT("C"), .qos = 2};
  count_memory();
  ck_assert_int_eq(mw_will_set(&will, &offline), MQTTWILL_OK);
  fails_after = 0;
  ck_assert_int_eq(mw_will_set(&will, &next), MQTTWILL_ERR_MEMORY);
  is_offline(&will);
  mw_will_fini(&will);
  nothing_is_left();
}
END_TEST

int main(void) {
  Suite *suite = suite_create("will/will");
  TCase *tests = tcase_create("will");
  tcase_add_test(tests, a_new_will_is_not_set_and_views_as_nothing);
  tcase_add_test(tests, what_was_set_outlives_the_bytes_it_was_set_from);
  tcase_add_test(tests, setting_again_replaces_topic_payload_qos_and_retain);
  tcase_add_test(tests, setting_leaves_the_properties_that_were_there_first);
  tcase_add_test(tests, an_empty_payload_is_a_payload);
  tcase_add_test(tests, the_longest_topic_and_payload_come_back_whole);
  tcase_add_test(tests, a_will_may_be_set_from_its_own_view);
  tcase_add_test(tests, a_finished_will_is_a_new_one);
  tcase_add_test(tests, a_will_without_properties_costs_one_block);
  tcase_add_test(tests, out_of_memory_while_setting_leaves_the_old_will);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
