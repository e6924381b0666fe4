/* SPDX-License-Identifier: MIT
 * What the drivers have in common: one program a library (bench_<library>.c), all with the same command line,
 * the same measurements and one line of output. A driver says how its library connects, publishes and holds
 * many clients; driver.c holds main(), the clock, the counting and the check against the sink's counters.
 *
 *   bench_X about                            name, version, and the ways it knows of using the library
 *   bench_X publish -p PORT -m WAY ...       messages a second; see usage() in driver.c
 *   bench_X clients -p PORT -m WAY ...       connections a second; heap, descriptors and threads a client */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

struct bench_client {
  char id[16];
  char will_topic[32];
  void *handle; /* the driver's */
};

struct bench_work {
  const char *way; /* one of the driver's */
  const char *host;
  uint16_t port;
  char url[48]; /* mqtt://host:port */
  int version;  /* 4: MQTT 3.1.1, 5 */
  int qos;
  size_t size; /* bytes of payload */
  const uint8_t *payload;
  const char *topic;
  unsigned window; /* messages that may await acknowledgement */
  double seconds;
  unsigned clients;
  struct bench_client *client; /* ids and topics are ready; their memory is not the library's */
};

/* Will and keep alive are the same everywhere. */
#define BENCH_WILL_PAYLOAD "offline"
enum { BENCH_WILL_QOS = 1, BENCH_KEEP_ALIVE = 60 };

struct bench_driver {
  const char *name;
  const char *qos0_ways; /* separated by blanks */
  const char *acknowledged_ways;
  const char *client_ways;
  unsigned descriptors_each; /* that a client takes */
  const char *(*version)(void);
  /* Connects one client, calls bench_begin(), publishes until bench_over(), and returns the number of
   * messages once the sink is known to have read them all: after its last answer, which for QoS 0 answers one
   * QoS 1 message behind the others. */
  uint64_t (*publish)(const struct bench_work *work);
  /* Returns once every client is connected. */
  void (*connect_all)(const struct bench_work *work);
  /* Keeps the clients alive for about `seconds`. */
  void (*idle)(const struct bench_work *work, double seconds);
};

extern const struct bench_driver bench_driver;

double bench_now(void); /* seconds */
void bench_begin(void);
bool bench_over(void);
/* Ends the program, with an error line instead of a result. */
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* For what cannot fail unless the benchmark itself is wrong or the machine is out of something. */
#define BENCH_CHECK(condition)                                                                               \
  do {                                                                                                       \
    if (!(condition)) bench_fail("%s:%d: %s", __FILE__, __LINE__, #condition);                               \
  } while (0)

/* A TCP connection to the sink, blocking, without Nagle's delay. */
int bench_dial(const struct bench_work *work);

/* A window between a thread that publishes and a thread of the library's that completes. Whoever finds it
 * full sleeps until half of it is free again: a wake-up a message would be the benchmark's own cost. */
struct bench_window {
  pthread_mutex_t lock;
  pthread_cond_t free;
  atomic_uint used;
  atomic_bool waiting;
  unsigned size;
};
void bench_window_init(struct bench_window *w, unsigned size);
void bench_window_enter(struct bench_window *w);
void bench_window_leave(struct bench_window *w);
void bench_window_drain(struct bench_window *w); /* until nothing is in it */

#endif
