noinst_LTLIBRARIES += src/lib/base/libbase.la
src_lib_base_libbase_la_SOURCES = \
	src/lib/base/address.c src/lib/base/address.h \
	src/lib/base/alloc.c src/lib/base/alloc.h \
	src/lib/base/ascii.h \
	src/lib/base/buffer.c src/lib/base/buffer.h \
	src/lib/base/chain.c src/lib/base/chain.h \
	src/lib/base/fd.c src/lib/base/fd.h \
	src/lib/base/heap.c src/lib/base/heap.h \
	src/lib/base/io.h \
	src/lib/base/list.h \
	src/lib/base/map.c src/lib/base/map.h \
	src/lib/base/platform.h \
	src/lib/base/slice.c src/lib/base/slice.h \
	src/lib/base/status.c \
	src/lib/base/utf8.c src/lib/base/utf8.h \
	src/lib/base/version.c
