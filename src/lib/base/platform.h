/* SPDX-License-Identifier: MIT
 * What this system offers beyond POSIX. The first include of every file that makes system calls: it brings
 * config.h and with it the feature test macros. -DMW_PORTABLE builds the portable paths on Linux, too;
 * MW_NO_THREADS comes from --disable-threads. */
#ifndef MW_BASE_PLATFORM_H
#define MW_BASE_PLATFORM_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#if defined(__linux__) && !defined(MW_PORTABLE)
#define MW_HAVE_EPOLL        1 /* epoll_create1, eventfd, timerfd */
#define MW_HAVE_ATOMIC_FLAGS 1 /* pipe2, accept4, SOCK_CLOEXEC, SOCK_NONBLOCK */
#endif

#endif
