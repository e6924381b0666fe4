/* SPDX-License-Identifier: MIT
 * An allocator that fails when it is told to, and counts what is alive. Installed for the library under
 * test by the suite, so that every test also proves that it leaks nothing. */
#ifndef TESTS_SUPPORT_FAILMALLOC_H
#define TESTS_SUPPORT_FAILMALLOC_H

#include <stddef.h>

void failmalloc_install(void);         /* and starts anew: nothing fails, nothing is alive */
void failmalloc_at(size_t allocation); /* the n-th from now on fails (1: the next), once; 0: none */
size_t failmalloc_live(void);          /* blocks that are allocated */
size_t failmalloc_count(void);         /* allocations since the last failmalloc_at() */

#endif
