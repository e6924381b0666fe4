# SPDX-License-Identifier: MIT
check_scripts = \
	tests/checks/count-results-test \
	tests/checks/format \
	tests/checks/headers \
	tests/checks/layering \
	tests/checks/suites \
	tests/checks/symbols

TESTS += $(check_scripts)

EXTRA_DIST += $(check_scripts) \
	tests/checks/api-names \
	tests/checks/count-results \
	tests/checks/coverage \
	tests/checks/driver \
	tests/checks/fuzz-smoke \
	tests/checks/valgrind \
	tests/checks/without-check/check.h
