/* SPDX-License-Identifier: MIT
 * See socket.h. */
#include "base/platform.h"

#include "transport/socket.h"

#include "base/fd.h"

#include <sys/socket.h>

int mw_socket_new(int family) {
#ifdef MW_HAVE_ACCEPT4
  return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  int fd = socket(family, SOCK_STREAM, 0);
  if (fd < 0 || mw_fd_prepare(fd) == 0) return fd;
  mw_fd_close(fd);
  return -1;
#endif
}

int mw_socket_set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value);
}
