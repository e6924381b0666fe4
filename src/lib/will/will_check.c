/* SPDX-License-Identifier: MIT
 * See will_check.h. One function per rule, the rules in a table in the order in which they are asked, and
 * what each status means for a will, with its clauses, in a second table. A clause in brackets is of MQTT 5;
 * where MQTT 3.1.1 numbers it differently, that number follows. */
#include "will/will_check.h"

#include "base/utf8.h"
#include "wire/property.h"
#include "wire/topic.h"
#include "wire/wire.h"

enum { GREATEST_PROPERTY_LENGTH = 268435455 }; /* a Variable Byte Integer says no more, section 1.5.5 */

static const struct mw_will_fault faults[] = {
    {MQTTWILL_ERR_TOPIC_EMPTY, "will topic", "must have at least one character [MQTT-4.7.3-1]"},
    {MQTTWILL_ERR_TOPIC_TOO_LONG, "will topic", "must not be longer than 65,535 bytes [MQTT-4.7.3-3]"},
    {MQTTWILL_ERR_TOPIC_UTF8, "will topic",
     "must be well-formed UTF-8 without surrogates [MQTT-3.1.3-11] [MQTT-1.5.4-1], "
     "3.1.1 [MQTT-3.1.3-10] [MQTT-1.5.3-1]"},
    {MQTTWILL_ERR_TOPIC_NUL, "will topic",
     "must not contain U+0000 [MQTT-4.7.3-2] [MQTT-1.5.4-2], 3.1.1 [MQTT-4.7.3-2] [MQTT-1.5.3-2]"},
    {MQTTWILL_ERR_TOPIC_WILDCARD, "will topic",
     "must not contain the wildcards + and # [MQTT-3.3.2-2] [MQTT-4.7.0-1], "
     "3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1]"},
    {MQTTWILL_ERR_QOS, "will QoS", "must be 0, 1 or 2 [MQTT-3.1.2-12], 3.1.1 [MQTT-3.1.2-14]"},
    {MQTTWILL_ERR_PAYLOAD_TOO_LONG, "will payload",
     "must not be longer than 65,535 bytes: its length field has two (section 1.5.6, 3.1.1 section 3.1.3.3)"},
    {MQTTWILL_ERR_VERSION, "will properties", "need MQTT 5: earlier versions have none (section 3.1.3.2)"},
    {MQTTWILL_ERR_TOO_LONG, "will properties",
     "must not be longer than 268,435,455 bytes together (section 1.5.5)"},
    {MQTTWILL_ERR_PROPERTY, "will properties",
     "may be only payload format indicator, message expiry interval, content type, response topic, "
     "correlation data, will delay interval and user property (section 3.1.3.2)"},
    {MQTTWILL_ERR_PROPERTY_TWICE, "will properties",
     "must not repeat, user properties excepted (sections 3.1.3.2.2 to 3.1.3.2.7)"},
    {MQTTWILL_ERR_PROPERTY_VALUE, "will payload format indicator", "must be 0 or 1 (section 3.1.3.2.3)"},
    {MQTTWILL_ERR_UTF8, "will properties",
     "must have strings of well-formed UTF-8 without U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.7-1]"},
    {MQTTWILL_ERR_RESPONSE_TOPIC, "will response topic",
     "must be a topic name, so not empty and without wildcards [MQTT-3.3.2-13] [MQTT-3.3.2-14]"},
    {MQTTWILL_ERR_PAYLOAD_FORMAT, "will payload",
     "must be well-formed UTF-8 when the payload format indicator says so (section 3.1.3.2.3)"},
    {MQTTWILL_ERR_QOS_UNAVAILABLE, "will QoS", "must not be above the server's Maximum QoS [MQTT-3.2.2-12]"},
    {MQTTWILL_ERR_RETAIN_UNAVAILABLE, "will retain",
     "must not be set where the server retains nothing [MQTT-3.2.2-13]"},
};

/* Fills `fault`, where there is one to fill, and passes `status` on. */
static int report(int status, struct mw_will_fault *fault) {
  if (fault == NULL) return status;
  *fault = (struct mw_will_fault){status, "will properties", "must be as section 2.2.2 lays them down"};
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
    if (faults[i].status == status) *fault = faults[i];
  return status;
}

/* ---- what holds for every will ---- */

static int topic_is_a_name(const struct mw_will_view *will, uint8_t version) {
  (void)version;
  return mw_topic_name_check(will->topic);
}

static int qos_exists(const struct mw_will_view *will, uint8_t version) {
  (void)version;
  return will->qos <= 2 ? MQTTWILL_OK : MQTTWILL_ERR_QOS;
}

static int payload_fits(const struct mw_will_view *will, uint8_t version) {
  (void)version;
  return will->payload.len <= UINT16_MAX ? MQTTWILL_OK : MQTTWILL_ERR_PAYLOAD_TOO_LONG;
}

static int properties_have_a_place(const struct mw_will_view *will, uint8_t version) {
  if (version == 0 || version >= MW_MQTT_5) return MQTTWILL_OK;
  return will->properties.len == 0 ? MQTTWILL_OK : MQTTWILL_ERR_VERSION;
}

static int properties_fit(const struct mw_will_view *will, uint8_t version) {
  (void)version;
  return will->properties.len <= GREATEST_PROPERTY_LENGTH ? MQTTWILL_OK : MQTTWILL_ERR_TOO_LONG;
}

static int properties_are_a_wills(const struct mw_will_view *will, uint8_t version) {
  (void)version;
  return mw_properties_check(will->properties, MW_IN_WILL);
}

/* U+0000 is a character like others here: the payload is no string of the protocol. */
static int payload_is_what_it_says(const struct mw_will_view *will, uint8_t version) {
  (void)version;
  if (mw_property_number(will->properties, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 0) == 0)
    return MQTTWILL_OK;
  return mw_utf8_check(will->payload, NULL) ? MQTTWILL_OK : MQTTWILL_ERR_PAYLOAD_FORMAT;
}

/* A rule may lean on those above it: the last one walks properties that are known to be sound. */
static const struct {
  int (*check)(const struct mw_will_view *will, uint8_t version);
  bool needs_topic; /* left out while only properties are set */
} rules[] = {
    {topic_is_a_name, true},          {qos_exists, true},      {payload_fits, true},
    {properties_have_a_place, false}, {properties_fit, false}, {properties_are_a_wills, false},
    {payload_is_what_it_says, true},
};

int mw_will_check(const struct mw_will_view *will, uint8_t version, struct mw_will_fault *fault) {
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    if (rules[i].needs_topic && will->topic.data == NULL) continue;
    int status = rules[i].check(will, version);
    if (status != MQTTWILL_OK) return report(status, fault);
  }
  return MQTTWILL_OK;
}

/* ---- what a server limits ---- */

int mw_will_check_limits(const struct mw_will_view *will, const struct mw_will_limits *limits,
                         struct mw_will_fault *fault) {
  if (will->qos > limits->maximum_qos) return report(MQTTWILL_ERR_QOS_UNAVAILABLE, fault);
  if (will->retain && !limits->retain_available) return report(MQTTWILL_ERR_RETAIN_UNAVAILABLE, fault);
  return MQTTWILL_OK;
}
