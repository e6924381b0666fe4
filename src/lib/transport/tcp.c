/* SPDX-License-Identifier: MIT
 * See tcp.h. The only file, besides its siblings for other sockets, that sends and receives bytes. */
#include "base/platform.h"

#include "transport/tcp.h"

#include "base/fd.h"
#include "transport/socket.h"

#include <mqttwill/status.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL /* systems without it have SO_NOSIGPIPE, set on each socket below */
#define MSG_NOSIGNAL 0
#endif

enum { MOST_PIECES = 64 }; /* of one gather-write */

enum phase { PHASE_CLOSED, PHASE_OPEN, PHASE_CONNECTING, PHASE_CONNECTED };

static struct mw_tcp *tcp_of(struct mw_transport *t) {
  return (struct mw_tcp *)(void *)t;
}

static const struct mw_tcp *tcp_of_const(const struct mw_transport *t) {
  return (const struct mw_tcp *)(const void *)t;
}

static int fail(struct mw_tcp *t, int error, int status) {
  t->error = error;
  return status;
}

static void close_socket(struct mw_tcp *t) {
  mw_fd_close(t->fd);
  t->fd = -1;
  t->phase = PHASE_CLOSED;
}

/* ---- before the connection ---- */

static int bind_to_interface(int fd, const char *interface) {
#ifdef SO_BINDTODEVICE
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface));
#else
  (void)fd;
  (void)interface;
  errno = ENOTSUP;
  return -1;
#endif
}

/* Without IP_BIND_ADDRESS_NO_PORT the port would be chosen here, unique among all connections from this
 * address, instead of per destination: a gateway would run out of ports early. */
static int bind_to_address(int fd, const struct mw_address *source) {
#ifdef IP_BIND_ADDRESS_NO_PORT
  if (mw_address_port(source) == 0) mw_socket_set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
#endif
  return bind(fd, &source->u.any, source->len);
}

static void set_plain_options(int fd) {
  mw_socket_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
#ifdef SO_NOSIGPIPE
  mw_socket_set(fd, SOL_SOCKET, SO_NOSIGPIPE, 1);
#endif
}

/* Where the system has no such option its own way must do: keep alive finds a dead link all the same. */
static int set_user_timeout(int fd, uint32_t timeout_ms) {
#ifdef TCP_USER_TIMEOUT
  return mw_socket_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
                       timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
#else
  (void)fd;
  (void)timeout_ms;
  return 0;
#endif
}

static int set_options(int fd, int family, const struct mw_tcp_options *options) {
  if (options->source != NULL && options->source->u.any.sa_family != family) {
    errno = EAFNOSUPPORT;
    return -1;
  }
  if (options->interface != NULL && bind_to_interface(fd, options->interface) < 0) return -1;
  if (options->source != NULL && bind_to_address(fd, options->source) < 0) return -1;
  if (options->user_timeout_ms != 0 && set_user_timeout(fd, options->user_timeout_ms) < 0) return -1;
  return 0;
}

int mw_tcp_open(struct mw_tcp *t, int family, const struct mw_tcp_options *options) {
  int fd = mw_socket_new(family);
  if (fd < 0) return fail(t, errno, MQTTWILL_ERR_CONNECT);
  if (options != NULL && set_options(fd, family, options) < 0) {
    mw_fd_close(fd);
    return fail(t, errno, MQTTWILL_ERR_CONNECT);
  }
  set_plain_options(fd);
  t->fd = fd;
  t->error = 0;
  t->phase = PHASE_OPEN;
  return MQTTWILL_OK;
}

void mw_tcp_adopt(struct mw_tcp *t, int fd) {
  mw_fd_prepare(fd);
  set_plain_options(fd);
  t->fd = fd;
  t->error = 0;
  t->phase = PHASE_CONNECTED;
}

/* ---- connecting ---- */

/* After EINTR the connection goes on being made, as after EINPROGRESS. */
int mw_tcp_connect(struct mw_tcp *t, const struct mw_address *address) {
  if (connect(t->fd, &address->u.any, address->len) < 0 && errno != EINPROGRESS && errno != EINTR)
    return fail(t, errno, MQTTWILL_ERR_CONNECT);
  t->phase = PHASE_CONNECTING;
  return MQTTWILL_OK;
}

/* A socket that connects to a port of its own host which nobody listens on may be given that very port, and
 * is then connected to itself (a simultaneous open): what it sends comes back to it. */
static bool is_connected_to_itself(int fd, const struct mw_address *peer) {
  struct mw_address own = {.len = 0};
  own.len = sizeof own.u;
  return getsockname(fd, &own.u.any, &own.len) == 0 && mw_address_equal(&own, peer);
}

static int tcp_establish(struct mw_transport *base, bool *done) {
  struct mw_tcp *t = tcp_of(base);
  *done = t->phase == PHASE_CONNECTED;
  if (t->phase != PHASE_CONNECTING) return *done ? MQTTWILL_OK : fail(t, ENOTCONN, MQTTWILL_ERR_CONNECT);

  int error = 0;
  socklen_t len = sizeof error;
  if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0) error = errno;
  if (error != 0) return fail(t, error, MQTTWILL_ERR_CONNECT);

  struct mw_address peer = {.len = 0};
  peer.len = sizeof peer.u;
  if (getpeername(t->fd, &peer.u.any, &peer.len) < 0)
    return errno == ENOTCONN ? MQTTWILL_OK : fail(t, errno, MQTTWILL_ERR_CONNECT);
  if (is_connected_to_itself(t->fd, &peer)) return fail(t, ECONNREFUSED, MQTTWILL_ERR_CONNECT);
  t->phase = PHASE_CONNECTED;
  *done = true;
  return MQTTWILL_OK;
}

/* ---- bytes ---- */

static bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

/* The next pieces behind the first `skip` bytes; returns how many bytes they hold, *count how many there are.
 */
static size_t gather(struct iovec *pieces, int *count, const struct mw_slice *slices, size_t slice_count,
                     size_t skip) {
  size_t bytes = 0;
  int used = 0;
  for (size_t i = 0; i < slice_count && used < MOST_PIECES; i++) {
    if (skip >= slices[i].len) {
      skip -= slices[i].len;
      continue;
    }
    struct mw_slice rest = mw_slice_skip(slices[i], skip);
    skip = 0;
    if (rest.len > SIZE_MAX / 2 - bytes) break; /* sendmsg() counts in a signed size */
    pieces[used].iov_base = (void *)(uintptr_t)rest.data;
    pieces[used].iov_len = rest.len;
    bytes += rest.len;
    used++;
  }
  *count = used;
  return bytes;
}

static int tcp_write(struct mw_transport *base, const struct mw_slice *slices, size_t slice_count,
                     size_t *written) {
  struct mw_tcp *t = tcp_of(base);
  *written = 0;
  for (;;) {
    struct iovec pieces[MOST_PIECES];
    int count;
    size_t offered = gather(pieces, &count, slices, slice_count, *written);
    if (offered == 0) return MQTTWILL_OK;
    struct msghdr message = {0};
    message.msg_iov = pieces;
    message.msg_iovlen = (size_t)count;
    ssize_t sent = sendmsg(t->fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return would_block(errno) ? MQTTWILL_OK : fail(t, errno, MQTTWILL_ERR_NETWORK);
    *written += (size_t)sent;
    if ((size_t)sent < offered) return MQTTWILL_OK; /* the socket is full */
  }
}

static int tcp_read(struct mw_transport *base, void *data, size_t cap, size_t *got) {
  struct mw_tcp *t = tcp_of(base);
  *got = 0;
  for (;;) {
    ssize_t len = recv(t->fd, data, cap, 0);
    if (len > 0) {
      *got = (size_t)len;
      return MQTTWILL_OK;
    }
    if (len == 0) return fail(t, 0, MQTTWILL_ERR_CLOSED);
    if (errno == EINTR) continue;
    return would_block(errno) ? MQTTWILL_OK : fail(t, errno, MQTTWILL_ERR_NETWORK);
  }
}

static unsigned tcp_wants(const struct mw_transport *base, unsigned wish) {
  return tcp_of_const(base)->phase == PHASE_CONNECTING ? MW_IO_WRITE : wish;
}

static size_t tcp_pending(const struct mw_transport *base) {
  (void)base;
  return 0;
}

/* ---- the end ---- */

static int tcp_finish(struct mw_transport *base, bool *done) {
  struct mw_tcp *t = tcp_of(base);
  *done = true;
  return shutdown(t->fd, SHUT_WR) < 0 ? fail(t, errno, MQTTWILL_ERR_NETWORK) : MQTTWILL_OK;
}

static void tcp_close(struct mw_transport *base) {
  close_socket(tcp_of(base));
}

static int tcp_error(const struct mw_transport *base, char *text, size_t cap) {
  const struct mw_tcp *t = tcp_of_const(base);
  if (t->error != 0)
    mw_error_text(t->error, text, cap);
  else if (cap > 0)
    text[0] = '\0';
  return t->error;
}

static int tcp_fd(const struct mw_transport *base) {
  return tcp_of_const(base)->fd;
}

static const struct mw_transport_ops tcp_ops = {
    .name = "tcp",
    .establish = tcp_establish,
    .write = tcp_write,
    .read = tcp_read,
    .wants = tcp_wants,
    .pending = tcp_pending,
    .finish = tcp_finish,
    .close = tcp_close,
    .error = tcp_error,
    .fd = tcp_fd,
};

void mw_tcp_init(struct mw_tcp *t) {
  t->base.ops = &tcp_ops;
  t->fd = -1;
  t->error = 0;
  t->phase = PHASE_CLOSED;
}
