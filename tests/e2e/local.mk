# SPDX-License-Identifier: MIT
# The library and the broker program over real sockets. Of the project these tests see <mqttwill/...> only.
e2e_suites = \
	tests/e2e/e2e_bad_input \
	tests/e2e/e2e_device \
	tests/e2e/e2e_fleet \
	tests/e2e/e2e_loops \
	tests/e2e/e2e_messages
e2e_threaded_suites = \
	tests/e2e/e2e_threads_calls \
	tests/e2e/e2e_threads_edges \
	tests/e2e/e2e_threads_life
e2e_scripts = \
	tests/e2e/demo \
	tests/e2e/examples

check_PROGRAMS += $(e2e_suites) $(e2e_threaded_suites)
TESTS += $(e2e_suites) $(e2e_threaded_suites) $(e2e_scripts)
threaded_tests += $(e2e_threaded_suites)
EXTRA_DIST += $(e2e_scripts) tests/e2e/support.sh

e2e_cppflags = -I$(top_srcdir)/include -I$(top_srcdir)/tests $(CHECK_CFLAGS)
check_LTLIBRARIES += tests/e2e/libe2e.la
tests_e2e_libe2e_la_CPPFLAGS = $(e2e_cppflags)
tests_e2e_libe2e_la_SOURCES = \
	tests/e2e/broker_process.c tests/e2e/broker_process.h \
	tests/e2e/e2e.c tests/e2e/e2e.h \
	tests/e2e/raw_server.c tests/e2e/raw_server.h
e2e_ldadd = tests/e2e/libe2e.la src/lib/libmqttwill.la $(CHECK_LIBS)

tests_e2e_e2e_bad_input_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_bad_input_LDADD = $(e2e_ldadd)
tests_e2e_e2e_device_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_device_LDADD = $(e2e_ldadd)
tests_e2e_e2e_fleet_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_fleet_LDADD = $(e2e_ldadd)
tests_e2e_e2e_loops_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_loops_LDADD = $(e2e_ldadd)
tests_e2e_e2e_messages_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_messages_LDADD = $(e2e_ldadd)
tests_e2e_e2e_threads_calls_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_threads_calls_LDADD = $(e2e_ldadd)
tests_e2e_e2e_threads_edges_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_threads_edges_LDADD = $(e2e_ldadd)
tests_e2e_e2e_threads_life_CPPFLAGS = $(e2e_cppflags)
tests_e2e_e2e_threads_life_LDADD = $(e2e_ldadd)
