noinst_LTLIBRARIES += src/lib/session/libsession.la
src_lib_session_libsession_la_SOURCES = \
	src/lib/session/inbound.c src/lib/session/inbound.h \
	src/lib/session/internal.h \
	src/lib/session/outbound.c src/lib/session/outbound.h \
	src/lib/session/receive.c \
	src/lib/session/send.c \
	src/lib/session/session.c src/lib/session/session.h \
	src/lib/session/submit.c
