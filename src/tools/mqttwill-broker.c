/* SPDX-License-Identifier: MIT
 * mqttwill-broker: the bundled test broker as a program. Options, log, signals and limits; everything else is
 * broker/shell. The first line on standard output says where it listens, the log goes to standard error. */
#include "base/platform.h"

#include "base/address.h"
#include "base/fd.h"
#include "broker/shell/shell.h"

#include <mqttwill/base.h>
#include <mqttwill/reason.h>
#include <mqttwill/status.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DEFAULT_PORT = 1883, EXIT_USAGE = 2, WANTED_CONNECTIONS = 10000, OTHER_DESCRIPTORS = 16 };

enum log_level { LOG_NONE, LOG_INFO, LOG_DEBUG };

static enum log_level log_level = LOG_INFO;

/* ---- the log: one line an event, written out at the end of each turn ---- */

/* Printable ASCII as it is, everything else as \xNN: a client id cannot forge a line. */
static void log_escaped(struct mw_slice text) {
  fputc('"', stderr);
  for (size_t i = 0; i < text.len; i++) {
    uint8_t c = text.data[i];
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\')
      fputc(c, stderr);
    else
      fprintf(stderr, "\\x%02x", (unsigned)c);
  }
  fputc('"', stderr);
}

static void log_outcome(enum mw_will_outcome outcome, uint64_t wait_ms) {
  static const char *const texts[] = {
      [MW_OUTCOME_NONE] = "no will",
      [MW_OUTCOME_PUBLISHED] = "will published",
      [MW_OUTCOME_DISCARDED] = "will discarded",
      [MW_OUTCOME_ARMED] = "will armed",
  };
  if (outcome == MW_OUTCOME_WAITS)
    fprintf(stderr, "will waits %llu ms", (unsigned long long)wait_ms);
  else
    fputs(texts[outcome], stderr);
}

static void log_cause(const struct mw_broker_end *end) {
  fputs(mw_will_end_text(end->end), stderr);
  if (end->status != MQTTWILL_OK) fprintf(stderr, " (%s)", mqttwill_strerror(end->status));
  if (end->reason > 0)
    fprintf(stderr, " [0x%02x %s]", (unsigned)end->reason, mqttwill_reason_text(end->reason));
}

static void on_ended(void *context, const struct mw_broker_end *end) {
  (void)context;
  if (log_level < LOG_INFO) return;
  if (end->connected) {
    fputs("client ", stderr);
    log_escaped(end->client_id);
    fputs(": ", stderr);
    log_cause(end);
    fputs("; ", stderr);
    log_outcome(end->will, end->wait_ms);
  } else {
    fputs("connection without a client: ", stderr);
    log_cause(end);
  }
  fputc('\n', stderr);
}

/* What happens to a will at the end of its connection stands in that line already. */
static void on_will(void *context, const struct mw_will_event *event) {
  (void)context;
  bool has_waited = event->outcome != MW_OUTCOME_ARMED && event->why >= MW_END_RESUMED;
  if (log_level < (has_waited ? LOG_INFO : LOG_DEBUG)) return;
  fputs("will of ", stderr);
  log_escaped(event->client_id);
  fputs(" for ", stderr);
  log_escaped(event->topic);
  fputs(": ", stderr);
  if (event->outcome != MW_OUTCOME_ARMED) fprintf(stderr, "%s; ", mw_will_end_text(event->why));
  log_outcome(event->outcome, event->wait_ms);
  fputc('\n', stderr);
}

/* ---- options ---- */

struct options {
  const char *bind;
  uint16_t port;
};

static void print_help(void) {
  printf(
      "usage: mqttwill-broker [option]...\n"
      "An MQTT 3.1, 3.1.1 and 5.0 broker for testing, exact about last wills.\n\n"
      "  -p, --port N          listen on this TCP port; 0 picks a free one (default: %d)\n"
      "  -b, --bind ADDRESS    listen at this IPv4 or IPv6 address (default: 127.0.0.1)\n"
      "  -l, --log-level LEVEL none, info (each client's end and its will) or debug (default: info)\n"
      "  -v, --verbose         the same as --log-level debug\n"
      "  -h, --help            print this and exit\n"
      "  -V, --version         print the version and exit\n\n"
      "The first line on standard output is \"listening mqtt://ADDRESS:PORT\"; the log goes to\n"
      "standard error. SIGTERM and SIGINT publish the wills, tell the clients, and end it.\n",
      DEFAULT_PORT);
}

static int usage_error(const char *text, const char *value) {
  fprintf(stderr, "mqttwill-broker: %s%s%s\nTry 'mqttwill-broker --help'.\n", text, value != NULL ? ": " : "",
          value != NULL ? value : "");
  return EXIT_USAGE;
}

static bool parse_port(const char *text, uint16_t *port) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || value > UINT16_MAX || text[0] == '-') return false;
  *port = (uint16_t)value;
  return true;
}

static bool parse_log_level(const char *text) {
  static const char *const names[] = {[LOG_NONE] = "none", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(text, names[i]) != 0) continue;
    log_level = (enum log_level)i;
    return true;
  }
  return false;
}

/* -1: go on; otherwise the exit status. */
static int parse_options(int argc, char **argv, struct options *o) {
  static const struct option known[] = {
      {"port", required_argument, NULL, 'p'},
      {"bind", required_argument, NULL, 'b'},
      {"log-level", required_argument, NULL, 'l'},
      {"verbose", no_argument, NULL, 'v'},
      {"help", no_argument, NULL, 'h'},
      {"version", no_argument, NULL, 'V'},
      {NULL, 0, NULL, 0},
  };
  int c;
  while ((c = getopt_long(argc, argv, "p:b:l:vhV", known, NULL)) != -1) {
    switch (c) {
    case 'p':
      if (!parse_port(optarg, &o->port)) return usage_error("a port is a number from 0 to 65535", optarg);
      break;
    case 'b':
      o->bind = optarg;
      break;
    case 'l':
      if (!parse_log_level(optarg)) return usage_error("a log level is none, info or debug", optarg);
      break;
    case 'v':
      log_level = LOG_DEBUG;
      break;
    case 'h':
      print_help();
      return EXIT_SUCCESS;
    case 'V':
      printf("mqttwill-broker %s\n", mqttwill_version());
      return EXIT_SUCCESS;
    default:
      return usage_error("that is not understood", NULL);
    }
  }
  if (optind < argc) return usage_error("it takes no arguments", argv[optind]);
  return -1;
}

/* ---- signals: a byte in a pipe, so that they are met at the turn of the loop ---- */

static int signal_pipe[2] = {-1, -1};

static void on_signal(int number) {
  int error = errno;
  uint8_t byte = (uint8_t)number;
  if (write(signal_pipe[1], &byte, 1) < 0) byte = 0; /* full: there is a byte in it already */
  errno = error;
}

struct stopper {
  struct mw_source source;
  struct mw_shell *shell;
  int count;
};

static void on_signal_byte(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  (void)loop;
  (void)events;
  struct stopper *stopper = MW_CONTAINER(source, struct stopper, source);
  uint8_t bytes[16];
  ssize_t got = read(source->fd, bytes, sizeof bytes);
  if (got > 0) stopper->count += (int)got;
}

static bool catch_signals(struct stopper *stopper) {
  if (pipe(signal_pipe) != 0 || mw_fd_prepare(signal_pipe[0]) != 0 || mw_fd_prepare(signal_pipe[1]) != 0)
    return false;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_signal;
  if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0) return false;
  action.sa_handler = SIG_IGN; /* a reader of the log that went away */
  if (sigaction(SIGPIPE, &action, NULL) != 0) return false;
  mw_source_init(&stopper->source, on_signal_byte);
  return mw_source_add(mw_shell_loop(stopper->shell), &stopper->source, signal_pipe[0], MW_IO_READ) ==
         MQTTWILL_OK;
}

/* ---- limits ---- */

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < limit.rlim_max) {
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= WANTED_CONNECTIONS + OTHER_DESCRIPTORS) return;
  unsigned long long most = limit.rlim_cur > OTHER_DESCRIPTORS ? limit.rlim_cur - OTHER_DESCRIPTORS : 0;
  fprintf(stderr, "mqttwill-broker: the descriptor limit allows only about %llu connections (ulimit -Hn)\n",
          most);
}

/* ---- the program ---- */

static int listen_at(struct mw_shell *shell, const struct options *o) {
  struct mw_address address;
  char text[MW_ADDRESS_TEXT_SIZE];
  if (mw_address_parse(&address, mw_slice_text(o->bind), o->port) != MQTTWILL_OK)
    return usage_error("not an IPv4 or IPv6 address", o->bind);
  if (mw_shell_listen(shell, &address) != MQTTWILL_OK) {
    int error = errno;
    mw_address_text(&address, text);
    fprintf(stderr, "mqttwill-broker: cannot listen at %s port %u: %s\n", o->bind, (unsigned)o->port,
            strerror(error));
    return EXIT_FAILURE;
  }
  mw_address_text(&address, text);
  printf("listening mqtt://%s\n", text);
  fflush(stdout);
  return EXIT_SUCCESS;
}

/* Until it is told to stop and everyone has left; told twice, at once. */
static int turn(struct mw_shell *shell, const struct stopper *stopper) {
  while (!mw_shell_is_stopped(shell) && stopper->count < 2) {
    if (mw_shell_step(shell, -1) != MQTTWILL_OK) {
      fprintf(stderr, "mqttwill-broker: cannot wait for events: %s\n", strerror(errno));
      return EXIT_FAILURE;
    }
    if (stopper->count > 0) mw_shell_stop(shell);
    fflush(stderr);
  }
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  struct options options = {.bind = "127.0.0.1", .port = DEFAULT_PORT};
  int result = parse_options(argc, argv, &options);
  if (result >= 0) return result;

  static char log_buffer[16384];
  setvbuf(stderr, log_buffer, _IOFBF, sizeof log_buffer);
  raise_descriptor_limit();
  struct stopper stopper = {.count = 0};
  const struct mw_shell_options shell_options = {
      .broker = &mw_broker_defaults,
      .ended = on_ended,
      .will = on_will,
  };
  int status = mw_shell_new(&stopper.shell, &shell_options);
  if (status != MQTTWILL_OK) {
    fprintf(stderr, "mqttwill-broker: %s\n", mqttwill_strerror(status));
    return EXIT_FAILURE;
  }
  if (!catch_signals(&stopper)) {
    fprintf(stderr, "mqttwill-broker: cannot watch for signals: %s\n", strerror(errno));
    result = EXIT_FAILURE;
  } else {
    result = listen_at(stopper.shell, &options);
    fflush(stderr);
  }
  if (result == EXIT_SUCCESS) result = turn(stopper.shell, &stopper);
  mw_source_remove(mw_shell_loop(stopper.shell), &stopper.source);
  mw_shell_free(stopper.shell);
  return result;
}
