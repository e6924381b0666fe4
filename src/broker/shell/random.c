/* SPDX-License-Identifier: MIT
 * See random.h. */
#include "base/platform.h"

#include "broker/shell/random.h"

#include "base/fd.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_GETRANDOM
#include <sys/random.h>
#endif

static size_t from_system(uint8_t *bytes, size_t len) {
#ifdef HAVE_GETRANDOM
  ssize_t got = getrandom(bytes, len, 0);
  if (got >= 0) return (size_t)got;
#endif
  int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t read_bytes = read(fd, bytes, len);
  mw_fd_close(fd);
  return read_bytes > 0 ? (size_t)read_bytes : 0;
}

void mw_random(void *unused, uint8_t *bytes, size_t len) {
  (void)unused;
  size_t done = from_system(bytes, len);
  if (done == len) return;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t x = (uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec << 20 ^ (uint64_t)getpid() ^
               (uint64_t)(uintptr_t)bytes;
  for (; done < len; done++) { /* splitmix64 */
    uint64_t z = x += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    bytes[done] = (uint8_t)(z ^ z >> 31);
  }
}
