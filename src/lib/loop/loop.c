/* SPDX-License-Identifier: MIT
 * What a loop holds: sources, timers and bells come and go here. turn.c delivers them. */
#include "base/platform.h"

#include "base/alloc.h"
#include "loop/internal.h"

#include <mqttwill/status.h>

#include <string.h>

static const struct mw_backend *const backends[] = {
#ifdef MW_HAVE_EPOLL
    &mw_backend_epoll,
#endif
    &mw_backend_poll,
};

static const struct mw_backend *find_backend(const char *name) {
  if (name == NULL) return backends[0];
  for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
    if (strcmp(backends[i]->name, name) == 0) return backends[i];
  return NULL;
}

int mw_loop_new(struct mw_loop **loop, const char *backend, const struct mw_clock *clock) {
  const struct mw_backend *chosen = find_backend(backend);
  if (chosen == NULL) return MQTTWILL_ERR_UNSUPPORTED;
  struct mw_loop *l = mw_calloc(1, sizeof *l);
  if (l == NULL) return MQTTWILL_ERR_MEMORY;
  l->backend = chosen;
  l->clock = clock;
  l->timer_fd = l->foreign_fd = -1;
  l->armed = MW_NEVER;
  mw_list_init(&l->bells);
  mw_list_init(&l->ringing);
  atomic_init(&l->any_bell, false);
  int status = mw_wake_init(&l->wake) == 0 ? chosen->init(l) : MQTTWILL_ERR_NETWORK;
  if (status != MQTTWILL_OK) {
    mw_loop_free(l);
    return status;
  }
  l->turn_now = mw_loop_now(l);
  *loop = l;
  return MQTTWILL_OK;
}

void mw_loop_free(struct mw_loop *loop) {
  if (loop == NULL) return;
  loop->backend->fini(loop);
  mw_foreign_fini(loop);
  mw_wake_fini(&loop->wake);
  mw_heap_fini(&loop->timers);
  mw_free(loop->slots);
  mw_free(loop);
}

const char *mw_loop_backend(const struct mw_loop *loop) {
  return loop->backend->name;
}

uint64_t mw_loop_now(const struct mw_loop *loop) {
  return loop->clock != NULL ? loop->clock->now(loop->clock->argument) : mw_clock_now();
}

bool mw_loop_is_idle(const struct mw_loop *loop) {
  return loop->source_count == 0 && mw_heap_first(&loop->timers) == NULL;
}

/* ---- descriptors ---- */

static int grow_slots(struct mw_loop *loop) {
  if (loop->slot_cap > UINT32_MAX / 4) return MQTTWILL_ERR_MEMORY;
  uint32_t cap = loop->slot_cap == 0 ? 4 : loop->slot_cap * 2;
  struct mw_slot *slots = mw_realloc(loop->slots, cap * sizeof *slots);
  if (slots == NULL) return MQTTWILL_ERR_MEMORY;
  loop->slots = slots;
  loop->slot_cap = cap;
  return MQTTWILL_OK;
}

static int take_slot(struct mw_loop *loop, uint32_t *slot) {
  if (loop->free_slot != 0) {
    *slot = loop->free_slot - 1;
    loop->free_slot = loop->slots[*slot].link;
    return MQTTWILL_OK;
  }
  if (loop->slot_count == loop->slot_cap && grow_slots(loop) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  *slot = loop->slot_count++;
  loop->slots[*slot] = (struct mw_slot){NULL, 0, 0};
  return MQTTWILL_OK;
}

static void give_slot(struct mw_loop *loop, uint32_t slot) {
  loop->slots[slot].source = NULL;
  loop->slots[slot].generation++;
  loop->slots[slot].link = loop->free_slot;
  loop->free_slot = slot + 1;
}

static void report(const struct mw_loop *loop, int fd, unsigned events) {
  if (loop->watch != NULL) loop->watch(loop->watch_argument, fd, events);
}

int mw_source_add(struct mw_loop *loop, struct mw_source *source, int fd, unsigned wanted) {
  uint32_t slot;
  if (take_slot(loop, &slot) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  int status = loop->backend->add(loop, slot, fd, wanted);
  if (status != MQTTWILL_OK) {
    give_slot(loop, slot);
    return status;
  }
  loop->slots[slot].source = source;
  loop->source_count++;
  source->fd = fd;
  source->slot = slot + 1;
  source->wanted = (uint8_t)wanted;
  if (wanted != 0) report(loop, fd, wanted);
  return MQTTWILL_OK;
}

void mw_source_want(struct mw_loop *loop, struct mw_source *source, unsigned wanted) {
  if (source->slot == 0 || source->wanted == wanted) return;
  loop->backend->want(loop, source->slot - 1, source->fd, wanted);
  source->wanted = (uint8_t)wanted;
  report(loop, source->fd, wanted);
}

void mw_source_move(struct mw_loop *loop, struct mw_source *from, struct mw_source *to) {
  to->fd = from->fd;
  to->slot = from->slot;
  to->wanted = from->wanted;
  loop->slots[to->slot - 1].source = to;
  from->slot = 0;
}

void mw_source_remove(struct mw_loop *loop, struct mw_source *source) {
  if (source->slot == 0) return;
  loop->backend->remove(loop, source->slot - 1, source->fd);
  give_slot(loop, source->slot - 1);
  loop->source_count--;
  source->slot = 0;
  if (source->wanted != 0) report(loop, source->fd, 0);
}

/* ---- deadlines ---- */

int mw_timer_init(struct mw_loop *loop, struct mw_timer *timer,
                  void (*due)(struct mw_loop *loop, struct mw_timer *timer)) {
  if (mw_heap_reserve(&loop->timers, loop->timer_count + 1) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  loop->timer_count++;
  timer->node = (struct mw_heap_node){0, 0, 0};
  timer->due = due;
  return MQTTWILL_OK;
}

void mw_timer_fini(struct mw_loop *loop, struct mw_timer *timer) {
  mw_heap_remove(&loop->timers, &timer->node);
  loop->timer_count--;
}

/* What has passed becomes now: a timer that is set to 0 again and again would otherwise stand before the
 * others for ever. */
void mw_timer_set(struct mw_loop *loop, struct mw_timer *timer, uint64_t deadline) {
  if (deadline < loop->turn_now) deadline = loop->turn_now;
  mw_heap_set(&loop->timers, &timer->node, deadline); /* cannot fail: the room was reserved */
  if (loop->waiting && deadline < loop->wait_until) mw_loop_wake(loop);
  mw_foreign_arm(loop);
}

/* ---- from other threads ---- */

void mw_loop_wake(struct mw_loop *loop) {
  mw_wake_raise(&loop->wake);
}

void mw_loop_announce(struct mw_loop *loop) {
  if (loop->waiting || loop->foreign_fd >= 0 || loop->watch != NULL) mw_loop_wake(loop);
}

void mw_bell_init(struct mw_loop *loop, struct mw_bell *bell,
                  void (*answer)(struct mw_loop *loop, struct mw_bell *bell)) {
  atomic_init(&bell->rung, false);
  bell->answer = answer;
  mw_list_append(&loop->bells, &bell->node);
}

void mw_bell_fini(struct mw_loop *loop, struct mw_bell *bell) {
  (void)loop;
  mw_list_remove(&bell->node);
}

void mw_bell_ring(struct mw_loop *loop, struct mw_bell *bell) {
  atomic_store(&bell->rung, true);
  atomic_store(&loop->any_bell, true);
  mw_loop_wake(loop);
}
