/* SPDX-License-Identifier: MIT
 * Reason codes: their texts, the packets that may carry each (MQTT 5 section 2.4 and table 3-13), the return
 * codes of MQTT 3, and the code with which a failure to decode is told to the peer. The only expansion of
 * MQTTWILL_REASON_MAP's packet column. Called by the decoders, session/ and broker/core. */
#include "wire/wire.h"

/* One bit a packet type. DISCONNECT needs two, one for each sender; type 0 is not a packet. */
enum {
  CONNACK = 1 << MW_CONNACK,
  PUBACK = 1 << MW_PUBACK,
  PUBREC = 1 << MW_PUBREC,
  PUBREL = 1 << MW_PUBREL,
  PUBCOMP = 1 << MW_PUBCOMP,
  SUBACK = 1 << MW_SUBACK,
  UNSUBACK = 1 << MW_UNSUBACK,
  AUTH = 1 << MW_AUTH,
  BY_CLIENT = 1 << MW_DISCONNECT,
  BY_SERVER = 1 << 0,
  BOTH = BY_CLIENT | BY_SERVER
};

static const struct row {
  const char *text; /* NULL: no such code */
  uint16_t packets;
} rows[] = {
#define ROW(name, code, text, packets) [code] = {text, (uint16_t)(packets)},
    MQTTWILL_REASON_MAP(ROW)
#undef ROW
};

static unsigned packets_of(uint8_t reason) {
  return reason < sizeof rows / sizeof rows[0] ? rows[reason].packets : 0;
}

bool mw_reason_defined(enum mw_packet_type packet, uint8_t reason) {
  unsigned wanted = packet == MW_DISCONNECT ? BOTH : 1u << packet;
  return (packets_of(reason) & wanted) != 0;
}

bool mw_reason_by_client(uint8_t reason) {
  return (packets_of(reason) & BY_CLIENT) != 0;
}

bool mw_reason_by_server(uint8_t reason) {
  return (packets_of(reason) & BY_SERVER) != 0;
}

const char *mqttwill_reason_text(int reason) {
  const char *text = NULL;
  if (reason >= 0 && (size_t)reason < sizeof rows / sizeof rows[0]) text = rows[reason].text;
  return text != NULL ? text : "unknown reason code";
}

const char *mqttwill_return_code_text(int code) {
  static const char *const texts[] = {"connection accepted",       "unacceptable protocol version",
                                      "identifier rejected",       "server unavailable",
                                      "bad user name or password", "not authorized"};
  if (code < 0 || (size_t)code >= sizeof texts / sizeof texts[0]) return "unknown return code";
  return texts[code];
}

mqttwill_reason mw_reason_of(int status) {
  switch (status) {
  case MQTTWILL_OK:
    return MQTTWILL_REASON_SUCCESS;
  case MQTTWILL_ERR_MALFORMED:
  case MQTTWILL_ERR_UTF8:
  case MQTTWILL_ERR_TOPIC_UTF8:
  case MQTTWILL_ERR_TOPIC_NUL:
    return MQTTWILL_REASON_MALFORMED_PACKET;
  case MQTTWILL_ERR_PROTOCOL:
    return MQTTWILL_REASON_PROTOCOL_ERROR;
  case MQTTWILL_ERR_VERSION:
    return MQTTWILL_REASON_UNSUPPORTED_PROTOCOL_VERSION;
  case MQTTWILL_ERR_CLIENT_ID:
    return MQTTWILL_REASON_CLIENT_IDENTIFIER_NOT_VALID;
  case MQTTWILL_ERR_TOPIC_EMPTY:
  case MQTTWILL_ERR_TOPIC_TOO_LONG:
  case MQTTWILL_ERR_TOPIC_WILDCARD:
    return MQTTWILL_REASON_TOPIC_NAME_INVALID;
  case MQTTWILL_ERR_FILTER:
    return MQTTWILL_REASON_TOPIC_FILTER_INVALID;
  case MQTTWILL_ERR_RECEIVE_MAXIMUM:
    return MQTTWILL_REASON_RECEIVE_MAXIMUM_EXCEEDED;
  case MQTTWILL_ERR_TOPIC_ALIAS:
    return MQTTWILL_REASON_TOPIC_ALIAS_INVALID;
  case MQTTWILL_ERR_PACKET_TOO_LARGE:
    return MQTTWILL_REASON_PACKET_TOO_LARGE;
  case MQTTWILL_ERR_PAYLOAD_FORMAT:
    return MQTTWILL_REASON_PAYLOAD_FORMAT_INVALID;
  case MQTTWILL_ERR_RETAIN_UNAVAILABLE:
    return MQTTWILL_REASON_RETAIN_NOT_SUPPORTED;
  case MQTTWILL_ERR_QOS_UNAVAILABLE:
    return MQTTWILL_REASON_QOS_NOT_SUPPORTED;
  case MQTTWILL_ERR_MEMORY:
    return MQTTWILL_REASON_IMPLEMENTATION_SPECIFIC_ERROR;
  default:
    return MQTTWILL_REASON_UNSPECIFIED_ERROR;
  }
}
