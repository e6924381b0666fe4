/* SPDX-License-Identifier: MIT
 * Messages and events as the user reads them: plain getters, and the copy of a message that outlives its
 * callback. */
#include "base/alloc.h"
#include "client/internal.h"

const char *mqttwill_message_topic(const mqttwill_message *message) {
  return message->topic;
}
size_t mqttwill_message_topic_length(const mqttwill_message *message) {
  return message->topic_length;
}
const void *mqttwill_message_payload(const mqttwill_message *message) {
  return message->payload;
}
size_t mqttwill_message_payload_length(const mqttwill_message *message) {
  return message->payload_length;
}
int mqttwill_message_qos(const mqttwill_message *message) {
  return message->qos;
}
bool mqttwill_message_retain(const mqttwill_message *message) {
  return message->retain;
}
bool mqttwill_message_duplicate(const mqttwill_message *message) {
  return message->duplicate;
}
uint64_t mqttwill_message_token(const mqttwill_message *message) {
  return message->token;
}

const mqttwill_properties *mqttwill_message_properties(const mqttwill_message *message) {
  return &message->properties;
}

mqttwill_message *mqttwill_message_dup(const mqttwill_message *message) {
  if (message == NULL) return NULL;
  size_t properties = message->properties.encoded.len;
  size_t bytes = message->topic_length + 1 + message->payload_length + properties;
  mqttwill_message *copy = mw_malloc(sizeof *copy + bytes);
  if (copy == NULL) return NULL;
  uint8_t *topic = (uint8_t *)(copy + 1);
  uint8_t *payload = topic + message->topic_length + 1;
  uint8_t *encoded = payload + message->payload_length;
  *copy = *message;
  memcpy(topic, message->topic, message->topic_length + 1);
  memcpy(payload, message->payload, message->payload_length);
  if (properties > 0) memcpy(encoded, message->properties.encoded.data, properties);
  copy->next = NULL;
  copy->topic = (const char *)topic;
  copy->payload = payload;
  copy->properties = (struct mqttwill_properties){.encoded = mw_slice(encoded, properties)};
  return copy;
}

void mqttwill_message_free(mqttwill_message *message) {
  mw_free(message);
}

int64_t mqttwill_event_operation(const mqttwill_event *event) {
  return event->operation;
}
int mqttwill_event_status(const mqttwill_event *event) {
  return event->status;
}
int mqttwill_event_reason(const mqttwill_event *event) {
  return event->reason;
}
int mqttwill_event_system_error(const mqttwill_event *event) {
  return event->system_error;
}
const char *mqttwill_event_text(const mqttwill_event *event) {
  return event->text;
}
bool mqttwill_event_session_present(const mqttwill_event *event) {
  return event->session_present;
}
size_t mqttwill_event_reason_count(const mqttwill_event *event) {
  return event->reasons.len;
}

const char *mqttwill_event_reason_string(const mqttwill_event *event, size_t *length) {
  struct mw_slice text = mw_property_bytes(event->properties.encoded, MQTTWILL_PROPERTY_REASON_STRING);
  if (length != NULL) *length = text.len;
  return (const char *)text.data;
}

int mqttwill_event_reason_at(const mqttwill_event *event, size_t index) {
  return index < event->reasons.len ? event->reasons.data[index] : -1;
}

const mqttwill_properties *mqttwill_event_properties(const mqttwill_event *event) {
  return &event->properties;
}
