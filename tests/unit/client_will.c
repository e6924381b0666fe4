/* SPDX-License-Identifier: MIT
 * The will as the user sets it: what is refused and remembered, what mends it, what goes into CONNECT, and
 * what is asked about it. */
#include "client_world.h"

#include <stdio.h>
#include <stdlib.h>

static void ck_will_refused(struct world *w, int got, int status, const char *text) {
  ck_assert_int_eq(got, status);
  if (text != NULL) ck_assert_str_eq(mqttwill_error(w->client), text);
  ck_assert_int_eq(mqttwill_connect(w->client, w->url, 9), status);
  if (text != NULL) ck_assert_str_eq(mqttwill_error(w->client), text);
}

WORLD_TEST(a_refused_will_leaves_the_old_one_and_refuses_to_connect) {
  static char large[65536];
  mqttwill_client *c = w->client;
  CK_OK(mqttwill_set_will(c, "s", "gone", 4, 1, true));
  ck_will_refused(w, mqttwill_set_will(c, "", "x", 1, 0, false), MQTTWILL_ERR_TOPIC_EMPTY, NULL);
  ck_will_refused(w, mqttwill_set_will(c, "a/+", "x", 1, 0, false), MQTTWILL_ERR_TOPIC_WILDCARD, NULL);
  ck_will_refused(w, mqttwill_set_will(c, "\xff", "x", 1, 0, false), MQTTWILL_ERR_TOPIC_UTF8, NULL);
  ck_will_refused(w, mqttwill_set_will_topic_length(c, "a\0b", 3, "x", 1, 0, false), MQTTWILL_ERR_TOPIC_NUL,
                  NULL);
  ck_will_refused(w, mqttwill_set_will(c, "a", large, 65536, 0, false), MQTTWILL_ERR_PAYLOAD_TOO_LONG, NULL);
  ck_will_refused(w, mqttwill_set_will(c, "a", "x", 1, 3, false), MQTTWILL_ERR_QOS, NULL);
  ck_will_refused(w, mqttwill_set_will(c, "a", "x", 1, -1, false), MQTTWILL_ERR_QOS, NULL);
  ck_will_refused(w, mqttwill_set_will(c, "a", "x", 1, 258, false), MQTTWILL_ERR_QOS, NULL);
  ck_bytes_eq(mw_will_view(&c->will).topic, mw_slice_text("s"));
  CK_OK(mqttwill_set_will(c, "a", large, 65535, 2, false));
  CK_OK(mqttwill_check(c));
}

WORLD_TEST(a_will_without_memory_refuses_to_connect) {
  for (size_t n = 1; n < 10; n++) {
    failmalloc_at(n);
    int status = mqttwill_set_will(w->client, "s", "gone", 4, 1, true);
    bool failed = failmalloc_count() >= n;
    failmalloc_at(0);
    ck_assert_int_eq(status, failed ? MQTTWILL_ERR_MEMORY : MQTTWILL_OK);
    ck_assert_int_eq(mqttwill_check(w->client), status);
    if (!failed) return;
    ck_assert_int_eq(mqttwill_connect(w->client, w->url, 9), MQTTWILL_ERR_MEMORY);
    CK_OK(mqttwill_clear_will(w->client));
    CK_OK(mqttwill_check(w->client));
  }
  ck_abort_msg("it never succeeds");
}

WORLD_TEST(properties_are_checked_by_type_and_value) {
  mqttwill_client *c = w->client;
  CK_OK(mqttwill_set_will(c, "s", "\xff", 1, 0, false));
  ck_will_refused(w, mqttwill_set_will_number(c, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 1),
                  MQTTWILL_ERR_PAYLOAD_FORMAT, NULL);
  CK_OK(mqttwill_clear_will_property(c, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR));
  ck_will_refused(w, mqttwill_set_will_number(c, MQTTWILL_PROPERTY_CONTENT_TYPE, 1), MQTTWILL_ERR_PROPERTY,
                  "content type: not a will property of this type (MQTT 5, 3.1.3.2)");
  CK_OK(mqttwill_set_will_string(c, MQTTWILL_PROPERTY_CONTENT_TYPE, "text")); /* set well: mended */
  ck_will_refused(w, mqttwill_set_will_string(c, MQTTWILL_PROPERTY_CONTENT_TYPE, NULL), MQTTWILL_ERR_ARGUMENT,
                  "will property content type: must not be NULL");
  CK_OK(mqttwill_set_will_string(c, MQTTWILL_PROPERTY_CONTENT_TYPE, ""));
  ck_will_refused(w, mqttwill_set_will_string(c, MQTTWILL_PROPERTY_RESPONSE_TOPIC, "a/#"),
                  MQTTWILL_ERR_RESPONSE_TOPIC, NULL);
  CK_OK(mqttwill_clear_will_property(c, MQTTWILL_PROPERTY_RESPONSE_TOPIC));
  ck_will_refused(w, mqttwill_add_will_user_property(c, "k", NULL), MQTTWILL_ERR_ARGUMENT, NULL);
  ck_will_refused(w, mqttwill_add_will_user_property(c, NULL, "v"), MQTTWILL_ERR_ARGUMENT, NULL);
  CK_OK(mqttwill_add_will_user_property(c, "k", "v"));
  ck_will_refused(w, mqttwill_set_will_number(c, (mqttwill_property)0x7e, 1), MQTTWILL_ERR_PROPERTY,
                  "unknown property: not a will property of this type (MQTT 5, 3.1.3.2)");
  CK_OK(mqttwill_clear_will(c));
  ck_will_refused(w, mqttwill_set_will_number(c, (mqttwill_property)1000, 1), MQTTWILL_ERR_PROPERTY, NULL);
  CK_OK(mqttwill_clear_will(c));
  CK_OK(mqttwill_check(c));
}

WORLD_TEST(properties_without_a_will_are_told) {
  CK_OK(mqttwill_set_will_delay(w->client, 5));
  ck_assert_int_eq(mqttwill_check(w->client), MQTTWILL_ERR_NO_WILL);
  ck_assert_str_eq(mqttwill_error(w->client), "will properties are set, but no will topic is");
  CK_OK(mqttwill_set_will_delay(w->client, 0));
  CK_OK(mqttwill_check(w->client));
}

WORLD_TEST(the_will_goes_into_connect_with_its_properties) {
  const uint8_t id[] = {0xca, 0xfe};
  CK_OK(mqttwill_set_version(w->client, MQTTWILL_MQTT_5));
  CK_OK(mqttwill_set_receive_maximum(w->client, 65535));
  CK_OK(mqttwill_set_will_delay(w->client, 7)); /* before the will itself */
  CK_OK(mqttwill_set_will(w->client, "s", "gone", 4, 1, true));
  CK_OK(mqttwill_set_will_bytes(w->client, MQTTWILL_PROPERTY_CORRELATION_DATA, id, sizeof id));
  CK_OK(mqttwill_set_will_delay(w->client, 8)); /* replaces */
  CK_OK(mqttwill_add_will_user_property(w->client, "k", "1"));
  CK_OK(mqttwill_add_will_user_property(w->client, "k", "2")); /* adds */
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  ck_assert_uint_eq(w->packet.data[9], 0x2e); /* retain, QoS 1, will, clean start */
  struct mw_slice text = w->packet;
  size_t tail = strlen("s") + 2 + strlen("gone") + 2;
  ck_bytes_eq(mw_slice(text.data + text.len - tail, tail), hex("00 01 's' 00 04 'gone'"));
  struct mw_slice list = mw_buffer_view(&w->client->will.properties);
  ck_bytes_eq(mw_slice(text.data + text.len - tail - list.len, list.len), list);
  ck_assert_uint_eq(mw_property_number(list, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 0), 8);
  ck_assert_uint_eq(list.len, 5 + 5 + 7 + 7);
}

WORLD_TEST(a_change_while_connected_is_pending_until_the_next_connection) {
  CK_OK(mqttwill_set_will(w->client, "s", "one", 3, 0, false));
  ck_assert(!mqttwill_will_pending(w->client));
  world_connect(w);
  ck_assert(!mqttwill_will_pending(w->client));
  ck_assert_int_eq(mqttwill_set_will(w->client, "", "x", 1, 0, false), MQTTWILL_ERR_TOPIC_EMPTY);
  ck_assert(!mqttwill_will_pending(w->client)); /* nothing has changed */
  CK_OK(mqttwill_set_will(w->client, "s", "two", 3, 0, false));
  ck_assert(mqttwill_will_pending(w->client));
  CK_OK(mqttwill_abort(w->client));
  ck_assert(!mqttwill_will_pending(w->client));
  world_connect(w);
  ck_assert(!mqttwill_will_pending(w->client));
  CK_OK(mqttwill_clear_will_property(w->client, MQTTWILL_PROPERTY_CONTENT_TYPE)); /* was not there */
  ck_assert(!mqttwill_will_pending(w->client));
  CK_OK(mqttwill_clear_will(w->client));
  ck_assert(mqttwill_will_pending(w->client));
  ck_assert(!mqttwill_will_pending(NULL));
}

WORLD_TEST(the_timing_follows_the_options_and_then_the_grants) {
  uint64_t best, worst;
  unsigned warnings;
  ck_assert_int_eq(mqttwill_will_timing(w->client, &best, &worst, &warnings), MQTTWILL_ERR_NO_WILL);
  ck_assert_int_eq(mqttwill_will_timing(NULL, &best, &worst, &warnings), MQTTWILL_ERR_ARGUMENT);
  CK_OK(mqttwill_set_will(w->client, "s", "gone", 4, 1, true));
  CK_OK(mqttwill_set_will_delay(w->client, 10));
  CK_OK(mqttwill_will_timing(w->client, &best, &worst, &warnings));
  ck_assert_uint_eq(best, 0);
  ck_assert_uint_eq(worst, 90000);
  ck_assert_uint_eq(warnings, MQTTWILL_WILL_DELAY_IGNORED);
  CK_OK(mqttwill_set_session_expiry(w->client, 100));
  CK_OK(mqttwill_will_timing(w->client, &best, &worst, &warnings));
  ck_assert_uint_eq(best, 10000);
  ck_assert_uint_eq(worst, 100000);
  ck_assert_uint_eq(warnings, 0);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 0b 00 00 08 13 00 14 11 00 00 00 05")));
  CK_OK(mqttwill_connect(w->client, w->url, 100)); /* keep alive 20 s, session expiry 5 s */
  CK_OK(mqttwill_will_timing(w->client, &best, &worst, &warnings));
  ck_assert_uint_eq(best, 5000);
  ck_assert_uint_eq(worst, 35000);
  ck_assert_uint_eq(warnings, MQTTWILL_WILL_DELAY_CAPPED | MQTTWILL_WILL_EXPIRY_LOWERED |
                                  MQTTWILL_WILL_KEEP_ALIVE_CHANGED);
  CK_OK(mqttwill_will_timing(w->client, NULL, NULL, NULL));
}

WORLD_TEST(without_a_client_every_setter_is_refused) {
  (void)w;
  ck_assert_int_eq(mqttwill_set_will(NULL, "a", "x", 1, 0, false), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_clear_will(NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_will_delay(NULL, 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_will_delay(NULL, 1), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_will_string(NULL, MQTTWILL_PROPERTY_CONTENT_TYPE, "a"),
                   MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_add_will_user_property(NULL, "a", "b"), MQTTWILL_ERR_ARGUMENT);
}

SUITE("client/will", a_refused_will_leaves_the_old_one_and_refuses_to_connect,
      a_will_without_memory_refuses_to_connect, properties_are_checked_by_type_and_value,
      properties_without_a_will_are_told, the_will_goes_into_connect_with_its_properties,
      a_change_while_connected_is_pending_until_the_next_connection,
      the_timing_follows_the_options_and_then_the_grants, without_a_client_every_setter_is_refused)
