/* SPDX-License-Identifier: MIT
 * A loop as the guest of another one, which here is poll(). */
#include "loop_support.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static unsigned calls;

static void timer_fired(struct mw_loop *loop, struct mw_timer *timer) {
  (void)timer;
  ck_assert_uint_ge(mw_loop_now(loop), loop->turn_now);
  calls++;
}

static void source_ready(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  (void)loop;
  (void)source;
  (void)events;
  calls++;
}

#ifdef MW_HAVE_EPOLL
static int is_readable(int fd, int timeout_ms) {
  struct pollfd watched = {.fd = fd, .events = POLLIN};
  return poll(&watched, 1, timeout_ms);
}

START_TEST(the_descriptor_becomes_readable_at_the_deadline_and_not_before)
{
  struct mw_loop *loop = new_loop(NULL, NULL);
  struct mw_timer timer;
  ck_assert_int_eq(mw_timer_init(loop, &timer, timer_fired), MQTTWILL_OK);
  int fd = mw_loop_fd(loop);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(mw_loop_fd(loop), fd);
  ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  ck_assert_int_ne(fcntl(loop->timer_fd, F_GETFD) & FD_CLOEXEC, 0);
  ck_assert_int_eq(is_readable(fd, 0), 0);

  uint64_t deadline = mw_loop_now(loop) + 20;
  mw_timer_set(loop, &timer, deadline);
  ck_assert_int_eq(is_readable(fd, 30000), 1);
  ck_assert_uint_ge(mw_loop_now(loop), deadline);
  calls = 0;
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(calls, 1);
  ck_assert_int_eq(is_readable(fd, 0), 0);
  mw_timer_fini(loop, &timer);
  mw_loop_free(loop);
}
END_TEST

START_TEST(a_deadline_from_before_the_descriptor_was_asked_for_is_inside)
{
  struct mw_loop *loop = new_loop(NULL, NULL);
  struct mw_timer timer;
  ck_assert_int_eq(mw_timer_init(loop, &timer, timer_fired), MQTTWILL_OK);
  mw_timer_set(loop, &timer, 0);
  ck_assert_int_eq(is_readable(mw_loop_fd(loop), 30000), 1);
  mw_timer_fini(loop, &timer);
  mw_loop_free(loop);
}
END_TEST

/* Early is allowed and cheap: the timerfd moves only when it must. */
START_TEST(a_deadline_that_moves_away_costs_no_system_call_and_one_that_comes_nearer_is_armed)
{
  struct mw_loop *loop = new_loop(NULL, NULL);
  struct mw_timer timer;
  ck_assert_int_eq(mw_timer_init(loop, &timer, timer_fired), MQTTWILL_OK);
  ck_assert_int_ge(mw_loop_fd(loop), 0);
  uint64_t now = mw_loop_now(loop);
  mw_timer_set(loop, &timer, now + 60000);
  ck_assert_uint_eq(loop->armed, now + 60000);
  mw_timer_set(loop, &timer, now + 90000);
  ck_assert_uint_eq(loop->armed, now + 60000);
  mw_timer_set(loop, &timer, now + 30000);
  ck_assert_uint_eq(loop->armed, now + 30000);
  mw_timer_fini(loop, &timer);
  mw_loop_free(loop);
}
END_TEST

/* Armed too early: an empty turn, and then quiet. */
START_TEST(an_early_expiry_makes_one_empty_turn_and_is_armed_anew)
{
  struct mw_loop *loop = new_loop(NULL, NULL);
  struct mw_timer timer;
  ck_assert_int_eq(mw_timer_init(loop, &timer, timer_fired), MQTTWILL_OK);
  int fd = mw_loop_fd(loop);
  uint64_t now = mw_loop_now(loop);
  mw_timer_set(loop, &timer, now + 1);
  mw_timer_set(loop, &timer, now + 60000);
  ck_assert_int_eq(is_readable(fd, 30000), 1);
  calls = 0;
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(calls, 0);
  ck_assert_uint_eq(loop->armed, now + 60000);
  ck_assert_int_eq(is_readable(fd, 0), 0);
  mw_timer_fini(loop, &timer);
  mw_loop_free(loop);
}
END_TEST

static void set_from_inside(struct mw_loop *loop, struct mw_timer *timer) {
  if (calls++ == 0) mw_timer_set(loop, timer, 0);
}

START_TEST(a_deadline_set_inside_a_callback_is_armed_when_the_turn_ends)
{
  struct mw_loop *loop = new_loop(NULL, NULL);
  struct mw_timer timer;
  ck_assert_int_eq(mw_timer_init(loop, &timer, set_from_inside), MQTTWILL_OK);
  int fd = mw_loop_fd(loop);
  calls = 0;
  mw_timer_set(loop, &timer, 0);
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(calls, 1);
  ck_assert_int_eq(is_readable(fd, 30000), 1);
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(calls, 2);
  ck_assert_int_eq(is_readable(fd, 0), 0);
  mw_timer_fini(loop, &timer);
  mw_loop_free(loop);
}
END_TEST

START_TEST(the_descriptor_is_readable_for_a_wake_and_for_a_socket)
{
  struct mw_loop *loop = new_loop(NULL, NULL);
  int fd = mw_loop_fd(loop);
  mw_loop_wake(loop);
  ck_assert_int_eq(is_readable(fd, 0), 1);
  mw_loop_turn(loop, 0);
  ck_assert_int_eq(is_readable(fd, 0), 0);
  int ends[2];
  new_pair(ends);
  struct mw_source source;
  mw_source_init(&source, source_ready);
  ck_assert_int_eq(mw_source_add(loop, &source, ends[0], MW_IO_READ), MQTTWILL_OK);
  ck_assert_int_eq(is_readable(fd, 0), 0);
  put_byte(ends[1]);
  ck_assert_int_eq(is_readable(fd, 0), 1);
  mw_source_remove(loop, &source);
  ck_assert_int_eq(is_readable(fd, 0), 0);
  mw_loop_free(loop);
  close_pair(ends);
}
END_TEST
#define EPOLL_TESTS                                                                                          \
  the_descriptor_becomes_readable_at_the_deadline_and_not_before,                                            \
      a_deadline_from_before_the_descriptor_was_asked_for_is_inside,                                         \
      a_deadline_that_moves_away_costs_no_system_call_and_one_that_comes_nearer_is_armed,                    \
      an_early_expiry_makes_one_empty_turn_and_is_armed_anew,                                                \
      a_deadline_set_inside_a_callback_is_armed_when_the_turn_ends,                                          \
      the_descriptor_is_readable_for_a_wake_and_for_a_socket,
#else
#define EPOLL_TESTS
#endif

EACH_BACKEND(a_virtual_clock_has_no_descriptor) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  ck_assert_int_eq(mw_loop_fd(loop), MQTTWILL_ERR_UNSUPPORTED);
  mw_loop_free(loop);
}

START_TEST(poll_has_no_descriptor)
{
  struct mw_loop *loop = new_loop("poll", NULL);
  ck_assert_int_eq(mw_loop_fd(loop), MQTTWILL_ERR_UNSUPPORTED);
  mw_loop_free(loop);
}
END_TEST

EACH_BACKEND(the_timeout_is_the_time_to_the_earliest_deadline) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  struct mw_timer timer;
  ck_assert_int_eq(mw_timer_init(loop, &timer, timer_fired), MQTTWILL_OK);
  ck_assert_int_eq(mw_loop_timeout(loop), -1);
  mw_timer_set(loop, &timer, 1250);
  ck_assert_int_eq(mw_loop_timeout(loop), 250);
  clock.now = 1250;
  ck_assert_int_eq(mw_loop_timeout(loop), 0);
  clock.now = 9000;
  ck_assert_int_eq(mw_loop_timeout(loop), 0);
  mw_timer_set(loop, &timer, UINT64_MAX - 1);
  ck_assert_int_eq(mw_loop_timeout(loop), INT32_MAX);
  mw_timer_fini(loop, &timer);
  mw_loop_free(loop);
}

static char log_text[256];

static void log_watch(void *argument, int fd, unsigned events) {
  char line[32];
  snprintf(line, sizeof line, "%s%u ", fd == *(const int *)argument ? "" : "w", events);
  strcat(log_text, line);
}

EACH_BACKEND(changes_of_what_to_watch_are_told) {
  struct mw_loop *loop = new_loop(backend, NULL);
  int ends[2];
  new_pair(ends);
  struct mw_source source;
  mw_source_init(&source, source_ready);
  log_text[0] = '\0';
  mw_loop_watch(loop, log_watch, &ends[0]);
  ck_assert_int_eq(mw_source_add(loop, &source, ends[0], MW_IO_READ), MQTTWILL_OK);
  mw_source_want(loop, &source, MW_IO_READ);
  mw_source_want(loop, &source, MW_IO_READ | MW_IO_WRITE);
  mw_source_want(loop, &source, 0);
  mw_source_want(loop, &source, MW_IO_WRITE);
  mw_source_remove(loop, &source);
  ck_assert_str_eq(log_text, "w1 1 3 0 2 0 ");
  mw_loop_watch(loop, NULL, NULL);
  mw_loop_free(loop);
  close_pair(ends);
}

SUITE("loop/foreign", EPOLL_TESTS a_virtual_clock_has_no_descriptor, poll_has_no_descriptor,
      the_timeout_is_the_time_to_the_earliest_deadline, changes_of_what_to_watch_are_told)
