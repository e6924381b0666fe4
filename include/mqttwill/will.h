/* SPDX-License-Identifier: MIT
 * The last will: the message a server publishes for a client that vanishes without a clean DISCONNECT
 * (MQTT 5 sections 3.1.2.5 and 3.1.3.2 to 3.1.3.4, MQTT 3.1.1 section 3.1.2.5).
 *
 * A will is part of CONNECT: every function here shapes the NEXT connection, the will of a live connection
 * cannot be changed (mqttwill_will_pending() tells that a change waits). A refused call leaves the will as it
 * was, and is remembered: connecting fails with the same status until the same thing is set well or cleared,
 * so that a program which ignores a return value never runs without its will. Any thread. */
#ifndef MQTTWILL_WILL_H
#define MQTTWILL_WILL_H

#include <mqttwill/base.h>
#include <mqttwill/property.h>

MQTTWILL_BEGIN_DECLS

/* Sets topic, payload, QoS and retain; the will properties stay. Everything is copied. `payload` may be NULL
 * when `length` is 0: a will with an empty payload is legal, and together with `retain` erases the retained
 * message. MQTTWILL_ERR_ARGUMENT         client or topic NULL, or payload NULL with a length
 *   MQTTWILL_ERR_TOPIC_EMPTY, _TOPIC_TOO_LONG (65,535 bytes), _TOPIC_UTF8, _TOPIC_NUL, _TOPIC_WILDCARD
 *   MQTTWILL_ERR_QOS              not 0, 1 or 2
 *   MQTTWILL_ERR_PAYLOAD_TOO_LONG over 65,535 bytes: the length field has two bytes (section 1.5.6)
 *   MQTTWILL_ERR_PAYLOAD_FORMAT   the payload format indicator is set to 1 and the payload is not UTF-8
 *   MQTTWILL_ERR_MEMORY */
MQTTWILL_API int mqttwill_set_will(mqttwill_client *client, const char *topic, const void *payload,
                                   size_t length, int qos, bool retain);

/* The same for a topic that is not terminated by NUL. */
MQTTWILL_API int mqttwill_set_will_topic_length(mqttwill_client *client, const char *topic,
                                                size_t topic_length, const void *payload, size_t length,
                                                int qos, bool retain);

/* Forgets the will, its properties, and every refused call above and below. */
MQTTWILL_API int mqttwill_clear_will(mqttwill_client *client);

/* Will Delay Interval in seconds (0x18, section 3.1.3.2.2): how long the server waits before it publishes, so
 * that a short break goes unnoticed. 0 removes it. It never outlasts the session: the effective delay is the
 * smaller of this and the session expiry interval; see mqttwill_will_timing(). MQTT 5 only: with MQTT 3.1
 * or 3.1.1 chosen, connecting fails with MQTTWILL_ERR_VERSION. */
MQTTWILL_API int mqttwill_set_will_delay(mqttwill_client *client, uint32_t seconds);

/* The seven will properties of MQTT 5 (section 3.1.3.2): payload format indicator, message expiry interval,
 * content type, response topic, correlation data, will delay interval, user property. A second value replaces
 * the first, user properties add up. May be called before or after mqttwill_set_will(). `client`'s protocol
 * must be MQTT 5 by the time it connects. MQTTWILL_ERR_PROPERTY         not a will property, or of another
 * type (number, bytes) MQTTWILL_ERR_PROPERTY_VALUE   out of range (a payload format indicator is 0 or 1)
 *   MQTTWILL_ERR_PAYLOAD_FORMAT   indicator 1 and the payload set is not UTF-8
 *   MQTTWILL_ERR_UTF8, MQTTWILL_ERR_RESPONSE_TOPIC, MQTTWILL_ERR_TOO_LONG, MQTTWILL_ERR_MEMORY */
MQTTWILL_API int mqttwill_set_will_number(mqttwill_client *client, mqttwill_property property,
                                          uint32_t value);
MQTTWILL_API int mqttwill_set_will_string(mqttwill_client *client, mqttwill_property property,
                                          const char *text);
MQTTWILL_API int mqttwill_set_will_bytes(mqttwill_client *client, mqttwill_property property,
                                         const void *data, size_t length);
MQTTWILL_API int mqttwill_add_will_user_property(mqttwill_client *client, const char *name,
                                                 const char *value);
/* Removes one property; fine when it is not there. It also forgets a refused call for that property. */
MQTTWILL_API int mqttwill_clear_will_property(mqttwill_client *client, mqttwill_property property);

/* True while the will of the live connection is not the one that is set. */
MQTTWILL_API bool mqttwill_will_pending(mqttwill_client *client);

/* How long until others learn that this device is gone. */
#define MQTTWILL_WILL_DELAY_IGNORED      0x01u  /* the session expiry is 0: the delay has no effect */
#define MQTTWILL_WILL_DELAY_CAPPED       0x02u  /* the session expires before the delay ends */
#define MQTTWILL_WILL_EXPIRY_LOWERED     0x04u  /* the server granted a shorter session than was asked for */
#define MQTTWILL_WILL_KEEP_ALIVE_CHANGED 0x08u  /* the server dictates another keep alive */
#define MQTTWILL_WILL_NEVER_NOTICED      0x10u  /* keep alive 0: a silent death is never noticed */
#define MQTTWILL_WILL_DOLLAR_TOPIC       0x20u  /* the topic begins with $: servers often block it */
#define MQTTWILL_WILL_ERASES_RETAINED    0x40u  /* empty payload with retain: erases instead of telling */
#define MQTTWILL_WILL_CONTROL_CHARACTERS 0x80u  /* the topic holds characters that servers may refuse */
#define MQTTWILL_WILL_NOT_ASCII          0x100u /* MQTT 3.1 wants a 7-bit payload */

/* Best and worst case, in milliseconds, between the death of this client and the publication of its will.
 * Best: the server sees the connection close (FIN, RST): the effective delay. Worst: nothing arrives any
 * more: one and a half times the keep alive more (section 3.1.2.10), UINT64_MAX when keep alive is 0. While
 * connected the server's grants count, before that the options. `warnings` gets the bits above. Each result
 * pointer may be NULL. MQTTWILL_ERR_NO_WILL, MQTTWILL_ERR_ARGUMENT */
MQTTWILL_API int mqttwill_will_timing(mqttwill_client *client, uint64_t *best_ms, uint64_t *worst_ms,
                                      unsigned *warnings);

/* The sentence for one of the warning bits, for people; NULL for none of them. */
MQTTWILL_API const char *mqttwill_will_warning_text(unsigned warning);

MQTTWILL_END_DECLS

#endif
