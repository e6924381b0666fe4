/* SPDX-License-Identifier: MIT
 * See wake.h. */
#include "base/platform.h"

#include "loop/wake.h"

#include "base/fd.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#ifdef MW_HAVE_EPOLL
#include <sys/eventfd.h>

int mw_wake_init(struct mw_wake *w) {
  atomic_init(&w->raised, false);
  w->read_fd = w->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return w->read_fd < 0 ? -1 : 0;
}

void mw_wake_fini(struct mw_wake *w) {
  mw_fd_close(w->read_fd);
}

#else

int mw_wake_init(struct mw_wake *w) {
  int ends[2];
  atomic_init(&w->raised, false);
  w->read_fd = w->write_fd = -1;
  if (pipe(ends) < 0) return -1;
  if (mw_fd_prepare(ends[0]) < 0 || mw_fd_prepare(ends[1]) < 0) {
    mw_fd_close(ends[0]);
    mw_fd_close(ends[1]);
    return -1;
  }
  w->read_fd = ends[0];
  w->write_fd = ends[1];
  return 0;
}

void mw_wake_fini(struct mw_wake *w) {
  mw_fd_close(w->read_fd);
  mw_fd_close(w->write_fd);
}

#endif

/* One write at most lies in the descriptor, so it can never be full. */
void mw_wake_raise(struct mw_wake *w) {
  uint64_t one = 1;
  if (atomic_exchange(&w->raised, true)) return;
  while (write(w->write_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
}

/* First empty, then lower. The other way round a raise in between would have its write swallowed and stay
 * raised: nobody could ever wake this loop again. */
void mw_wake_lower(struct mw_wake *w) {
  uint64_t drained;
  while (read(w->read_fd, &drained, sizeof drained) < 0 && errno == EINTR) continue;
  atomic_exchange(&w->raised, false);
}
