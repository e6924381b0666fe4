/* SPDX-License-Identifier: MIT
 * See arguments.h. */
#include "arguments.h"

#include <mqttwill/status.h>

#include <stdio.h>
#include <stdlib.h>

static const struct {
  const char *name;
  int status;
} statuses[] = {
#define XCH_STATUS_(name, number, text) {#name, number},
    MQTTWILL_STATUS_MAP(XCH_STATUS_)
#undef XCH_STATUS_
};

void xch_arguments_init(struct xch_arguments *a, const struct xch_statement *statement) {
  a->statement = statement;
  a->taken = 0;
  a->wrong[0] = '\0';
  if (statement->count > 64) snprintf(a->wrong, sizeof a->wrong, "more than 64 arguments");
}

static bool is_named(const struct xch_argument *argument, const char *name) {
  if (name == NULL || argument->name == NULL) return name == argument->name;
  return strcmp(name, argument->name) == 0;
}

static size_t find(const struct xch_arguments *a, const char *name) {
  for (size_t i = 0; i < a->statement->count && i < 64; i++)
    if ((a->taken >> i & 1) == 0 && is_named(&a->statement->arguments[i], name)) return i;
  return SIZE_MAX;
}

bool xch_has(const struct xch_arguments *a, const char *name) {
  return find(a, name) != SIZE_MAX;
}

const struct xch_argument *xch_take(struct xch_arguments *a, const char *name) {
  size_t i = find(a, name);
  if (i == SIZE_MAX) return NULL;
  a->taken |= UINT64_C(1) << i;
  return &a->statement->arguments[i];
}

static void is_wrong(struct xch_arguments *a, const char *name, const char *what) {
  if (a->wrong[0] == '\0')
    snprintf(a->wrong, sizeof a->wrong, "%s %s", name != NULL ? name : "the argument", what);
}

const char *xch_take_word(struct xch_arguments *a, const char *name, const char *otherwise) {
  const struct xch_argument *argument = xch_take(a, name);
  if (argument != NULL && argument->word == NULL) is_wrong(a, name, "must be a word");
  return argument != NULL && argument->word != NULL ? argument->word : otherwise;
}

struct mw_slice xch_take_bytes(struct xch_arguments *a, const char *name, struct mw_slice otherwise) {
  const struct xch_argument *argument = xch_take(a, name);
  if (argument == NULL) return otherwise;
  if (argument->word != NULL) is_wrong(a, name, "must be a quoted text or {bytes}");
  return mw_slice(argument->bytes.data, argument->bytes.len);
}

long long xch_take_number(struct xch_arguments *a, const char *name, long long otherwise) {
  const char *word = xch_take_word(a, name, NULL);
  if (word == NULL) return otherwise;
  char *end;
  long long number = strtoll(word, &end, 0);
  if (*end != '\0') is_wrong(a, name, "must be a number");
  return number;
}

int xch_take_status(struct xch_arguments *a, const char *name, int otherwise) {
  const char *word = xch_take_word(a, name, NULL);
  if (word == NULL) return otherwise;
  if (strncmp(word, "MQTTWILL_", 9) == 0) word += 9;
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (strcmp(word, statuses[i].name) == 0) return statuses[i].status;
  is_wrong(a, name, "must be the name of a status");
  return otherwise;
}

bool xch_arguments_done(struct xch_arguments *a) {
  for (size_t i = 0; i < a->statement->count && i < 64; i++) {
    const struct xch_argument *argument = &a->statement->arguments[i];
    if ((a->taken >> i & 1) != 0) continue;
    if (argument->name != NULL)
      is_wrong(a, argument->name, "is no argument of this statement");
    else
      is_wrong(a, argument->word, "is one argument too many");
  }
  return a->wrong[0] == '\0';
}
