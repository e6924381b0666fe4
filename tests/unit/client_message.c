/* SPDX-License-Identifier: MIT
 * Messages and events as the user reads them, and copies of messages. */
#include "client_world.h"

#include <stdio.h>

static mqttwill_message *copy;

static void take_copy(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client;
  (void)argument;
  if (copy == NULL) copy = mqttwill_message_dup(message);
}

WORLD_TEST(a_copy_has_all_of_the_message_and_outlives_it) {
  CK_OK(mqttwill_on_message(w->client, take_copy, NULL));
  world_connect(w);
  /* PUBLISH, QoS 2, DUP, retain; content type "t" and a user property */
  world_play(
      w, SCRIPT(SAYS("3d 1a 00 03 'a/b' 00 07 0b | 03 00 01 't' 26 00 01 'k' 00 01 'v' | 00 01 ff 'data'")));
  world_play(w, SCRIPT(SAYS("30 05 00 01 'z' 00 'z'"))); /* over the bytes of the first */
  CK_OK(mqttwill_abort(w->client));
  ck_assert_ptr_nonnull(copy);
  ck_assert_str_eq(mqttwill_message_topic(copy), "a/b");
  ck_assert_uint_eq(mqttwill_message_topic_length(copy), 3);
  ck_bytes_eq(mw_slice(mqttwill_message_payload(copy), mqttwill_message_payload_length(copy)),
              hex("00 01 ff 'data'"));
  ck_assert_int_eq(mqttwill_message_qos(copy), 2);
  ck_assert(mqttwill_message_retain(copy));
  ck_assert(mqttwill_message_duplicate(copy));
  ck_assert_uint_ne(mqttwill_message_token(copy), 0);
  ck_hex_eq(mqttwill_message_properties(copy)->encoded, "03 00 01 't' 26 00 01 'k' 00 01 'v'");

  mqttwill_message *second = mqttwill_message_dup(copy);
  mqttwill_message_free(copy);
  ck_assert_str_eq(mqttwill_message_topic(second), "a/b");
  failmalloc_at(1);
  ck_assert_ptr_null(mqttwill_message_dup(second));
  failmalloc_at(0);
  mqttwill_message_free(second);
  ck_assert_ptr_null(mqttwill_message_dup(NULL));
  mqttwill_message_free(NULL);
}

static int seen;

static void read_event(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)argument;
  size_t length = 99;
  seen++;
  ck_assert_int_eq((int)mqttwill_event_operation(event), 1);
  ck_assert_int_eq(mqttwill_event_status(event), MQTTWILL_OK);
  ck_assert_int_eq(mqttwill_event_reason(event), 0);
  ck_assert_int_eq(mqttwill_event_system_error(event), 0);
  ck_assert_str_eq(mqttwill_event_text(event), "success");
  ck_assert(mqttwill_event_session_present(event));
  ck_assert_mem_eq(mqttwill_event_reason_string(event, &length), "hi", 2);
  ck_assert_uint_eq(length, 2);
  ck_assert_ptr_nonnull(mqttwill_event_reason_string(event, NULL));
  ck_hex_eq(mqttwill_event_properties(event)->encoded, "1f 00 02 'hi' 13 00 05");
  ck_assert_uint_eq(mqttwill_event_reason_count(event), 0);
  ck_assert_int_eq(mqttwill_event_reason_at(event, 0), -1);
}

WORLD_TEST(an_event_tells_what_connack_said) {
  seen = 0;
  CK_OK(mqttwill_set_session_expiry(w->client, 10));
  CK_OK(mqttwill_on_connect(w->client, read_event, NULL));
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 0b 01 00 08 1f 00 02 'hi' 13 00 05")));
  ck_assert_int_eq(seen, 1);
}

static void read_end(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)argument;
  size_t length = 99;
  seen++;
  ck_assert_int_eq((int)mqttwill_event_operation(event), 0);
  ck_assert_ptr_null(mqttwill_event_reason_string(event, &length));
  ck_assert_uint_eq(length, 0);
  ck_assert_ptr_nonnull(mqttwill_event_properties(event));
  ck_assert(!mqttwill_event_session_present(event));
}

WORLD_TEST(what_did_not_come_is_null_and_nothing) {
  seen = 0;
  CK_OK(mqttwill_on_disconnect(w->client, read_end, NULL));
  world_connect(w);
  world_play(w, SCRIPT(CLOSES));
  ck_assert_int_eq(seen, 1);
}

SUITE("client/message", a_copy_has_all_of_the_message_and_outlives_it, an_event_tells_what_connack_said,
      what_did_not_come_is_null_and_nothing)
