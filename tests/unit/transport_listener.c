/* SPDX-License-Identifier: MIT
 * Listening: ports, queues, and what happens when descriptors run out. */
#include "base/platform.h"

#include "support/suite.h"
#include "transport/listener.h"

#include <mqttwill/status.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

static struct mw_address listen_on(struct mw_listener *l, int family, uint16_t port) {
  struct mw_address address;
  mw_listener_init(l);
  mw_address_loopback(&address, family, port);
  ck_assert_int_eq(mw_listener_open(l, &address), MQTTWILL_OK);
  ck_assert_int_eq(mw_listener_address(l, &address), MQTTWILL_OK);
  return address;
}

static int connect_to(const struct mw_address *address) {
  int fd = socket(address->u.any.sa_family, SOCK_STREAM, 0);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(connect(fd, &address->u.any, address->len), 0);
  return fd;
}

START_TEST(port_0_becomes_the_port_that_the_system_chose)
{
  struct mw_listener l;
  struct mw_address address = listen_on(&l, AF_INET, 0);
  ck_assert_uint_ne(mw_address_port(&address), 0);
  int fd = connect_to(&address), accepted;
  struct mw_address peer, own;
  ck_assert_int_eq(mw_listener_accept(&l, &accepted, &peer), MQTTWILL_OK);
  ck_assert_int_ge(accepted, 0);
  own.len = sizeof own.u;
  ck_assert_int_eq(getsockname(fd, &own.u.any, &own.len), 0);
  ck_assert(mw_address_equal(&peer, &own));
  ck_assert_int_ne(fcntl(accepted, F_GETFD) & FD_CLOEXEC, 0);
  ck_assert_int_ne(fcntl(accepted, F_GETFL) & O_NONBLOCK, 0);
  close(fd);
  close(accepted);
  mw_listener_close(&l);
  mw_listener_close(&l);
}
END_TEST

START_TEST(nobody_waiting_is_no_failure)
{
  struct mw_listener l;
  int accepted = 7;
  listen_on(&l, AF_INET, 0);
  ck_assert_int_eq(mw_listener_accept(&l, &accepted, NULL), MQTTWILL_OK);
  ck_assert_int_eq(accepted, -1);
  mw_listener_close(&l);
}
END_TEST

START_TEST(a_port_in_use_is_refused_with_the_reason)
{
  struct mw_listener first, second;
  struct mw_address address = listen_on(&first, AF_INET, 0);
  mw_listener_init(&second);
  ck_assert_int_eq(mw_listener_open(&second, &address), MQTTWILL_ERR_NETWORK);
  ck_assert_int_eq(second.error, EADDRINUSE);
  ck_assert_int_eq(second.fd, -1);
  mw_listener_close(&first);
}
END_TEST

START_TEST(both_families_may_have_the_same_port)
{
  struct mw_listener four, six;
  struct mw_address any = {.len = sizeof any.u.v6};
  struct mw_address address = listen_on(&four, AF_INET, 0);
  any.u.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(mw_address_port(&address))};
  mw_listener_init(&six);
  ck_assert_int_eq(mw_listener_open(&six, &any), MQTTWILL_OK);
  mw_listener_close(&four);
  mw_listener_close(&six);
}
END_TEST

/* A burst of devices that all reconnect before the broker gets to run. */
START_TEST(the_queue_is_deep)
{
  enum { BURST = 300 };
  static int clients[BURST];
  struct mw_listener l;
  struct mw_address address = listen_on(&l, AF_INET, 0);
  for (int i = 0; i < BURST; i++) clients[i] = connect_to(&address);
  int accepted, count = 0;
  for (;; count++) {
    ck_assert_int_eq(mw_listener_accept(&l, &accepted, NULL), MQTTWILL_OK);
    if (accepted < 0) break;
    close(accepted);
  }
  ck_assert_int_eq(count, BURST);
  for (int i = 0; i < BURST; i++) close(clients[i]);
  mw_listener_close(&l);
}
END_TEST

START_TEST(out_of_descriptors_the_connection_stays_in_the_queue)
{
  struct mw_listener l;
  struct mw_address address = listen_on(&l, AF_INET, 0);
  int fd = connect_to(&address), accepted;
  struct rlimit before, none;
  ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
  none = (struct rlimit){0, before.rlim_max};
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
  int status = mw_listener_accept(&l, &accepted, NULL);
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
  ck_assert_int_eq(status, MQTTWILL_ERR_FULL);
  ck_assert_int_eq(l.error, EMFILE);
  ck_assert_int_eq(accepted, -1);
  ck_assert_int_eq(mw_listener_accept(&l, &accepted, NULL), MQTTWILL_OK);
  ck_assert_int_ge(accepted, 0);
  close(accepted);
  close(fd);
  mw_listener_close(&l);
}
END_TEST

START_TEST(a_listener_that_does_not_listen_is_broken)
{
  struct mw_listener l;
  int accepted;
  mw_listener_init(&l);
  ck_assert_int_eq(mw_listener_accept(&l, &accepted, NULL), MQTTWILL_ERR_NETWORK);
  ck_assert_int_eq(l.error, EBADF);
}
END_TEST

SUITE("transport/listener", port_0_becomes_the_port_that_the_system_chose, nobody_waiting_is_no_failure,
      a_port_in_use_is_refused_with_the_reason, both_families_may_have_the_same_port, the_queue_is_deep,
      out_of_descriptors_the_connection_stays_in_the_queue, a_listener_that_does_not_listen_is_broken)
