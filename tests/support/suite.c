/* SPDX-License-Identifier: MIT
 * See suite.h. */
#include "support/suite.h"

#include <stdlib.h>

static void before_each(void) {
  failmalloc_install();
}

static void after_each(void) {
  hex_free_all();
  ck_assert_msg(failmalloc_live() == 0, "the test leaves %zu blocks behind", failmalloc_live());
}

int suite_run(const char *name, const TTest **tests, size_t count) {
  Suite *suite = suite_create(name);
  TCase *all = tcase_create(name);
  tcase_add_checked_fixture(all, before_each, after_each);
  tcase_set_timeout(all, 60);
  for (size_t i = 0; i < count; i++) tcase_add_test(all, tests[i]);
  suite_add_tcase(suite, all);

  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
