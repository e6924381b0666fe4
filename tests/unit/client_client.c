/* SPDX-License-Identifier: MIT
 * The life of a client and what is true of it. */
#include "client_world.h"

#include <stdio.h>

WORLD_TEST(what_is_true_changes_with_connack_and_with_the_end) {
  mqttwill_client *c = w->client;
  CK_OK(mqttwill_set_keep_alive(c, 30));
  CK_OK(mqttwill_set_session_expiry(c, 100));
  ck_assert(!mqttwill_is_connected(c));
  ck_assert_int_eq(mqttwill_connected_version(c), 0);
  ck_assert_uint_eq(mqttwill_effective_keep_alive(c), 30);
  ck_assert_uint_eq(mqttwill_effective_session_expiry(c), 100);
  ck_assert_int_eq(mqttwill_connect_async(c, w->url), 1);
  world_play(w, SCRIPT(ACCEPT, READS(0x10)));
  ck_assert(!mqttwill_is_connected(c)); /* CONNACK is missing */
  ck_assert_int_eq(mqttwill_connected_version(c), 0);
  world_play(w, SCRIPT(SAYS("20 0b 00 00 08 13 00 14 11 00 00 00 32")));
  ck_assert(mqttwill_is_connected(c));
  ck_assert_int_eq(mqttwill_connected_version(c), 5);
  ck_assert_uint_eq(mqttwill_effective_keep_alive(c), 20);
  ck_assert_uint_eq(mqttwill_effective_session_expiry(c), 50);
  world_play(w, SCRIPT(CLOSES));
  ck_assert(!mqttwill_is_connected(c));
  ck_assert_int_eq(mqttwill_connected_version(c), 0);
  ck_assert_uint_eq(mqttwill_effective_keep_alive(c), 30);
  ck_assert_uint_eq(mqttwill_effective_session_expiry(c), 100);
}

WORLD_TEST(a_client_that_says_goodbye_is_not_connected_any_more) {
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  ck_assert_int_eq(mqttwill_disconnect_async(w->client, MQTTWILL_REASON_SUCCESS, NULL, 1000), 3);
  ck_assert(!mqttwill_is_connected(w->client));
}

WORLD_TEST(a_client_id_is_copied_cut_and_terminated) {
  char buffer[8];
  memset(buffer, 'x', sizeof buffer);
  ck_assert_uint_eq(mqttwill_client_id(w->client, buffer, sizeof buffer), 3);
  ck_assert_str_eq(buffer, "dev");
  ck_assert_uint_eq(mqttwill_client_id(w->client, buffer, 3), 3);
  ck_assert_str_eq(buffer, "de");
  ck_assert_uint_eq(mqttwill_client_id(w->client, buffer, 1), 3);
  ck_assert_str_eq(buffer, "");
  ck_assert_uint_eq(mqttwill_client_id(w->client, NULL, 0), 3);
  buffer[0] = 'x';
  ck_assert_uint_eq(mqttwill_client_id(NULL, buffer, sizeof buffer), 0);
  ck_assert_str_eq(buffer, "");
}

WORLD_TEST(an_assigned_client_id_is_used_from_then_on) {
  char buffer[8];
  mqttwill_client *mine = w->client;
  w->client = world_client(w, "");
  ck_assert_uint_eq(mqttwill_client_id(w->client, buffer, sizeof buffer), 0);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 09 00 00 06 12 00 03 'srv'")));
  CK_OK(mqttwill_connect(w->client, w->url, 100));
  ck_assert_uint_eq(mqttwill_client_id(w->client, buffer, sizeof buffer), 3);
  ck_assert_str_eq(buffer, "srv");
  CK_OK(mqttwill_abort(w->client));
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  CK_OK(mqttwill_connect(w->client, w->url, 100));
  ck_assert_mem_eq(w->packet.data + w->packet.len - 5, "\0\3srv", 5);
  mqttwill_client_free(mine);
}

WORLD_TEST(without_a_client_nothing_is_true) {
  (void)w;
  ck_assert(!mqttwill_is_connected(NULL));
  ck_assert_int_eq(mqttwill_connected_version(NULL), 0);
  ck_assert_uint_eq(mqttwill_effective_keep_alive(NULL), 0);
  ck_assert_uint_eq(mqttwill_effective_session_expiry(NULL), 0);
  ck_assert_int_eq(mqttwill_on_connect(NULL, NULL, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_on_disconnect(NULL, NULL, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_on_complete(NULL, NULL, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_on_drain(NULL, NULL, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_on_message(NULL, NULL, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_on_socket(NULL, NULL, NULL), MQTTWILL_ERR_ARGUMENT);
  mqttwill_client_free(NULL);
}

/* A live connection is aborted, and whatever waits is told. */
WORLD_TEST(freeing_aborts_and_ends_every_operation) {
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 2, false, NULL), 3);
  world_play(w, SCRIPT(READS(0x32), READS(0x34), SAYS("30 05 00 01 'a' 00 '1'")));
  mqttwill_client_free(w->client); /* the message that waits is dropped */
  w->client = NULL;
  ck_story(w,
           "0 disconnected #0 ERR_CANCELLED - PEER: the operation was given up before it was done\n"
           "0 done #2 ERR_CANCELLED - the operation was given up before it was done\n"
           "0 done #3 ERR_CANCELLED - the operation was given up before it was done\n");
  ck_assert(mw_loop_is_idle(w->loop->loop));
}

WORLD_TEST(a_client_without_memory_is_null) {
  for (size_t n = 1; n <= 2; n++) {
    size_t live = failmalloc_live();
    failmalloc_at(n);
    mqttwill_client *client = mqttwill_client_new(NULL, "dev");
    failmalloc_at(0);
    ck_assert_ptr_null(client);
    ck_assert_uint_eq(failmalloc_live(), live);
  }
  (void)w;
}

WORLD_TEST(a_client_with_a_loop_of_its_own_needs_no_connection_to_be_freed) {
  (void)w;
  mqttwill_client *client = mqttwill_client_new(NULL, NULL);
  ck_assert_ptr_nonnull(client);
  ck_assert_int_eq(mqttwill_publish_async(client, "a", "x", 1, 1, false, NULL), 1);
  mqttwill_client_free(client);
}

SUITE("client/client", what_is_true_changes_with_connack_and_with_the_end,
      a_client_that_says_goodbye_is_not_connected_any_more, a_client_id_is_copied_cut_and_terminated,
      an_assigned_client_id_is_used_from_then_on, without_a_client_nothing_is_true,
      freeing_aborts_and_ends_every_operation, a_client_without_memory_is_null,
      a_client_with_a_loop_of_its_own_needs_no_connection_to_be_freed)
