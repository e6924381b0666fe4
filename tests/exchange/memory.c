/* SPDX-License-Identifier: MIT
 * See memory.h. A realloc counts as an allocation: it may move the block, and then it always does here, so
 * that views into the old one are found out. */
#include "memory.h"

#include <mqttwill/base.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct block {
  size_t size;
  max_align_t data[];
};

static struct {
  size_t allocations, live, fail_at;
  bool for_good, failed;
} memory;

static bool fails(void) {
  memory.allocations++;
  bool now = memory.fail_at != 0 &&
             (memory.for_good ? memory.allocations >= memory.fail_at : memory.allocations == memory.fail_at);
  memory.failed = memory.failed || now;
  return now;
}

static void *allocate(size_t size) {
  if (fails() || size > SIZE_MAX / 2) return NULL;
  struct block *block = malloc(sizeof *block + size);
  if (block == NULL) return NULL;
  block->size = size;
  memset(block->data, 0xa5, size); /* nobody may take it for zeroes */
  memory.live++;
  return block->data;
}

static struct block *block_of(void *data) {
  return (struct block *)(void *)((char *)data - offsetof(struct block, data));
}

static void release(void *data) {
  struct block *block = block_of(data);
  memset(block->data, 0xdd, block->size);
  memory.live--;
  free(block);
}

static void *reallocate(void *data, size_t size) {
  void *moved = allocate(size);
  if (moved == NULL || data == NULL) return moved;
  size_t old = block_of(data)->size;
  memcpy(moved, data, old < size ? old : size);
  release(data);
  return moved;
}

void xch_memory_install(void) {
  mqttwill_set_allocator(allocate, reallocate, release);
}

void xch_memory_start(size_t fail_at, bool for_good) {
  memory.allocations = 0;
  memory.live = 0;
  memory.fail_at = fail_at;
  memory.for_good = for_good;
  memory.failed = false;
}

void xch_memory_relent(void) {
  memory.fail_at = 0;
}

size_t xch_memory_allocations(void) {
  return memory.allocations;
}

size_t xch_memory_live(void) {
  return memory.live;
}

bool xch_memory_failed(void) {
  return memory.failed;
}
