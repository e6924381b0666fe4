/* SPDX-License-Identifier: MIT
 * The properties of MQTT 5 (section 2.2.2). One map names them all; everything that reads, writes, checks or
 * stores a property in this library follows from its row. */
#ifndef MQTTWILL_PROPERTY_H
#define MQTTWILL_PROPERTY_H

#include <mqttwill/base.h>

/* name, identifier, the standard's name, type, the places where it may stand, least and greatest value of a
 * number (or 0, 0). WILL is a place of its own: a will's properties are neither CONNECT's nor PUBLISH's. The
 * place and type columns are expanded in one place (wire/property.c). A SUBSCRIPTION_IDENTIFIER may repeat in
 * PUBLISH, a USER_PROPERTY anywhere, every other property stands at most once. */
#define MQTTWILL_PROPERTY_MAP(X)                                                                             \
  X(PAYLOAD_FORMAT_INDICATOR, 0x01, "payload format indicator", BYTE, PUBLISH | WILL, 0, 1)                  \
  X(MESSAGE_EXPIRY_INTERVAL, 0x02, "message expiry interval", FOUR_BYTE, PUBLISH | WILL, 0, UINT32_MAX)      \
  X(CONTENT_TYPE, 0x03, "content type", STRING, PUBLISH | WILL, 0, 0)                                        \
  X(RESPONSE_TOPIC, 0x08, "response topic", STRING, PUBLISH | WILL, 0, 0)                                    \
  X(CORRELATION_DATA, 0x09, "correlation data", BINARY, PUBLISH | WILL, 0, 0)                                \
  X(SUBSCRIPTION_IDENTIFIER, 0x0B, "subscription identifier", VARIABLE, PUBLISH | SUBSCRIBE, 1, 268435455)   \
  X(SESSION_EXPIRY_INTERVAL, 0x11, "session expiry interval", FOUR_BYTE, CONNECT | CONNACK | DISCONNECT, 0,  \
    UINT32_MAX)                                                                                              \
  X(ASSIGNED_CLIENT_IDENTIFIER, 0x12, "assigned client identifier", STRING, CONNACK, 0, 0)                   \
  X(SERVER_KEEP_ALIVE, 0x13, "server keep alive", TWO_BYTE, CONNACK, 0, UINT16_MAX)                          \
  X(AUTHENTICATION_METHOD, 0x15, "authentication method", STRING, CONNECT | CONNACK | AUTH, 0, 0)            \
  X(AUTHENTICATION_DATA, 0x16, "authentication data", BINARY, CONNECT | CONNACK | AUTH, 0, 0)                \
  X(REQUEST_PROBLEM_INFORMATION, 0x17, "request problem information", BYTE, CONNECT, 0, 1)                   \
  X(WILL_DELAY_INTERVAL, 0x18, "will delay interval", FOUR_BYTE, WILL, 0, UINT32_MAX)                        \
  X(REQUEST_RESPONSE_INFORMATION, 0x19, "request response information", BYTE, CONNECT, 0, 1)                 \
  X(RESPONSE_INFORMATION, 0x1A, "response information", STRING, CONNACK, 0, 0)                               \
  X(SERVER_REFERENCE, 0x1C, "server reference", STRING, CONNACK | DISCONNECT, 0, 0)                          \
  X(REASON_STRING, 0x1F, "reason string", STRING,                                                            \
    CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK | DISCONNECT | AUTH, 0, 0)              \
  X(RECEIVE_MAXIMUM, 0x21, "receive maximum", TWO_BYTE, CONNECT | CONNACK, 1, UINT16_MAX)                    \
  X(TOPIC_ALIAS_MAXIMUM, 0x22, "topic alias maximum", TWO_BYTE, CONNECT | CONNACK, 0, UINT16_MAX)            \
  X(TOPIC_ALIAS, 0x23, "topic alias", TWO_BYTE, PUBLISH, 1, UINT16_MAX)                                      \
  X(MAXIMUM_QOS, 0x24, "maximum QoS", BYTE, CONNACK, 0, 1)                                                   \
  X(RETAIN_AVAILABLE, 0x25, "retain available", BYTE, CONNACK, 0, 1)                                         \
  X(USER_PROPERTY, 0x26, "user property", PAIR,                                                              \
    CONNECT | CONNACK | PUBLISH | WILL | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBSCRIBE | SUBACK |           \
        UNSUBSCRIBE | UNSUBACK | DISCONNECT | AUTH,                                                          \
    0, 0)                                                                                                    \
  X(MAXIMUM_PACKET_SIZE, 0x27, "maximum packet size", FOUR_BYTE, CONNECT | CONNACK, 1, UINT32_MAX)           \
  X(WILDCARD_SUBSCRIPTION_AVAILABLE, 0x28, "wildcard subscription available", BYTE, CONNACK, 0, 1)           \
  X(SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0x29, "subscription identifier available", BYTE, CONNACK, 0, 1)       \
  X(SHARED_SUBSCRIPTION_AVAILABLE, 0x2A, "shared subscription available", BYTE, CONNACK, 0, 1)

typedef enum mqttwill_property {
#define MQTTWILL_PROPERTY_ENUM_(name, identifier, text, type, places, least, greatest)                       \
  MQTTWILL_PROPERTY_##name = identifier,
  MQTTWILL_PROPERTY_MAP(MQTTWILL_PROPERTY_ENUM_)
#undef MQTTWILL_PROPERTY_ENUM_
} mqttwill_property;

MQTTWILL_BEGIN_DECLS

/* The standard's name of a property, "will delay interval"; NULL for an unknown identifier. Any thread. */
MQTTWILL_API const char *mqttwill_property_name(int identifier);

/* A list to be filled and handed to a call that takes properties; the call copies it. NULL: out of memory.
 * One thread at a time. */
MQTTWILL_API mqttwill_properties *mqttwill_properties_new(void);
MQTTWILL_API void mqttwill_properties_free(mqttwill_properties *properties); /* NULL is fine */

/* Adds one property. Where it may stand is checked by the call that takes the list.
 * MQTTWILL_ERR_PROPERTY: unknown, or its type is another one; MQTTWILL_ERR_PROPERTY_VALUE: out of range;
 * MQTTWILL_ERR_PROPERTY_TWICE: already there and may not repeat; MQTTWILL_ERR_TOO_LONG: over 65,535 bytes;
 * MQTTWILL_ERR_UTF8: a string that is not UTF-8 or holds U+0000; MQTTWILL_ERR_RESPONSE_TOPIC;
 * MQTTWILL_ERR_MEMORY. The list is unchanged then. */
MQTTWILL_API int mqttwill_properties_add_number(mqttwill_properties *properties, mqttwill_property identifier,
                                                uint32_t value);
MQTTWILL_API int mqttwill_properties_add_bytes(mqttwill_properties *properties, mqttwill_property identifier,
                                               const void *data, size_t length);
MQTTWILL_API int mqttwill_properties_add_string(mqttwill_properties *properties, mqttwill_property identifier,
                                                const char *text);
MQTTWILL_API int mqttwill_properties_add_user(mqttwill_properties *properties, const char *name,
                                              const char *value);

/* Looks one up, in a list of one's own or one that came from the server. False: not there (or not of that
 * type), the results are unchanged. Strings and data are borrowed from the list and NOT terminated by NUL.
 * `index` counts the repetitions of a property (0 for the first) and, for user properties, all pairs in their
 * order. */
MQTTWILL_API bool mqttwill_properties_number(const mqttwill_properties *properties,
                                             mqttwill_property identifier, size_t index, uint32_t *value);
MQTTWILL_API bool mqttwill_properties_bytes(const mqttwill_properties *properties,
                                            mqttwill_property identifier, const void **data, size_t *length);
MQTTWILL_API bool mqttwill_properties_user(const mqttwill_properties *properties, size_t index,
                                           const char **name, size_t *name_length, const char **value,
                                           size_t *value_length);

MQTTWILL_END_DECLS

#endif
