noinst_LTLIBRARIES += src/lib/client/libclient.la
src_lib_client_libclient_la_SOURCES = \
	src/lib/client/blocking.c \
	src/lib/client/client.c \
	src/lib/client/connection.c \
	src/lib/client/dial.c \
	src/lib/client/dispatch.c \
	src/lib/client/error.c \
	src/lib/client/internal.h \
	src/lib/client/loop.c \
	src/lib/client/message.c \
	src/lib/client/operations.c src/lib/client/operations.h \
	src/lib/client/options.c \
	src/lib/client/url.c src/lib/client/url.h \
	src/lib/client/will.c
