noinst_LTLIBRARIES += src/lib/will/libwill.la
src_lib_will_libwill_la_SOURCES = \
	src/lib/will/will.c src/lib/will/will.h \
	src/lib/will/will_check.c src/lib/will/will_check.h \
	src/lib/will/will_fate.c src/lib/will/will_fate.h \
	src/lib/will/will_timing.c src/lib/will/will_timing.h

EXTRA_DIST += doc/will.md
