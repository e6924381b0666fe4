/* SPDX-License-Identifier: MIT
 * The broker on real sockets (src/broker/shell): several in one process, fair and bounded, stopped in good
 * order. The clock is a virtual one: it moves on when nothing is left to do. */
#include "broker/shell/shell.h"
#include "support/suite.h"

#include <mqttwill/status.h>

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t now;

static uint64_t virtual_now(void *argument) {
  (void)argument;
  return now;
}

static int virtual_wait(void *argument, int timeout_ms) {
  (void)argument;
  if (timeout_ms > 0) now += (uint64_t)timeout_ms;
  return 0;
}

static const struct mw_clock virtual_clock = {virtual_now, virtual_wait, NULL};
static struct mw_broker_end last_end;

static void note_end(void *context, const struct mw_broker_end *end) {
  unsigned *ends = context;
  (*ends)++;
  last_end = *end;
}

struct site {
  struct mw_shell *shell;
  struct mw_address address;
  unsigned ends;
};

static void open_site(struct site *site, const char *backend) {
  struct mw_broker_options options = mw_broker_defaults;
  options.linger_ms = 1000;
  site->ends = 0;
  const struct mw_shell_options shell = {.broker = &options,
                                         .backend = backend,
                                         .clock = &virtual_clock,
                                         .context = &site->ends,
                                         .ended = note_end};
  ck_assert_int_eq(mw_shell_new(&site->shell, &shell), MQTTWILL_OK);
  mw_address_loopback(&site->address, AF_INET, 0);
  ck_assert_int_eq(mw_shell_listen(site->shell, &site->address), MQTTWILL_OK);
  ck_assert_uint_ne(mw_address_port(&site->address), 0);
}

static int dial(const struct site *site) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  ck_assert_int_ge(fd, 0);
  int result = connect(fd, &site->address.u.any, site->address.len);
  ck_assert(result == 0 || errno == EINPROGRESS);
  return fd;
}

static void turn(const struct site *site) {
  ck_assert_int_eq(mw_shell_step(site->shell, 0), MQTTWILL_OK);
}

static void say(const struct site *site, int fd, const char *text) {
  struct mw_slice bytes = hex(text);
  for (int i = 0; i < 1000 && bytes.len > 0; i++) {
    ssize_t sent = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);
    if (sent > 0) bytes = mw_slice_skip(bytes, (size_t)sent);
    turn(site);
  }
  ck_assert_uint_eq(bytes.len, 0);
}

/* Bytes as they come through the kernel, within many turns. */
static void hears(const struct site *site, int fd, const char *text) {
  struct mw_slice wanted = hex(text);
  uint8_t got[64];
  size_t len = 0;
  for (int i = 0; i < 100000 && len < wanted.len; i++) {
    ssize_t n = recv(fd, got + len, wanted.len - len, 0);
    if (n > 0) len += (size_t)n;
    turn(site);
  }
  ck_bytes_eq(mw_slice(got, len), wanted);
}

static bool is_at_end(const struct site *site, int fd) {
  uint8_t byte;
  for (int i = 0; i < 100000; i++) {
    ssize_t n = recv(fd, &byte, 1, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return true;
    if (n > 0) return false;
    turn(site);
  }
  return false;
}

#define CONNECT_A    "10 0d | 00 04 'MQTT' 04 | 02 | 00 00 | 00 01 'a'"
#define CONNECT_WILL "10 15 | 00 04 'MQTT' 04 | 06 | 00 00 | 00 01 'W' | 00 01 'w' | 00 03 'bye'"

static const char *const backends[] = {"epoll", "poll"};

START_TEST(two_brokers_live_in_one_process)
{
  struct site one, two;
  open_site(&one, NULL);
  open_site(&two, NULL);
  ck_assert_uint_ne(mw_address_port(&one.address), mw_address_port(&two.address));
  int a = dial(&one), b = dial(&two);
  say(&one, a, CONNECT_A "82 06 | 00 01 | 00 01 'w' 00");
  say(&two, b, CONNECT_WILL);
  hears(&one, a, "20 02 00 00 90 03 00 01 00");
  hears(&two, b, "20 02 00 00");
  close(b);
  for (int i = 0; i < 1000 && two.ends == 0; i++) turn(&two);
  ck_assert_uint_eq(two.ends, 1);
  ck_assert_int_eq(last_end.will, MW_OUTCOME_PUBLISHED);
  ck_assert_uint_eq(one.ends, 0);
  close(a);
  mw_shell_free(one.shell);
  mw_shell_free(two.shell);
}
END_TEST

START_TEST(a_will_crosses_real_sockets_on_either_backend)
{
  for (size_t i = 0; i < 2; i++) {
    struct site site;
    open_site(&site, backends[i]);
    int s = dial(&site), w = dial(&site);
    say(&site, s, CONNECT_A "82 06 | 00 01 | 00 01 'w' 00");
    hears(&site, s, "20 02 00 00 90 03 00 01 00");
    say(&site, w, CONNECT_WILL);
    hears(&site, w, "20 02 00 00");
    struct linger reset = {1, 0};
    ck_assert_int_eq(setsockopt(w, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    close(w);
    hears(&site, s, "30 06 00 01 'w' 'bye'");
    close(s);
    mw_shell_free(site.shell);
  }
}
END_TEST

START_TEST(what_is_wrong_is_told_and_then_closed)
{
  struct site site;
  open_site(&site, NULL);
  int c = dial(&site);
  say(&site, c,
      "10 0e | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 01 'a' | 00 00 'some bytes that nobody reads'");
  hears(&site, c, "20 09 00 00 06 22 00 0a 21 00 14 | e0 01 81");
  ck_assert(is_at_end(&site, c));
  ck_assert_uint_eq(mw_shell_counts(site.shell).peers, 1); /* until it closes, too, or its time is up */
  close(c);
  for (int i = 0; i < 1000 && mw_shell_counts(site.shell).peers > 0; i++) turn(&site);
  ck_assert_uint_eq(mw_shell_counts(site.shell).peers, 0);
  mw_shell_free(site.shell);
}
END_TEST

START_TEST(a_stop_says_goodbye_and_ends_in_time)
{
  struct site site;
  open_site(&site, NULL);
  int s = dial(&site), w = dial(&site), stuck = dial(&site);
  say(&site, s, "10 0e | 00 04 'MQTT' 05 | 02 | 00 00 | 00 | 00 01 's' | 82 07 | 00 01 00 | 00 01 'w' 00");
  hears(&site, s, "20 09 00 00 06 22 00 0a 21 00 14 | 90 04 00 01 00 00");
  say(&site, stuck, CONNECT_A);
  say(&site, w, CONNECT_WILL);
  hears(&site, w, "20 02 00 00");
  hears(&site, stuck, "20 02 00 00");
  mw_shell_stop(site.shell);
  ck_assert(!mw_shell_is_stopped(site.shell));
  hears(&site, s, "30 07 00 01 'w' 00 'bye' | e0 01 8b");
  ck_assert(is_at_end(&site, s));
  ck_assert(is_at_end(&site, w));
  close(s);
  close(w);
  uint64_t start = now;
  while (!mw_shell_is_stopped(site.shell)) ck_assert_int_eq(mw_shell_step(site.shell, -1), MQTTWILL_OK);
  ck_assert_uint_le(now - start, 1000); /* the one that does not close is cut */
  ck_assert_uint_eq(mw_shell_counts(site.shell).peers, 0);
  close(stuck);
  mw_shell_free(site.shell);
}
END_TEST

START_TEST(a_listener_that_fails_says_why)
{
  struct site site;
  open_site(&site, NULL);
  struct mw_address taken = site.address;
  ck_assert_int_eq(mw_shell_listen(site.shell, &taken), MQTTWILL_ERR_NETWORK);
  ck_assert_int_eq(errno, EADDRINUSE);
  mw_shell_free(site.shell);
}
END_TEST

START_TEST(a_shell_without_memory_is_not_made)
{
  struct mw_shell *shell;
  const struct mw_shell_options options = {.broker = &mw_broker_defaults, .clock = &virtual_clock};
  for (size_t failing = 1;; failing++) {
    failmalloc_at(failing);
    int status = mw_shell_new(&shell, &options);
    if (status == MQTTWILL_OK) break;
    ck_assert_int_eq(status, MQTTWILL_ERR_MEMORY);
    failmalloc_at(0);
    ck_assert_uint_eq(failmalloc_live(), 0);
  }
  failmalloc_at(0);
  mw_shell_free(shell);
}
END_TEST

SUITE("broker/shell", two_brokers_live_in_one_process, a_will_crosses_real_sockets_on_either_backend,
      what_is_wrong_is_told_and_then_closed, a_stop_says_goodbye_and_ends_in_time,
      a_listener_that_fails_says_why, a_shell_without_memory_is_not_made)
