noinst_LTLIBRARIES += src/lib/wire/libwire.la
src_lib_wire_libwire_la_SOURCES = \
	src/lib/wire/ack.c src/lib/wire/ack.h \
	src/lib/wire/auth.c src/lib/wire/auth.h \
	src/lib/wire/connack.c src/lib/wire/connack.h \
	src/lib/wire/connect.c src/lib/wire/connect.h \
	src/lib/wire/disconnect.c src/lib/wire/disconnect.h \
	src/lib/wire/fixed_header.c src/lib/wire/fixed_header.h \
	src/lib/wire/ping.c src/lib/wire/ping.h \
	src/lib/wire/properties.c \
	src/lib/wire/property.c src/lib/wire/property.h \
	src/lib/wire/publish.c src/lib/wire/publish.h \
	src/lib/wire/reader.c src/lib/wire/reader.h \
	src/lib/wire/reason.c \
	src/lib/wire/suback.c src/lib/wire/suback.h \
	src/lib/wire/subscribe.c src/lib/wire/subscribe.h \
	src/lib/wire/topic.c src/lib/wire/topic.h \
	src/lib/wire/wire.h \
	src/lib/wire/writer.c src/lib/wire/writer.h
