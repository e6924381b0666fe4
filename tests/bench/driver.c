/* SPDX-License-Identifier: MIT
 * main() of every driver; see driver.h. The result is one line of words and numbers for run.sh. */
#define _GNU_SOURCE
#include "driver.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct {
  double begun, deadline, seconds;
  double processor; /* seconds this process had used at the beginning */
} watch;

double bench_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double processor_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void bench_begin(void) {
  watch.processor = processor_seconds();
  watch.begun = bench_now();
  watch.deadline = watch.begun + watch.seconds;
}

bool bench_over(void) {
  return bench_now() >= watch.deadline;
}

void bench_fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("error ");
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
  fflush(stdout);
  _exit(1);
}

static void on_alarm(int number) {
  (void)number;
  static const char text[] = "error no end in sight: given up\n";
  ssize_t ignored = write(STDOUT_FILENO, text, sizeof text - 1);
  (void)ignored;
  _exit(1);
}

/* ---- a window between two threads ---- */

void bench_window_init(struct bench_window *w, unsigned size) {
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->free, NULL);
  atomic_init(&w->used, 0);
  atomic_init(&w->waiting, false);
  w->size = size;
}

static void wait_until_at_most(struct bench_window *w, unsigned used) {
  pthread_mutex_lock(&w->lock);
  atomic_store(&w->waiting, true);
  while (atomic_load(&w->used) > used) pthread_cond_wait(&w->free, &w->lock);
  atomic_store(&w->waiting, false);
  pthread_mutex_unlock(&w->lock);
}

void bench_window_enter(struct bench_window *w) {
  if (atomic_load(&w->used) >= w->size) wait_until_at_most(w, w->size / 2);
  atomic_fetch_add(&w->used, 1);
}

void bench_window_leave(struct bench_window *w) {
  unsigned left = atomic_fetch_sub(&w->used, 1) - 1;
  if (!atomic_load(&w->waiting) || (left != w->size / 2 && left != 0)) return;
  pthread_mutex_lock(&w->lock);
  pthread_cond_signal(&w->free);
  pthread_mutex_unlock(&w->lock);
}

void bench_window_drain(struct bench_window *w) {
  wait_until_at_most(w, 0);
}

/* ---- the sink ---- */

int bench_dial(const struct bench_work *work) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(work->port)};
  const int on = 1;
  inet_pton(AF_INET, work->host, &address.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) bench_fail("socket: %s", strerror(errno));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
    bench_fail("connect: %s", strerror(errno));
  return fd;
}

struct counters {
  unsigned long long connects, wills, publishes, open;
};

static struct counters ask_sink(const struct bench_work *work) {
  struct counters c;
  char text[256] = "";
  size_t len = 0;
  ssize_t got = 0;
  int fd = bench_dial(work);
  if (send(fd, "\0\0", 2, MSG_NOSIGNAL) != 2) bench_fail("the sink does not listen");
  while (len < sizeof text - 1 && (got = recv(fd, text + len, sizeof text - 1 - len, 0)) > 0)
    len += (size_t)got;
  close(fd);
  if (sscanf(text, "connects %llu wills %llu publishes %llu open %llu", &c.connects, &c.wills, &c.publishes,
             &c.open) != 4)
    bench_fail("the sink does not count");
  return c;
}

/* ---- what a process holds ---- */

struct holdings {
  double heap; /* bytes; below 0: unknown */
  double resident;
  long descriptors, threads;
};

static double heap_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
  struct mallinfo2 info = mallinfo2();
  return (double)info.uordblks + (double)info.hblkhd;
#else
  return -1;
#endif
}

static long count_descriptors(void) {
  long count = 0;
  DIR *folder = opendir("/proc/self/fd");
  if (folder == NULL) return -1;
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count - 3; /* ".", ".." and the folder itself */
}

static double status_number(const char *name) {
  char line[256];
  double number = -1;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return -1;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, name, strlen(name)) == 0) number = strtod(line + strlen(name), NULL);
  }
  fclose(file);
  return number;
}

static struct holdings look(void) {
  struct holdings h = {.descriptors = count_descriptors(),
                       .threads = (long)status_number("Threads:"),
                       .resident = status_number("VmRSS:") * 1024};
  h.heap = heap_bytes();
  return h;
}

/* ---- the two kinds of work ---- */

static void run_publish(const struct bench_work *work) {
  struct counters before = ask_sink(work);
  uint64_t messages = bench_driver.publish(work);
  double seconds = bench_now() - watch.begun, processor = processor_seconds() - watch.processor;
  unsigned long long arrived = ask_sink(work).publishes - before.publishes;
  if (arrived != messages)
    bench_fail("%llu messages sent, %llu arrived", (unsigned long long)messages, arrived);
  printf("result messages %llu seconds %.4f rate %.1f processor_ns %.1f\n", (unsigned long long)messages,
         seconds, (double)messages / seconds, processor * 1e9 / (double)messages);
}

static void run_clients(const struct bench_work *work) {
  struct counters sink_before = ask_sink(work);
  struct holdings before = look();
  bench_begin();
  bench_driver.connect_all(work);
  double seconds = bench_now() - watch.begun, processor = processor_seconds() - watch.processor;
  bench_driver.idle(work, 0.3);
  struct holdings after = look();
  struct counters sink_after = ask_sink(work);
  if (sink_after.connects - sink_before.connects != work->clients ||
      sink_after.wills - sink_before.wills != work->clients || sink_after.open < work->clients)
    bench_fail("%u clients with wills, but the sink saw %llu with %llu wills, and %llu are left",
               work->clients, sink_after.connects - sink_before.connects,
               sink_after.wills - sink_before.wills, sink_after.open);
  printf(
      "result seconds %.4f rate %.1f processor_ns %.1f heap %.1f resident %.1f descriptors %ld threads %ld\n",
      seconds, work->clients / seconds, processor * 1e9 / work->clients,
      before.heap < 0 ? -1 : (after.heap - before.heap) / work->clients,
      (after.resident - before.resident) / work->clients, after.descriptors - before.descriptors,
      after.threads);
}

/* ---- the command line ---- */

static _Noreturn void usage(const char *program) {
  fprintf(stderr,
          "usage: %s about\n"
          "       %s publish -p PORT [-m WAY] [-V 4|5] [-q QOS] [-s BYTES] [-w WINDOW] [-t SECONDS]\n"
          "       %s clients -p PORT [-m WAY] [-V 4|5] [-n CLIENTS]\n",
          program, program, program);
  exit(2);
}

static unsigned long number(const char *program, const char *text, unsigned long most) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value > most) usage(program);
  return value;
}

static void parse(struct bench_work *work, int argc, char **argv) {
  int option;
  while ((option = getopt(argc, argv, "p:m:V:q:s:w:t:n:")) != -1) {
    switch (option) {
    case 'p':
      work->port = (uint16_t)number(argv[0], optarg, UINT16_MAX);
      break;
    case 'm':
      work->way = optarg;
      break;
    case 'V':
      work->version = (int)number(argv[0], optarg, 5);
      break;
    case 'q':
      work->qos = (int)number(argv[0], optarg, 2);
      break;
    case 's':
      work->size = number(argv[0], optarg, 1 << 19);
      break;
    case 'w':
      work->window = (unsigned)number(argv[0], optarg, 30000);
      break;
    case 't':
      work->seconds = strtod(optarg, NULL);
      break;
    case 'n':
      work->clients = (unsigned)number(argv[0], optarg, 1000000);
      break;
    default:
      usage(argv[0]);
    }
  }
  if (optind != argc || work->port == 0 || work->version < 4 || work->window == 0 || work->clients == 0 ||
      !(work->seconds > 0))
    usage(argv[0]);
}

static bool knows_way(const char *ways, const char *way) {
  size_t len = strlen(way);
  for (const char *p = ways; (p = strstr(p, way)) != NULL; p += len) {
    if (len > 0 && (p == ways || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0')) return true;
  }
  return false;
}

static void raise_descriptor_limit(const struct bench_work *work) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) bench_fail("getrlimit: %s", strerror(errno));
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  rlim_t wanted = (rlim_t)work->clients * bench_driver.descriptors_each + 64;
  if (limit.rlim_cur < wanted)
    bench_fail("needs %llu descriptors, the limit is %llu (ulimit -Hn)", (unsigned long long)wanted,
               (unsigned long long)limit.rlim_cur);
}

static void prepare_clients(struct bench_work *work) {
  work->client = calloc(work->clients, sizeof *work->client);
  if (work->client == NULL) bench_fail("out of memory");
  for (unsigned i = 0; i < work->clients; i++) {
    snprintf(work->client[i].id, sizeof work->client[i].id, "dev-%u", i);
    snprintf(work->client[i].will_topic, sizeof work->client[i].will_topic, "site/dev-%u/status", i);
  }
}

static const uint8_t *make_payload(size_t size) {
  uint8_t *payload = malloc(size > 0 ? size : 1);
  if (payload == NULL) bench_fail("out of memory");
  for (size_t i = 0; i < size; i++) payload[i] = (uint8_t)('a' + i % 26);
  return payload;
}

int main(int argc, char **argv) {
  struct bench_work work = {
      .host = "127.0.0.1",
      .version = 4,
      .size = 16,
      .topic = "dev/42/t",
      .window = 100,
      .seconds = 1,
      .clients = 1000,
  };
  if (argc < 2) usage(argv[0]);
  const char *kind = argv[1];
  if (strcmp(kind, "about") == 0) {
    printf("name %s\nversion %s\nqos0 %s\nqos1 %s\nqos2 %s\nclients %s\n", bench_driver.name,
           bench_driver.version(), bench_driver.qos0_ways, bench_driver.acknowledged_ways,
           bench_driver.acknowledged_ways, bench_driver.client_ways);
    return 0;
  }
  bool publish = strcmp(kind, "publish") == 0;
  if (!publish && strcmp(kind, "clients") != 0) usage(argv[0]);
  parse(&work, argc - 1, argv + 1);
  const char *ways = !publish        ? bench_driver.client_ways
                     : work.qos == 0 ? bench_driver.qos0_ways
                                     : bench_driver.acknowledged_ways;
  if (work.way == NULL || !knows_way(ways, work.way)) bench_fail("-m knows: %s", ways);
  snprintf(work.url, sizeof work.url, "mqtt://%s:%u", work.host, (unsigned)work.port);
  watch.seconds = work.seconds;
  signal(SIGALRM, on_alarm);
  alarm((unsigned)work.seconds + 120);
  if (publish) {
    work.payload = make_payload(work.size);
    run_publish(&work);
  } else {
    prepare_clients(&work);
    raise_descriptor_limit(&work);
    run_clients(&work);
  }
  fflush(stdout);
  _exit(0); /* how fast a library tears down is not asked */
}
