# SPDX-License-Identifier: MIT
# The suites of src/lib/session; what goes over the wire is proved by tests/exchange.
session_suites = tests/unit/session_inbound tests/unit/session_outbound tests/unit/session_session
check_PROGRAMS += $(session_suites)
TESTS += $(session_suites)

unit_session = tests/support/libsupport.la src/lib/session/libsession.la $(unit_wire)

tests_unit_session_inbound_CPPFLAGS = $(unit_cppflags)
tests_unit_session_inbound_LDADD = $(unit_session)
tests_unit_session_outbound_CPPFLAGS = $(unit_cppflags)
tests_unit_session_outbound_LDADD = $(unit_session)
tests_unit_session_session_CPPFLAGS = $(unit_cppflags)
tests_unit_session_session_LDADD = $(unit_session)
