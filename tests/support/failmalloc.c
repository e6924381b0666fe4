/* SPDX-License-Identifier: MIT
 * See failmalloc.h. */
#include "support/failmalloc.h"

#include "base/alloc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_size_t live, count, fail_at; /* the threaded suites count too */

static bool fails_now(void) {
  size_t mine = atomic_fetch_add(&count, 1) + 1;
  return mine == atomic_load(&fail_at);
}

static void *counting_malloc(size_t size) {
  if (fails_now()) return NULL;
  void *block = malloc(size);
  if (block != NULL) live++;
  return block;
}

static void *counting_realloc(void *block, size_t size) {
  if (block == NULL) return counting_malloc(size);
  return fails_now() ? NULL : realloc(block, size);
}

static void counting_free(void *block) {
  if (block != NULL) live--;
  free(block);
}

void failmalloc_install(void) {
  live = 0;
  failmalloc_at(0);
  mw_alloc_set(counting_malloc, counting_realloc, counting_free);
}

void failmalloc_at(size_t allocation) {
  count = 0;
  fail_at = allocation;
}

size_t failmalloc_live(void) {
  return live;
}

size_t failmalloc_count(void) {
  return count;
}
