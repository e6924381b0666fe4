/* SPDX-License-Identifier: MIT
 * The reason codes of MQTT 5 (section 2.4) and the return codes of CONNACK in MQTT 3.1 and 3.1.1 (section
 * 3.2.2.3 there, which share the numbers 1 to 5 with nothing in MQTT 5). Codes from 0x80 on are failures. */
#ifndef MQTTWILL_REASON_H
#define MQTTWILL_REASON_H

#include <mqttwill/base.h>

/* name, code, text, the packets that may carry it. The packet columns are expanded in one place
 * (wire/reason.c). */
#define MQTTWILL_REASON_MAP(X)                                                                               \
  X(SUCCESS, 0x00, "success",                                                                                \
    CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK | AUTH | BOTH)                          \
  X(GRANTED_QOS_1, 0x01, "granted QoS 1", SUBACK)                                                            \
  X(GRANTED_QOS_2, 0x02, "granted QoS 2", SUBACK)                                                            \
  X(DISCONNECT_WITH_WILL, 0x04, "disconnect with will message", BY_CLIENT)                                   \
  X(NO_MATCHING_SUBSCRIBERS, 0x10, "no matching subscribers", PUBACK | PUBREC)                               \
  X(NO_SUBSCRIPTION_EXISTED, 0x11, "no subscription existed", UNSUBACK)                                      \
  X(CONTINUE_AUTHENTICATION, 0x18, "continue authentication", AUTH)                                          \
  X(RE_AUTHENTICATE, 0x19, "re-authenticate", AUTH)                                                          \
  X(UNSPECIFIED_ERROR, 0x80, "unspecified error", CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | BOTH)      \
  X(MALFORMED_PACKET, 0x81, "malformed packet", CONNACK | BOTH)                                              \
  X(PROTOCOL_ERROR, 0x82, "protocol error", CONNACK | BOTH)                                                  \
  X(IMPLEMENTATION_SPECIFIC_ERROR, 0x83, "implementation specific error",                                    \
    CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | BOTH)                                                    \
  X(UNSUPPORTED_PROTOCOL_VERSION, 0x84, "unsupported protocol version", CONNACK)                             \
  X(CLIENT_IDENTIFIER_NOT_VALID, 0x85, "client identifier not valid", CONNACK)                               \
  X(BAD_USER_NAME_OR_PASSWORD, 0x86, "bad user name or password", CONNACK)                                   \
  X(NOT_AUTHORIZED, 0x87, "not authorized", CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | BY_SERVER)       \
  X(SERVER_UNAVAILABLE, 0x88, "server unavailable", CONNACK)                                                 \
  X(SERVER_BUSY, 0x89, "server busy", CONNACK | BY_SERVER)                                                   \
  X(BANNED, 0x8A, "banned", CONNACK)                                                                         \
  X(SERVER_SHUTTING_DOWN, 0x8B, "server shutting down", BY_SERVER)                                           \
  X(BAD_AUTHENTICATION_METHOD, 0x8C, "bad authentication method", CONNACK | BY_SERVER)                       \
  X(KEEP_ALIVE_TIMEOUT, 0x8D, "keep alive timeout", BY_SERVER)                                               \
  X(SESSION_TAKEN_OVER, 0x8E, "session taken over", BY_SERVER)                                               \
  X(TOPIC_FILTER_INVALID, 0x8F, "topic filter invalid", SUBACK | UNSUBACK | BY_SERVER)                       \
  X(TOPIC_NAME_INVALID, 0x90, "topic name invalid", CONNACK | PUBACK | PUBREC | BOTH)                        \
  X(PACKET_IDENTIFIER_IN_USE, 0x91, "packet identifier in use", PUBACK | PUBREC | SUBACK | UNSUBACK)         \
  X(PACKET_IDENTIFIER_NOT_FOUND, 0x92, "packet identifier not found", PUBREL | PUBCOMP)                      \
  X(RECEIVE_MAXIMUM_EXCEEDED, 0x93, "receive maximum exceeded", BOTH)                                        \
  X(TOPIC_ALIAS_INVALID, 0x94, "topic alias invalid", BOTH)                                                  \
  X(PACKET_TOO_LARGE, 0x95, "packet too large", CONNACK | BOTH)                                              \
  X(MESSAGE_RATE_TOO_HIGH, 0x96, "message rate too high", BOTH)                                              \
  X(QUOTA_EXCEEDED, 0x97, "quota exceeded", CONNACK | PUBACK | PUBREC | SUBACK | BOTH)                       \
  X(ADMINISTRATIVE_ACTION, 0x98, "administrative action", BOTH)                                              \
  X(PAYLOAD_FORMAT_INVALID, 0x99, "payload format invalid", CONNACK | PUBACK | PUBREC | BOTH)                \
  X(RETAIN_NOT_SUPPORTED, 0x9A, "retain not supported", CONNACK | BY_SERVER)                                 \
  X(QOS_NOT_SUPPORTED, 0x9B, "QoS not supported", CONNACK | BY_SERVER)                                       \
  X(USE_ANOTHER_SERVER, 0x9C, "use another server", CONNACK | BY_SERVER)                                     \
  X(SERVER_MOVED, 0x9D, "server moved", CONNACK | BY_SERVER)                                                 \
  X(SHARED_SUBSCRIPTIONS_NOT_SUPPORTED, 0x9E, "shared subscriptions not supported", SUBACK | BY_SERVER)      \
  X(CONNECTION_RATE_EXCEEDED, 0x9F, "connection rate exceeded", CONNACK | BY_SERVER)                         \
  X(MAXIMUM_CONNECT_TIME, 0xA0, "maximum connect time", BY_SERVER)                                           \
  X(SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, 0xA1, "subscription identifiers not supported",                  \
    SUBACK | BY_SERVER)                                                                                      \
  X(WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED, 0xA2, "wildcard subscriptions not supported", SUBACK | BY_SERVER)

typedef enum mqttwill_reason {
#define MQTTWILL_REASON_ENUM_(name, code, text, packets) MQTTWILL_REASON_##name = code,
  MQTTWILL_REASON_MAP(MQTTWILL_REASON_ENUM_)
#undef MQTTWILL_REASON_ENUM_
} mqttwill_reason;

/* What CONNACK says in MQTT 3.1 and 3.1.1; the library reports these as they came. */
#define MQTTWILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION 0x01
#define MQTTWILL_RETURN_IDENTIFIER_REJECTED           0x02
#define MQTTWILL_RETURN_SERVER_UNAVAILABLE            0x03
#define MQTTWILL_RETURN_BAD_USER_NAME_OR_PASSWORD     0x04
#define MQTTWILL_RETURN_NOT_AUTHORIZED                0x05

MQTTWILL_BEGIN_DECLS

/* The standard's words for a reason code, in lower case; "unknown reason code" for any other number.
 * A constant string. Any thread. */
MQTTWILL_API const char *mqttwill_reason_text(int reason);

/* The same for the return code of a CONNACK of MQTT 3.1 or 3.1.1 (0 to 5). */
MQTTWILL_API const char *mqttwill_return_code_text(int code);

MQTTWILL_END_DECLS

#endif
