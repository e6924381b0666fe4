/* SPDX-License-Identifier: MIT
 * Every rule a will must keep (src/lib/will/will_check.c), each with the neighbour that just passes and the
 * one that just fails; properties are written by hand as they stand on the wire (MQTT 5 section 2.2.2). */
#include "will/will_check.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) mw_slice(literal, sizeof literal - 1)

static struct mw_will_view plain(void) {
  return (struct mw_will_view){.topic = TEXT("A/status"), .payload = TEXT("offline"), .qos = 1};
}

static void passes(const struct mw_will_view *will, uint8_t version) {
  struct mw_will_fault fault = {12345, NULL, NULL};
  ck_assert_int_eq(mw_will_check(will, version, &fault), MQTTWILL_OK);
  ck_assert_int_eq(fault.status, 12345); /* left alone */
  ck_assert_int_eq(mw_will_check(will, version, NULL), MQTTWILL_OK);
}

/* Refused with `status`, and the story names `field` and has `words` in its rule. */
static void fails(const struct mw_will_view *will, uint8_t version, int status, const char *field,
                  const char *words) {
  struct mw_will_fault fault = {0, NULL, NULL};
  ck_assert_int_eq(mw_will_check(will, version, &fault), status);
  ck_assert_int_eq(fault.status, status);
  ck_assert_str_eq(fault.field, field);
  ck_assert_msg(strstr(fault.rule, words) != NULL, "\"%s\" does not say \"%s\"", fault.rule, words);
  ck_assert_int_eq(mw_will_check(will, version, NULL), status);
}

static void topic_passes(struct mw_slice topic) {
  struct mw_will_view will = plain();
  will.topic = topic;
  for (uint8_t version = 3; version <= 5; version++) passes(&will, version);
  passes(&will, 0);
}

static void topic_fails(struct mw_slice topic, int status, const char *words) {
  struct mw_will_view will = plain();
  will.topic = topic;
  for (uint8_t version = 3; version <= 5; version++) fails(&will, version, status, "will topic", words);
  fails(&will, 0, status, "will topic", words);
}

/* ---- topic ---- */

START_TEST(a_topic_has_at_least_one_character)
{
  topic_fails(TEXT(""), MQTTWILL_ERR_TOPIC_EMPTY, "[MQTT-4.7.3-1]");
  topic_passes(TEXT("a"));
  topic_passes(TEXT("/"));
  topic_passes(TEXT(" "));
}
END_TEST

START_TEST(a_topic_has_at_most_65535_bytes)
{
  static uint8_t topic[65536];
  memset(topic, 'a', sizeof topic);
  topic_passes(mw_slice(topic, 65535));
  topic_fails(mw_slice(topic, 65536), MQTTWILL_ERR_TOPIC_TOO_LONG, "[MQTT-4.7.3-3]");
}
END_TEST

START_TEST(a_topic_is_well_formed_utf8)
{
  topic_passes(TEXT("\xc3\xa9"));                                              /* U+00E9 */
  topic_fails(TEXT("z/\xc3\x28"), MQTTWILL_ERR_TOPIC_UTF8, "[MQTT-1.5.4-1]");  /* cut by '(' */
  topic_fails(TEXT("z/\xc3"), MQTTWILL_ERR_TOPIC_UTF8, "[MQTT-3.1.3-11]");     /* cut by the end */
  topic_fails(TEXT("\x80"), MQTTWILL_ERR_TOPIC_UTF8, "3.1.1 [MQTT-3.1.3-10]"); /* no beginning */
  topic_fails(TEXT("\xff"), MQTTWILL_ERR_TOPIC_UTF8, "[MQTT-1.5.3-1]");        /* never a byte of it */
  topic_passes(TEXT("\xf4\x8f\xbf\xbf"));                                      /* U+10FFFF */
  topic_fails(TEXT("\xf4\x90\x80\x80"), MQTTWILL_ERR_TOPIC_UTF8, "UTF-8");     /* U+110000 */
}
END_TEST

START_TEST(a_topic_has_no_surrogates)
{
  topic_passes(TEXT("\xed\x9f\xbf"));                                              /* U+D7FF */
  topic_fails(TEXT("\xed\xa0\x80"), MQTTWILL_ERR_TOPIC_UTF8, "surrogates");        /* U+D800 */
  topic_fails(TEXT("\xed\xbf\xbf"), MQTTWILL_ERR_TOPIC_UTF8, "surrogates");        /* U+DFFF */
  topic_fails(TEXT("\xed\xa0\xbd\xed\xb8\x80"), MQTTWILL_ERR_TOPIC_UTF8, "UTF-8"); /* a pair of them */
  topic_passes(TEXT("\xee\x80\x80"));                                              /* U+E000 */
  topic_passes(TEXT("\xf0\x9f\x98\x80")); /* U+1F600, as it should be */
}
END_TEST

START_TEST(a_topic_has_no_overlong_forms)
{
  topic_fails(TEXT("\xc0\x80"), MQTTWILL_ERR_TOPIC_UTF8, "UTF-8"); /* U+0000 in two bytes */
  topic_fails(TEXT("\xc1\xbf"), MQTTWILL_ERR_TOPIC_UTF8, "UTF-8");
  topic_passes(TEXT("\xc2\x80"));
  topic_fails(TEXT("\xe0\x9f\xbf"), MQTTWILL_ERR_TOPIC_UTF8, "UTF-8");
  topic_passes(TEXT("\xe0\xa0\x80"));
  topic_fails(TEXT("\xf0\x8f\xbf\xbf"), MQTTWILL_ERR_TOPIC_UTF8, "UTF-8");
  topic_passes(TEXT("\xf0\x90\x80\x80"));
  topic_fails(TEXT("\xc0\xab"), MQTTWILL_ERR_TOPIC_UTF8, "UTF-8"); /* '+' in disguise */
}
END_TEST

START_TEST(a_topic_has_no_u0000)
{
  topic_fails(TEXT("\0"), MQTTWILL_ERR_TOPIC_NUL, "[MQTT-4.7.3-2]");
  topic_fails(TEXT("z/a\0b"), MQTTWILL_ERR_TOPIC_NUL, "[MQTT-1.5.4-2]");
  topic_fails(TEXT("z/a\0"), MQTTWILL_ERR_TOPIC_NUL, "3.1.1 [MQTT-4.7.3-2] [MQTT-1.5.3-2]");
  topic_passes(TEXT("z/a\x01"));
}
END_TEST

START_TEST(a_topic_has_no_wildcards_anywhere)
{
  static const char *const wild[] = {"+", "#", "z/+", "z/#", "+/z", "a/+/b", "a+b", "a#", "#/a", "/+"};
  for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
    topic_fails(mw_slice_text(wild[i]), MQTTWILL_ERR_TOPIC_WILDCARD, "[MQTT-3.3.2-2] [MQTT-4.7.0-1]");
    topic_fails(mw_slice_text(wild[i]), MQTTWILL_ERR_TOPIC_WILDCARD, "3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1]");
  }
  topic_passes(TEXT("a*b/?/$share/%"));
}
END_TEST

START_TEST(what_is_only_odd_in_a_topic_passes)
{
  topic_passes(TEXT("$SYS/x"));
  topic_passes(TEXT("$share/g/t"));
  topic_passes(
      TEXT("\xef\xbb\xbf"
           "a"));                      /* U+FEFF is data */
  topic_passes(TEXT("a\xef\xbf\xbf")); /* U+FFFF: a warning */
  topic_passes(TEXT("a\x7f\n"));
}
END_TEST

/* ---- QoS and payload ---- */

START_TEST(qos_is_0_1_or_2)
{
  struct mw_will_view will = plain();
  for (uint8_t qos = 0; qos <= 2; qos++) {
    will.qos = qos;
    for (uint8_t version = 3; version <= 5; version++) passes(&will, version);
  }
  for (unsigned qos = 3; qos <= 255; qos++) {
    will.qos = (uint8_t)qos;
    fails(&will, 5, MQTTWILL_ERR_QOS, "will QoS", "[MQTT-3.1.2-12]");
    fails(&will, 4, MQTTWILL_ERR_QOS, "will QoS", "3.1.1 [MQTT-3.1.2-14]");
    fails(&will, 3, MQTTWILL_ERR_QOS, "will QoS", "0, 1 or 2");
    fails(&will, 0, MQTTWILL_ERR_QOS, "will QoS", "0, 1 or 2");
  }
}
END_TEST

START_TEST(a_payload_has_at_most_65535_bytes_in_every_version)
{
  static uint8_t payload[65536];
  struct mw_will_view will = plain();
  for (uint8_t version = 3; version <= 5; version++) {
    will.payload = mw_slice(payload, 65535);
    passes(&will, version);
    will.payload = mw_slice(payload, 65536);
    fails(&will, version, MQTTWILL_ERR_PAYLOAD_TOO_LONG, "will payload", "1.5.6");
  }
}
END_TEST

START_TEST(an_empty_payload_passes_retained_or_not)
{
  struct mw_will_view will = plain();
  will.payload = mw_slice(NULL, 0);
  for (uint8_t version = 3; version <= 5; version++) {
    will.retain = false;
    passes(&will, version);
    will.retain = true;
    passes(&will, version);
  }
}
END_TEST

START_TEST(a_payload_is_any_bytes_unless_it_says_otherwise)
{
  struct mw_will_view will = plain();
  will.payload = TEXT("\xff\xfe\x00");
  for (uint8_t version = 3; version <= 5; version++) passes(&will, version);
  will.properties = TEXT("\x01\x00"); /* payload format 0 */
  passes(&will, 5);
}
END_TEST

START_TEST(a_payload_that_says_it_is_utf8_is)
{
  struct mw_will_view will = plain();
  will.properties = TEXT("\x01\x01");
  passes(&will, 5);
  will.payload = TEXT("\xff\xfe");
  fails(&will, 5, MQTTWILL_ERR_PAYLOAD_FORMAT, "will payload", "3.1.3.2.3");
  fails(&will, 0, MQTTWILL_ERR_PAYLOAD_FORMAT, "will payload", "UTF-8");
  will.payload = TEXT("caf\xc3\xa9");
  passes(&will, 5);
  will.payload = TEXT("caf\xc3");
  fails(&will, 5, MQTTWILL_ERR_PAYLOAD_FORMAT, "will payload", "UTF-8");
  will.payload = TEXT("\xed\xa0\x80");
  fails(&will, 5, MQTTWILL_ERR_PAYLOAD_FORMAT, "will payload", "UTF-8");
  will.payload = TEXT("a\0b"); /* U+0000 is a character of a payload */
  passes(&will, 5);
  will.payload = mw_slice(NULL, 0);
  passes(&will, 5);
}
END_TEST

START_TEST(the_format_is_found_behind_other_properties)
{
  struct mw_will_view will = plain();
  will.payload = TEXT("\xff\xfe");
  will.properties = TEXT(
      "\x02\x00\x00\x00\x01" /* message expiry 1 */
      "\x26\x00\x01"
      "\x01\x00\x01\x01" /* a user property that looks like one */
      "\x01\x01");
  fails(&will, 5, MQTTWILL_ERR_PAYLOAD_FORMAT, "will payload", "UTF-8");
  will.properties.len -= 2;
  passes(&will, 5);
}
END_TEST

/* ---- properties ---- */

/* All seven, user property twice. */
#define ALL_SEVEN                                                                                            \
  "\x18\x00\x00\x00\x05"                                                                                     \
  "\x01\x01"                                                                                                 \
  "\x02\x00\x00\x00\x3c"                                                                                     \
  "\x03\x00\x0atext/plain"                                                                                   \
  "\x08\x00\x03r/t"                                                                                          \
  "\x09\x00\x03\x00\x01\xff"                                                                                 \
  "\x26\x00\x04site\x00\x03hub"                                                                              \
  "\x26\x00\x04site\x00\x03lab"

static void properties_pass(struct mw_slice properties) {
  struct mw_will_view will = plain();
  will.properties = properties;
  passes(&will, 5);
  passes(&will, 0);
  will.topic = mw_slice(NULL, 0); /* set before the topic is */
  passes(&will, 5);
}

static void properties_fail(struct mw_slice properties, int status, const char *field, const char *words) {
  struct mw_will_view will = plain();
  will.properties = properties;
  fails(&will, 5, status, field, words);
  fails(&will, 0, status, field, words);
  will.topic = mw_slice(NULL, 0);
  fails(&will, 5, status, field, words);
}

START_TEST(all_seven_will_properties_pass_together)
{
  properties_pass(TEXT(ALL_SEVEN));
  properties_pass(mw_slice(NULL, 0));
}
END_TEST

START_TEST(below_mqtt_5_there_are_no_properties)
{
  struct mw_will_view will = plain();
  will.properties = TEXT("\x18\x00\x00\x00\x05");
  passes(&will, 5);
  passes(&will, 0); /* not decided yet */
  fails(&will, 4, MQTTWILL_ERR_VERSION, "will properties", "MQTT 5");
  fails(&will, 3, MQTTWILL_ERR_VERSION, "will properties", "3.1.3.2");
  will.topic = mw_slice(NULL, 0);
  fails(&will, 4, MQTTWILL_ERR_VERSION, "will properties", "MQTT 5");
  will.properties = mw_slice(NULL, 0);
  passes(&will, 4);
}
END_TEST

/* Every other property of MQTT 5, well formed. */
static const struct mw_slice foreign[] = {
    {(const uint8_t *)"\x0b\x05", 2},             /* subscription identifier */
    {(const uint8_t *)"\x11\x00\x00\x00\x0a", 5}, /* session expiry interval */
    {(const uint8_t *)"\x12\x00\x01x", 4},        /* assigned client identifier */
    {(const uint8_t *)"\x13\x00\x3c", 3},         /* server keep alive */
    {(const uint8_t *)"\x15\x00\x01x", 4},        /* authentication method */
    {(const uint8_t *)"\x16\x00\x01x", 4},        /* authentication data */
    {(const uint8_t *)"\x17\x01", 2},             /* request problem information */
    {(const uint8_t *)"\x19\x01", 2},             /* request response information */
    {(const uint8_t *)"\x1a\x00\x01x", 4},        /* response information */
    {(const uint8_t *)"\x1c\x00\x01x", 4},        /* server reference */
    {(const uint8_t *)"\x1f\x00\x01x", 4},        /* reason string */
    {(const uint8_t *)"\x21\x00\x0a", 3},         /* receive maximum */
    {(const uint8_t *)"\x22\x00\x0a", 3},         /* topic alias maximum */
    {(const uint8_t *)"\x23\x00\x01", 3},         /* topic alias */
    {(const uint8_t *)"\x24\x01", 2},             /* maximum QoS */
    {(const uint8_t *)"\x25\x01", 2},             /* retain available */
    {(const uint8_t *)"\x27\x00\x00\x10\x00", 5}, /* maximum packet size */
    {(const uint8_t *)"\x28\x01", 2},             /* wildcard subscription available */
    {(const uint8_t *)"\x29\x01", 2},             /* subscription identifier available */
    {(const uint8_t *)"\x2a\x01", 2},             /* shared subscription available */
    {(const uint8_t *)"\x00\x00", 2},             /* no properties at all */
    {(const uint8_t *)"\x04\x00", 2},
    {(const uint8_t *)"\x2b\x00", 2},
    {(const uint8_t *)"\x7f\x00", 2},
    {(const uint8_t *)"\x81\x01\x00", 3}, /* identifier 129 in two bytes */
};
enum { FOREIGN = sizeof foreign / sizeof foreign[0] };

START_TEST(no_other_property_is_a_wills)
{
  properties_fail(foreign[_i], MQTTWILL_ERR_PROPERTY, "will properties", "3.1.3.2");
  uint8_t behind[16] = {0x01, 0x01}; /* nor behind one that is */
  memcpy(behind + 2, foreign[_i].data, foreign[_i].len);
  properties_fail(mw_slice(behind, foreign[_i].len + 2), MQTTWILL_ERR_PROPERTY, "will properties", "3.1.3.2");
}
END_TEST

static const struct mw_slice single[] = {
    {(const uint8_t *)"\x01\x01", 2},             /* payload format indicator */
    {(const uint8_t *)"\x02\x00\x00\x00\x3c", 5}, /* message expiry interval */
    {(const uint8_t *)"\x03\x00\x01x", 4},        /* content type */
    {(const uint8_t *)"\x08\x00\x01r", 4},        /* response topic */
    {(const uint8_t *)"\x09\x00\x01x", 4},        /* correlation data */
    {(const uint8_t *)"\x18\x00\x00\x00\x05", 5}, /* will delay interval */
};
enum { SINGLE = sizeof single / sizeof single[0] };

START_TEST(a_property_with_one_value_stands_once)
{
  uint8_t twice[32];
  size_t len = single[_i].len;
  memcpy(twice, single[_i].data, len);
  memcpy(twice + len, "\x26\x00\x01k\x00\x01v", 7); /* a user property between them */
  memcpy(twice + len + 7, single[_i].data, len);
  properties_pass(mw_slice(twice, len + 7));
  properties_fail(mw_slice(twice, len + 7 + len), MQTTWILL_ERR_PROPERTY_TWICE, "will properties",
                  "must not repeat");
  memcpy(twice + len, single[_i].data, len); /* and directly behind itself */
  properties_fail(mw_slice(twice, len + len), MQTTWILL_ERR_PROPERTY_TWICE, "will properties", "3.1.3.2.2");
}
END_TEST

START_TEST(a_user_property_stands_as_often_as_it_likes)
{
  uint8_t many[7 * 1000];
  for (size_t i = 0; i < 1000; i++) memcpy(many + 7 * i, "\x26\x00\x01k\x00\x01v", 7);
  properties_pass(mw_slice(many, sizeof many));
}
END_TEST

START_TEST(a_payload_format_is_0_or_1)
{
  properties_pass(TEXT("\x01\x00"));
  properties_pass(TEXT("\x01\x01"));
  properties_fail(TEXT("\x01\x02"), MQTTWILL_ERR_PROPERTY_VALUE, "will payload format indicator", "0 or 1");
  properties_fail(TEXT("\x01\xff"), MQTTWILL_ERR_PROPERTY_VALUE, "will payload format indicator",
                  "3.1.3.2.3");
}
END_TEST

START_TEST(delay_and_expiry_take_all_32_bits)
{
  properties_pass(TEXT("\x18\x00\x00\x00\x00\x02\x00\x00\x00\x00"));
  properties_pass(TEXT("\x18\xff\xff\xff\xff\x02\xff\xff\xff\xff"));
}
END_TEST

START_TEST(a_response_topic_is_a_topic_name)
{
  static const char *const wild[] = {"+", "#", "r/+", "r/#", "r+", "#/r"};
  for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
    uint8_t property[16] = {0x08, 0x00, (uint8_t)strlen(wild[i])};
    memcpy(property + 3, wild[i], strlen(wild[i]));
    properties_fail(mw_slice(property, 3 + strlen(wild[i])), MQTTWILL_ERR_RESPONSE_TOPIC,
                    "will response topic", "[MQTT-3.3.2-14]");
  }
  properties_fail(TEXT("\x08\x00\x00"), MQTTWILL_ERR_RESPONSE_TOPIC, "will response topic", "empty");
  properties_pass(TEXT("\x08\x00\x01r"));
  properties_pass(TEXT("\x08\x00\x04$r/t"));
}
END_TEST

START_TEST(strings_in_properties_are_well_formed)
{
  static const struct mw_slice bad[] = {
      {(const uint8_t *)"\x03\x00\x02\xc3\x28", 5},             /* content type */
      {(const uint8_t *)"\x03\x00\x01\x00", 4},                 /* U+0000 */
      {(const uint8_t *)"\x08\x00\x02\xc3\x28", 5},             /* response topic */
      {(const uint8_t *)"\x26\x00\x01\xff\x00\x01v", 7},        /* a user property's name */
      {(const uint8_t *)"\x26\x00\x01k\x00\x01\xff", 7},        /* and its value */
      {(const uint8_t *)"\x26\x00\x01k\x00\x01\x00", 7},        /* U+0000 */
      {(const uint8_t *)"\x26\x00\x03\xed\xa0\x80\x00\x00", 8}, /* a surrogate */
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    properties_fail(bad[i], MQTTWILL_ERR_UTF8, "will properties", "[MQTT-1.5.7-1]");
  properties_pass(TEXT("\x03\x00\x00"));
  properties_pass(TEXT("\x03\x00\x02\xc3\xa9"));
  properties_pass(TEXT("\x26\x00\x00\x00\x00"));
}
END_TEST

START_TEST(correlation_data_is_any_bytes)
{
  properties_pass(TEXT("\x09\x00\x00"));
  properties_pass(TEXT("\x09\x00\x04\x00\xff\xc3\x28"));
}
END_TEST

START_TEST(a_property_list_that_is_cut_short_is_refused_at_every_length)
{
  static const size_t ends[] = {0, 5, 7, 12, 25, 31, 37, 49, 61}; /* where a property of ALL_SEVEN ends */
  size_t next = 0;
  for (size_t len = 0; len < sizeof ALL_SEVEN; len++) {
    if (next < sizeof ends / sizeof ends[0] && len == ends[next]) {
      properties_pass(mw_slice(ALL_SEVEN, len));
      next++;
    } else {
      properties_fail(mw_slice(ALL_SEVEN, len), MQTTWILL_ERR_PROPERTY, "will properties", "");
    }
  }
  ck_assert_uint_eq(next, sizeof ends / sizeof ends[0]);
}
END_TEST

START_TEST(properties_have_at_most_what_their_length_can_say)
{
  struct mw_will_view will = plain();
  /* Only the length is looked at; there are no such bytes. */
  will.properties = mw_slice("", 268435456);
  fails(&will, 5, MQTTWILL_ERR_TOO_LONG, "will properties", "268,435,455");
  will.topic = mw_slice(NULL, 0);
  fails(&will, 5, MQTTWILL_ERR_TOO_LONG, "will properties", "268,435,455");
}
END_TEST

/* ---- which rule speaks ---- */

START_TEST(the_first_broken_rule_is_told)
{
  static uint8_t payload[65536];
  struct mw_will_view will = {.topic = TEXT("z/#"), .payload = mw_slice(payload, sizeof payload), .qos = 3};
  will.properties = TEXT("\x01\x02");
  fails(&will, 4, MQTTWILL_ERR_TOPIC_WILDCARD, "will topic", "wildcards");
  will.topic = TEXT("z");
  fails(&will, 4, MQTTWILL_ERR_QOS, "will QoS", "0, 1 or 2");
  will.qos = 2;
  fails(&will, 4, MQTTWILL_ERR_PAYLOAD_TOO_LONG, "will payload", "65,535");
  will.payload.len--;
  fails(&will, 4, MQTTWILL_ERR_VERSION, "will properties", "MQTT 5");
  fails(&will, 5, MQTTWILL_ERR_PROPERTY_VALUE, "will payload format indicator", "0 or 1");
}
END_TEST

START_TEST(without_a_topic_only_the_properties_are_looked_at)
{
  static uint8_t payload[65536];
  struct mw_will_view will = {.qos = 3, .properties = TEXT("\x01\x01")};
  passes(&will, 5);
  will.payload = TEXT("\xff\xfe");
  passes(&will, 5);
  will.payload = mw_slice(payload, sizeof payload);
  passes(&will, 5);
  will.properties = TEXT("\x01\x02");
  fails(&will, 5, MQTTWILL_ERR_PROPERTY_VALUE, "will payload format indicator", "0 or 1");
}
END_TEST

/* ---- the server's limits ---- */

static void limits_pass(const struct mw_will_view *will, uint8_t maximum_qos, bool retain_available) {
  struct mw_will_limits limits = {maximum_qos, retain_available};
  struct mw_will_fault fault = {12345, NULL, NULL};
  ck_assert_int_eq(mw_will_check_limits(will, &limits, &fault), MQTTWILL_OK);
  ck_assert_int_eq(fault.status, 12345);
}

static void limits_fail(const struct mw_will_view *will, uint8_t maximum_qos, bool retain_available,
                        int status, const char *field, const char *words) {
  struct mw_will_limits limits = {maximum_qos, retain_available};
  struct mw_will_fault fault = {0, NULL, NULL};
  ck_assert_int_eq(mw_will_check_limits(will, &limits, &fault), status);
  ck_assert_int_eq(fault.status, status);
  ck_assert_str_eq(fault.field, field);
  ck_assert_ptr_nonnull(strstr(fault.rule, words));
  ck_assert_int_eq(mw_will_check_limits(will, &limits, NULL), status);
}

START_TEST(a_will_keeps_to_the_servers_maximum_qos)
{
  struct mw_will_view will = plain();
  for (uint8_t qos = 0; qos <= 2; qos++) {
    will.qos = qos;
    for (uint8_t maximum = 0; maximum <= 2; maximum++) {
      if (qos <= maximum)
        limits_pass(&will, maximum, true);
      else
        limits_fail(&will, maximum, true, MQTTWILL_ERR_QOS_UNAVAILABLE, "will QoS", "[MQTT-3.2.2-12]");
    }
  }
}
END_TEST

START_TEST(a_will_is_retained_only_where_the_server_retains)
{
  struct mw_will_view will = plain();
  limits_pass(&will, 2, false);
  will.retain = true;
  limits_pass(&will, 2, true);
  limits_fail(&will, 2, false, MQTTWILL_ERR_RETAIN_UNAVAILABLE, "will retain", "[MQTT-3.2.2-13]");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("will/will_check");
  TCase *topic = tcase_create("topic");
  tcase_add_test(topic, a_topic_has_at_least_one_character);
  tcase_add_test(topic, a_topic_has_at_most_65535_bytes);
  tcase_add_test(topic, a_topic_is_well_formed_utf8);
  tcase_add_test(topic, a_topic_has_no_surrogates);
  tcase_add_test(topic, a_topic_has_no_overlong_forms);
  tcase_add_test(topic, a_topic_has_no_u0000);
  tcase_add_test(topic, a_topic_has_no_wildcards_anywhere);
  tcase_add_test(topic, what_is_only_odd_in_a_topic_passes);
  suite_add_tcase(suite, topic);
  TCase *message = tcase_create("QoS and payload");
  tcase_add_test(message, qos_is_0_1_or_2);
  tcase_add_test(message, a_payload_has_at_most_65535_bytes_in_every_version);
  tcase_add_test(message, an_empty_payload_passes_retained_or_not);
  tcase_add_test(message, a_payload_is_any_bytes_unless_it_says_otherwise);
  tcase_add_test(message, a_payload_that_says_it_is_utf8_is);
  tcase_add_test(message, the_format_is_found_behind_other_properties);
  suite_add_tcase(suite, message);
  TCase *properties = tcase_create("properties");
  tcase_add_test(properties, all_seven_will_properties_pass_together);
  tcase_add_test(properties, below_mqtt_5_there_are_no_properties);
  tcase_add_loop_test(properties, no_other_property_is_a_wills, 0, FOREIGN);
  tcase_add_loop_test(properties, a_property_with_one_value_stands_once, 0, SINGLE);
  tcase_add_test(properties, a_user_property_stands_as_often_as_it_likes);
  tcase_add_test(properties, a_payload_format_is_0_or_1);
  tcase_add_test(properties, delay_and_expiry_take_all_32_bits);
  tcase_add_test(properties, a_response_topic_is_a_topic_name);
  tcase_add_test(properties, strings_in_properties_are_well_formed);
  tcase_add_test(properties, correlation_data_is_any_bytes);
  tcase_add_test(properties, a_property_list_that_is_cut_short_is_refused_at_every_length);
  tcase_add_test(properties, properties_have_at_most_what_their_length_can_say);
  suite_add_tcase(suite, properties);
  TCase *order = tcase_create("order and limits");
  tcase_add_test(order, the_first_broken_rule_is_told);
  tcase_add_test(order, without_a_topic_only_the_properties_are_looked_at);
  tcase_add_test(order, a_will_keeps_to_the_servers_maximum_qos);
  tcase_add_test(order, a_will_is_retained_only_where_the_server_retains);
  suite_add_tcase(suite, order);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
