# SPDX-License-Identifier: MIT
# The core of the test broker: one program per concern, all around tests/unit/broker_world.c.
broker_suites = \
	tests/unit/broker_connect \
	tests/unit/broker_exchanges \
	tests/unit/broker_hostile \
	tests/unit/broker_memory \
	tests/unit/broker_publish \
	tests/unit/broker_sessions \
	tests/unit/broker_shell \
	tests/unit/broker_subscribe \
	tests/unit/broker_topics \
	tests/unit/broker_wills
check_PROGRAMS += $(broker_suites)
TESTS += $(broker_suites)

check_LTLIBRARIES += tests/unit/libbrokerworld.la
tests_unit_libbrokerworld_la_SOURCES = tests/unit/broker_world.c tests/unit/broker_world.h
broker_tested = tests/unit/libbrokerworld.la tests/support/libsupport.la src/broker/core/libbrokercore.la \
	src/lib/will/libwill.la src/lib/wire/libwire.la src/lib/base/libbase.la $(CHECK_LIBS)

tests_unit_broker_connect_LDADD = $(broker_tested)
tests_unit_broker_publish_LDADD = $(broker_tested)
tests_unit_broker_subscribe_LDADD = $(broker_tested)
tests_unit_broker_wills_LDADD = $(broker_tested)
tests_unit_broker_hostile_LDADD = $(broker_tested)
tests_unit_broker_memory_LDADD = $(broker_tested)
tests_unit_broker_sessions_LDADD = $(broker_tested)
tests_unit_broker_exchanges_LDADD = $(broker_tested)
tests_unit_broker_topics_LDADD = $(broker_tested)
tests_unit_broker_shell_LDADD = tests/support/libsupport.la $(broker_layers) $(CHECK_LIBS)
