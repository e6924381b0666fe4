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
tests_exchange_runner_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -I$(srcdir)/tests/exchange
tests_exchange_runner_LDADD = src/lib/session/libsession.la src/lib/wire/libwire.la \
	src/lib/base/libbase.la $(CHECK_LIBS)
