/* SPDX-License-Identifier: MIT
 * The main() of a suite: runs its tests with the counting allocator, and fails each that leaves memory
 * behind. */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include "support/failmalloc.h"
#include "support/hex.h"

#include <check.h>

int suite_run(const char *name, const TTest **tests, size_t count);

/* SUITE("wire/connect", first_test, second_test, ...) */
#define SUITE(name, ...)                                                                                     \
  int main(void) {                                                                                           \
    const TTest *tests[] = {__VA_ARGS__};                                                                    \
    return suite_run(name, tests, sizeof tests / sizeof tests[0]);                                           \
  }

#endif
