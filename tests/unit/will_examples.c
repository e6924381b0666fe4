/* SPDX-License-Identifier: MIT
 * The worked examples of doc/will.md, read from that file: what it prints is what the encoder writes, and the
 * decoder reads back what the text around it says (case WILL-191). */
#include "will/will_check.h"
#include "wire/fixed_header.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT(literal) mw_slice(literal, sizeof literal - 1)

struct dump {
  uint8_t bytes[256];
  size_t len;
};

/* The bytes of one line, "0010  6d 2d ...   text"; false when it is none, or not at `offset`. */
static bool read_line(const char *line, size_t offset, struct dump *dump) {
  char expected[8];
  snprintf(expected, sizeof expected, "%04zx  ", offset);
  if (strncmp(line, expected, 6) != 0) return false;
  line += 6;
  for (size_t i = 0; i < 16; i++, line += 3) {
    unsigned byte;
    if (sscanf(line, "%2x", &byte) != 1 || line[2] != ' ') break;
    dump->bytes[dump->len++] = (uint8_t)byte;
    if (line[3] == ' ') break; /* the last line: padding, then the text */
  }
  return true;
}

/* The `wanted`-th dump of the document, from 0. */
static struct dump read_dump(int wanted) {
  const char *top = getenv("top_srcdir");
  char path[1024];
  snprintf(path, sizeof path, "%s/doc/will.md", top != NULL ? top : ".");
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "cannot open %s", path);
  struct dump dump = {.len = 0};
  char line[1024];
  int seen = -1;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, "0000  ", 6) == 0) seen++;
    if (seen == wanted) read_line(line, dump.len, &dump);
  }
  fclose(file);
  return dump;
}

static void encodes_to(const struct mw_connect *connect, const struct dump *dump) {
  uint8_t bytes[256];
  struct mw_writer w;
  mw_writer_init(&w, bytes, sizeof bytes);
  mw_connect_encode(&w, connect->version, connect);
  ck_assert_int_eq(mw_writer_status(&w), MQTTWILL_OK);
  ck_assert_uint_eq(w.len, dump->len);
  ck_assert_mem_eq(bytes, dump->bytes, dump->len);
}

static struct mw_connect decoded(const struct dump *dump) {
  struct mw_fixed_header header;
  struct mw_slice whole = mw_slice(dump->bytes, dump->len);
  ck_assert_int_eq(mw_fixed_header_decode(&header, 0, whole), MQTTWILL_OK);
  ck_assert_uint_eq(header.size + header.remaining, dump->len);
  struct mw_connect connect;
  ck_assert_int_eq(mw_connect_decode(&connect, 0, header.flags, mw_slice_skip(whole, header.size)),
                   MQTTWILL_OK);
  ck_assert(connect.has_will);
  ck_assert_int_eq(mw_will_check(&connect.will, connect.version, NULL), MQTTWILL_OK);
  return connect;
}

#define IS(slice, text) ck_assert(mw_slice_equal(slice, mw_slice_text(text)))

START_TEST(example_a_is_what_a_client_of_mqtt_3_1_1_sends)
{
  struct dump dump = read_dump(0);
  ck_assert_uint_eq(dump.len, 39);
  struct mw_connect connect = {
      .version = 4, .clean_start = true, .has_will = true, .keep_alive = 30, .client_id = TEXT("cam-01")};
  connect.will =
      (struct mw_will_view){.topic = TEXT("A/status"), .payload = TEXT("offline"), .qos = 1, .retain = true};
  encodes_to(&connect, &dump);

  struct mw_connect read = decoded(&dump);
  ck_assert_uint_eq(read.version, 4);
  ck_assert(read.clean_start && read.will.retain && !read.has_username && !read.has_password);
  ck_assert_uint_eq(read.keep_alive, 30);
  ck_assert_uint_eq(read.will.qos, 1);
  IS(read.client_id, "cam-01");
  IS(read.will.topic, "A/status");
  IS(read.will.payload, "offline");
}
END_TEST

START_TEST(example_b_is_what_a_client_of_mqtt_5_sends)
{
  struct dump dump = read_dump(1);
  ck_assert_uint_eq(dump.len, 84);
  struct mw_connect connect = {.version = 5, .has_will = true, .keep_alive = 60, .client_id = TEXT("demo")};
  connect.properties = TEXT("\x11\x00\x00\x00\x0a");
  connect.will = (struct mw_will_view){.topic = TEXT("offline"), .payload = TEXT("I'm offline")};
  connect.will.properties = TEXT(
      "\x18\x00\x00\x00\x05\x01\x01\x02\x00\x00\x00\x3c\x03\x00\x0atext/plain"
      "\x26\x00\x04site\x00\x03hub");
  encodes_to(&connect, &dump);

  struct mw_connect read = decoded(&dump);
  ck_assert_uint_eq(read.version, 5);
  ck_assert(!read.clean_start && !read.will.retain);
  ck_assert_uint_eq(read.will.qos, 0);
  ck_assert_uint_eq(mw_property_number(read.properties, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, 0), 10);
  ck_assert_uint_eq(mw_property_number(read.will.properties, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 0), 5);
  ck_assert_uint_eq(mw_property_number(read.will.properties, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 0),
                    1);
  ck_assert_uint_eq(mw_property_number(read.will.properties, MQTTWILL_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 0),
                    60);
  IS(mw_property_bytes(read.will.properties, MQTTWILL_PROPERTY_CONTENT_TYPE), "text/plain");
  struct mw_property user;
  ck_assert(mw_property_find(read.will.properties, MQTTWILL_PROPERTY_USER_PROPERTY, 0, &user));
  IS(user.bytes, "site");
  IS(user.value, "hub");
  IS(read.will.topic, "offline");
  IS(read.will.payload, "I'm offline");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("will/examples");
  TCase *tests = tcase_create("doc/will.md");
  tcase_add_test(tests, example_a_is_what_a_client_of_mqtt_3_1_1_sends);
  tcase_add_test(tests, example_b_is_what_a_client_of_mqtt_5_sends);
  suite_add_tcase(suite, tests);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
