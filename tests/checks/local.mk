# SPDX-License-Identifier: MIT
script_tests += \
	tests/checks/count-results-test \
	tests/checks/format \
	tests/checks/headers \
	tests/checks/layering \
	tests/checks/symbols

EXTRA_DIST += \
	tests/checks/api-names \
	tests/checks/count-results \
	tests/checks/coverage \
	tests/checks/driver \
	tests/checks/without-check/check.h
