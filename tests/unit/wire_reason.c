/* SPDX-License-Identifier: MIT
 * Reason codes (src/lib/wire/reason.c): MQTT 5 section 2.4, table 2-6 by hand. Which packet may carry which
 * code is tested with that packet. */
#include "support/suite.h"

#include "wire/wire.h"

static const struct {
  int code;
  const char *text;
} texts[] = {
    {0x00, "success"},
    {0x01, "granted QoS 1"},
    {0x02, "granted QoS 2"},
    {0x04, "disconnect with will message"},
    {0x10, "no matching subscribers"},
    {0x11, "no subscription existed"},
    {0x18, "continue authentication"},
    {0x19, "re-authenticate"},
    {0x80, "unspecified error"},
    {0x81, "malformed packet"},
    {0x82, "protocol error"},
    {0x83, "implementation specific error"},
    {0x84, "unsupported protocol version"},
    {0x85, "client identifier not valid"},
    {0x86, "bad user name or password"},
    {0x87, "not authorized"},
    {0x88, "server unavailable"},
    {0x89, "server busy"},
    {0x8A, "banned"},
    {0x8B, "server shutting down"},
    {0x8C, "bad authentication method"},
    {0x8D, "keep alive timeout"},
    {0x8E, "session taken over"},
    {0x8F, "topic filter invalid"},
    {0x90, "topic name invalid"},
    {0x91, "packet identifier in use"},
    {0x92, "packet identifier not found"},
    {0x93, "receive maximum exceeded"},
    {0x94, "topic alias invalid"},
    {0x95, "packet too large"},
    {0x96, "message rate too high"},
    {0x97, "quota exceeded"},
    {0x98, "administrative action"},
    {0x99, "payload format invalid"},
    {0x9A, "retain not supported"},
    {0x9B, "QoS not supported"},
    {0x9C, "use another server"},
    {0x9D, "server moved"},
    {0x9E, "shared subscriptions not supported"},
    {0x9F, "connection rate exceeded"},
    {0xA0, "maximum connect time"},
    {0xA1, "subscription identifiers not supported"},
    {0xA2, "wildcard subscriptions not supported"},
};

static const char *text_of(int code) {
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (texts[i].code == code) return texts[i].text;
  return "unknown reason code";
}

START_TEST(every_reason_code_has_the_standards_words)
{
  for (int code = -2; code <= 300; code++) ck_assert_str_eq(mqttwill_reason_text(code), text_of(code));
}
END_TEST

START_TEST(return_codes_of_mqtt_3_have_their_own)
{
  ck_assert_str_eq(mqttwill_return_code_text(0), "connection accepted");
  ck_assert_str_eq(mqttwill_return_code_text(1), "unacceptable protocol version");
  ck_assert_str_eq(mqttwill_return_code_text(2), "identifier rejected");
  ck_assert_str_eq(mqttwill_return_code_text(3), "server unavailable");
  ck_assert_str_eq(mqttwill_return_code_text(4), "bad user name or password");
  ck_assert_str_eq(mqttwill_return_code_text(5), "not authorized");
  ck_assert_str_eq(mqttwill_return_code_text(6), "unknown return code");
  ck_assert_str_eq(mqttwill_return_code_text(-1), "unknown return code");
}
END_TEST

START_TEST(peers_are_told_with_the_most_exact_code)
{
  static const struct {
    int status, reason;
  } rows[] = {{MQTTWILL_OK, 0x00},
              {MQTTWILL_ERR_MALFORMED, 0x81},
              {MQTTWILL_ERR_TOPIC_UTF8, 0x81},
              {MQTTWILL_ERR_TOPIC_NUL, 0x81},
              {MQTTWILL_ERR_UTF8, 0x81},
              {MQTTWILL_ERR_PROTOCOL, 0x82},
              {MQTTWILL_ERR_MEMORY, 0x83},
              {MQTTWILL_ERR_VERSION, 0x84},
              {MQTTWILL_ERR_CLIENT_ID, 0x85},
              {MQTTWILL_ERR_FILTER, 0x8F},
              {MQTTWILL_ERR_TOPIC_EMPTY, 0x90},
              {MQTTWILL_ERR_TOPIC_TOO_LONG, 0x90},
              {MQTTWILL_ERR_TOPIC_WILDCARD, 0x90},
              {MQTTWILL_ERR_RECEIVE_MAXIMUM, 0x93},
              {MQTTWILL_ERR_TOPIC_ALIAS, 0x94},
              {MQTTWILL_ERR_PACKET_TOO_LARGE, 0x95},
              {MQTTWILL_ERR_PAYLOAD_FORMAT, 0x99},
              {MQTTWILL_ERR_RETAIN_UNAVAILABLE, 0x9A},
              {MQTTWILL_ERR_QOS_UNAVAILABLE, 0x9B},
              {MQTTWILL_ERR_TIMEOUT, 0x80}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    ck_assert_int_eq((int)mw_reason_of(rows[i].status), rows[i].reason);
}
END_TEST

START_TEST(a_packet_without_reasons_has_none_defined)
{
  for (unsigned code = 0; code <= 255; code++) {
    ck_assert(!mw_reason_defined(MW_PUBLISH, (uint8_t)code));
    ck_assert(!mw_reason_defined(MW_CONNECT, (uint8_t)code));
  }
}
END_TEST

SUITE("wire/reason", every_reason_code_has_the_standards_words, return_codes_of_mqtt_3_have_their_own,
      peers_are_told_with_the_most_exact_code, a_packet_without_reasons_has_none_defined)
