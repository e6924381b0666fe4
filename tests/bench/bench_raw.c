/* SPDX-License-Identifier: MIT
 * The limit: what a program reaches that knows its packets beforehand and speaks to the socket itself, with
 * as few system calls as possible. No library can be faster; how near one comes is what counts. */
#define _GNU_SOURCE
#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- packets ---- */

static uint8_t *put_varint(uint8_t *p, size_t value) {
  for (; value > 127; value >>= 7) *p++ = (uint8_t)(value | 0x80);
  *p++ = (uint8_t)value;
  return p;
}

static uint8_t *put_string(uint8_t *p, const char *text) {
  size_t len = strlen(text);
  *p++ = (uint8_t)(len >> 8);
  *p++ = (uint8_t)len;
  memcpy(p, text, len);
  return p + len;
}

static size_t put_connect(uint8_t *packet, int version, const char *id, const char *will_topic) {
  uint8_t body[256], *p = put_string(body, "MQTT");
  *p++ = (uint8_t)version;
  *p++ = will_topic != NULL ? 0x02 | 0x04 | BENCH_WILL_QOS << 3 | 0x20 : 0x02;
  *p++ = 0;
  *p++ = BENCH_KEEP_ALIVE;
  if (version == 5) *p++ = 0;
  p = put_string(p, id);
  if (will_topic != NULL) {
    if (version == 5) *p++ = 0;
    p = put_string(p, will_topic);
    p = put_string(p, BENCH_WILL_PAYLOAD);
  }
  size_t len = (size_t)(p - body);
  *packet = 0x10;
  p = put_varint(packet + 1, len);
  memcpy(p, body, len);
  return (size_t)(p - packet) + len;
}

struct message {
  uint8_t *packet;
  size_t len;
  size_t id; /* where the packet identifier stands */
};

static struct message make_publish(const struct bench_work *work, int qos) {
  struct message m = {.packet = malloc(work->size + 64)};
  BENCH_CHECK(m.packet != NULL);
  size_t topic = strlen(work->topic);
  size_t rest = 2 + topic + (qos > 0 ? 2u : 0u) + (work->version == 5) + work->size;
  m.packet[0] = (uint8_t)(0x30 | qos << 1);
  uint8_t *p = put_varint(m.packet + 1, rest);
  p = put_string(p, work->topic);
  m.id = (size_t)(p - m.packet);
  if (qos > 0) p += 2;
  if (work->version == 5) *p++ = 0;
  memcpy(p, work->payload, work->size);
  m.len = (size_t)(p - m.packet) + work->size;
  return m;
}

static void number_publish(uint8_t *packet, const struct message *m, uint16_t id) {
  packet[m->id] = (uint8_t)(id >> 8);
  packet[m->id + 1] = (uint8_t)id;
}

/* ---- bytes ---- */

static bool polling; /* asks the socket again and again: no sleep, so no time lost in waking up */

static void send_all(int fd, const uint8_t *bytes, size_t len) {
  while (len > 0) {
    ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
    if (sent < 0) bench_fail("send: %s", strerror(errno));
    bytes += sent;
    len -= (size_t)sent;
  }
}

static size_t receive(int fd, uint8_t *bytes, size_t size) {
  ssize_t got;
  do {
    got = recv(fd, bytes, size, polling ? MSG_DONTWAIT : 0);
  } while (got < 0 && polling && errno == EAGAIN);
  if (got <= 0) bench_fail("recv: %s", got == 0 ? "closed" : strerror(errno));
  return (size_t)got;
}

static void await_connack(int fd, int version) {
  uint8_t connack[8];
  size_t len = 0, whole = version == 5 ? 5 : 4;
  while (len < whole) len += receive(fd, connack + len, whole - len);
  if (connack[0] != 0x20 || connack[3] != 0) bench_fail("refused");
}

static int open_client(const struct bench_work *work) {
  uint8_t packet[256];
  int fd = bench_dial(work);
  send_all(fd, packet, put_connect(packet, work->version, "raw", NULL));
  await_connack(fd, work->version);
  return fd;
}

/* ---- publishing ---- */

enum { BATCH_BYTES = 256 * 1024 };

static uint64_t publish_unacknowledged(int fd, const struct bench_work *work) {
  struct message m = make_publish(work, 0), proof = make_publish(work, 1);
  size_t count = BATCH_BYTES / m.len > 0 ? BATCH_BYTES / m.len : 1;
  uint8_t *batch = malloc(count * m.len), puback[4];
  BENCH_CHECK(batch != NULL);
  for (size_t i = 0; i < count; i++) memcpy(batch + i * m.len, m.packet, m.len);
  number_publish(proof.packet, &proof, 1);
  uint64_t messages = 0;
  bench_begin();
  do {
    send_all(fd, batch, count * m.len);
    messages += count;
  } while (!bench_over());
  send_all(fd, proof.packet, proof.len);
  for (size_t len = 0; len < sizeof puback;) len += receive(fd, puback + len, sizeof puback - len);
  return messages + 1;
}

/* Everything that one read allows leaves in one write: a PUBREL for each PUBREC, a new PUBLISH for each
 * message that is done. An identifier is used again at once; it says which of the window's packets to send.
 */
static uint64_t publish_acknowledged(int fd, const struct bench_work *work) {
  struct message m = make_publish(work, work->qos);
  uint8_t acks[64 * 1024];
  uint8_t *out = malloc(sizeof acks + (sizeof acks / 4) * m.len);
  BENCH_CHECK(out != NULL);
  uint64_t begun = 0, done = 0;
  size_t kept = 0;
  bench_begin();
  for (unsigned i = 0; i < work->window; i++, begun++) {
    number_publish(m.packet, &m, (uint16_t)(i + 1));
    memcpy(out + i * m.len, m.packet, m.len);
  }
  send_all(fd, out, work->window * m.len);
  for (bool over = false; done < begun;) {
    size_t len = kept + receive(fd, acks + kept, sizeof acks - kept);
    uint8_t *p = out;
    over = over || bench_over();
    for (kept = len & 3, len -= kept; len > 0;) {
      const uint8_t *ack = acks;
      for (; len > 0; ack += 4, len -= 4) {
        if (ack[0] == 0x50) {
          memcpy(p, (const uint8_t[]){0x62, 2, ack[2], ack[3]}, 4);
          p += 4;
          continue;
        }
        done++;
        if (over) continue;
        memcpy(p, m.packet, m.len);
        p[m.id] = ack[2];
        p[m.id + 1] = ack[3];
        p += m.len;
        begun++;
      }
      memmove(acks, ack, kept);
    }
    send_all(fd, out, (size_t)(p - out));
  }
  return done;
}

static uint64_t publish(const struct bench_work *work) {
  int fd = open_client(work);
  polling = strcmp(work->way, "polling") == 0;
  return work->qos == 0 ? publish_unacknowledged(fd, work) : publish_acknowledged(fd, work);
}

/* ---- many clients ---- */

static void collect(int epoll, const struct bench_work *work, unsigned *connected, int timeout_ms) {
  struct epoll_event events[256];
  int count = epoll_wait(epoll, events, 256, timeout_ms);
  for (int i = 0; i < count; i++) {
    await_connack(events[i].data.fd, work->version);
    (*connected)++;
  }
}

static void connect_all(const struct bench_work *work) {
  unsigned connected = 0;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  BENCH_CHECK(epoll >= 0);
  for (unsigned i = 0; i < work->clients; i++) {
    uint8_t packet[256];
    size_t len = put_connect(packet, work->version, work->client[i].id, work->client[i].will_topic);
    struct epoll_event event = {.events = EPOLLIN};
    event.data.fd = bench_dial(work);
    send_all(event.data.fd, packet, len);
    BENCH_CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event) == 0);
    if (i % 64 == 63) collect(epoll, work, &connected, 0);
  }
  while (connected < work->clients) collect(epoll, work, &connected, -1);
}

static void idle(const struct bench_work *work, double seconds) {
  (void)work;
  const struct timespec pause = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&pause, NULL);
}

static const char *version(void) {
  return "-";
}

const struct bench_driver bench_driver = {
    .name = "raw sockets",
    .qos0_ways = "blocking",
    .acknowledged_ways = "blocking polling",
    .client_ways = "epoll",
    .descriptors_each = 1,
    .version = version,
    .publish = publish,
    .connect_all = connect_all,
    .idle = idle,
};
