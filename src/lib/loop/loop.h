/* SPDX-License-Identifier: MIT
 * Descriptors and deadlines. The loop owns no lock, no thread and none of its sources, timers and bells: it
 * is turned by client/ (under one lock per loop) and by broker/shell (alone).
 *
 * One turn has three steps, in this order, all made by the same thread, the turner:
 *   mw_loop_prepare()   with the lock: how long to wait
 *   mw_loop_wait()      WITHOUT the lock: the only step that blocks; touches nothing that the others change
 *   mw_loop_collect()   with the lock: what came in; then mw_loop_next() again and again, one callback each
 * Every other function needs the lock, and may be called at any time, also by other threads while the turner
 * waits, and inside callbacks; except mw_loop_wake(), mw_bell_ring() and mw_loop_now(), which need no lock.
 *
 * A callback may release the lock and take it again before it returns. Between two mw_loop_next() the turner
 * may do so too. Whatever is removed meanwhile, by whichever thread, is not reported any more: not even when
 * its memory or its descriptor number is in use again. */
#ifndef MW_LOOP_LOOP_H
#define MW_LOOP_LOOP_H

#include "base/heap.h"
#include "base/io.h"
#include "base/list.h"
#include "loop/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mw_loop;

/* ---- the loop ---- */

/* `backend`: "epoll", "poll" or NULL for the best this system has. `clock`: NULL for the real one; borrowed
 * until the loop is freed. MQTTWILL_OK, MQTTWILL_ERR_MEMORY, MQTTWILL_ERR_UNSUPPORTED (no such backend here),
 * MQTTWILL_ERR_NETWORK (no descriptor to be had; errno says why). */
int mw_loop_new(struct mw_loop **loop, const char *backend, const struct mw_clock *clock);

/* All sources, timers and bells must have been taken away before. NULL is fine. */
void mw_loop_free(struct mw_loop *loop);

const char *mw_loop_backend(const struct mw_loop *loop); /* "epoll" or "poll" */
uint64_t mw_loop_now(const struct mw_loop *loop);        /* the clock; any thread, no lock */
bool mw_loop_is_idle(const struct mw_loop *loop);        /* no source, no deadline that is set */

/* ---- the turn ---- */

/* `limit_ms`: wait no longer than this, -1: no limit, 0: do not wait (the caller has work in memory). */
void mw_loop_prepare(struct mw_loop *loop, int limit_ms);

/* MQTTWILL_OK, also when a signal cut it short and when nothing happened; MQTTWILL_ERR_NETWORK: the system
 * refused (errno says why), there is nothing to collect, but collect must be called all the same. */
int mw_loop_wait(struct mw_loop *loop);

/* Ends the wait and fixes what this turn delivers: bells that were rung, sources that are ready, then timers
 * that are due. A timer that is set from here on, even to the past, waits for the next turn, so a turn always
 * ends. */
void mw_loop_collect(struct mw_loop *loop);

/* Delivers one of them by calling its callback; false: this turn has none left. What is never asked for is
 * not lost: descriptors are level-triggered and deadlines stay due. */
bool mw_loop_next(struct mw_loop *loop);

/* The whole turn, for those who need no lock. As mw_loop_wait(). */
int mw_loop_turn(struct mw_loop *loop, int limit_ms);

/* ---- descriptors ---- */

struct mw_source {
  /* `events`: MW_IO_READ and MW_IO_WRITE as far as they are wanted at this moment, and MW_IO_ERROR with them.
   * After an error or a hang-up all that is wanted is reported: reading or writing then tells what happened.
   */
  void (*ready)(struct mw_loop *loop, struct mw_source *source, unsigned events);
  int fd;
  uint32_t slot;  /* the loop's: 0 when not in a loop */
  uint8_t wanted; /* read only: mw_source_want() changes it */
};

static inline void mw_source_init(struct mw_source *source,
                                  void (*ready)(struct mw_loop *, struct mw_source *, unsigned)) {
  source->ready = ready;
  source->fd = -1;
  source->slot = 0;
  source->wanted = 0;
}

static inline bool mw_source_is_added(const struct mw_source *source) {
  return source->slot != 0;
}

/* Watches `fd`, a descriptor that no other source of this loop has. MQTTWILL_OK, MQTTWILL_ERR_MEMORY or
 * MQTTWILL_ERR_NETWORK (errno says why); on failure the source is not added. */
int mw_source_add(struct mw_loop *loop, struct mw_source *source, int fd, unsigned wanted);

/* MW_IO_READ, MW_IO_WRITE, both or 0; with 0 nothing is reported, errors neither. Cheap when nothing changes.
 */
void mw_source_want(struct mw_loop *loop, struct mw_source *source, unsigned wanted);

/* Gives the descriptor of `from` to `to`, which is in no loop: what would else be a removal and an addition,
 * each a system call. Events that were collected for `from` come to `to`. */
void mw_source_move(struct mw_loop *loop, struct mw_source *from, struct mw_source *to);

/* Before the descriptor is closed. Fine when it is not added. O(1). */
void mw_source_remove(struct mw_loop *loop, struct mw_source *source);

/* ---- deadlines ---- */

struct mw_timer {
  struct mw_heap_node node; /* the loop's */
  void (*due)(struct mw_loop *loop, struct mw_timer *timer);
};

/* Takes the memory that the timer may need later, so that setting it never fails. MQTTWILL_OK or
 * MQTTWILL_ERR_MEMORY (then mw_timer_fini() must not be called). */
int mw_timer_init(struct mw_loop *loop, struct mw_timer *timer,
                  void (*due)(struct mw_loop *loop, struct mw_timer *timer));
void mw_timer_fini(struct mw_loop *loop, struct mw_timer *timer); /* unsets it, and gives its room back */

/* `deadline` on the loop's clock; MW_NEVER: unset; what has passed (0, say) counts as now: the next turn. A
 * timer is unset before its callback runs. Wakes the turner when it has to wake earlier now. Equal deadlines
 * fire in the order in which they were set. */
void mw_timer_set(struct mw_loop *loop, struct mw_timer *timer, uint64_t deadline);

static inline bool mw_timer_is_set(const struct mw_timer *timer) {
  return timer->node.place != 0;
}

static inline uint64_t mw_timer_deadline(const struct mw_timer *timer) {
  return mw_timer_is_set(timer) ? timer->node.deadline : MW_NEVER;
}

/* ---- from other threads ---- */

/* Makes the turner come back from its wait (or not wait at all). Any thread, no lock, cheap: one system call
 * until the turner has taken notice, however often it is called. */
void mw_loop_wake(struct mw_loop *loop);

/* The next turn has work that the loop knows nothing of. With the lock. Calls back a turner who waits, and
 * makes the descriptor of a foreign loop readable; who is not waiting looks before he does, and needs no
 * system call.
 */
void mw_loop_announce(struct mw_loop *loop);

/* A wake that says who it is for. */
struct mw_bell {
  struct mw_list node; /* the loop's */
  atomic_bool rung;
  void (*answer)(struct mw_loop *loop, struct mw_bell *bell);
};

void mw_bell_init(struct mw_loop *loop, struct mw_bell *bell,
                  void (*answer)(struct mw_loop *loop, struct mw_bell *bell));
void mw_bell_fini(struct mw_loop *loop, struct mw_bell *bell); /* no ring may be under way */

/* Any thread, no lock. The callback runs in the next turn, once for all rings since the last time; what was
 * written before the ring is seen in it. */
void mw_bell_ring(struct mw_loop *loop, struct mw_bell *bell);

/* ---- foreign loops ---- */

/* A descriptor that is readable whenever a turn has something to deliver. From the first call on a timerfd
 * inside it carries the earliest deadline. MQTTWILL_ERR_UNSUPPORTED with poll and under a virtual clock;
 * errors of timerfd are not errors here: mw_loop_timeout() still tells the truth. */
int mw_loop_fd(struct mw_loop *loop);

/* Milliseconds to the earliest deadline, 0: it has passed or something waits to be delivered, -1: there is
 * none. */
int mw_loop_timeout(const struct mw_loop *loop);

/* Without epoll: tells each descriptor to be watched, the loop's own wake descriptor first, with events 0
 * when it is about to go. Called from within whichever call changes it, with the lock. Set before there are
 * sources; NULL ends it. */
void mw_loop_watch(struct mw_loop *loop, void (*watch)(void *argument, int fd, unsigned events),
                   void *argument);

#endif
