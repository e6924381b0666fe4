# SPDX-License-Identifier: MIT
# The fuzz targets, built with ./configure CC=clang --enable-fuzzing; "make fuzz-smoke" runs each for a while.
if FUZZING
fuzz_targets = tests/fuzz/fuzz_decode tests/fuzz/fuzz_session tests/fuzz/fuzz_broker
noinst_PROGRAMS += $(fuzz_targets)
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_decode_LDADD = $(layers) $(CARES_LIBS)
tests_fuzz_fuzz_decode_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_session_SOURCES = tests/fuzz/fuzz_session.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_session_LDADD = $(layers) $(CARES_LIBS)
tests_fuzz_fuzz_session_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_broker_SOURCES = tests/fuzz/fuzz_broker.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_broker_LDADD = src/broker/core/libbrokercore.la $(layers) $(CARES_LIBS)
tests_fuzz_fuzz_broker_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
endif
EXTRA_DIST += \
	tests/fuzz/corpus.sh tests/fuzz/fuzz.h \
	tests/fuzz/fuzz_decode.c tests/fuzz/fuzz_session.c tests/fuzz/fuzz_broker.c \
	tests/fuzz/corpus/decode.hex tests/fuzz/corpus/session.hex tests/fuzz/corpus/broker.hex
