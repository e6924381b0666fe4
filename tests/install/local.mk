# SPDX-License-Identifier: MIT
# make installcheck: the installed library, used as a program of somebody else's uses it.
installcheck-local:
	@DESTDIR='$(DESTDIR)' prefix='$(prefix)' libdir='$(libdir)' includedir='$(includedir)' \
	pkgconfigdir='$(pkgconfigdir)' PKG_CONFIG='$(PKG_CONFIG)' OBJDUMP='$(OBJDUMP)' \
	CC='$(CC)' CXX='$(CXX)' CFLAGS='$(CFLAGS)' LDFLAGS='$(LDFLAGS)' \
	$(srcdir)/tests/install/run

EXTRA_DIST += tests/install/run tests/install/consumer.c
