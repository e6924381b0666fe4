/* SPDX-License-Identifier: MIT
 * An application message as it came from the server (MQTT 5 section 3.3). A callback borrows it until it
 * returns; mqttwill_receive() hands it over, and then mqttwill_message_free() is owed. */
#ifndef MQTTWILL_MESSAGE_H
#define MQTTWILL_MESSAGE_H

#include <mqttwill/base.h>

/* Quality of service, section 4.3. */
#define MQTTWILL_QOS_0 0 /* at most once */
#define MQTTWILL_QOS_1 1 /* at least once */
#define MQTTWILL_QOS_2 2 /* exactly once */

MQTTWILL_BEGIN_DECLS

/* The topic name, terminated by NUL (a topic holds no U+0000), and its length in bytes. */
MQTTWILL_API const char *mqttwill_message_topic(const mqttwill_message *message);
MQTTWILL_API size_t mqttwill_message_topic_length(const mqttwill_message *message);

/* The payload; not terminated, may be empty (then the pointer is still not NULL). */
MQTTWILL_API const void *mqttwill_message_payload(const mqttwill_message *message);
MQTTWILL_API size_t mqttwill_message_payload_length(const mqttwill_message *message);

MQTTWILL_API int mqttwill_message_qos(const mqttwill_message *message);
MQTTWILL_API bool mqttwill_message_retain(const mqttwill_message *message);
MQTTWILL_API bool
mqttwill_message_duplicate(const mqttwill_message *message); /* the DUP flag, section 3.3.1.1 */

/* The properties, never NULL; empty below MQTT 5. Borrowed from the message. */
MQTTWILL_API const mqttwill_properties *mqttwill_message_properties(const mqttwill_message *message);

/* What mqttwill_ack() wants where the program acknowledges by itself; 0 for QoS 0. */
MQTTWILL_API uint64_t mqttwill_message_token(const mqttwill_message *message);

/* A copy that outlives the callback, or NULL: out of memory. Owes mqttwill_message_free(). */
MQTTWILL_API mqttwill_message *mqttwill_message_dup(const mqttwill_message *message);
MQTTWILL_API void mqttwill_message_free(mqttwill_message *message); /* NULL is fine; not for a borrowed one */

MQTTWILL_END_DECLS

#endif
