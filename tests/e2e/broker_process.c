/* SPDX-License-Identifier: MIT
 * Starts, reads and ends mqttwill-broker. A test that fails leaves it to Check, which ends the whole process
 * group of a test. */
#define _POSIX_C_SOURCE 200809L

#include "e2e/broker_process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char listening[] = "listening mqtt://127.0.0.1:";

/* All that was printed so far, as a string to be freed. */
static char *output_of(const struct broker_process *broker) {
  struct stat file;
  ck_assert_int_eq(fstat(broker->output, &file), 0);
  char *text = calloc(1, (size_t)file.st_size + 1);
  ck_assert_ptr_nonnull(text);
  ck_assert_int_ge(pread(broker->output, text, (size_t)file.st_size, 0), 0);
  return text;
}

bool broker_process_said(const struct broker_process *broker, const char *text) {
  char *output = output_of(broker);
  bool said = strstr(output, text) != NULL;
  free(output);
  return said;
}

/* The first line is there as a whole. */
static bool knows_port(struct broker_process *broker) {
  char *output = output_of(broker);
  char *line_end = strchr(output, '\n');
  bool known = line_end != NULL;
  if (known) {
    ck_assert_msg(strncmp(output, listening, sizeof(listening) - 1) == 0, "the broker's first line: %s",
                  output);
    broker->port = (int)strtol(output + sizeof(listening) - 1, NULL, 10);
    snprintf(broker->url, sizeof(broker->url), "mqtt://127.0.0.1:%d", broker->port);
  }
  free(output);
  return known;
}

void broker_process_start(struct broker_process *broker) {
  const char *program = getenv("MQTTWILL_BROKER");
  ck_assert_msg(program != NULL, "MQTTWILL_BROKER must say where mqttwill-broker is");
  FILE *file = tmpfile();
  ck_assert_ptr_nonnull(file);
  broker->output = dup(fileno(file));
  ck_assert_int_ge(broker->output, 0);
  fclose(file);
  broker->pid = fork();
  ck_assert_int_ge(broker->pid, 0);
  if (broker->pid == 0) {
    dup2(broker->output, STDOUT_FILENO);
    dup2(broker->output, STDERR_FILENO);
    close(broker->output);
    execl(program, program, "--port", "0", (char *)NULL);
    perror(program);
    _exit(127);
  }
  await(knows_port(broker));
  ck_assert_int_gt(broker->port, 0);
}

static bool has_ended(pid_t pid, int *status) {
  return waitpid(pid, status, WNOHANG) == pid;
}

void broker_process_stop(struct broker_process *broker) {
  int status = -1;
  ck_assert_int_eq(kill(broker->pid, SIGTERM), 0);
  await(has_ended(broker->pid, &status));
  char *output = output_of(broker);
  ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the broker ended with wait status 0x%x:\n%s",
                (unsigned)status, output);
  free(output);
  close(broker->output);
}
