/* SPDX-License-Identifier: MIT
 * See clock.h. */
#include "base/platform.h"

#include "loop/clock.h"

#include <time.h>

int mw_clock_id(void) {
#ifdef CLOCK_BOOTTIME
  struct timespec t;
  if (clock_gettime(CLOCK_BOOTTIME, &t) == 0) return (int)CLOCK_BOOTTIME;
#endif
  return (int)CLOCK_MONOTONIC;
}

static uint64_t in_ms(const struct timespec *t) {
  return (uint64_t)t->tv_sec * 1000 + (uint64_t)t->tv_nsec / 1000000;
}

uint64_t mw_clock_now(void) {
  struct timespec t = {0, 0};
#ifdef CLOCK_BOOTTIME
  if (clock_gettime(CLOCK_BOOTTIME, &t) == 0) return in_ms(&t);
#endif
  clock_gettime(CLOCK_MONOTONIC, &t);
  return in_ms(&t);
}
