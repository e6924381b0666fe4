/* SPDX-License-Identifier: MIT
 * The texts of statuses (src/lib/base/status.c, include/mqttwill/status.h). */
#include "support/suite.h"

#include <mqttwill/status.h>

#include <string.h>

/* Programs are compiled against these: they are for ever. */
START_TEST(numbers_and_names_are_for_ever)
{
  static const struct {
    int status, number;
    const char *name;
  } rows[] = {{MQTTWILL_OK, 0, "MQTTWILL_OK"},
              {MQTTWILL_ERR_MEMORY, -1, "MQTTWILL_ERR_MEMORY"},
              {MQTTWILL_ERR_TIMEOUT, -8, "MQTTWILL_ERR_TIMEOUT"},
              {MQTTWILL_ERR_TOPIC_EMPTY, -101, "MQTTWILL_ERR_TOPIC_EMPTY"},
              {MQTTWILL_ERR_PACKET_TOO_LARGE, -201, "MQTTWILL_ERR_PACKET_TOO_LARGE"},
              {MQTTWILL_ERR_RESOLVE, -301, "MQTTWILL_ERR_RESOLVE"},
              {MQTTWILL_ERR_TOPIC_ALIAS, -407, "MQTTWILL_ERR_TOPIC_ALIAS"}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ck_assert_int_eq(rows[i].status, rows[i].number);
    ck_assert_str_eq(mqttwill_status_name(rows[i].number), rows[i].name);
  }
}
END_TEST

START_TEST(every_status_has_a_name_and_a_text_of_its_own)
{
  const char *seen[500];
  size_t count = 0;
  for (int status = -499; status <= 0; status++) {
    const char *name = mqttwill_status_name(status), *text = mqttwill_strerror(status);
    ck_assert((name == NULL) == (strcmp(text, "unknown status") == 0));
    if (name == NULL) continue;
    for (size_t i = 0; i < count; i++) ck_assert_str_ne(seen[i], text);
    seen[count++] = text;
  }
  ck_assert_uint_gt(count, 40);
  ck_assert_str_eq(mqttwill_strerror(MQTTWILL_OK), "success");
}
END_TEST

START_TEST(other_numbers_are_unknown)
{
  ck_assert_str_eq(mqttwill_strerror(1), "unknown status");
  ck_assert_str_eq(mqttwill_strerror(-9999), "unknown status");
  ck_assert_ptr_null(mqttwill_status_name(1));
}
END_TEST

SUITE("base/status", numbers_and_names_are_for_ever, every_status_has_a_name_and_a_text_of_its_own,
      other_numbers_are_unknown)
