/* SPDX-License-Identifier: MIT
 * URLs of servers: what is understood, and each complaint in its own words. */
#include "client/url.h"

#include "support/suite.h"

#include <mqttwill/status.h>

static const struct {
  const char *text, *host;
  uint16_t port;
} good[] = {
    {"mqtt://broker.example", "broker.example", 1883},
    {"MQTT://broker.example:8883", "broker.example", 8883},
    {"mqtt://127.0.0.1:1", "127.0.0.1", 1},
    {"mqtt://[::1]", "::1", 1883},
    {"mqtt://[fe80::1%lo]:65535", "fe80::1%lo", 65535},
    {"mqtt://host/", "host", 1883},
    {"mqtt://host:01883/", "host", 1883},
};

START_TEST(urls_name_host_and_port)
{
  const char *why;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    struct mw_url url = {0};
    ck_assert_int_eq(mw_url_parse(&url, good[i].text, &why), MQTTWILL_OK);
    ck_assert_str_eq(url.host, good[i].host);
    ck_assert_uint_eq(url.port, good[i].port);
    mw_url_fini(&url);
    ck_assert_ptr_null(url.host);
  }
}
END_TEST

static const char *const not_a_url = "it does not begin with a scheme such as mqtt://";
static const char *const bad_port = "the port is not a number from 1 to 65535";
static const char *const follows = "nothing may follow host and port";
static const char *const brackets = "an IPv6 address stands in brackets";

START_TEST(each_fault_of_a_url_has_its_own_words)
{
  const struct {
    const char *text, *why;
  } bad[] = {
      {"", not_a_url},
      {"broker.example", not_a_url},
      {"mqtt:/broker", not_a_url},
      {"mqtt://", "the host is missing"},
      {"mqtt://:1883", "the host is missing"},
      {"mqtt:///", "the host is missing"},
      {"mqtt://host:", bad_port},
      {"mqtt://host:0", bad_port},
      {"mqtt://host:65536", bad_port},
      {"mqtt://host:99999999999999999999", bad_port},
      {"mqtt://host:18x3", bad_port},
      {"mqtt://host:-1", bad_port},
      {"mqtt://[::1]:", bad_port},
      {"mqtt://::1", brackets},
      {"mqtt://::1:1883", brackets},
      {"mqtt://[::1", "the bracket of the IPv6 address is not closed"},
      {"mqtt://[host]", "only an IPv6 address stands in brackets"},
      {"mqtt://[]", "only an IPv6 address stands in brackets"},
      {"mqtt://[::1]x", "only :port may follow the host"},
      {"mqtt://user:secret@host", "user and password are options, not part of the URL"},
      {"mqtt://host/topic", follows},
      {"mqtt://host?x=1", follows},
      {"mqtt://host#x", follows},
      {"mqtt://ho st", follows},
      {"mqtt://host\n", follows},
      {"mqtt://host//", follows},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct mw_url url = {0};
    const char *why = NULL;
    int status = mw_url_parse(&url, bad[i].text, &why);
    ck_assert_msg(status == MQTTWILL_ERR_URL, "%s: %d", bad[i].text, status);
    ck_assert_str_eq(why, bad[i].why);
    ck_assert_ptr_null(url.host);
  }
}
END_TEST

START_TEST(a_scheme_that_is_not_known_is_a_status_of_its_own)
{
  struct mw_url url = {0};
  const char *why;
  ck_assert_int_eq(mw_url_parse(&url, "gopher://host", &why), MQTTWILL_ERR_SCHEME);
  ck_assert_int_eq(mw_url_parse(&url, "://host", &why), MQTTWILL_ERR_SCHEME);
  ck_assert_int_eq(mw_url_parse(&url, "mqttx://host", &why), MQTTWILL_ERR_SCHEME);
}
END_TEST

START_TEST(a_host_is_at_most_253_bytes_long)
{
  char text[300] = "mqtt://";
  struct mw_url url = {0};
  const char *why;
  memset(text + 7, 'h', 253);
  ck_assert_int_eq(mw_url_parse(&url, text, &why), MQTTWILL_OK);
  ck_assert_uint_eq(strlen(url.host), 253);
  mw_url_fini(&url);
  text[7 + 253] = 'h';
  ck_assert_int_eq(mw_url_parse(&url, text, &why), MQTTWILL_ERR_URL);
  ck_assert_str_eq(why, "the host name is longer than 253 bytes");
}
END_TEST

START_TEST(a_failed_parse_leaves_the_old_url)
{
  struct mw_url url = {0};
  const char *why;
  ck_assert_int_eq(mw_url_parse(&url, "mqtt://old:1", &why), MQTTWILL_OK);
  ck_assert_int_eq(mw_url_parse(&url, "mqtt://new:0", &why), MQTTWILL_ERR_URL);
  for (size_t n = 1; n <= 2; n++) {
    failmalloc_at(n);
    ck_assert_int_eq(mw_url_parse(&url, "mqtt://new:2", &why), MQTTWILL_ERR_MEMORY);
  }
  failmalloc_at(0);
  ck_assert_str_eq(url.host, "old");
  ck_assert_uint_eq(url.port, 1);
  ck_assert_int_eq(mw_url_parse(&url, "mqtt://new:2", &why), MQTTWILL_OK);
  ck_assert_str_eq(url.host, "new");
  mw_url_fini(&url);
}
END_TEST

SUITE("client/url", urls_name_host_and_port, each_fault_of_a_url_has_its_own_words,
      a_scheme_that_is_not_known_is_a_status_of_its_own, a_host_is_at_most_253_bytes_long,
      a_failed_parse_leaves_the_old_url)
