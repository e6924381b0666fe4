/* SPDX-License-Identifier: MIT
 * What the suites of loop/ share: tests that run on both backends, and a clock that only the test moves. */
#ifndef TESTS_UNIT_LOOP_SUPPORT_H
#define TESTS_UNIT_LOOP_SUPPORT_H

#include "base/platform.h"

#include "loop/internal.h"
#include "support/suite.h"

#include <mqttwill/status.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef MW_HAVE_EPOLL
#define ON_EPOLL(body) body("epoll")
#else
#define ON_EPOLL(body) ((void)0)
#endif

/* EACH_BACKEND(promise) { ... backend ... } */
#define EACH_BACKEND(name)                                                                                   \
  static void name##_on(const char *backend);                                                                \
  START_TEST(name)                                                                                           \
  {                                                                                                          \
    ON_EPOLL(name##_on);                                                                                     \
    name##_on("poll");                                                                                       \
  }                                                                                                          \
  END_TEST                                                                                                   \
  static void name##_on(const char *backend)

static inline struct mw_loop *new_loop(const char *backend, const struct mw_clock *clock) {
  struct mw_loop *loop = NULL;
  ck_assert_int_eq(mw_loop_new(&loop, backend, clock), MQTTWILL_OK);
  return loop;
}

/* Starts at 1000; a wait without end would never end and fails the test. */
struct virtual_clock {
  struct mw_clock clock;
  uint64_t now;
  unsigned waits;
};

static inline uint64_t virtual_now(void *argument) {
  return ((struct virtual_clock *)argument)->now;
}

static inline int virtual_wait(void *argument, int timeout_ms) {
  struct virtual_clock *v = argument;
  ck_assert_msg(timeout_ms > 0, "the loop would wait for ever");
  v->now += (uint64_t)timeout_ms;
  v->waits++;
  return 0;
}

static inline void virtual_clock_init(struct virtual_clock *v) {
  *v = (struct virtual_clock){{virtual_now, virtual_wait, v}, 1000, 0};
}

static inline void new_pair(int ends[2]) {
  ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static inline void close_pair(int ends[2]) {
  close(ends[0]);
  close(ends[1]);
}

static inline void put_byte(int fd) {
  ck_assert_int_eq((int)write(fd, "x", 1), 1);
}

#endif
