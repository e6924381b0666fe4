/* SPDX-License-Identifier: MIT
 * mqttwill-broker as a process of its own, on a free port; the environment variable MQTTWILL_BROKER says
 * where the program is. */
#ifndef TESTS_E2E_BROKER_PROCESS_H
#define TESTS_E2E_BROKER_PROCESS_H

#include "e2e/e2e.h"

#include <sys/types.h>

struct broker_process {
  pid_t pid;
  int output; /* an unlinked file: what the broker printed on both streams */
  int port;
  char url[64];
};

/* Returns when the broker listens. */
void broker_process_start(struct broker_process *broker);
/* SIGTERM; the broker must end soon and well. */
void broker_process_stop(struct broker_process *broker);
/* True if the broker has printed `text` so far. */
bool broker_process_said(const struct broker_process *broker, const char *text);

#endif
