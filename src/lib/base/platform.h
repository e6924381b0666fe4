/* SPDX-License-Identifier: MIT
 * What this system offers beyond POSIX. The first include of every file that makes system calls: it brings
 * config.h and with it the feature test macros. -DMW_PORTABLE builds the portable paths on Linux, too;
 * -DMW_NO_THREADS builds without the one user of threads here, the system resolver. */
#ifndef MW_BASE_PLATFORM_H
#define MW_BASE_PLATFORM_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#if !defined(HAVE_CONFIG_H) && defined(__linux__)
#define HAVE_EPOLL   1
#define HAVE_EVENTFD 1
#define HAVE_TIMERFD 1
#define HAVE_ACCEPT4 1
#endif

#if defined(HAVE_EPOLL) && defined(HAVE_EVENTFD) && defined(HAVE_TIMERFD) && !defined(MW_PORTABLE)
#define MW_HAVE_EPOLL 1
#endif
#if defined(HAVE_ACCEPT4) && !defined(MW_PORTABLE)
#define MW_HAVE_ACCEPT4 1 /* and with it SOCK_CLOEXEC and SOCK_NONBLOCK */
#endif

#endif
