/* SPDX-License-Identifier: MIT
 * See listener.h. */
#include "base/platform.h"

#include "transport/listener.h"

#include "base/fd.h"
#include "transport/socket.h"

#include <mqttwill/status.h>

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { BACKLOG = 65535 }; /* the kernel cuts it to what it grants (somaxconn) */

void mw_listener_init(struct mw_listener *l) {
  l->fd = -1;
  l->error = 0;
}

int mw_listener_open(struct mw_listener *l, const struct mw_address *address) {
  int fd = mw_socket_new(address->u.any.sa_family);
  if (fd < 0) goto fail;
  if (mw_socket_set(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0) goto fail;
  if (address->u.any.sa_family == AF_INET6 && mw_socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) < 0) goto fail;
  if (bind(fd, &address->u.any, address->len) < 0) goto fail;
  if (listen(fd, BACKLOG) < 0) goto fail;
  l->fd = fd;
  l->error = 0;
  return MQTTWILL_OK;
fail:
  l->error = errno;
  mw_fd_close(fd);
  return MQTTWILL_ERR_NETWORK;
}

int mw_listener_address(const struct mw_listener *l, struct mw_address *address) {
  struct sockaddr_storage name;
  socklen_t len = sizeof name;
  if (getsockname(l->fd, (struct sockaddr *)&name, &len) < 0) return MQTTWILL_ERR_NETWORK;
  return mw_address_from(address, (const struct sockaddr *)&name, len) ? MQTTWILL_OK : MQTTWILL_ERR_NETWORK;
}

static int accept_one(int fd, struct sockaddr_storage *peer, socklen_t *len) {
  *len = sizeof *peer;
#ifdef MW_HAVE_ACCEPT4
  return accept4(fd, (struct sockaddr *)peer, len, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
  int accepted = accept(fd, (struct sockaddr *)peer, len);
  if (accepted < 0 || mw_fd_prepare(accepted) == 0) return accepted;
  mw_fd_close(accepted);
  return -1;
#endif
}

/* accept() also hands out what went wrong with the connection it would have given (accept(2), Linux): that
 * one is gone from the queue, the next may be well. */
static bool is_of_the_connection(int error) {
  switch (error) {
  case EINTR:
  case ECONNABORTED:
  case EPROTO:
  case ENETDOWN:
  case ENOPROTOOPT:
  case EHOSTDOWN:
#ifdef ENONET
  case ENONET:
#endif
  case EHOSTUNREACH:
  case EOPNOTSUPP:
  case ENETUNREACH:
  case EPERM: /* a firewall rule */
    return true;
  default:
    return false;
  }
}

static bool is_of_the_process(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* How many dead connections are passed over at a time: the rest of the loop wants its turn, too. */
enum { MOST_DEAD = 1000 };

int mw_listener_accept(struct mw_listener *l, int *fd, struct mw_address *peer) {
  struct sockaddr_storage name;
  socklen_t len;
  *fd = -1;
  for (int dead = 0; dead < MOST_DEAD; dead++) {
    int accepted = accept_one(l->fd, &name, &len);
    if (accepted >= 0) {
      *fd = accepted;
      if (peer != NULL && !mw_address_from(peer, (const struct sockaddr *)&name, len)) peer->len = 0;
      return MQTTWILL_OK;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return MQTTWILL_OK;
    l->error = errno;
    if (is_of_the_process(errno)) return MQTTWILL_ERR_FULL;
    if (!is_of_the_connection(errno)) return MQTTWILL_ERR_NETWORK;
  }
  return MQTTWILL_OK;
}

void mw_listener_close(struct mw_listener *l) {
  mw_fd_close(l->fd);
  l->fd = -1;
}
