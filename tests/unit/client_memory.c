/* SPDX-License-Identifier: MIT
 * Every allocation of a client's whole life fails in turn: nothing crashes, nothing leaks, and each call
 * answers "out of memory" or a status that is documented for it. */
#include "base/platform.h"

#include "client_world.h"

#include "wire/fixed_header.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- a peer that answers whatever comes, so that a life goes on after a failure ---- */

static void put(int fd, struct mw_slice bytes) {
  (void)!send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
}

static void answer_packet(int fd, const struct mw_fixed_header *header, struct mw_slice packet) {
  struct mw_slice body = mw_slice_skip(packet, header->size);
  uint8_t ack[] = {0, 2, 0, 0, 0, 0};
  switch (header->type) {
  case MW_CONNECT:
    put(fd, mw_slice("\x20\x03\x00\x00\x00", 5));
    return;
  case MW_PUBLISH: {
    if ((header->flags & 6) == 0) return;
    size_t at = 2 + (size_t)(body.data[0] << 8 | body.data[1]);
    ack[0] = (header->flags & 6) == 2 ? 0x40 : 0x50;
    memcpy(ack + 2, body.data + at, 2);
    put(fd, mw_slice(ack, 4));
    return;
  }
  case MW_PUBREC:
  case MW_PUBREL:
    ack[0] = header->type == MW_PUBREC ? 0x62 : 0x70;
    memcpy(ack + 2, body.data, 2);
    put(fd, mw_slice(ack, 4));
    return;
  case MW_SUBSCRIBE:
    ack[0] = 0x90;
    ack[1] = 4;
    memcpy(ack + 2, body.data, 2);
    put(fd, mw_slice(ack, 6));
    put(fd, mw_slice("\x30\x05\x00\x01m\x00"
                     "0",
                     7));
    put(fd, mw_slice("\x32\x07\x00\x01m\x00\x01\x00"
                     "1",
                     9));
    put(fd, mw_slice("\x34\x07\x00\x01m\x00\x02\x00"
                     "2",
                     9));
    return;
  default:
    return;
  }
}

/* The test's own memory is not the library's: it must not be counted, or fail. */
static uint8_t pending[65536];
static size_t pending_len;

static bool serve(struct world *w) {
  bool acted = false;
  int fd = accept(w->listener, NULL, NULL);
  if (fd >= 0) {
    if (w->peer >= 0) close(w->peer);
    w->peer = fd;
    pending_len = 0;
    acted = true;
  }
  if (w->peer < 0) return acted;
  ssize_t got = recv(w->peer, pending + pending_len, sizeof pending - pending_len, MSG_DONTWAIT);
  if (got == 0) {
    close(w->peer);
    w->peer = -1;
    return true;
  }
  if (got > 0) pending_len += (size_t)got;
  struct mw_fixed_header header;
  while (pending_len > 0 &&
         mw_fixed_header_decode(&header, MW_MQTT_5, mw_slice(pending, pending_len)) == MQTTWILL_OK &&
         pending_len >= header.size + header.remaining) {
    size_t len = header.size + header.remaining;
    answer_packet(w->peer, &header, mw_slice(pending, len));
    memmove(pending, pending + len, pending_len - len);
    pending_len -= len;
    acted = true;
  }
  return acted;
}

static int serve_or_jump(void *argument, int timeout_ms) {
  struct world *w = argument;
  if (w->acted) {
    w->acted = false;
    return 20;
  }
  if (serve(w)) {
    w->acted = true;
    return 0;
  }
  ck_assert_msg(timeout_ms > 0, "the client would wait for ever");
  w->now += (uint64_t)timeout_ms;
  return 0;
}

/* The first status other than success; `allowed` besides "out of memory" are those that follow from it. */
static void ck_status(const char *call, int status) {
  static const int allowed[] = {MQTTWILL_OK,
                                MQTTWILL_ERR_MEMORY,
                                MQTTWILL_ERR_NOT_CONNECTED, /* an earlier call failed */
                                MQTTWILL_ERR_NO_MESSAGE,
                                MQTTWILL_ERR_TIMEOUT,
                                MQTTWILL_ERR_CONNECT};
  for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
    if (status == allowed[i]) return;
  ck_abort_msg("%s: %s", call, mqttwill_status_name(status));
}

#define TRY(call)                                                                                            \
  do {                                                                                                       \
    int status_ = (int)(call);                                                                               \
    ck_status(#call, status_ > 0 ? MQTTWILL_OK : status_);                                                   \
    if (status_ < 0) failures++;                                                                             \
  } while (0)

/* How many calls failed. */
static unsigned live_a_life(struct world *w) {
  unsigned failures = 0;
  mqttwill_message *message;
  mqttwill_properties *properties;
  mqttwill_loop *loop = mw_client_loop_new(&w->clock);
  if (loop == NULL) return 1;
  mqttwill_client *c = mqttwill_client_new(loop, "dev");
  if (c == NULL) {
    CK_OK(mqttwill_loop_free(loop));
    return 1;
  }
  int will = mqttwill_set_will(c, "s", "gone", 4, 1, true);
  int property = mqttwill_add_will_user_property(c, "k", "v");
  TRY(will);
  TRY(property);
  TRY(mqttwill_set_username(c, "me"));
  TRY(mqttwill_set_password(c, "x", 1));
  properties = mqttwill_properties_new();
  if (properties == NULL) failures++;
  mqttwill_properties_free(properties);
  int connected = mqttwill_connect(c, w->url, 1000);
  TRY(connected);
  if (will != MQTTWILL_OK || property != MQTTWILL_OK) /* the answer was ignored: no connection without it */
    ck_assert_int_eq(connected, MQTTWILL_ERR_MEMORY);
  TRY(mqttwill_subscribe(c, "m", 2, 1000));
  TRY(mqttwill_publish(c, "a", "0", 1, 0, false, 1000));
  TRY(mqttwill_publish(c, "a", "1", 1, 1, false, 1000));
  TRY(mqttwill_publish(c, "a", "2", 1, 2, true, 1000));
  for (int i = 0; i < 3; i++) {
    int got = mqttwill_receive(c, &message, 100);
    TRY(got);
    if (got == MQTTWILL_OK) mqttwill_message_free(message);
  }
  TRY(mqttwill_disconnect(c, 1000));
  mqttwill_client_free(c);
  CK_OK(mqttwill_loop_free(loop));
  return failures;
}

START_TEST(every_allocation_may_fail)
{
  static struct world world;
  struct world *w = &world;
  world_start(w);
  w->clock.wait = serve_or_jump;
  size_t standing = failmalloc_live();
  ck_assert_uint_eq(live_a_life(w), 0);
  ck_assert_uint_eq(failmalloc_live(), standing);
  size_t n = 1, fell = 0;
  for (;; n++) {
    failmalloc_at(n);
    unsigned failures = live_a_life(w);
    bool reached = failmalloc_count() >= n;
    failmalloc_at(0);
    ck_assert_msg(failmalloc_live() == standing, "allocation %zu: %zu blocks leak", n,
                  failmalloc_live() - standing);
    if (!reached) break;
    fell += failures > 0;
  }
  ck_assert_uint_gt(n, 20);
  ck_assert_uint_gt(fell, n / 2); /* few can be done without */
  world_stop(w);
}
END_TEST

SUITE("client/memory", every_allocation_may_fail)
