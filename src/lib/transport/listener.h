/* SPDX-License-Identifier: MIT
 * A listening TCP socket, non-blocking and close-on-exec, for the broker. */
#ifndef MW_TRANSPORT_LISTENER_H
#define MW_TRANSPORT_LISTENER_H

#include "base/address.h"

struct mw_listener {
  int fd;    /* -1: not open; watch it for reading */
  int error; /* errno of the last failure */
};

void mw_listener_init(struct mw_listener *l);

/* Listens with the deepest backlog the system grants. IPv6 sockets take IPv6 only: open two for both.
 * MQTTWILL_OK or MQTTWILL_ERR_NETWORK (l->error: EADDRINUSE, EACCES, EADDRNOTAVAIL, EMFILE...), not open
 * then. */
int mw_listener_open(struct mw_listener *l, const struct mw_address *address);

/* Where it listens, with the port that the system chose if 0 was asked for. */
int mw_listener_address(const struct mw_listener *l, struct mw_address *address);

/* One waiting connection: a non-blocking, close-on-exec descriptor in *fd and its origin in *peer (may be
 * NULL). MQTTWILL_OK with *fd -1: none waits. MQTTWILL_ERR_FULL: no descriptor or no memory for it (l->error:
 * EMFILE, ENFILE, ENOBUFS, ENOMEM); it stays in the queue and the listener stays readable, so stop watching
 * it for a while or until a descriptor was closed. MQTTWILL_ERR_NETWORK: the listener is broken. Connections
 * that died in the queue are passed over. */
int mw_listener_accept(struct mw_listener *l, int *fd, struct mw_address *peer);

void mw_listener_close(struct mw_listener *l); /* fine when not open */

#endif
