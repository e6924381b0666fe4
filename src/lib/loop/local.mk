noinst_LTLIBRARIES += src/lib/loop/libloop.la
src_lib_loop_libloop_la_SOURCES = \
	src/lib/loop/clock.c src/lib/loop/clock.h \
	src/lib/loop/epoll.c \
	src/lib/loop/foreign.c \
	src/lib/loop/internal.h \
	src/lib/loop/loop.c src/lib/loop/loop.h \
	src/lib/loop/poll.c \
	src/lib/loop/turn.c \
	src/lib/loop/wake.c src/lib/loop/wake.h
