/* SPDX-License-Identifier: MIT
 * One turn of a loop: how long to wait, the wait, and what it brought, one callback at a time. */
#include "base/platform.h"

#include "loop/internal.h"

#include <mqttwill/status.h>

#include <limits.h>

void mw_loop_prepare(struct mw_loop *loop, int limit_ms) {
  uint64_t now = mw_loop_now(loop);
  uint64_t until = mw_heap_deadline(&loop->timers);
  if (limit_ms >= 0 && now + (uint64_t)limit_ms < until) until = now + (uint64_t)limit_ms;
  loop->turn_now = now;
  loop->wait_until = until;
  if (until == MW_NEVER)
    loop->timeout_ms = -1;
  else if (until <= now)
    loop->timeout_ms = 0;
  else
    loop->timeout_ms = until - now < INT_MAX ? (int)(until - now) : INT_MAX;
  loop->backend->prepare(loop);
  loop->waiting = true;
}

/* Under a virtual clock the kernel is asked first what is there already; only if there is nothing does time
 * go by. */
static int wait_for_ready(struct mw_loop *loop, bool *woken) {
  const struct mw_clock *clock = loop->clock;
  int timeout_ms = loop->timeout_ms;
  if (clock != NULL && clock->wait != NULL && timeout_ms != 0) {
    int ready = loop->backend->wait(loop, 0, woken);
    if (ready != 0) return ready;
    timeout_ms = clock->wait(clock->argument, timeout_ms);
    if (timeout_ms == 0) return 0;
  }
  return loop->backend->wait(loop, timeout_ms, woken);
}

int mw_loop_wait(struct mw_loop *loop) {
  bool woken = false;
  int ready = wait_for_ready(loop, &woken);
  if (woken) mw_wake_lower(&loop->wake);
  return ready < 0 ? MQTTWILL_ERR_NETWORK : MQTTWILL_OK;
}

static void gather_bells(struct mw_loop *loop) {
  if (!atomic_exchange(&loop->any_bell, false)) return;
  for (struct mw_list *l = loop->bells.next, *next; l != &loop->bells; l = next) {
    struct mw_bell *bell = MW_CONTAINER(l, struct mw_bell, node);
    next = l->next;
    if (!atomic_exchange(&bell->rung, false)) continue;
    mw_list_remove(l);
    mw_list_append(&loop->ringing, l);
  }
}

void mw_loop_collect(struct mw_loop *loop) {
  loop->waiting = false;
  loop->collecting = true;
  loop->turn_now = mw_loop_now(loop);
  loop->timers_until = loop->timers.order;
  gather_bells(loop);
}

static bool next_bell(struct mw_loop *loop) {
  struct mw_list *l = mw_list_first(&loop->ringing);
  if (l == NULL) return false;
  struct mw_bell *bell = MW_CONTAINER(l, struct mw_bell, node);
  mw_list_remove(l);
  mw_list_append(&loop->bells, l);
  bell->answer(loop, bell);
  return true;
}

/* NULL: removed since the wait, or one of the loop's own two descriptors. */
static struct mw_source *source_of(const struct mw_loop *loop, uint64_t id) {
  if (id == MW_ID_WAKE || id == MW_ID_TIMER) return NULL;
  const struct mw_slot *slot = &loop->slots[(uint32_t)id];
  return slot->generation == id >> 32 ? slot->source : NULL;
}

static bool next_source(struct mw_loop *loop) {
  uint64_t id;
  unsigned events;
  while (loop->backend->take(loop, &id, &events)) {
    struct mw_source *source = source_of(loop, id);
    if (source == NULL) continue;
    unsigned wanted = events & source->wanted;
    if (wanted == 0) continue;
    source->ready(loop, source, wanted | (events & MW_IO_ERROR));
    return true;
  }
  return false;
}

static bool next_timer(struct mw_loop *loop) {
  struct mw_heap_node *node = mw_heap_first(&loop->timers);
  if (node == NULL || node->deadline > loop->turn_now || node->order >= loop->timers_until) return false;
  struct mw_timer *timer = MW_CONTAINER(node, struct mw_timer, node);
  mw_heap_remove(&loop->timers, node);
  timer->due(loop, timer);
  return true;
}

bool mw_loop_next(struct mw_loop *loop) {
  if (next_bell(loop) || next_source(loop) || next_timer(loop)) return true;
  loop->collecting = false;
  mw_foreign_arm(loop);
  return false;
}

int mw_loop_turn(struct mw_loop *loop, int limit_ms) {
  mw_loop_prepare(loop, limit_ms);
  int status = mw_loop_wait(loop);
  mw_loop_collect(loop);
  while (mw_loop_next(loop)) continue;
  return status;
}
