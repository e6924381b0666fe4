/* SPDX-License-Identifier: MIT
 * A server that plays a script, well-behaved or not: a child process on a free port of 127.0.0.1. What the
 * script expects and does not get ends the child with a message and a status that raw_server_end() sees. */
#ifndef TESTS_E2E_RAW_SERVER_H
#define TESTS_E2E_RAW_SERVER_H

#include "e2e/e2e.h"

#include <sys/types.h>

struct raw_server {
  pid_t pid;
  int port;
  char url[64];
};

/* `script` runs in the child with the listening socket. */
void raw_server_start(struct raw_server *server, void (*script)(int listener));
/* The script must come to its end soon, and must have seen what it expected. */
void raw_server_end(struct raw_server *server);
/* For scripts that never end by themselves. */
void raw_server_kill(struct raw_server *server);

/* ---- for scripts ---- */

int raw_accept(int listener);
/* Reads one packet whole; its first byte must be `first`, unless that is RAW_ANY. Returns its size. The bytes
 * stay until the next call. */
#define RAW_ANY 0x100u
size_t raw_read_packet(int fd, unsigned first);
const unsigned char *raw_packet(void);
void raw_send(int fd, const char *hex); /* "20 02 00 00"; spaces are for the eye */
/* The peer must close (or reset), and send nothing before. */
void raw_expect_close(int fd);
/* Ends the script: it did not go as it should. */
_Noreturn void raw_fail(const char *what);

#endif
