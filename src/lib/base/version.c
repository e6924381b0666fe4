/* SPDX-License-Identifier: MIT
 * The library's version and its allocator hook, as programs see them. */
#include "base/alloc.h"

#include <mqttwill/base.h>

const char *mqttwill_version(void) {
  return MQTTWILL_VERSION_TEXT;
}

int mqttwill_set_allocator(void *(*malloc_function)(size_t size),
                           void *(*realloc_function)(void *block, size_t size),
                           void (*free_function)(void *block)) {
  return mw_alloc_set(malloc_function, realloc_function, free_function);
}
