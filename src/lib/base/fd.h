/* SPDX-License-Identifier: MIT
 * Every descriptor of the library is non-blocking and close-on-exec: a forked child that kept a connection
 * would keep its will from being sent. Used by loop/ and transport/. */
#ifndef MW_BASE_FD_H
#define MW_BASE_FD_H

/* For descriptors that were made without the flags. 0, or -1 with errno. */
int mw_fd_prepare(int fd);

void mw_fd_close(int fd); /* leaves errno alone; -1 is fine */

#endif
