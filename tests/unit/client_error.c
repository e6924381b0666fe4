/* SPDX-License-Identifier: MIT
 * The story of the calling thread's last failed call on a client. */
#include "client_world.h"

#include <pthread.h>
#include <stdio.h>

WORLD_TEST(a_failure_is_told_until_the_next_call) {
  ck_assert_str_eq(mqttwill_error(w->client), "");
  ck_assert_int_eq(mqttwill_set_version(w->client, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_str_eq(mqttwill_error(w->client), "version: 0, 3 (3.1), 4 (3.1.1) or 5");
  ck_assert_str_eq(mqttwill_error(w->client), "version: 0, 3 (3.1), 4 (3.1.1) or 5"); /* asking is no call */
  ck_assert_int_eq(mqttwill_error_reason(w->client), -1);
  ck_assert_int_eq(mqttwill_error_system(w->client), 0);
  CK_OK(mqttwill_set_version(w->client, 0));
  ck_assert_str_eq(mqttwill_error(w->client), "");
}

WORLD_TEST(a_failure_belongs_to_its_client) {
  mqttwill_client *other = world_client(w, "other");
  ck_assert_int_eq(mqttwill_set_version(w->client, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_str_eq(mqttwill_error(other), "");
  ck_assert_int_eq(mqttwill_error_reason(other), -1);
  ck_assert_int_eq(mqttwill_error_system(other), 0);
  ck_assert_str_eq(mqttwill_error(NULL), "");
  ck_assert_int_eq(mqttwill_error_reason(NULL), -1);
  ck_assert_int_eq(mqttwill_error_system(NULL), 0);
  CK_OK(mqttwill_set_version(other, 0));
  ck_assert_str_eq(mqttwill_error(w->client), ""); /* a record per thread: the last call was another's */
  mqttwill_client_free(other);
}

static void *look(void *client) {
  static char text[64];
  snprintf(text, sizeof text, "%s", mqttwill_error(client));
  return text;
}

WORLD_TEST(a_failure_belongs_to_its_thread) {
  pthread_t thread;
  void *text;
  ck_assert_int_eq(mqttwill_set_version(w->client, 9), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(pthread_create(&thread, NULL, look, w->client), 0);
  pthread_join(thread, &text);
  ck_assert_str_eq(text, "");
}

WORLD_TEST(reason_and_errno_are_forgotten_with_the_text) {
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 03 00 87 00")));
  ck_assert_int_eq(mqttwill_connect(w->client, w->url, 100), MQTTWILL_ERR_REFUSED);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x87);
  CK_OK(mqttwill_set_version(w->client, 0));
  ck_assert_int_eq(mqttwill_error_reason(w->client), -1);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), RESETS));
  ck_assert_int_eq(mqttwill_connect(w->client, w->url, 100), MQTTWILL_ERR_NETWORK);
  ck_assert_int_ne(mqttwill_error_system(w->client), 0);
  CK_OK(mqttwill_set_version(w->client, 0));
  ck_assert_int_eq(mqttwill_error_system(w->client), 0);
}

/* However long what the server or the program says: no text overflows. */
WORLD_TEST(texts_are_cut_and_terminated) {
  char url[4000];
  memset(url, 'x', sizeof url - 1);
  url[sizeof url - 1] = '\0';
  ck_assert_int_eq(mqttwill_connect(w->client, url, 100), MQTTWILL_ERR_URL);
  ck_assert_uint_lt(strlen(mqttwill_error(w->client)), 512);
  ck_assert(strstr(mqttwill_error(w->client), "it does not begin with a scheme") != NULL);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 87 04 00 87 83 04 1f 02 00 41*512")));
  ck_assert_int_eq(mqttwill_connect(w->client, w->url, 100), MQTTWILL_ERR_REFUSED);
  ck_assert(strstr(mqttwill_error(w->client), "(0x87): AAAA") != NULL);
  ck_assert_uint_lt(strlen(mqttwill_error(w->client)), 384);
}

SUITE("client/error", a_failure_is_told_until_the_next_call, a_failure_belongs_to_its_client,
      a_failure_belongs_to_its_thread, reason_and_errno_are_forgotten_with_the_text,
      texts_are_cut_and_terminated)
