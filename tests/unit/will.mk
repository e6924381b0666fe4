# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/unit/will_will tests/unit/will_check tests/unit/will_fate tests/unit/will_timing \
	tests/unit/will_examples
tests_unit_will_will_SOURCES = tests/unit/will_will.c
tests_unit_will_will_LDADD = $(internals)
tests_unit_will_check_SOURCES = tests/unit/will_check.c
tests_unit_will_check_LDADD = $(internals)
tests_unit_will_fate_SOURCES = tests/unit/will_fate.c
tests_unit_will_fate_LDADD = $(internals)
tests_unit_will_timing_SOURCES = tests/unit/will_timing.c
tests_unit_will_timing_LDADD = $(internals)
tests_unit_will_examples_SOURCES = tests/unit/will_examples.c
tests_unit_will_examples_LDADD = $(internals)
TESTS += tests/unit/will_will tests/unit/will_check tests/unit/will_fate tests/unit/will_timing \
	tests/unit/will_examples
