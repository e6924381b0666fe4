noinst_LTLIBRARIES += src/lib/resolver/libresolver.la
src_lib_resolver_libresolver_la_SOURCES = \
	src/lib/resolver/answer.h \
	src/lib/resolver/dns.c src/lib/resolver/dns.h \
	src/lib/resolver/name.c src/lib/resolver/name.h \
	src/lib/resolver/resolver.c src/lib/resolver/resolver.h \
	src/lib/resolver/system.c src/lib/resolver/system.h
