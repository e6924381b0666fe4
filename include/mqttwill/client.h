/* SPDX-License-Identifier: MIT
 * A client: options, connecting, publishing, subscribing, and the three ways to end. Every function may be
 * called from any thread and inside a callback, except that blocking calls (those with `timeout_ms`) inside a
 * callback answer MQTTWILL_ERR_IN_CALLBACK. What is passed in is copied; what a callback receives is borrowed
 * until it returns. NULL for a client is MQTTWILL_ERR_ARGUMENT. */
#ifndef MQTTWILL_CLIENT_H
#define MQTTWILL_CLIENT_H

#include <mqttwill/base.h>
#include <mqttwill/message.h>
#include <mqttwill/property.h>
#include <mqttwill/reason.h>
#include <mqttwill/status.h>

MQTTWILL_BEGIN_DECLS

/* ---- life ---- */

/* A client on `loop`, or, with NULL, on a private loop whose thread starts at the first connect. `client_id`
 * may be NULL or empty: the server then assigns one (section 3.1.3.1), where the protocol has that. NULL: out
 * of memory. A client id that is not UTF-8 or longer than 65,535 bytes is remembered like a refused option.
 */
MQTTWILL_API mqttwill_client *mqttwill_client_new(mqttwill_loop *loop, const char *client_id);

/* Frees a client. A live connection is aborted: the will fires. Operations that wait end with
 * MQTTWILL_ERR_CANCELLED first; a callback that runs in another thread is waited for. Once this has returned
 * no callback of the client starts. Inside a callback of the client it is fine, and takes effect when that
 * returns. */
MQTTWILL_API void mqttwill_client_free(mqttwill_client *client);

/* The text for the calling thread's last failed call on this client, with its context ("broker.example:1883:
 * connection refused"); valid until that thread's next call. "" when that call did not fail. */
MQTTWILL_API const char *mqttwill_error(const mqttwill_client *client);
/* The reason code with which the server answered the calling thread's last blocking call on this client
 * (after a SUBSCRIBE the granted QoS), or -1 where there was none; and the errno of a failed system call, or
 * 0. */
MQTTWILL_API int mqttwill_error_reason(const mqttwill_client *client);
MQTTWILL_API int mqttwill_error_system(const mqttwill_client *client);

/* ---- options: any order; a connection is held to what they were when its CONNECT was sent ---- */

/* The refused options that stand in the way of a connect: MQTTWILL_OK, or the status of the first of them,
 * and mqttwill_error() lists all. */
MQTTWILL_API int mqttwill_check(mqttwill_client *client);

#define MQTTWILL_MQTT_3_1   3
#define MQTTWILL_MQTT_3_1_1 4
#define MQTTWILL_MQTT_5     5
/* Speaks just this version. 0, the default: MQTT 5, and 3.1.1 where the server refuses 5 and no option is set
 * that only 5 can carry. MQTTWILL_ERR_ARGUMENT: another number. */
MQTTWILL_API int mqttwill_set_version(mqttwill_client *client, int version);

/* 0 to 65,535 seconds, default 60; 0 turns it off (section 3.1.2.10). The server may dictate another value
 * for a connection; this one stays what the program asked for. */
MQTTWILL_API int mqttwill_set_keep_alive(mqttwill_client *client, unsigned seconds);

/* How long a PINGRESP may take before the connection counts as dead: 1 to 3,600,000 ms, default 10,000. */
MQTTWILL_API int mqttwill_set_ping_timeout(mqttwill_client *client, uint32_t timeout_ms);

/* Clean Start (section 3.1.2.4; CleanSession in 3.x): start afresh, or resume. Default: true unless a session
 * expiry is set. */
MQTTWILL_API int mqttwill_set_clean_start(mqttwill_client *client, bool clean_start);

/* Session Expiry Interval in seconds (section 3.1.2.11.2), default 0; UINT32_MAX: never. MQTT 5; a client
 * of 3.x keeps its session by mqttwill_set_clean_start(client, false). */
MQTTWILL_API int mqttwill_set_session_expiry(mqttwill_client *client, uint32_t seconds);

/* NULL clears. `password_length` up to 65,535 bytes. MQTTWILL_ERR_UTF8, MQTTWILL_ERR_TOO_LONG,
 * MQTTWILL_ERR_MEMORY. A password without a user name is refused at connect by 3.x (MQTTWILL_ERR_VERSION).
 * Wiped when freed. */
MQTTWILL_API int mqttwill_set_username(mqttwill_client *client, const char *username);
MQTTWILL_API int mqttwill_set_password(mqttwill_client *client, const void *password, size_t password_length);

/* Properties of CONNECT (section 3.1.2.11) other than those that have a function of their own here; the list
 * replaces an earlier one, NULL clears. MQTTWILL_ERR_PROPERTY, _PROPERTY_TWICE, _MEMORY. */
MQTTWILL_API int mqttwill_set_connect_properties(mqttwill_client *client,
                                                 const mqttwill_properties *properties);

/* How many QoS 1 and QoS 2 messages may await acknowledgement by this program: 1 to 65,535, default 100. */
MQTTWILL_API int mqttwill_set_receive_maximum(mqttwill_client *client, unsigned count);
/* The largest packet accepted from the server: 16 to 268,435,460 bytes, default 1 MiB; a larger one ends the
 * connection (MQTT 5: reason 0x95). */
MQTTWILL_API int mqttwill_set_maximum_packet_size(mqttwill_client *client, uint32_t bytes);
/* Bytes of messages that may wait to be sent or acknowledged: default 1 MiB; from then on publishing answers
 * MQTTWILL_ERR_FULL (a blocking publish waits) until the drain callback. A message that alone is larger is
 * refused with MQTTWILL_ERR_TOO_LONG. */
MQTTWILL_API int mqttwill_set_outbound_limit(mqttwill_client *client, size_t bytes);

/* true: inbound QoS 1 and 2 messages are acknowledged by mqttwill_ack(), not when their callback returns. */
MQTTWILL_API int mqttwill_set_manual_ack(mqttwill_client *client, bool manual);

/* Where connections start: a literal IPv4 or IPv6 address, or the name of an interface; NULL clears.
 * MQTTWILL_ERR_ARGUMENT: neither; MQTTWILL_ERR_MEMORY. */
MQTTWILL_API int mqttwill_set_source(mqttwill_client *client, const char *address_or_interface);

/* Names go to getaddrinfo() in a helper thread instead of c-ares (mDNS, NSS modules); `.local` always does.
 */
MQTTWILL_API int mqttwill_set_system_resolver(mqttwill_client *client, bool use);

/* Called with each new socket before it connects, to set options on it; any value but 0 gives that address
 * up. It runs in the thread that turns the loop and must not call the library. */
typedef int (*mqttwill_socket_callback)(mqttwill_client *client, int fd, void *argument);
MQTTWILL_API int mqttwill_on_socket(mqttwill_client *client, mqttwill_socket_callback callback,
                                    void *argument);

/* ---- events ---- */

typedef void (*mqttwill_event_callback)(mqttwill_client *client, const mqttwill_event *event, void *argument);
typedef void (*mqttwill_message_callback)(mqttwill_client *client, const mqttwill_message *message,
                                          void *argument);

/* A connect ended, well or not: event status, reason, and after success session_present and version. */
MQTTWILL_API int mqttwill_on_connect(mqttwill_client *client, mqttwill_event_callback callback,
                                     void *argument);
/* A connection that was up is gone: MQTTWILL_OK after a disconnect of one's own, else why. */
MQTTWILL_API int mqttwill_on_disconnect(mqttwill_client *client, mqttwill_event_callback callback,
                                        void *argument);
/* An asynchronous operation ended: publish, subscribe, unsubscribe, disconnect; each exactly once. */
MQTTWILL_API int mqttwill_on_complete(mqttwill_client *client, mqttwill_event_callback callback,
                                      void *argument);
/* After MQTTWILL_ERR_FULL: half of the outbound limit is free again. */
MQTTWILL_API int mqttwill_on_drain(mqttwill_client *client, mqttwill_event_callback callback, void *argument);
/* A message came. While no message callback is set, messages wait for mqttwill_receive(). When more of them
 * than Receive Maximum wait, or as many bytes as the largest packet accepted, the socket is no longer read
 * until some are received: keep alive goes on, but answers (to a publish, say) wait behind the messages. */
MQTTWILL_API int mqttwill_on_message(mqttwill_client *client, mqttwill_message_callback callback,
                                     void *argument);

MQTTWILL_API int64_t mqttwill_event_operation(const mqttwill_event *event); /* 0: none */
MQTTWILL_API int mqttwill_event_status(const mqttwill_event *event);
MQTTWILL_API int
mqttwill_event_reason(const mqttwill_event *event); /* reason or return code; -1: none came */
MQTTWILL_API int mqttwill_event_system_error(const mqttwill_event *event); /* errno, or 0 */
MQTTWILL_API const char *mqttwill_event_text(const mqttwill_event *event); /* the whole story; never NULL */
/* The server's reason string (section 3.1.2.11.7): not terminated, NULL and 0 when none came. */
MQTTWILL_API const char *mqttwill_event_reason_string(const mqttwill_event *event, size_t *length);
/* SUBACK and UNSUBACK: one reason code per filter, in order. */
MQTTWILL_API size_t mqttwill_event_reason_count(const mqttwill_event *event);
MQTTWILL_API int mqttwill_event_reason_at(const mqttwill_event *event, size_t index);
MQTTWILL_API const mqttwill_properties *
mqttwill_event_properties(const mqttwill_event *event); /* never NULL */
MQTTWILL_API bool mqttwill_event_session_present(const mqttwill_event *event);

/* ---- connecting ---- */

/* Connects to mqtt://host[:port] (default port 1883, IPv6 literals in brackets) and waits for CONNACK. At the
 * deadline the attempt is given up.
 *   MQTTWILL_ERR_URL, MQTTWILL_ERR_SCHEME            the URL
 *   the status of a refused option, MQTTWILL_ERR_VERSION   options that do not go together,
 *                           or the server knows only MQTT 3 and an option needs 5
 *   MQTTWILL_ERR_ALREADY_CONNECTED
 *   MQTTWILL_ERR_RESOLVE, MQTTWILL_ERR_CONNECT, MQTTWILL_ERR_NETWORK, MQTTWILL_ERR_CLOSED   the way there
 *   MQTTWILL_ERR_QOS_UNAVAILABLE, MQTTWILL_ERR_RETAIN_UNAVAILABLE, MQTTWILL_ERR_PACKET_TOO_LARGE   this
 * server's last CONNACK ruled the will, or so long a CONNECT, out: nothing was sent MQTTWILL_ERR_REFUSED the
 * server said no; mqttwill_error_reason() tells its code MQTTWILL_ERR_TIMEOUT, MQTTWILL_ERR_MALFORMED,
 * MQTTWILL_ERR_PROTOCOL, MQTTWILL_ERR_MEMORY, _IN_CALLBACK */
MQTTWILL_API int mqttwill_connect(mqttwill_client *client, const char *url, int timeout_ms);
/* The same without waiting: an operation number, or a negative status at once. It ends by
 * mqttwill_on_connect(); it has no deadline but that of the network unless mqttwill_set_connect_timeout() set
 * one (default 30,000 ms; 0: none). */
MQTTWILL_API int64_t mqttwill_connect_async(mqttwill_client *client, const char *url);
MQTTWILL_API int mqttwill_set_connect_timeout(mqttwill_client *client, uint32_t timeout_ms);

/* What is true now. The effective values are the server's grants while connected, the options before. */
MQTTWILL_API bool mqttwill_is_connected(mqttwill_client *client);
MQTTWILL_API int mqttwill_connected_version(mqttwill_client *client);             /* 0 while not connected */
MQTTWILL_API unsigned mqttwill_effective_keep_alive(mqttwill_client *client);     /* seconds */
MQTTWILL_API uint32_t mqttwill_effective_session_expiry(mqttwill_client *client); /* seconds */
/* The client id in use, the assigned one after CONNACK; copied into `buffer`, always terminated. Returns its
 * length, as snprintf does. */
MQTTWILL_API size_t mqttwill_client_id(mqttwill_client *client, char *buffer, size_t size);

/* ---- publishing ---- */

/* Publishes and waits: QoS 0 until the kernel has the bytes, QoS 1 for PUBACK, QoS 2 for PUBCOMP. A timeout
 * ends the waiting, not the operation. While not connected QoS 0 is refused; QoS 1 and 2 wait in the queue
 * for the connection. MQTTWILL_ERR_TOPIC_*, MQTTWILL_ERR_QOS, MQTTWILL_ERR_TOO_LONG,
 * MQTTWILL_ERR_PACKET_TOO_LARGE, MQTTWILL_ERR_QOS_UNAVAILABLE, MQTTWILL_ERR_RETAIN_UNAVAILABLE,
 * MQTTWILL_ERR_PROPERTY*, MQTTWILL_ERR_VERSION, MQTTWILL_ERR_NOT_CONNECTED, MQTTWILL_ERR_STATE (saying
 * goodbye), MQTTWILL_ERR_TIMEOUT, MQTTWILL_ERR_ARGUMENT (topic NULL, or payload NULL with a length),
 * MQTTWILL_ERR_REASON (the server's answer is >= 0x80), MQTTWILL_ERR_CLOSED and the other ways a connection
 * ends (QoS 0; QoS 1 and 2 are sent again after a reconnect), MQTTWILL_ERR_FULL (no room in time: nothing was
 * published), MQTTWILL_ERR_CANCELLED (the session was lost or the client freed), MQTTWILL_ERR_MEMORY,
 * _IN_CALLBACK */
MQTTWILL_API int mqttwill_publish(mqttwill_client *client, const char *topic, const void *payload,
                                  size_t length, int qos, bool retain, int timeout_ms);
/* The same without waiting, with properties (NULL: none): an operation number, or a negative status; also
 * MQTTWILL_ERR_FULL. */
MQTTWILL_API int64_t mqttwill_publish_async(mqttwill_client *client, const char *topic, const void *payload,
                                            size_t length, int qos, bool retain,
                                            const mqttwill_properties *properties);

/* Waits for an operation: what it ended with, or MQTTWILL_ERR_TIMEOUT while it goes on. A negative
 * `operation` is returned as it is, so calls can be nested: mqttwill_wait(c, mqttwill_publish_async(...),
 * 5000). After it has ended: its status if that is still remembered, MQTTWILL_ERR_FORGOTTEN otherwise.
 * `timeout_ms` -1: without end. */
MQTTWILL_API int mqttwill_wait(mqttwill_client *client, int64_t operation, int timeout_ms);

/* ---- subscribing ---- */

#define MQTTWILL_SUBSCRIBE_NO_LOCAL            0x04u /* not my own messages; MQTT 5, section 3.8.3.1 */
#define MQTTWILL_SUBSCRIBE_RETAIN_AS_PUBLISHED 0x08u
#define MQTTWILL_SUBSCRIBE_RETAINED_IF_NEW     0x10u /* Retain Handling 1 */
#define MQTTWILL_SUBSCRIBE_NO_RETAINED         0x20u /* Retain Handling 2 */

/* `options`: a QoS (0 to 2) and, in MQTT 5, the flags above. Waits for SUBACK; mqttwill_error_reason() then
 * tells the granted QoS. MQTTWILL_ERR_FILTER, MQTTWILL_ERR_QOS, MQTTWILL_ERR_ARGUMENT (no filter, or an
 * unknown option), MQTTWILL_ERR_VERSION, MQTTWILL_ERR_UNAVAILABLE, MQTTWILL_ERR_PROPERTY*,
 * MQTTWILL_ERR_TOO_LONG, MQTTWILL_ERR_PACKET_TOO_LARGE, MQTTWILL_ERR_NOT_CONNECTED, MQTTWILL_ERR_STATE
 * (saying goodbye), MQTTWILL_ERR_FULL (no packet identifier is free), MQTTWILL_ERR_REASON,
 * MQTTWILL_ERR_TIMEOUT, MQTTWILL_ERR_MEMORY, _IN_CALLBACK, and how a connection ends. */
MQTTWILL_API int mqttwill_subscribe(mqttwill_client *client, const char *filter, unsigned options,
                                    int timeout_ms);
MQTTWILL_API int64_t mqttwill_subscribe_async(mqttwill_client *client, const char *const *filters,
                                              const unsigned *options, size_t count,
                                              const mqttwill_properties *properties);
MQTTWILL_API int mqttwill_unsubscribe(mqttwill_client *client, const char *filter, int timeout_ms);
MQTTWILL_API int64_t mqttwill_unsubscribe_async(mqttwill_client *client, const char *const *filters,
                                                size_t count, const mqttwill_properties *properties);

/* The next message, for programs without callbacks; `*message` is the caller's, to be freed.
 * MQTTWILL_ERR_NO_MESSAGE: none within `timeout_ms`. Once the waiting ones are read and there is no
 * connection: what ended it (MQTTWILL_ERR_CLOSED, MQTTWILL_ERR_PING_TIMEOUT ...), or
 * MQTTWILL_ERR_NOT_CONNECTED after a disconnect of one's own and before the first connect.
 * MQTTWILL_ERR_STATE: a message callback is set. MQTTWILL_ERR_ARGUMENT, _IN_CALLBACK. */
MQTTWILL_API int mqttwill_receive(mqttwill_client *client, mqttwill_message **message, int timeout_ms);

/* Acknowledges a message where mqttwill_set_manual_ack() asked for that. Acknowledgements leave in the order
 * in which the messages came (section 4.6). MQTTWILL_ERR_ARGUMENT: not a message that waits (it came over an
 * earlier connection, or was acknowledged). */
MQTTWILL_API int mqttwill_ack(mqttwill_client *client, uint64_t token);

/* ---- three endings ---- */

/* Says goodbye: sends what is queued, waits for acknowledgements, sends DISCONNECT 0x00, half-closes, drains,
 * closes. The will does NOT fire. At the deadline DISCONNECT is sent with messages unacknowledged and
 * MQTTWILL_ERR_TIMEOUT is the answer; where even that cannot leave, the connection is aborted and the will
 * fires (MQTTWILL_ERR_CANCELLED). */
MQTTWILL_API int mqttwill_disconnect(mqttwill_client *client, int timeout_ms);
/* The same with reason 0x04: the will fires, after its delay (section 3.14.2.1). MQTTWILL_ERR_VERSION below
 * MQTT 5. */
MQTTWILL_API int mqttwill_disconnect_with_will(mqttwill_client *client, int timeout_ms);
/* Without waiting, with a reason code a client may send and properties of DISCONNECT (NULL: none).
 * MQTTWILL_ERR_REASON_CODE, MQTTWILL_ERR_PROPERTY, MQTTWILL_ERR_SESSION_EXPIRY (raised from 0,
 * section 3.14.2.2.2), MQTTWILL_ERR_VERSION (not 0x00 below MQTT 5), MQTTWILL_ERR_PACKET_TOO_LARGE,
 * MQTTWILL_ERR_NOT_CONNECTED, MQTTWILL_ERR_STATE (under way already), MQTTWILL_ERR_MEMORY. */
MQTTWILL_API int64_t mqttwill_disconnect_async(mqttwill_client *client, mqttwill_reason reason,
                                               const mqttwill_properties *properties, int timeout_ms);
/* Drops the connection, or the attempt to get one, without DISCONNECT: the will fires. Operations of the
 * connection end with MQTTWILL_ERR_CANCELLED; queued QoS 1 and 2 messages stay. It is gone when this returns;
 * inside a callback of the client, when that has returned. */
MQTTWILL_API int mqttwill_abort(mqttwill_client *client);

MQTTWILL_END_DECLS

#endif
