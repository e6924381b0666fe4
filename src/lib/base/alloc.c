/* SPDX-License-Identifier: MIT
 * The allocator hook; see alloc.h. The three pointers below are the only global state of the library. */
#include "base/alloc.h"

#include <mqttwill/status.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
  void *(*malloc_function)(size_t);
  void *(*realloc_function)(void *, size_t);
  void (*free_function)(void *);
} allocator = {malloc, realloc, free};

int mw_alloc_set(void *(*malloc_function)(size_t), void *(*realloc_function)(void *, size_t),
                 void (*free_function)(void *)) {
  if (malloc_function == NULL || realloc_function == NULL || free_function == NULL)
    return MQTTWILL_ERR_ARGUMENT;
  allocator.malloc_function = malloc_function;
  allocator.realloc_function = realloc_function;
  allocator.free_function = free_function;
  return MQTTWILL_OK;
}

void *mw_malloc(size_t size) {
  return allocator.malloc_function(size);
}

void *mw_calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  void *block = mw_malloc(count * size);
  if (block != NULL) memset(block, 0, count * size);
  return block;
}

void *mw_realloc(void *block, size_t size) {
  return allocator.realloc_function(block, size);
}

void mw_free(void *block) {
  if (block != NULL) allocator.free_function(block);
}

void *mw_memdup(const void *data, size_t len) {
  if (len == SIZE_MAX) return NULL;
  unsigned char *copy = mw_malloc(len + 1);
  if (copy == NULL) return NULL;
  if (len > 0) memcpy(copy, data, len);
  copy[len] = 0;
  return copy;
}

void mw_wipe(void *data, size_t len) {
  volatile unsigned char *p = data;
  while (len-- > 0) *p++ = 0;
}
