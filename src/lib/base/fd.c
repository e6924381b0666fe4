/* SPDX-License-Identifier: MIT
 * See fd.h. */
#include "base/platform.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int mw_fd_prepare(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -1;
  if ((flags & O_NONBLOCK) == 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
  flags = fcntl(fd, F_GETFD);
  if (flags < 0) return -1;
  if ((flags & FD_CLOEXEC) == 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0) return -1;
  return 0;
}

/* close() is not repeated after EINTR: on Linux the descriptor is gone by then, and may be somebody else's.
 */
void mw_fd_close(int fd) {
  if (fd < 0) return;
  int saved = errno;
  close(fd);
  errno = saved;
}
