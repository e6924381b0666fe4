# SPDX-License-Identifier: MIT
# The suites of src/lib/client, under a virtual clock with a scripted peer; client_threads is under the real one.
client_suites = \
	tests/unit/client_blocking \
	tests/unit/client_client \
	tests/unit/client_connection \
	tests/unit/client_dial \
	tests/unit/client_dispatch \
	tests/unit/client_error \
	tests/unit/client_loop \
	tests/unit/client_message \
	tests/unit/client_operations \
	tests/unit/client_options \
	tests/unit/client_url \
	tests/unit/client_will \
	tests/unit/client_memory
client_threaded_suites = tests/unit/client_threads
check_PROGRAMS += $(client_suites) $(client_threaded_suites)
TESTS += $(client_suites) $(client_threaded_suites)
threaded_tests += $(client_threaded_suites)

check_LTLIBRARIES += tests/unit/libclientworld.la
tests_unit_libclientworld_la_SOURCES = \
	tests/unit/client_world.c tests/unit/client_world.h
client_world = tests/unit/libclientworld.la tests/unit/libdnsserver.la tests/support/libsupport.la $(internals)

tests_unit_client_blocking_LDADD = $(client_world)
tests_unit_client_client_LDADD = $(client_world)
tests_unit_client_connection_LDADD = $(client_world)
tests_unit_client_dial_LDADD = $(client_world)
tests_unit_client_dispatch_LDADD = $(client_world)
tests_unit_client_error_LDADD = $(client_world)
tests_unit_client_loop_LDADD = $(client_world)
tests_unit_client_message_LDADD = $(client_world)
tests_unit_client_operations_LDADD = $(client_world)
tests_unit_client_options_LDADD = $(client_world)
tests_unit_client_url_LDADD = $(client_world)
tests_unit_client_will_LDADD = $(client_world)
tests_unit_client_memory_LDADD = $(client_world)
tests_unit_client_threads_LDADD = $(client_world)
