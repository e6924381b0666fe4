/* SPDX-License-Identifier: MIT
 * TCP over loopback: both ends in one thread, waiting with poll(). */
#include "base/platform.h"

#include "support/suite.h"
#include "transport/listener.h"
#include "transport/tcp.h"

#include <mqttwill/status.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static struct mw_listener listener;
static struct mw_address server;
static struct mw_tcp client, peer;

static bool wait_for(int fd, short events) {
  struct pollfd p = {.fd = fd, .events = events};
  return poll(&p, 1, 30000) == 1;
}

static int option(int fd, int level, int name) {
  int value = -1;
  socklen_t len = sizeof value;
  ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
  return value;
}

static void listen_on_loopback(int family) {
  mw_listener_init(&listener);
  mw_address_loopback(&server, family, 0);
  ck_assert_int_eq(mw_listener_open(&listener, &server), MQTTWILL_OK);
  ck_assert_int_eq(mw_listener_address(&listener, &server), MQTTWILL_OK);
}

static int finish_connecting(struct mw_tcp *t) {
  bool done = false;
  int status = mw_transport_establish(&t->base, &done);
  while (status == MQTTWILL_OK && !done) {
    ck_assert_uint_eq(mw_transport_wants(&t->base, MW_IO_READ), MW_IO_WRITE);
    ck_assert(wait_for(mw_transport_fd(&t->base), POLLOUT));
    status = mw_transport_establish(&t->base, &done);
  }
  return status;
}

static void connect_with(const struct mw_tcp_options *options) {
  struct mw_address from;
  int fd;
  listen_on_loopback(AF_INET);
  mw_tcp_init(&client);
  mw_tcp_init(&peer);
  ck_assert_int_eq(mw_tcp_open(&client, AF_INET, options), MQTTWILL_OK);
  ck_assert_int_eq(mw_tcp_connect(&client, &server), MQTTWILL_OK);
  ck_assert_int_eq(finish_connecting(&client), MQTTWILL_OK);
  ck_assert(wait_for(listener.fd, POLLIN));
  ck_assert_int_eq(mw_listener_accept(&listener, &fd, &from), MQTTWILL_OK);
  ck_assert_int_ge(fd, 0);
  mw_tcp_adopt(&peer, fd);
}

static void connect_both(void) {
  struct mw_tcp_options options = {0};
  connect_with(&options);
}

static void close_both(void) {
  mw_transport_close(&client.base);
  mw_transport_close(&peer.base);
  mw_listener_close(&listener);
}

static void read_exactly(struct mw_tcp *t, uint8_t *into, size_t len) {
  while (len > 0) {
    size_t got;
    ck_assert(wait_for(t->fd, POLLIN));
    ck_assert_int_eq(mw_transport_read(&t->base, into, len, &got), MQTTWILL_OK);
    into += got;
    len -= got;
  }
}

START_TEST(a_connection_is_made_and_carries_bytes_both_ways)
{
  connect_both();
  uint8_t got[16];
  size_t count;
  ck_assert_int_eq(mw_transport_read(&client.base, got, sizeof got, &count), MQTTWILL_OK);
  ck_assert_uint_eq(count, 0); /* nothing at present */
  struct mw_slice hello = mw_slice_text("hello");
  ck_assert_int_eq(mw_transport_write(&client.base, &hello, 1, &count), MQTTWILL_OK);
  ck_assert_uint_eq(count, 5);
  read_exactly(&peer, got, 5);
  ck_assert_mem_eq(got, "hello", 5);
  ck_assert_int_eq(mw_transport_write(&peer.base, &hello, 1, &count), MQTTWILL_OK);
  read_exactly(&client, got, 5);
  ck_assert_uint_eq(mw_transport_wants(&client.base, MW_IO_READ), MW_IO_READ);
  ck_assert_uint_eq(mw_transport_wants(&client.base, MW_IO_READ | MW_IO_WRITE), MW_IO_READ | MW_IO_WRITE);
  ck_assert_uint_eq(mw_transport_pending(&client.base), 0);
  close_both();
}
END_TEST

START_TEST(ipv6_works_the_same)
{
  listen_on_loopback(AF_INET6);
  mw_tcp_init(&client);
  ck_assert_int_eq(mw_tcp_open(&client, AF_INET6, NULL), MQTTWILL_OK);
  ck_assert_int_eq(mw_tcp_connect(&client, &server), MQTTWILL_OK);
  ck_assert_int_eq(finish_connecting(&client), MQTTWILL_OK);
  mw_transport_close(&client.base);
  mw_listener_close(&listener);
}
END_TEST

START_TEST(a_refused_connection_says_so)
{
  char text[64];
  listen_on_loopback(AF_INET);
  mw_listener_close(&listener);
  mw_tcp_init(&client);
  ck_assert_int_eq(mw_tcp_open(&client, AF_INET, NULL), MQTTWILL_OK);
  int status = mw_tcp_connect(&client, &server);
  if (status == MQTTWILL_OK) status = finish_connecting(&client);
  ck_assert_int_eq(status, MQTTWILL_ERR_CONNECT);
  ck_assert_int_eq(mw_transport_error(&client.base, text, sizeof text), ECONNREFUSED);
  ck_assert_str_eq(text, "Connection refused");
  ck_assert_int_eq(mw_transport_error(&client.base, text, 5), ECONNREFUSED);
  ck_assert_str_eq(text, "Conn");
  mw_transport_close(&client.base);
  ck_assert_int_eq(mw_transport_fd(&client.base), -1);
  mw_transport_close(&client.base);
  bool done;
  ck_assert_int_eq(mw_transport_establish(&client.base, &done), MQTTWILL_ERR_CONNECT);
}
END_TEST

/* What a reconnecting client on the broker's host meets sooner or later. */
START_TEST(a_socket_connected_to_itself_counts_as_refused)
{
  listen_on_loopback(AF_INET);
  mw_listener_close(&listener);
  struct mw_tcp_options options = {.source = &server};
  mw_tcp_init(&client);
  ck_assert_int_eq(mw_tcp_open(&client, AF_INET, &options), MQTTWILL_OK);
  ck_assert_int_eq(mw_tcp_connect(&client, &server), MQTTWILL_OK);
  ck_assert_int_eq(finish_connecting(&client), MQTTWILL_ERR_CONNECT);
  ck_assert_int_eq(client.error, ECONNREFUSED);
  mw_transport_close(&client.base);
}
END_TEST

START_TEST(every_socket_is_close_on_exec_non_blocking_and_without_delay)
{
  connect_both();
  int fds[] = {client.fd, peer.fd, listener.fd};
  for (size_t i = 0; i < 3; i++) {
    ck_assert_int_ne(fcntl(fds[i], F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_ne(fcntl(fds[i], F_GETFL) & O_NONBLOCK, 0);
  }
  for (size_t i = 0; i < 2; i++) {
    ck_assert_int_ne(option(fds[i], IPPROTO_TCP, TCP_NODELAY), 0);
    ck_assert_int_eq(option(fds[i], SOL_SOCKET, SO_KEEPALIVE), 0);
  }
  ck_assert_int_eq(option(client.fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
  close_both();
}
END_TEST

START_TEST(options_are_set_before_the_connection)
{
  struct mw_address source;
  ck_assert_int_eq(mw_address_parse(&source, mw_slice_text("127.0.0.9"), 0), MQTTWILL_OK);
  struct mw_tcp_options options = {.source = &source, .user_timeout_ms = 4321};
  connect_with(&options);
  ck_assert_int_eq(option(client.fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 4321);
  struct sockaddr_in from;
  socklen_t len = sizeof from;
  ck_assert_int_eq(getpeername(peer.fd, (struct sockaddr *)&from, &len), 0);
  ck_assert_uint_eq(ntohl(from.sin_addr.s_addr), 0x7f000009u);
  close_both();
}
END_TEST

static void refuses(int family, const char *source, const char *interface, int first, int second) {
  struct mw_address address;
  struct mw_tcp_options options = {.interface = interface};
  if (source != NULL) {
    ck_assert_int_eq(mw_address_parse(&address, mw_slice_text(source), 0), MQTTWILL_OK);
    options.source = &address;
  }
  mw_tcp_init(&client);
  ck_assert_int_eq(mw_tcp_open(&client, family, &options), MQTTWILL_ERR_CONNECT);
  ck_assert_msg(client.error == first || client.error == second, "errno %d", client.error);
  ck_assert_int_eq(client.fd, -1);
}

START_TEST(options_the_system_cannot_grant_are_told_with_its_reason)
{
  refuses(AF_INET, "192.0.2.77", NULL, EADDRNOTAVAIL, EADDRNOTAVAIL);
  refuses(AF_INET, "::1", NULL, EAFNOSUPPORT, EAFNOSUPPORT);
  refuses(AF_INET, NULL, "no-such-if", ENODEV, EPERM);
  struct mw_tcp_options options = {.interface = "lo"};
  mw_tcp_init(&client);
  int status = mw_tcp_open(&client, AF_INET, &options);
  ck_assert(status == MQTTWILL_OK || client.error == EPERM);
  mw_transport_close(&client.base);
}
END_TEST

START_TEST(without_descriptors_opening_fails_and_leaks_none)
{
  struct rlimit before, none;
  ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
  none = (struct rlimit){0, before.rlim_max};
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
  mw_tcp_init(&client);
  int status = mw_tcp_open(&client, AF_INET, NULL);
  ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
  ck_assert_int_eq(status, MQTTWILL_ERR_CONNECT);
  ck_assert_int_eq(client.error, EMFILE);
}
END_TEST

/* More pieces than one sendmsg() takes, empty ones among them. */
START_TEST(slices_leave_in_order_whatever_their_number)
{
  enum { SLICES = 300 };
  uint8_t bytes[SLICES], got[SLICES];
  struct mw_slice slices[2 * SLICES];
  size_t written;
  connect_both();
  for (size_t i = 0; i < SLICES; i++) {
    bytes[i] = (uint8_t)(i * 7);
    slices[2 * i] = mw_slice(&bytes[i], 1);
    slices[2 * i + 1] = mw_slice(NULL, 0);
  }
  ck_assert_int_eq(mw_transport_write(&client.base, slices, 2 * SLICES, &written), MQTTWILL_OK);
  ck_assert_uint_eq(written, SLICES);
  read_exactly(&peer, got, SLICES);
  ck_assert_mem_eq(got, bytes, SLICES);
  ck_assert_int_eq(mw_transport_write(&client.base, NULL, 0, &written), MQTTWILL_OK);
  ck_assert_uint_eq(written, 0);
  close_both();
}
END_TEST

START_TEST(a_full_socket_takes_a_part_and_the_rest_later)
{
  enum { TOTAL = 8 << 20, PIECE = 100003 };
  uint8_t *out = malloc(TOTAL), *in = malloc(TOTAL);
  size_t sent = 0, received = 0, got;
  unsigned partial = 0;
  for (size_t i = 0; i < TOTAL; i++) out[i] = (uint8_t)(i ^ (i >> 8) ^ (i >> 16));
  connect_both();
  while (received < TOTAL) {
    struct mw_slice slices[3];
    size_t count = 0, offered = 0;
    for (size_t at = sent; count < 3 && at < TOTAL; count++) {
      slices[count] = mw_slice(out + at, TOTAL - at < PIECE ? TOTAL - at : PIECE);
      at += slices[count].len;
      offered += slices[count].len;
    }
    size_t written;
    ck_assert_int_eq(mw_transport_write(&client.base, slices, count, &written), MQTTWILL_OK);
    ck_assert_uint_le(written, offered);
    sent += written;
    if (written == offered && sent < TOTAL) continue;
    partial += written < offered;
    ck_assert(wait_for(peer.fd, POLLIN));
    ck_assert_int_eq(mw_transport_read(&peer.base, in + received, TOTAL - received, &got), MQTTWILL_OK);
    received += got;
  }
  ck_assert_uint_gt(partial, 0);
  ck_assert(memcmp(in, out, TOTAL) == 0);
  close_both();
  free(out);
  free(in);
}
END_TEST

START_TEST(after_half_closing_the_peer_sees_the_end_and_can_still_answer)
{
  connect_both();
  uint8_t got[8];
  size_t count;
  bool done = false;
  struct mw_slice last = mw_slice_text("last");
  ck_assert_int_eq(mw_transport_write(&client.base, &last, 1, &count), MQTTWILL_OK);
  ck_assert_int_eq(mw_transport_finish(&client.base, &done), MQTTWILL_OK);
  ck_assert(done);
  read_exactly(&peer, got, 4);
  ck_assert(wait_for(peer.fd, POLLIN));
  ck_assert_int_eq(mw_transport_read(&peer.base, got, sizeof got, &count), MQTTWILL_ERR_CLOSED);
  char text[16] = "x";
  ck_assert_int_eq(mw_transport_error(&peer.base, text, sizeof text), 0);
  ck_assert_str_eq(text, "");
  struct mw_slice answer = mw_slice_text("bye");
  ck_assert_int_eq(mw_transport_write(&peer.base, &answer, 1, &count), MQTTWILL_OK);
  read_exactly(&client, got, 3);
  ck_assert_mem_eq(got, "bye", 3);
  close_both();
}
END_TEST

/* SIGPIPE at its default: the test would die of it. */
START_TEST(writing_to_a_peer_that_is_gone_fails_without_a_signal)
{
  connect_both();
  struct linger reset = {1, 0};
  ck_assert_int_eq(setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
  mw_transport_close(&peer.base);
  ck_assert(wait_for(client.fd, POLLIN));
  uint8_t got[8];
  size_t count;
  ck_assert_int_eq(mw_transport_read(&client.base, got, sizeof got, &count), MQTTWILL_ERR_NETWORK);
  ck_assert_int_eq(client.error, ECONNRESET);
  struct mw_slice byte = mw_slice_text("x");
  ck_assert_int_eq(mw_transport_write(&client.base, &byte, 1, &count), MQTTWILL_ERR_NETWORK);
  ck_assert_int_eq(client.error, EPIPE);
  ck_assert_uint_eq(count, 0);
  bool done;
  ck_assert_int_eq(mw_transport_finish(&client.base, &done), MQTTWILL_ERR_NETWORK);
  ck_assert_int_eq(client.error, ENOTCONN);
  close_both();
}
END_TEST

START_TEST(a_transport_is_small)
{ ck_assert_uint_le(sizeof(struct mw_tcp), 32); }
END_TEST

START_TEST(an_unknown_error_has_a_text_too)
{
  char text[64] = "";
  mw_error_text(99999, text, sizeof text);
  ck_assert_uint_gt(strlen(text), 0);
  mw_error_text(ENOENT, text, 0);
}
END_TEST

SUITE("transport/tcp", a_connection_is_made_and_carries_bytes_both_ways, ipv6_works_the_same,
      a_refused_connection_says_so, a_socket_connected_to_itself_counts_as_refused,
      every_socket_is_close_on_exec_non_blocking_and_without_delay, options_are_set_before_the_connection,
      options_the_system_cannot_grant_are_told_with_its_reason,
      without_descriptors_opening_fails_and_leaks_none, slices_leave_in_order_whatever_their_number,
      a_full_socket_takes_a_part_and_the_rest_later,
      after_half_closing_the_peer_sees_the_end_and_can_still_answer,
      writing_to_a_peer_that_is_gone_fails_without_a_signal, a_transport_is_small,
      an_unknown_error_has_a_text_too)
