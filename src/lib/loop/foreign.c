/* SPDX-License-Identifier: MIT
 * The loop as a guest of another one: a descriptor with the earliest deadline inside, or reports of what to
 * watch. The timerfd may be armed too early, which costs an empty turn, but never too late: so a deadline
 * that only moves away, as those of keepalives do all the time, costs no system call. */
#include "base/platform.h"

#include "base/fd.h"
#include "loop/internal.h"

#include <mqttwill/status.h>

#include <limits.h>

#ifdef MW_HAVE_EPOLL
#include <sys/timerfd.h>

static int timer_fd_new(void) {
  return timerfd_create(mw_clock_id(), TFD_CLOEXEC | TFD_NONBLOCK);
}

/* Setting it also takes back an expiry that nobody has read, and with it the descriptor's readiness. */
static void arm(struct mw_loop *loop, uint64_t deadline) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  if (deadline != MW_NEVER) {
    uint64_t seconds = deadline / 1000;
    if (seconds > INT32_MAX) seconds = INT32_MAX; /* whatever time_t is: sixty-eight years after boot */
    when.it_value.tv_sec = (time_t)seconds;
    when.it_value.tv_nsec = (long)(deadline % 1000) * 1000000;
    if (deadline == 0) when.it_value.tv_nsec = 1; /* all zero would disarm it */
  }
  timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
  loop->armed = deadline;
}

#else

static int timer_fd_new(void) {
  return -1;
}

static void arm(struct mw_loop *loop, uint64_t deadline) {
  loop->armed = deadline;
}

#endif

void mw_foreign_arm(struct mw_loop *loop) {
  if (loop->timer_fd < 0 || loop->collecting) return;
  uint64_t first = mw_heap_deadline(&loop->timers);
  bool expired = loop->armed != MW_NEVER && loop->armed <= loop->turn_now;
  if (first < loop->armed || expired) arm(loop, first);
}

void mw_foreign_fini(struct mw_loop *loop) {
  mw_fd_close(loop->timer_fd);
  loop->timer_fd = -1;
}

int mw_loop_fd(struct mw_loop *loop) {
  if (loop->foreign_fd >= 0) return loop->foreign_fd;
  if (loop->clock != NULL) return MQTTWILL_ERR_UNSUPPORTED;
  int timer_fd = timer_fd_new();
  int fd = loop->backend->foreign(loop, timer_fd);
  if (fd < 0) {
    mw_fd_close(timer_fd);
    return fd;
  }
  loop->foreign_fd = fd;
  loop->timer_fd = timer_fd;
  loop->armed = MW_NEVER;
  mw_foreign_arm(loop);
  return fd;
}

int mw_loop_timeout(const struct mw_loop *loop) {
  uint64_t deadline = mw_heap_deadline(&loop->timers);
  if (deadline == MW_NEVER) return -1;
  uint64_t now = mw_loop_now(loop);
  if (deadline <= now) return 0;
  return deadline - now < INT_MAX ? (int)(deadline - now) : INT_MAX;
}

void mw_loop_watch(struct mw_loop *loop, void (*watch)(void *argument, int fd, unsigned events),
                   void *argument) {
  loop->watch = watch;
  loop->watch_argument = argument;
  if (watch != NULL) watch(argument, loop->wake.read_fd, MW_IO_READ);
}
