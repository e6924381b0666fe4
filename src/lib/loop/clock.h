/* SPDX-License-Identifier: MIT
 * The one place where time comes from: milliseconds since some fixed moment, going on while the system sleeps
 * (CLOCK_BOOTTIME) where it can. A loop takes a struct of two functions instead, so that what stands on it
 * can be tested under a virtual clock. */
#ifndef MW_LOOP_CLOCK_H
#define MW_LOOP_CLOCK_H

#include <stdint.h>

/* Any thread. */
uint64_t mw_clock_now(void);

/* The clockid_t that mw_clock_now() reads: CLOCK_BOOTTIME, or CLOCK_MONOTONIC where the system lacks it. */
int mw_clock_id(void);

struct mw_clock {
  /* The time of this loop. Called with and without the loop's lock; never goes back. */
  uint64_t (*now)(void *argument);
  /* Called inside mw_loop_wait() when no descriptor is ready and the wait would begin: `timeout_ms` is the
   * time until the next deadline, -1 for never. The answer is how long the kernel shall really wait, in the
   * same unit. A virtual clock moves itself on by timeout_ms and answers 0. */
  int (*wait)(void *argument, int timeout_ms);
  void *argument;
};

#endif
