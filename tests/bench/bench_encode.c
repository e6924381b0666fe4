/* SPDX-License-Identifier: MIT
 * What encoding costs: src/lib/wire beside code that writes the same packet and nothing else, with no check
 * and no function between it and the bytes. Both must produce the same bytes, or nothing is measured.
 *
 *   bench_encode     a sample a packet, as run.sh keeps them: encode|libmqttwill|PACKET|result ... */
#define _POSIX_C_SOURCE 200809L
#include "wire/connect.h"
#include "wire/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROOM = 512, PIECE = 20000 };

/* Keeps the compiler from leaving out, or moving out of the loop, what nobody looks at. */
#define USED(memory) __asm__ volatile("" : : "r"(memory) : "memory")

/* What is encoded. It is filled in at run time, so that no length is a constant in either version. */
static struct {
  struct mw_slice client_id, will_topic, will_payload, content_type, response_topic, correlation;
  struct mw_slice user_name, user_value, topic, payload;
} text;

static void fill_in(void) {
  text.client_id = mw_slice_text("thermostat-7");
  text.will_topic = mw_slice_text("home/thermostat-7/status");
  text.will_payload = mw_slice_text("offline");
  text.content_type = mw_slice_text("text/plain");
  text.response_topic = mw_slice_text("home/ask");
  text.correlation = mw_slice_text("0123456789abcdef");
  text.user_name = mw_slice_text("site");
  text.user_value = mw_slice_text("north wing");
  text.topic = mw_slice_text("dev/42/t");
  text.payload = mw_slice_text("sixteen bytes !!");
  USED(&text);
}

enum { MESSAGE_EXPIRY = 3600, WILL_DELAY = 30, SESSION_EXPIRY = 300, RECEIVE_MAXIMUM = 100, KEEP_ALIVE = 60 };

/* What the library has encoded before it connects. */
static uint8_t will_bytes[ROOM], connect_bytes[ROOM];
static struct mw_slice will_properties, connect_properties;

/* ---- by the library ---- */

static void write_will_properties(struct mw_writer *w) {
  mw_write_property_number(w, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 1);
  mw_write_property_number(w, MQTTWILL_PROPERTY_MESSAGE_EXPIRY_INTERVAL, MESSAGE_EXPIRY);
  mw_write_property_bytes(w, MQTTWILL_PROPERTY_CONTENT_TYPE, text.content_type);
  mw_write_property_bytes(w, MQTTWILL_PROPERTY_RESPONSE_TOPIC, text.response_topic);
  mw_write_property_bytes(w, MQTTWILL_PROPERTY_CORRELATION_DATA, text.correlation);
  mw_write_property_number(w, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, WILL_DELAY);
  const struct mw_property user = {.identifier = MQTTWILL_PROPERTY_USER_PROPERTY,
                                   .type = MW_PROPERTY_PAIR,
                                   .bytes = text.user_name,
                                   .value = text.user_value};
  mw_write_property(w, &user);
}

static size_t connect_with(uint8_t *packet, struct mw_slice properties) {
  const struct mw_connect connect = {
      .version = MW_MQTT_5,
      .clean_start = true,
      .has_will = true,
      .keep_alive = KEEP_ALIVE,
      .client_id = text.client_id,
      .properties = connect_properties,
      .will = {.topic = text.will_topic,
               .payload = text.will_payload,
               .properties = properties,
               .qos = 1,
               .retain = true},
  };
  struct mw_writer w;
  mw_writer_init(&w, packet, ROOM);
  mw_connect_encode(&w, MW_MQTT_5, &connect);
  return mw_writer_status(&w) == MQTTWILL_OK ? w.len : 0;
}

static size_t connect_by_library(uint8_t *packet) {
  return connect_with(packet, will_properties);
}

static size_t all_by_library(uint8_t *packet) {
  uint8_t properties[ROOM];
  struct mw_writer w;
  mw_writer_init(&w, properties, sizeof properties);
  write_will_properties(&w);
  if (mw_writer_status(&w) != MQTTWILL_OK) return 0;
  return connect_with(packet, mw_slice(properties, w.len));
}

static size_t publish_with(uint8_t *packet, uint8_t version, uint8_t qos) {
  const struct mw_publish publish = {
      .topic = text.topic, .payload = text.payload, .packet_id = 1234, .qos = qos};
  struct mw_writer w;
  mw_writer_init(&w, packet, mw_publish_size(version, &publish));
  mw_publish_encode(&w, version, &publish);
  return mw_writer_status(&w) == MQTTWILL_OK ? w.len : 0;
}

static size_t publish3_by_library(uint8_t *packet) {
  return publish_with(packet, MW_MQTT_3_1_1, 0);
}

static size_t publish5_by_library(uint8_t *packet) {
  return publish_with(packet, MW_MQTT_5, 1);
}

/* ---- by hand ---- */

static inline uint8_t *put(uint8_t *p, struct mw_slice bytes) {
  memcpy(p, bytes.data, bytes.len);
  return p + bytes.len;
}

static inline uint8_t *put_binary(uint8_t *p, struct mw_slice bytes) {
  *p++ = (uint8_t)(bytes.len >> 8);
  *p++ = (uint8_t)bytes.len;
  return put(p, bytes);
}

static inline uint8_t *put_u32(uint8_t *p, uint8_t identifier, uint32_t value) {
  *p++ = identifier;
  *p++ = (uint8_t)(value >> 24);
  *p++ = (uint8_t)(value >> 16);
  *p++ = (uint8_t)(value >> 8);
  *p++ = (uint8_t)value;
  return p;
}

static size_t connect_by_hand(uint8_t *packet) {
  static const uint8_t head[] = {0, 4, 'M', 'Q', 'T', 'T', 5, 0x2e, 0, KEEP_ALIVE, 8};
  uint8_t *p = put(packet + 3, mw_slice(head, sizeof head));
  p = put_u32(p, 0x11, SESSION_EXPIRY);
  *p++ = 0x21;
  *p++ = 0;
  *p++ = RECEIVE_MAXIMUM;
  p = put_binary(p, text.client_id);
  uint8_t *properties = p++;
  *p++ = 0x01;
  *p++ = 1;
  p = put_u32(p, 0x02, MESSAGE_EXPIRY);
  *p++ = 0x03;
  p = put_binary(p, text.content_type);
  *p++ = 0x08;
  p = put_binary(p, text.response_topic);
  *p++ = 0x09;
  p = put_binary(p, text.correlation);
  p = put_u32(p, 0x18, WILL_DELAY);
  *p++ = 0x26;
  p = put_binary(p, text.user_name);
  p = put_binary(p, text.user_value);
  *properties = (uint8_t)(p - properties - 1);
  p = put_binary(p, text.will_topic);
  p = put_binary(p, text.will_payload);
  size_t rest = (size_t)(p - packet) - 3; /* 128 to 16,383 */
  packet[0] = 0x10;
  packet[1] = (uint8_t)(rest | 0x80);
  packet[2] = (uint8_t)(rest >> 7);
  return rest + 3;
}

static size_t publish3_by_hand(uint8_t *packet) {
  uint8_t *p = put_binary(packet + 2, text.topic);
  p = put(p, text.payload);
  packet[0] = 0x30;
  packet[1] = (uint8_t)(p - packet - 2);
  return (size_t)(p - packet);
}

static size_t publish5_by_hand(uint8_t *packet) {
  uint8_t *p = put_binary(packet + 2, text.topic);
  *p++ = 1234 >> 8;
  *p++ = 1234 & 0xff;
  *p++ = 0;
  p = put(p, text.payload);
  packet[0] = 0x32;
  packet[1] = (uint8_t)(p - packet - 2);
  return (size_t)(p - packet);
}

/* ---- measuring ---- */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds of the fastest of many short runs: what else the machine does only ever adds. */
static double measure(size_t (*volatile encode)(uint8_t *packet)) {
  uint8_t packet[ROOM];
  double best = 1e18, end = now() + 5e7;
  do {
    double begun = now();
    for (int i = 0; i < PIECE; i++) {
      encode(packet);
      USED(packet);
    }
    double piece = (now() - begun) / PIECE;
    if (piece < best) best = piece;
  } while (now() < end);
  return best;
}

static void compare(const char *name, size_t (*library)(uint8_t *), size_t (*hand)(uint8_t *)) {
  uint8_t ours[ROOM] = {0}, raw[ROOM] = {0};
  size_t len = library(ours);
  if (len == 0 || len != hand(raw) || memcmp(ours, raw, len) != 0) {
    fprintf(stderr, "bench_encode: %s: library and hand-written code differ\n", name);
    exit(1);
  }
  printf("encode|libmqttwill|%s|result ns %.2f raw_ns %.2f bytes %zu\n", name, measure(library),
         measure(hand), len);
}

int main(void) {
  struct mw_writer w;
  fill_in();
  mw_writer_init(&w, will_bytes, sizeof will_bytes);
  write_will_properties(&w);
  will_properties = mw_slice(will_bytes, w.len);
  mw_writer_init(&w, connect_bytes, sizeof connect_bytes);
  mw_write_property_number(&w, MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, SESSION_EXPIRY);
  mw_write_property_number(&w, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, RECEIVE_MAXIMUM);
  connect_properties = mw_slice(connect_bytes, w.len);

  compare("CONNECT 5.0, seven will properties", connect_by_library, connect_by_hand);
  compare("the same, properties from values", all_by_library, connect_by_hand);
  compare("PUBLISH 3.1.1, QoS 0, 16 B", publish3_by_library, publish3_by_hand);
  compare("PUBLISH 5.0, QoS 1, 16 B", publish5_by_library, publish5_by_hand);
  return 0;
}
