noinst_LTLIBRARIES += src/lib/transport/libtransport.la
src_lib_transport_libtransport_la_SOURCES = \
	src/lib/transport/error.c \
	src/lib/transport/listener.c src/lib/transport/listener.h \
	src/lib/transport/registry.c src/lib/transport/registry.h \
	src/lib/transport/socket.c src/lib/transport/socket.h \
	src/lib/transport/tcp.c src/lib/transport/tcp.h \
	src/lib/transport/transport.h
