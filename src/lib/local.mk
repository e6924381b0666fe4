# SPDX-License-Identifier: MIT
# libmqttwill itself: the folders in $(layers), and the list of names it exports.

# CURRENT:REVISION:AGE, for each release, counted from the last one:
#   only the inside changed                    REVISION + 1
#   functions were added                       CURRENT + 1, REVISION 0, AGE + 1
#   functions were removed or changed meaning  CURRENT + 1, REVISION 0, AGE 0
# It is not the version of the package. A name that once was in mqttwill.map under a released node stays.
mqttwill_abi = 0:0:0

lib_LTLIBRARIES += src/lib/libmqttwill.la
src_lib_libmqttwill_la_SOURCES =
src_lib_libmqttwill_la_LIBADD = $(layers) $(CARES_LIBS)
src_lib_libmqttwill_la_LDFLAGS = $(AM_LDFLAGS) -version-info $(mqttwill_abi) -no-undefined
EXTRA_src_lib_libmqttwill_la_DEPENDENCIES =

if VERSION_SCRIPT
src_lib_libmqttwill_la_LDFLAGS += -Wl,--version-script=$(srcdir)/src/lib/mqttwill.map
EXTRA_src_lib_libmqttwill_la_DEPENDENCIES += $(srcdir)/src/lib/mqttwill.map
else
src_lib_libmqttwill_la_LDFLAGS += -export-symbols-regex '^mqttwill_'
endif

EXTRA_DIST += src/lib/mqttwill.map
