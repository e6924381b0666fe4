/* SPDX-License-Identifier: MIT
 * The backend for Linux: epoll, level-triggered. Changes made by other threads take effect in a wait under
 * way. */
#include "base/platform.h"

#include "loop/internal.h"

#ifdef MW_HAVE_EPOLL

#include "base/alloc.h"
#include "base/fd.h"

#include <mqttwill/status.h>

#include <errno.h>
#include <sys/epoll.h>

enum { FIRST_BATCH = 16, LARGEST_BATCH = 1024 };

struct epoll_state {
  int fd;
  int cap, count, cursor; /* of events: the turner's */
  struct epoll_event *events;
};

/* Nothing wanted: edge-triggered, so that a hang-up, which epoll reports uncalled for, does not come for
 * ever. */
static uint32_t to_epoll(unsigned wanted) {
  if (wanted == 0) return EPOLLET;
  return ((wanted & MW_IO_READ) != 0 ? EPOLLIN : 0u) | ((wanted & MW_IO_WRITE) != 0 ? EPOLLOUT : 0u);
}

static unsigned from_epoll(uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return MW_IO_READ | MW_IO_WRITE | MW_IO_ERROR;
  return ((events & EPOLLIN) != 0 ? MW_IO_READ : 0u) | ((events & EPOLLOUT) != 0 ? MW_IO_WRITE : 0u);
}

static int control(struct epoll_state *s, int operation, int fd, uint32_t events, uint64_t id) {
  struct epoll_event event = {.events = events, .data.u64 = id};
  return epoll_ctl(s->fd, operation, fd, &event);
}

static void epoll_fini(struct mw_loop *loop) {
  struct epoll_state *s = loop->state;
  if (s == NULL) return;
  mw_fd_close(s->fd);
  mw_free(s->events);
  mw_free(s);
  loop->state = NULL;
}

static int epoll_init(struct mw_loop *loop) {
  struct epoll_state *s = mw_calloc(1, sizeof *s);
  if (s == NULL) return MQTTWILL_ERR_MEMORY;
  loop->state = s;
  s->fd = -1;
  s->cap = FIRST_BATCH;
  s->events = mw_malloc(FIRST_BATCH * sizeof *s->events);
  if (s->events == NULL) return MQTTWILL_ERR_MEMORY;
  s->fd = epoll_create1(EPOLL_CLOEXEC);
  if (s->fd < 0) return MQTTWILL_ERR_NETWORK;
  if (control(s, EPOLL_CTL_ADD, loop->wake.read_fd, EPOLLIN, MW_ID_WAKE) < 0) return MQTTWILL_ERR_NETWORK;
  return MQTTWILL_OK;
}

static int epoll_add(struct mw_loop *loop, uint32_t slot, int fd, unsigned wanted) {
  if (control(loop->state, EPOLL_CTL_ADD, fd, to_epoll(wanted), mw_slot_id(loop, slot)) == 0)
    return MQTTWILL_OK;
  return errno == ENOMEM ? MQTTWILL_ERR_MEMORY : MQTTWILL_ERR_NETWORK;
}

static void epoll_want(struct mw_loop *loop, uint32_t slot, int fd, unsigned wanted) {
  control(loop->state, EPOLL_CTL_MOD, fd, to_epoll(wanted), mw_slot_id(loop, slot));
}

static void epoll_remove(struct mw_loop *loop, uint32_t slot, int fd) {
  (void)slot;
  control(loop->state, EPOLL_CTL_DEL, fd, 0, 0);
}

/* A batch that came back full grows; without memory for that the rest comes with the next turn. */
static void epoll_prepare(struct mw_loop *loop) {
  struct epoll_state *s = loop->state;
  bool was_full = s->count == s->cap;
  s->count = s->cursor = 0;
  if (!was_full || s->cap >= LARGEST_BATCH) return;
  struct epoll_event *events = mw_realloc(s->events, 2 * (size_t)s->cap * sizeof *events);
  if (events == NULL) return;
  s->events = events;
  s->cap *= 2;
}

static int epoll_wait_batch(struct mw_loop *loop, int timeout_ms, bool *woken) {
  struct epoll_state *s = loop->state;
  int count = epoll_wait(s->fd, s->events, s->cap, timeout_ms);
  if (count < 0) return errno == EINTR ? 0 : -1;
  s->count = count;
  for (int i = 0; i < count; i++)
    if (s->events[i].data.u64 == MW_ID_WAKE) *woken = true;
  return count;
}

static bool epoll_take(struct mw_loop *loop, uint64_t *id, unsigned *events) {
  struct epoll_state *s = loop->state;
  if (s->cursor >= s->count) return false;
  *id = s->events[s->cursor].data.u64;
  *events = from_epoll(s->events[s->cursor].events);
  s->cursor++;
  return true;
}

static int epoll_foreign(struct mw_loop *loop, int timer_fd) {
  struct epoll_state *s = loop->state;
  if (timer_fd >= 0 && control(s, EPOLL_CTL_ADD, timer_fd, EPOLLIN, MW_ID_TIMER) < 0)
    return MQTTWILL_ERR_NETWORK;
  return s->fd;
}

const struct mw_backend mw_backend_epoll = {
    .name = "epoll",
    .init = epoll_init,
    .fini = epoll_fini,
    .add = epoll_add,
    .want = epoll_want,
    .remove = epoll_remove,
    .prepare = epoll_prepare,
    .wait = epoll_wait_batch,
    .take = epoll_take,
    .foreign = epoll_foreign,
};

#endif
