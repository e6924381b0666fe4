# What the tests share. Each suite is a program of its own and links this.
check_LTLIBRARIES += tests/support/libsupport.la
tests_support_libsupport_la_SOURCES = \
	tests/support/failmalloc.c tests/support/failmalloc.h \
	tests/support/hex.c tests/support/hex.h \
	tests/support/packet.c tests/support/packet.h \
	tests/support/suite.c tests/support/suite.h
tests_support_libsupport_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CHECK_CFLAGS)
