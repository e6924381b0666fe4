/* SPDX-License-Identifier: MIT
 * The library's memory while a script plays: counted, and made to fail at a chosen allocation. */
#ifndef XCH_MEMORY_H
#define XCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Before the first object of the library is made. */
void xch_memory_install(void);

/* Counting starts anew. The allocation number `fail_at` fails (0: none), and with `for_good` all after it. */
void xch_memory_start(size_t fail_at, bool for_good);
void xch_memory_relent(void); /* from here on nothing fails any more */

size_t xch_memory_allocations(void); /* since the start, failed ones too */
size_t xch_memory_live(void);        /* blocks not freed */
bool xch_memory_failed(void);        /* whether one has failed since the start */

#endif
