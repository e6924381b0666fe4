# SPDX-License-Identifier: MIT
# Programs to read, and "make demo". They see of the project what its users see: <mqttwill/...> and the library.
example_programs = \
	examples/first_will \
	examples/gateway \
	examples/own_loop \
	examples/status_online \
	examples/sync_publish \
	examples/watch_status

noinst_PROGRAMS += $(example_programs)
example_cppflags = -I$(top_srcdir)/include

examples_first_will_CPPFLAGS = $(example_cppflags)
examples_first_will_LDADD = src/lib/libmqttwill.la
examples_gateway_CPPFLAGS = $(example_cppflags)
examples_gateway_LDADD = src/lib/libmqttwill.la
examples_own_loop_CPPFLAGS = $(example_cppflags)
examples_own_loop_LDADD = src/lib/libmqttwill.la
examples_status_online_CPPFLAGS = $(example_cppflags)
examples_status_online_LDADD = src/lib/libmqttwill.la
examples_sync_publish_CPPFLAGS = $(example_cppflags)
examples_sync_publish_LDADD = src/lib/libmqttwill.la
examples_watch_status_CPPFLAGS = $(example_cppflags)
examples_watch_status_LDADD = src/lib/libmqttwill.la

EXTRA_DIST += examples/demo.sh README.md doc/design.md doc/guide.md

# A device goes online, dies, and is declared offline by its will.
demo: all
	@$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/examples/demo.sh
.PHONY: demo
