/* SPDX-License-Identifier: MIT
 * The lowest layer: a non-blocking, close-on-exec TCP socket with TCP_NODELAY (the library coalesces by
 * itself). The struct lies in its owner; closing it leaves it ready for another mw_tcp_open(). */
#ifndef MW_TRANSPORT_TCP_H
#define MW_TRANSPORT_TCP_H

#include "base/address.h"
#include "transport/transport.h"

struct mw_tcp {
  struct mw_transport base;
  int fd;
  int error;     /* errno of the last failure */
  uint8_t phase; /* tcp.c's */
};

/* What a socket is given before it connects; all zero is fine. */
struct mw_tcp_options {
  const struct mw_address *source; /* bind to this address (its port is usually 0) */
  const char *interface;           /* send through this interface only (SO_BINDTODEVICE) */
  uint32_t user_timeout_ms; /* give up when sent data stays unacknowledged so long; 0, or where there is no
                               such option: the system's way */
};

void mw_tcp_init(struct mw_tcp *t); /* no socket yet: fd -1 */

/* Makes the socket, with its options; nothing is sent. Between this and mw_tcp_connect() the caller may do to
 * t->fd what the user wants done. MQTTWILL_OK or MQTTWILL_ERR_CONNECT with the reason in t->error: EMFILE,
 * EAFNOSUPPORT (the source is of another family), EADDRNOTAVAIL, ENODEV or EPERM (the interface), ENOTSUP (no
 * such option on this system); there is no socket then. */
int mw_tcp_open(struct mw_tcp *t, int family, const struct mw_tcp_options *options);

/* Starts to connect; mw_transport_establish() finishes. MQTTWILL_OK or MQTTWILL_ERR_CONNECT. */
int mw_tcp_connect(struct mw_tcp *t, const struct mw_address *address);

/* Takes over a connected socket from a listener. Never fails: options the system refuses are done without. */
void mw_tcp_adopt(struct mw_tcp *t, int fd);

#endif
