/* SPDX-License-Identifier: MIT
 * A session in large numbers (src/lib/session/session.h): what a script of tests/exchange would be too long
 * for. */
#include "support/suite.h"

#include "session/session.h"

#include <mqttwill/status.h>

enum { ALL_IDENTIFIERS = 65535, NOW = 1000 };

/* For loops: Check notes every assertion it makes in a pipe. */
#define MUST(truth)                                                                                          \
  do {                                                                                                       \
    if (!(truth)) ck_abort_msg("must hold: %s", #truth);                                                     \
  } while (0)

static const struct mw_session_options options = {.version = MW_MQTT_5,
                                                  .keep_alive = 60,
                                                  .receive_maximum = 65535,
                                                  .ping_timeout_ms = 10000,
                                                  .maximum_packet_size = MW_MAX_PACKET,
                                                  .outbound_limit = 16 << 20,
                                                  .client_id = {(const uint8_t *)"c", 1}};

/* Everything that waits is taken by the socket; the view lives until the next call. */
static struct mw_slice sent(struct mw_session *s) {
  static uint8_t room[2 << 20];
  struct mw_chain out = mw_chain_take(&s->out);
  struct mw_slice view;
  size_t len = 0;
  MUST(out.len <= sizeof room);
  while (mw_chain_views(&out, &view, 1) == 1) {
    memcpy(room + len, view.data, view.len);
    len += view.len;
    mw_chain_consume(&out, view.len);
  }
  mw_session_sent(s, len, NOW);
  return mw_slice(room, len);
}

static void ck_no_event(struct mw_session *s) {
  struct mw_event event;
  MUST(!mw_session_next(s, &event));
}

/* Opens, and takes CONNECT and CONNACK as done. */
static void connect(struct mw_session *s) {
  static const uint8_t connack[] = {0x20, 3, 0, 0, 0};
  struct mw_event event;
  ck_assert_int_eq(mw_session_open(s, NOW), MQTTWILL_OK);
  ck_assert_uint_eq(sent(s).data[0], 0x10);
  ck_assert_uint_eq(mw_session_feed(s, mw_slice(connack, sizeof connack), NOW, &event), sizeof connack);
  ck_assert_int_eq(event.type, MW_EVENT_CONNECTED);
}

static int64_t publish(struct mw_session *s) {
  struct mw_publish message = {.topic = mw_slice_text("t"), .payload = mw_slice_text("x"), .qos = 1};
  return mw_session_publish(s, &message);
}

static void ck_is_publish(const uint8_t *packet, uint16_t id) {
  const uint8_t expected[] = {0x32, 7, 0, 1, 't', (uint8_t)(id >> 8), (uint8_t)id, 0, 'x'};
  if (memcmp(packet, expected, sizeof expected) == 0) return;
  ck_bytes_eq(mw_slice(packet, sizeof expected), mw_slice(expected, sizeof expected));
}

static struct mw_slice puback(uint16_t id) {
  static uint8_t packet[4];
  memcpy(packet, (uint8_t[]){0x40, 2, (uint8_t)(id >> 8), (uint8_t)id}, sizeof packet);
  return mw_slice(packet, sizeof packet);
}

static void ck_completes(struct mw_session *s, struct mw_slice bytes, int64_t operation) {
  struct mw_event event;
  MUST(mw_session_feed(s, bytes, NOW, &event) == bytes.len);
  MUST(event.type == MW_EVENT_COMPLETED);
  MUST(event.operation == operation);
  MUST(event.status == MQTTWILL_OK);
}

static void end(struct mw_session *s) {
  struct mw_event event;
  mw_session_lost(s, MQTTWILL_ERR_CLOSED);
  mw_session_abandon(s, MQTTWILL_ERR_CANCELLED);
  while (mw_session_next(s, &event)) continue;
  mw_session_fini(s);
}

START_TEST(packet_identifier_65535_is_followed_by_1)
{
  struct mw_session s;
  mw_session_init(&s, &options);
  connect(&s);
  for (uint32_t i = 0; i <= ALL_IDENTIFIERS + 2; i++) {
    uint16_t id = (uint16_t)(i % ALL_IDENTIFIERS + 1);
    int64_t operation = publish(&s);
    MUST(operation == i + 1);
    ck_is_publish(sent(&s).data, id);
    ck_completes(&s, puback(id), operation);
    ck_no_event(&s);
  }
  end(&s);
}
END_TEST

/* All packet identifiers queued before the first connection, sent in one piece, answered in one piece. */
START_TEST(as_many_messages_as_there_are_identifiers_go_through)
{
  struct mw_session s;
  struct mw_event event;
  static uint8_t answers[4 * ALL_IDENTIFIERS];
  mw_session_init(&s, &options);
  for (int64_t i = 1; i <= ALL_IDENTIFIERS; i++) MUST(publish(&s) == i);
  ck_assert_int_eq(publish(&s), MQTTWILL_ERR_FULL);
  connect(&s);
  ck_no_event(&s);
  struct mw_slice bytes = sent(&s);
  ck_assert_uint_eq(bytes.len, 9u * ALL_IDENTIFIERS);
  for (uint32_t id = 1; id <= ALL_IDENTIFIERS; id++) {
    ck_is_publish(bytes.data + (size_t)(id - 1) * 9, (uint16_t)id);
    memcpy(answers + (size_t)(id - 1) * 4, puback((uint16_t)id).data, 4);
  }
  struct mw_slice rest = mw_slice(answers, sizeof answers);
  unsigned drained = 0;
  for (int64_t operation = 1; rest.len > 0; operation++) {
    rest = mw_slice_skip(rest, mw_session_feed(&s, rest, NOW, &event));
    MUST(event.type == MW_EVENT_COMPLETED);
    MUST(event.operation == operation);
    while (mw_session_next(&s, &event)) drained += event.type == MW_EVENT_DRAINED;
  }
  ck_assert_uint_eq(drained, 1);
  ck_assert_uint_eq(mw_outbound_used(&s.outbound), 0);
  end(&s);
}
END_TEST

/* One message without an answer holds the place of all behind it: the identifiers run out, and come back. */
START_TEST(an_unanswered_message_does_not_let_its_identifier_be_used_again)
{
  struct mw_session s;
  struct mw_event event;
  mw_session_init(&s, &options);
  connect(&s);
  int64_t first = publish(&s);
  sent(&s);
  for (uint32_t id = 2; id <= ALL_IDENTIFIERS; id++) {
    int64_t operation = publish(&s);
    MUST(operation > 0);
    ck_is_publish(sent(&s).data, (uint16_t)id);
    ck_completes(&s, puback((uint16_t)id), operation);
  }
  ck_assert_int_eq(publish(&s), MQTTWILL_ERR_FULL);
  struct mw_subscribe request = {.type = MW_SUBSCRIBE, .filters = hex("00 01 'f' 00")};
  ck_assert_int_eq(mw_session_subscribe(&s, &request), MQTTWILL_ERR_FULL);
  ck_no_event(&s);
  ck_completes(&s, puback(1), first);
  ck_assert(mw_session_next(&s, &event));
  ck_assert_int_eq(event.type, MW_EVENT_DRAINED);
  ck_no_event(&s);
  ck_assert_int_gt(publish(&s), 0);
  ck_is_publish(sent(&s).data, 1);
  end(&s);
}
END_TEST

START_TEST(an_idle_session_owns_no_memory)
{
  struct mw_session s;
  struct mw_event event;
  mw_session_init(&s, &options);
  ck_assert_uint_eq(failmalloc_count(), 0);
  connect(&s);
  int64_t operation = publish(&s);
  sent(&s);
  ck_completes(&s, puback(1), operation);
  struct mw_slice arrives = hex("34 07 00 01 'a' 00 05 00 'x'"), released = hex("62 02 00 05");
  for (size_t i = 0; i < arrives.len; i++) /* in pieces, so that it is gathered */
    ck_assert_uint_eq(mw_session_feed(&s, mw_slice(arrives.data + i, 1), NOW, &event), 1);
  ck_assert_int_eq(mw_session_ack(&s, event.token), MQTTWILL_OK);
  ck_hex_eq(sent(&s), "50 02 00 05");
  mw_session_feed(&s, released, NOW, &event);
  ck_hex_eq(sent(&s), "70 02 00 05");
  mw_session_tick(&s, mw_session_deadline(&s)); /* idle enough for a ping */
  ck_hex_eq(sent(&s), "c0 00");
  ck_assert_uint_eq(failmalloc_live(), 0);
  end(&s);
}
END_TEST

START_TEST(a_large_packet_in_small_pieces_takes_linear_memory)
{
  struct mw_session s;
  struct mw_event event;
  mw_session_init(&s, &options);
  connect(&s);
  /* 1,000,004 = 0x44 + 0x04 * 128 + 0x3d * 16384 */
  struct mw_slice packet = hex("30 c4 84 3d | 00 01 'a' 00 | 'x'*1000000");
  failmalloc_at(0);
  for (size_t i = 0; i < packet.len; i += 1000) {
    size_t len = packet.len - i < 1000 ? packet.len - i : 1000;
    ck_assert_uint_eq(mw_session_feed(&s, mw_slice(packet.data + i, len), NOW, &event), len);
  }
  ck_assert_int_eq(event.type, MW_EVENT_MESSAGE);
  ck_assert_uint_eq(event.message.payload.len, 1000000);
  ck_assert_uint_lt(failmalloc_count(), 32); /* it doubles */
  end(&s);
}
END_TEST

/* What client/ does when its program goes: no door but fini. The suite counts the blocks. */
START_TEST(freeing_a_session_in_any_state_leaves_nothing)
{
  struct mw_session s;
  struct mw_event event;
  mw_session_init(&s, &options);
  mw_session_fini(&s);
  mw_session_init(&s, &options);
  ck_assert_int_eq(mw_session_open(&s, NOW), MQTTWILL_OK);
  mw_session_fini(&s);
  mw_session_init(&s, &options);
  connect(&s);
  struct mw_slice message = hex("34 07 00 01 'a' 00 05 00 'x'"), half = hex("30 05 00");
  mw_session_feed(&s, message, NOW, &event);
  mw_session_feed(&s, half, NOW, &event);
  ck_assert_int_gt(publish(&s), 0);
  struct mw_slice why = hex("1f 00 03 'bye'");
  ck_assert_int_gt(mw_session_disconnect(&s, 0, why, NOW + 5000, NOW), 0);
  ck_assert_uint_gt(failmalloc_live(), 0);
  mw_session_fini(&s);
}
END_TEST

/* A caller that does not read leaves the answers to PINGREQ unread, too: they cannot be missed. */
START_TEST(a_pingresp_that_lies_unread_is_not_missed)
{
  struct mw_session s;
  struct mw_event event;
  mw_session_init(&s, &options);
  connect(&s);
  uint64_t keep_alive = options.keep_alive * 1000u, early = 5000, now = NOW;
  mw_session_listen(&s, false, now);
  for (int i = 0; i < 3; i++) {
    now += keep_alive - early;
    ck_assert_uint_eq(mw_session_deadline(&s), now);
    mw_session_tick(&s, now);
    struct mw_chain out = mw_chain_take(&s.out);
    ck_assert_uint_eq(out.len, 2); /* PINGREQ */
    mw_session_sent(&s, out.len, now);
    mw_chain_fini(&out);
  }
  now += 1000;
  mw_session_listen(&s, true, now);
  ck_assert_uint_eq(mw_session_deadline(&s), now + options.ping_timeout_ms);
  ck_assert_uint_eq(mw_session_feed(&s, hex("d0 00 d0 00 d0 00"), now, &event), 6);
  ck_assert_uint_eq(mw_session_deadline(&s), now - 1000 + keep_alive - early);
  ck_no_event(&s);
  end(&s);
}
END_TEST

SUITE("session/session", a_pingresp_that_lies_unread_is_not_missed, packet_identifier_65535_is_followed_by_1,
      as_many_messages_as_there_are_identifiers_go_through,
      an_unanswered_message_does_not_let_its_identifier_be_used_again, an_idle_session_owns_no_memory,
      a_large_packet_in_small_pieces_takes_linear_memory, freeing_a_session_in_any_state_leaves_nothing)
