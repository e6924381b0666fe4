/* SPDX-License-Identifier: MIT
 * The scripted server of raw_server.h. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/raw_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned char packet[300000];

void raw_server_start(struct raw_server *server, void (*script)(int listener)) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(address);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  ck_assert_int_ge(listener, 0);
  ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
  ck_assert_int_eq(listen(listener, 16), 0);
  ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
  server->port = ntohs(address.sin_port);
  snprintf(server->url, sizeof(server->url), "mqtt://127.0.0.1:%d", server->port);
  server->pid = fork();
  ck_assert_int_ge(server->pid, 0);
  if (server->pid == 0) {
    alarm(SOON_MS / 1000); /* no script waits for ever */
    script(listener);
    _exit(0);
  }
  close(listener);
}

static bool has_ended(pid_t pid, int *status) {
  return waitpid(pid, status, WNOHANG) == pid;
}

void raw_server_end(struct raw_server *server) {
  int status = -1;
  await(has_ended(server->pid, &status));
  ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                "the scripted server ended with wait status 0x%x", (unsigned)status);
}

void raw_server_kill(struct raw_server *server) {
  int status = -1;
  kill(server->pid, SIGKILL);
  await(has_ended(server->pid, &status));
  ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
                "the scripted server had ended before, with wait status 0x%x", (unsigned)status);
}

void raw_fail(const char *what) {
  fprintf(stderr, "scripted server: %s\n", what);
  _exit(1);
}

int raw_accept(int listener) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) raw_fail("accept failed");
  return fd;
}

static void read_exactly(int fd, unsigned char *bytes, size_t size) {
  while (size > 0) {
    ssize_t count = recv(fd, bytes, size, 0);
    if (count == 0) raw_fail("the peer closed where a packet was due");
    if (count < 0) raw_fail("the connection broke where a packet was due");
    bytes += count;
    size -= (size_t)count;
  }
}

size_t raw_read_packet(int fd, unsigned first) {
  size_t used = 1, length = 0;
  unsigned shift = 0;
  read_exactly(fd, packet, 1);
  if (first != RAW_ANY && packet[0] != first) {
    fprintf(stderr, "scripted server: packet %02x where %02x was due\n", packet[0], first);
    _exit(1);
  }
  do {
    if (shift > 21) raw_fail("a remaining length of five bytes");
    read_exactly(fd, packet + used, 1);
    length |= (size_t)(packet[used] & 0x7f) << shift;
    shift += 7;
  } while ((packet[used++] & 0x80) != 0);
  if (length > sizeof(packet) - used) raw_fail("a packet larger than any script needs");
  read_exactly(fd, packet + used, length);
  return used + length;
}

const unsigned char *raw_packet(void) {
  return packet;
}

void raw_send(int fd, const char *hex) {
  unsigned char bytes[256];
  size_t size = 0;
  for (const char *at = hex; *at != '\0'; at++) {
    char *end;
    if (*at == ' ') continue;
    if (size == sizeof(bytes)) raw_fail("a longer answer than raw_send() holds");
    char digits[3] = {at[0], at[1], '\0'};
    bytes[size++] = (unsigned char)strtoul(digits, &end, 16);
    if (end != digits + 2) raw_fail("not hex");
    at++;
  }
  if (send(fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size) raw_fail("the answer could not be sent");
}

void raw_expect_close(int fd) {
  unsigned char byte;
  ssize_t count = recv(fd, &byte, 1, 0);
  if (count > 0) raw_fail("bytes where the end of the connection was due");
  if (count < 0 && errno != ECONNRESET) raw_fail("the connection neither closed nor reset");
  close(fd);
}
