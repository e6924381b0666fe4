/* SPDX-License-Identifier: MIT
 * What a call of the library answers: 0, or one of these negative numbers. A server's reason code (reason.h)
 * and the system's errno are two other things and are reported beside the status, never instead of it. */
#ifndef MQTTWILL_STATUS_H
#define MQTTWILL_STATUS_H

#include <mqttwill/base.h>

/* name, number, text. Numbers are for ever; new rows go to the end of their group, new groups to new
 * hundreds. */
#define MQTTWILL_STATUS_MAP(X)                                                                               \
  X(OK, 0, "success")                                                                                        \
  /* the call */                                                                                             \
  X(ERR_MEMORY, -1, "out of memory")                                                                         \
  X(ERR_ARGUMENT, -2, "invalid argument")                                                                    \
  X(ERR_UNSUPPORTED, -3, "not supported on this system or in this build")                                    \
  X(ERR_IN_CALLBACK, -4, "a blocking call cannot be made inside a callback")                                 \
  X(ERR_STATE, -5, "not possible in the client's present state")                                             \
  X(ERR_NOT_CONNECTED, -6, "not connected")                                                                  \
  X(ERR_ALREADY_CONNECTED, -7, "already connected or connecting")                                            \
  X(ERR_TIMEOUT, -8, "the deadline passed")                                                                  \
  X(ERR_FULL, -9, "the outbound queue is full")                                                              \
  X(ERR_CANCELLED, -10, "the operation was given up before it was done")                                     \
  X(ERR_FORGOTTEN, -11, "the operation ended too long ago to tell how")                                      \
  X(ERR_URL, -12, "the URL cannot be understood")                                                            \
  X(ERR_SCHEME, -13, "this URL scheme is not known or not built in")                                         \
  X(ERR_NO_MESSAGE, -14, "no message arrived in time")                                                       \
  /* names, strings and wills, checked before anything is sent */                                            \
  X(ERR_TOPIC_EMPTY, -101, "a topic needs at least one character")                                           \
  X(ERR_TOPIC_TOO_LONG, -102, "a topic is at most 65,535 bytes long")                                        \
  X(ERR_TOPIC_UTF8, -103, "a topic must be well-formed UTF-8")                                               \
  X(ERR_TOPIC_NUL, -104, "a topic must not contain U+0000")                                                  \
  X(ERR_TOPIC_WILDCARD, -105, "a topic name must not contain the wildcards + and #")                         \
  X(ERR_FILTER, -106, "the topic filter is not valid")                                                       \
  X(ERR_QOS, -107, "QoS must be 0, 1 or 2")                                                                  \
  X(ERR_PAYLOAD_TOO_LONG, -108, "a will payload is at most 65,535 bytes long")                               \
  X(ERR_PAYLOAD_FORMAT, -109, "the payload format indicator says UTF-8 but the payload is not")              \
  X(ERR_UTF8, -110, "a string must be well-formed UTF-8 without U+0000")                                     \
  X(ERR_TOO_LONG, -111, "longer than its length field can say")                                              \
  X(ERR_PROPERTY, -112, "this property is not allowed here")                                                 \
  X(ERR_PROPERTY_TWICE, -113, "this property may appear only once")                                          \
  X(ERR_PROPERTY_VALUE, -114, "the property's value is out of its range")                                    \
  X(ERR_VERSION, -115, "this needs MQTT 5")                                                                  \
  X(ERR_RESPONSE_TOPIC, -116, "the response topic is not a valid topic name")                                \
  X(ERR_CLIENT_ID, -117, "the client identifier is not allowed in this protocol version")                    \
  X(ERR_REASON_CODE, -118, "this reason code is not defined for this packet")                                \
  X(ERR_NO_WILL, -119, "no will is set")                                                                     \
  X(ERR_SESSION_EXPIRY, -120, "a session expiry of 0 cannot be raised when disconnecting")                   \
  /* limits the server announced */                                                                          \
  X(ERR_PACKET_TOO_LARGE, -201, "the packet is larger than its receiver accepts")                            \
  X(ERR_QOS_UNAVAILABLE, -202, "the server does not support this QoS")                                       \
  X(ERR_RETAIN_UNAVAILABLE, -203, "the server does not support retained messages")                           \
  X(ERR_UNAVAILABLE, -204, "the server does not support this kind of subscription")                          \
  /* the way to the server */                                                                                \
  X(ERR_RESOLVE, -301, "the host name could not be resolved")                                                \
  X(ERR_CONNECT, -302, "no address of the server accepted the connection")                                   \
  X(ERR_NETWORK, -303, "the network connection failed")                                                      \
  X(ERR_CLOSED, -304, "the server closed the connection")                                                    \
  X(ERR_PING_TIMEOUT, -305, "the server did not answer a ping in time")                                      \
  /* what the server said */                                                                                 \
  X(ERR_MALFORMED, -401, "the peer sent a malformed packet")                                                 \
  X(ERR_PROTOCOL, -402, "the peer broke the protocol")                                                       \
  X(ERR_REFUSED, -403, "the server refused the connection")                                                  \
  X(ERR_DISCONNECTED, -404, "the server ended the connection with a DISCONNECT")                             \
  X(ERR_REASON, -405, "the server answered with an error reason code")                                       \
  X(ERR_RECEIVE_MAXIMUM, -406, "the peer sent more unacknowledged messages than it may")                     \
  X(ERR_TOPIC_ALIAS, -407, "the peer used a topic alias that is not allowed")

typedef enum mqttwill_status {
#define MQTTWILL_STATUS_ENUM_(name, number, text) MQTTWILL_##name = number,
  MQTTWILL_STATUS_MAP(MQTTWILL_STATUS_ENUM_)
#undef MQTTWILL_STATUS_ENUM_
} mqttwill_status;

MQTTWILL_BEGIN_DECLS

/* The sentence for a status, for people; "unknown status" for any other number. A constant string. Any
 * thread. */
MQTTWILL_API const char *mqttwill_strerror(int status);

/* The name of a status as it is written in a program, "MQTTWILL_ERR_TIMEOUT"; NULL for an unknown number. */
MQTTWILL_API const char *mqttwill_status_name(int status);

MQTTWILL_END_DECLS

#endif
