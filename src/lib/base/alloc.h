/* SPDX-License-Identifier: MIT
 * The one way to memory: every allocation of the library passes here, so that a program can bring its own
 * allocator and the tests can make each one fail in turn. */
#ifndef MW_BASE_ALLOC_H
#define MW_BASE_ALLOC_H

#include <stddef.h>

void *mw_malloc(size_t size);
void *mw_calloc(size_t count, size_t size); /* zeroed; NULL also when count * size overflows */
void *mw_realloc(void *block, size_t size);
void mw_free(void *block);                     /* NULL is fine */
void *mw_memdup(const void *data, size_t len); /* one byte longer than asked for, and that byte is 0 */
void mw_wipe(void *data, size_t len);          /* zeroes secrets; never optimised away */

int mw_alloc_set(void *(*malloc_function)(size_t), void *(*realloc_function)(void *, size_t),
                 void (*free_function)(void *));

#endif
