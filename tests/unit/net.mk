# SPDX-License-Identifier: MIT
# The suites of the layers that do input and output: loop, transport and resolver, and of what base has for them.
net_suites = \
	tests/unit/base_address \
	tests/unit/loop_foreign \
	tests/unit/loop_source \
	tests/unit/loop_turn \
	tests/unit/loop_wake \
	tests/unit/resolver_name \
	tests/unit/resolver_resolver \
	tests/unit/transport_listener \
	tests/unit/transport_registry \
	tests/unit/transport_tcp
check_PROGRAMS += $(net_suites)
TESTS += $(net_suites)
threaded_tests += tests/unit/loop_wake tests/unit/resolver_resolver

net_libraries = tests/support/libsupport.la $(internals)

tests_unit_base_address_SOURCES = tests/unit/base_address.c
tests_unit_base_address_LDADD = $(net_libraries)
tests_unit_loop_foreign_SOURCES = tests/unit/loop_foreign.c tests/unit/loop_support.h
tests_unit_loop_foreign_LDADD = $(net_libraries)
tests_unit_loop_source_SOURCES = tests/unit/loop_source.c tests/unit/loop_support.h
tests_unit_loop_source_LDADD = $(net_libraries)
tests_unit_loop_turn_SOURCES = tests/unit/loop_turn.c tests/unit/loop_support.h
tests_unit_loop_turn_LDADD = $(net_libraries)
tests_unit_loop_wake_SOURCES = tests/unit/loop_wake.c tests/unit/loop_support.h
tests_unit_loop_wake_LDADD = $(net_libraries)
tests_unit_resolver_name_SOURCES = tests/unit/resolver_name.c
tests_unit_resolver_name_LDADD = $(net_libraries)
tests_unit_resolver_resolver_SOURCES = tests/unit/resolver_resolver.c
tests_unit_resolver_resolver_LDADD = tests/unit/libdnsserver.la $(net_libraries)
tests_unit_transport_listener_SOURCES = tests/unit/transport_listener.c
tests_unit_transport_listener_LDADD = $(net_libraries)
tests_unit_transport_registry_SOURCES = tests/unit/transport_registry.c
tests_unit_transport_registry_LDADD = $(net_libraries)
tests_unit_transport_tcp_SOURCES = tests/unit/transport_tcp.c
tests_unit_transport_tcp_LDADD = $(net_libraries)

check_LTLIBRARIES += tests/unit/libdnsserver.la
tests_unit_libdnsserver_la_SOURCES = tests/unit/dns_server.c tests/unit/dns_server.h
