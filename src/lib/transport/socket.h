/* SPDX-License-Identifier: MIT
 * Making sockets and setting their options, for tcp.c and listener.c. */
#ifndef MW_TRANSPORT_SOCKET_H
#define MW_TRANSPORT_SOCKET_H

/* A non-blocking, close-on-exec stream socket; -1 with errno. */
int mw_socket_new(int family);

/* As setsockopt() with an int; 0, or -1 with errno. */
int mw_socket_set(int fd, int level, int option, int value);

#endif
