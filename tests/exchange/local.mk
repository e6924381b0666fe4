# SPDX-License-Identifier: MIT
# Scripted sessions and the program that plays them.

check_PROGRAMS += tests/exchange/runner
TESTS += tests/exchange/runner
tests_exchange_runner_SOURCES = \
	tests/exchange/arguments.c tests/exchange/arguments.h \
	tests/exchange/bytes.c tests/exchange/bytes.h \
	tests/exchange/memory.c tests/exchange/memory.h \
	tests/exchange/player.c tests/exchange/player.h \
	tests/exchange/record.c tests/exchange/record.h \
	tests/exchange/runner.c \
	tests/exchange/script.c tests/exchange/script.h \
	tests/exchange/world.c tests/exchange/world.h
tests_exchange_runner_LDADD = $(internals)

EXTRA_DIST += tests/exchange/README.md tests/exchange/red tests/exchange/scripts
