/* SPDX-License-Identifier: MIT
 * The far end of every benchmark: an MQTT server that acknowledges whatever asks for it (MQTT 3.1, 3.1.1 and
 * 5), keeps nothing and forwards nothing. One thread, one epoll, large reads, and the answers to a read leave
 * in one write, so that the library under test is what is measured. It shares no code with libmqttwill.
 *
 *   sink [PORT]      prints "port N" and serves 127.0.0.1 until it is terminated or its parent is gone
 *
 * A connection that begins with the bytes 00 00 (packet type 0 is reserved) gets the counters instead, as one
 * line of text: drivers compare them with what they believe to have sent. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  READ_SIZE = 256 * 1024,   /* one read; small enough to stay in the second-level cache */
  LONGEST_PACKET = 1 << 20, /* longer ones end the connection: no benchmark sends them */
  READS_A_TURN = 16         /* then the other connections get their turn */
};

struct connection {
  int fd;
  uint8_t version; /* of CONNECT; 0 before it */
  uint8_t *kept;   /* the beginning of a packet that has not arrived whole */
  size_t kept_len;
  uint8_t *owed; /* answers the socket would not take yet; nothing is read meanwhile */
  size_t owed_len;
};

static struct {
  int epoll, listener;
  unsigned long long connects, wills, publishes, open;
  uint8_t in[LONGEST_PACKET + READ_SIZE];
  uint8_t out[LONGEST_PACKET + READ_SIZE]; /* no answer is longer than its question */
  size_t out_len;
} sink;

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* ---- packets ---- */

static void answer(const uint8_t *bytes, size_t len) {
  memcpy(sink.out + sink.out_len, bytes, len);
  sink.out_len += len;
}

static void answer_id(uint8_t first, const uint8_t *id) {
  const uint8_t packet[] = {first, 2, id[0], id[1]};
  answer(packet, sizeof packet);
}

static bool on_connect(struct connection *c, const uint8_t *body, size_t len) {
  size_t name = len >= 2 ? (size_t)(body[0] << 8 | body[1]) : 0;
  if (c->version != 0 || len < 2 + name + 2) return false;
  c->version = body[2 + name];
  sink.connects++;
  sink.wills += body[2 + name + 1] >> 2 & 1;
  static const uint8_t connack3[] = {0x20, 2, 0, 0}, connack5[] = {0x20, 3, 0, 0, 0};
  if (c->version >= 5) {
    answer(connack5, sizeof connack5);
  } else {
    answer(connack3, sizeof connack3);
  }
  return true;
}

static bool on_publish(uint8_t first, const uint8_t *body, size_t len) {
  sink.publishes++;
  unsigned qos = first >> 1 & 3;
  if (qos == 0) return true;
  size_t topic = len >= 2 ? (size_t)(body[0] << 8 | body[1]) : 0;
  if (qos == 3 || len < 2 + topic + 2) return false;
  answer_id(qos == 1 ? 0x40 : 0x50, body + 2 + topic);
  return true;
}

/* SUBACK and UNSUBACK: one code a filter (UNSUBACK of 3.x has none), behind an empty property list in MQTT 5.
 */
static bool on_filters(const struct connection *c, uint8_t type, const uint8_t *body, size_t len) {
  const uint8_t *p = body + 2, *end = body + len;
  if (len < 2) return false;
  if (c->version >= 5) {
    if (p == end || *p > 127 || end - p < 1 + *p) return false;
    p += 1 + *p;
  }
  uint8_t codes[128]; /* so the packet's length fits one byte */
  size_t count = 0;
  while (p < end && count < sizeof codes - 4) {
    size_t filter = end - p >= 2 ? (size_t)(p[0] << 8 | p[1]) : 0, options = type == 8 ? 1 : 0;
    if ((size_t)(end - p) < 2 + filter + options) return false;
    codes[count++] = options ? p[2 + filter] & 3 : 0;
    p += 2 + filter + options;
  }
  if (p < end || count == 0) return false;
  if (type == 10 && c->version < 5) count = 0;
  size_t empty_list = c->version >= 5;
  const uint8_t head[] = {type == 8 ? 0x90 : 0xb0, (uint8_t)(2 + empty_list + count), body[0], body[1], 0};
  answer(head, 4 + empty_list);
  answer(codes, count);
  return true;
}

/* False ends the connection: DISCONNECT, or a packet that cannot be. */
static bool on_packet(struct connection *c, uint8_t first, const uint8_t *body, size_t len) {
  static const uint8_t pingresp[] = {0xd0, 0};
  uint8_t type = first >> 4;
  if ((type == 1) == (c->version != 0)) return false;
  switch (type) {
  case 1:
    return on_connect(c, body, len);
  case 3:
    return on_publish(first, body, len);
  case 6:
    if (len < 2) return false;
    answer_id(0x70, body);
    return true;
  case 8:
  case 10:
    return on_filters(c, type, body, len);
  case 12:
    answer(pingresp, sizeof pingresp);
    return true;
  default:
    return false;
  }
}

/* Takes whole packets off the front; how many bytes they had, or -1 to end the connection. The loop is as
 * short as it is because a QoS 0 flood of small messages comes with some 50 million packets a second. */
static ssize_t take_packets(struct connection *c, const uint8_t *bytes, size_t len) {
  const uint8_t *p = bytes, *end = bytes + len;
  while (end - p >= 2) {
    size_t head = 2, rest = p[1];
    for (unsigned shift = 7; p[head - 1] & 0x80; shift += 7, head++) {
      if (head == 5) return -1;
      if ((size_t)(end - p) <= head) return p - bytes;
      rest = (rest & ((1u << shift) - 1)) | (size_t)p[head] << shift;
    }
    if ((size_t)(end - p) < head + rest) break;
    if ((p[0] & 0xf6) == 0x30 && c->version != 0) {
      sink.publishes++;
    } else if (!on_packet(c, p[0], p + head, rest)) {
      return -1;
    }
    p += head + rest;
  }
  return p - bytes;
}

/* ---- connections ---- */

static void forget(struct connection *c) {
  /* The peer, who closed first, must not keep its port in TIME_WAIT: thousands of connections follow. */
  const struct linger reset = {1, 0};
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(c->fd);
  free(c->kept);
  free(c->owed);
  free(c);
  sink.open--;
}

static void watch(struct connection *c, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(sink.epoll, EPOLL_CTL_MOD, c->fd, &event) != 0) die("epoll_ctl");
}

static void *memory(size_t size) {
  void *block = malloc(size);
  if (block == NULL) die("malloc");
  return block;
}

/* Sends what is in sink.out; what the socket refuses is owed. False: the connection is gone. */
static bool flush(struct connection *c) {
  size_t len = sink.out_len;
  sink.out_len = 0;
  if (len == 0) return true;
  ssize_t sent = send(c->fd, sink.out, len, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) return false;
  size_t done = sent > 0 ? (size_t)sent : 0;
  if (done == len) return true;
  c->owed_len = len - done;
  c->owed = memory(c->owed_len);
  memcpy(c->owed, sink.out + done, c->owed_len);
  watch(c, EPOLLOUT);
  return true;
}

static bool pay(struct connection *c) {
  ssize_t sent = send(c->fd, c->owed, c->owed_len, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EAGAIN;
  c->owed_len -= (size_t)sent;
  memmove(c->owed, c->owed + sent, c->owed_len);
  if (c->owed_len > 0) return true;
  free(c->owed);
  c->owed = NULL;
  watch(c, EPOLLIN);
  return true;
}

static bool keep(struct connection *c, const uint8_t *bytes, size_t len) {
  if (len > LONGEST_PACKET) return false;
  free(c->kept);
  c->kept = len > 0 ? memory(len) : NULL;
  c->kept_len = len;
  if (len > 0) memcpy(c->kept, bytes, len);
  return true;
}

static void tell_counters(const struct connection *c) {
  char text[160];
  int len = snprintf(text, sizeof text, "connects %llu wills %llu publishes %llu open %llu\n", sink.connects,
                     sink.wills, sink.publishes, sink.open - 1);
  if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len) return;
  shutdown(c->fd, SHUT_WR);
}

/* One read and all that follows from it; *more tells whether another read is worth while. */
static bool serve_once(struct connection *c, bool *more) {
  if (c->kept_len > 0) memcpy(sink.in, c->kept, c->kept_len);
  ssize_t got = recv(c->fd, sink.in + c->kept_len, READ_SIZE, MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN;
  if (got == 0) return false;
  *more = got == READ_SIZE;
  size_t len = c->kept_len + (size_t)got;
  if (c->version == 0 && len >= 2 && sink.in[0] == 0 && sink.in[1] == 0) {
    tell_counters(c);
    return true;
  }
  ssize_t taken = take_packets(c, sink.in, len);
  return flush(c) && taken >= 0 && keep(c, sink.in + taken, len - (size_t)taken);
}

static void serve(struct connection *c) {
  if (c->owed != NULL && !pay(c)) {
    forget(c);
    return;
  }
  bool more = true;
  for (int turn = 0; more && c->owed == NULL && turn < READS_A_TURN; turn++) {
    more = false;
    if (serve_once(c, &more)) continue;
    forget(c);
    return;
  }
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(sink.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
    if (fd < 0) die("accept");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *c = memory(sizeof *c);
    *c = (struct connection){.fd = fd};
    sink.open++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(sink.epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  }
}

/* ---- main ---- */

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void listen_on(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t len = sizeof address;
  const int on = 1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sink.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (sink.listener < 0) die("socket");
  setsockopt(sink.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(sink.listener, (struct sockaddr *)&address, len) != 0) die("bind");
  if (listen(sink.listener, 65535) != 0) die("listen"); /* the system lowers it to its own limit */
  if (getsockname(sink.listener, (struct sockaddr *)&address, &len) != 0) die("getsockname");
  printf("port %u\n", (unsigned)ntohs(address.sin_port));
  if (fflush(stdout) != 0) die("stdout");
}

int main(int argc, char **argv) {
  long port = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
  if (argc > 2 || port < 0 || port > 65535) {
    fprintf(stderr, "usage: %s [PORT]\n", argv[0]);
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  raise_descriptor_limit();
  listen_on((uint16_t)port);
  sink.epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (sink.epoll < 0 || epoll_ctl(sink.epoll, EPOLL_CTL_ADD, sink.listener, &event) != 0) die("epoll");
  for (;;) {
    struct epoll_event events[256];
    int count = epoll_wait(sink.epoll, events, 256, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == NULL) {
        accept_all();
      } else {
        serve(events[i].data.ptr);
      }
    }
  }
}
