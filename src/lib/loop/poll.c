/* SPDX-License-Identifier: MIT
 * The backend for every POSIX system: poll(2). Sources change a table under the lock; the wait works on a
 * copy of it, so other threads may change the table meanwhile, and wake the turner for it. */
#include "base/platform.h"

#include "base/alloc.h"
#include "loop/internal.h"

#include <mqttwill/status.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

/* One block: the ids, then the pollfds. Entry 0 is the loop's wake. */
struct table {
  uint32_t count, cap;
  struct pollfd *fds;
  uint64_t ids[];
};

struct poll_state {
  struct table *table;
  struct table *copy;  /* the turner's; as roomy as the table, or spare is */
  struct table *spare; /* takes the place of copy in the next prepare, so that this needs no memory */
  bool changed;        /* copy is not like the table */
  uint32_t cursor;
  int ready; /* entries of copy that are yet to be taken */
};

static struct table *table_new(uint32_t cap) {
  struct table *t = mw_malloc(sizeof *t + (size_t)cap * (sizeof t->ids[0] + sizeof *t->fds));
  if (t == NULL) return NULL;
  t->count = 0;
  t->cap = cap;
  t->fds = (struct pollfd *)(void *)(t->ids + cap);
  return t;
}

static void table_copy(struct table *to, const struct table *from) {
  to->count = from->count;
  memcpy(to->ids, from->ids, from->count * sizeof from->ids[0]);
  memcpy(to->fds, from->fds, from->count * sizeof from->fds[0]);
}

/* A negative descriptor is passed over by poll(): no events wanted, none reported, errors neither. */
static void set_entry(struct pollfd *entry, int fd, unsigned wanted) {
  entry->fd = wanted != 0 ? fd : -1;
  entry->events =
      (short)(((wanted & MW_IO_READ) != 0 ? POLLIN : 0) | ((wanted & MW_IO_WRITE) != 0 ? POLLOUT : 0));
  entry->revents = 0;
}

static unsigned from_poll(short revents) {
  if ((revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return MW_IO_READ | MW_IO_WRITE | MW_IO_ERROR;
  return ((revents & POLLIN) != 0 ? MW_IO_READ : 0u) | ((revents & POLLOUT) != 0 ? MW_IO_WRITE : 0u);
}

static void poll_fini(struct mw_loop *loop) {
  struct poll_state *s = loop->state;
  if (s == NULL) return;
  mw_free(s->table);
  mw_free(s->copy);
  mw_free(s->spare);
  mw_free(s);
  loop->state = NULL;
}

static int poll_init(struct mw_loop *loop) {
  struct poll_state *s = mw_calloc(1, sizeof *s);
  if (s == NULL) return MQTTWILL_ERR_MEMORY;
  loop->state = s;
  s->table = table_new(8);
  s->copy = table_new(8);
  if (s->table == NULL || s->copy == NULL) return MQTTWILL_ERR_MEMORY;
  s->table->ids[0] = MW_ID_WAKE;
  set_entry(&s->table->fds[0], loop->wake.read_fd, MW_IO_READ);
  s->table->count = 1;
  s->changed = true;
  return MQTTWILL_OK;
}

static int grow(struct poll_state *s) {
  if (s->table->cap > UINT32_MAX / 2) return MQTTWILL_ERR_MEMORY;
  struct table *larger = table_new(s->table->cap * 2);
  struct table *spare = table_new(s->table->cap * 2);
  if (larger == NULL || spare == NULL) {
    mw_free(larger);
    mw_free(spare);
    return MQTTWILL_ERR_MEMORY;
  }
  table_copy(larger, s->table);
  mw_free(s->table);
  mw_free(s->spare);
  s->table = larger;
  s->spare = spare;
  return MQTTWILL_OK;
}

static void note_change(struct mw_loop *loop) {
  struct poll_state *s = loop->state;
  s->changed = true;
  if (loop->waiting) mw_loop_wake(loop);
}

static int poll_add(struct mw_loop *loop, uint32_t slot, int fd, unsigned wanted) {
  struct poll_state *s = loop->state;
  if (s->table->count == s->table->cap && grow(s) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  uint32_t place = s->table->count++;
  s->table->ids[place] = mw_slot_id(loop, slot);
  set_entry(&s->table->fds[place], fd, wanted);
  loop->slots[slot].link = place;
  note_change(loop);
  return MQTTWILL_OK;
}

static void poll_want(struct mw_loop *loop, uint32_t slot, int fd, unsigned wanted) {
  struct poll_state *s = loop->state;
  set_entry(&s->table->fds[loop->slots[slot].link], fd, wanted);
  note_change(loop);
}

/* The last entry takes the free place. */
static void poll_remove(struct mw_loop *loop, uint32_t slot, int fd) {
  struct poll_state *s = loop->state;
  struct table *t = s->table;
  (void)fd;
  uint32_t place = loop->slots[slot].link;
  uint32_t last = --t->count;
  if (place != last) {
    t->ids[place] = t->ids[last];
    t->fds[place] = t->fds[last];
    loop->slots[(uint32_t)t->ids[place]].link = place;
  }
  note_change(loop);
}

static void poll_prepare(struct mw_loop *loop) {
  struct poll_state *s = loop->state;
  s->ready = 0;
  s->cursor = 0;
  if (!s->changed) return;
  if (s->spare != NULL) {
    mw_free(s->copy);
    s->copy = s->spare;
    s->spare = NULL;
  }
  table_copy(s->copy, s->table);
  s->changed = false;
}

static int poll_wait_batch(struct mw_loop *loop, int timeout_ms, bool *woken) {
  struct poll_state *s = loop->state;
  int count = poll(s->copy->fds, s->copy->count, timeout_ms);
  if (count < 0) return errno == EINTR || errno == EAGAIN ? 0 : -1;
  s->ready = count;
  if (count > 0 && s->copy->fds[0].revents != 0) *woken = true;
  return count;
}

static bool poll_take(struct mw_loop *loop, uint64_t *id, unsigned *events) {
  struct poll_state *s = loop->state;
  if (s->ready == 0) return false;
  while (s->cursor < s->copy->count) {
    uint32_t place = s->cursor++;
    short revents = s->copy->fds[place].revents;
    if (revents == 0) continue;
    s->ready--;
    *id = s->copy->ids[place];
    *events = from_poll(revents);
    return true;
  }
  return false;
}

static int poll_foreign(struct mw_loop *loop, int timer_fd) {
  (void)loop;
  (void)timer_fd;
  return MQTTWILL_ERR_UNSUPPORTED;
}

const struct mw_backend mw_backend_poll = {
    .name = "poll",
    .init = poll_init,
    .fini = poll_fini,
    .add = poll_add,
    .want = poll_want,
    .remove = poll_remove,
    .prepare = poll_prepare,
    .wait = poll_wait_batch,
    .take = poll_take,
    .foreign = poll_foreign,
};
