/* SPDX-License-Identifier: MIT
 * The inside of a loop, for loop.c, turn.c, foreign.c and the backends.
 *
 * What the kernel hands back for a descriptor is an id: the number of a slot and the generation of its use. A
 * slot whose source was removed has moved on to the next generation, so an event that was collected before is
 * known to be stale without looking for it, and neither memory nor descriptor numbers matter. */
#ifndef MW_LOOP_INTERNAL_H
#define MW_LOOP_INTERNAL_H

#include "loop/loop.h"
#include "loop/wake.h"

struct mw_slot {
  struct mw_source *source; /* NULL: free */
  uint32_t generation;
  uint32_t link; /* free: the next free slot + 1; in use: the backend's */
};

/* Two descriptors that are no sources. Slot numbers stay below 2^32 - 1, so these are no ids of sources. */
#define MW_ID_WAKE  UINT64_MAX
#define MW_ID_TIMER (UINT64_MAX - 1)

struct mw_backend {
  const char *name;
  int (*init)(struct mw_loop *loop); /* MQTTWILL_OK, _MEMORY or _NETWORK; watches loop->wake for reading */
  void (*fini)(struct mw_loop *loop);
  int (*add)(struct mw_loop *loop, uint32_t slot, int fd, unsigned wanted); /* as mw_source_add() */
  void (*want)(struct mw_loop *loop, uint32_t slot, int fd, unsigned wanted);
  void (*remove)(struct mw_loop *loop, uint32_t slot, int fd);
  void (*prepare)(struct mw_loop *loop); /* with the lock, before each wait */
  /* Without the lock. How many descriptors are ready; 0 also when interrupted; -1 with errno. *woken is set
   * when loop->wake is among them. */
  int (*wait)(struct mw_loop *loop, int timeout_ms, bool *woken);
  bool (*take)(struct mw_loop *loop, uint64_t *id,
               unsigned *events); /* one after the other; false: no more */
  int (*foreign)(struct mw_loop *loop,
                 int timer_fd); /* the descriptor of mw_loop_fd(), or a negative status */
};

#ifdef MW_HAVE_EPOLL
extern const struct mw_backend mw_backend_epoll;
#endif
extern const struct mw_backend mw_backend_poll;

struct mw_loop {
  const struct mw_backend *backend;
  void *state; /* the backend's */
  const struct mw_clock *clock;
  struct mw_wake wake;

  struct mw_slot *slots;
  uint32_t slot_count, slot_cap; /* slots that were ever used; room */
  uint32_t free_slot;            /* + 1; 0: none */
  uint32_t source_count;

  struct mw_heap timers;
  size_t timer_count; /* initialised: the room that is kept for them */

  struct mw_list bells, ringing; /* at rest; to be answered in this turn */
  atomic_bool any_bell;          /* has rung since it was last asked */

  int timeout_ms;        /* of the present wait: written by prepare, read by wait */
  bool waiting;          /* from prepare to collect */
  bool collecting;       /* from collect to the last next */
  uint64_t wait_until;   /* while waiting: when it ends by itself */
  uint64_t turn_now;     /* the clock as of the last prepare or collect */
  uint64_t timers_until; /* timers set later than this count of heap.order are the next turn's */

  int timer_fd;   /* -1: no foreign loop asked, or no timerfd here */
  uint64_t armed; /* what timer_fd carries */
  int foreign_fd; /* -1: not asked */

  void (*watch)(void *argument, int fd, unsigned events);
  void *watch_argument;
};

static inline uint64_t mw_slot_id(const struct mw_loop *loop, uint32_t slot) {
  return (uint64_t)loop->slots[slot].generation << 32 | slot;
}

/* foreign.c: the earliest deadline may have come nearer, or a turn has ended. */
void mw_foreign_arm(struct mw_loop *loop);
void mw_foreign_fini(struct mw_loop *loop);

#endif
