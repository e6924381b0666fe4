# SPDX-License-Identifier: MIT
# make bench: libmqttwill beside libmosquitto and Paho C; see doc/bench.md. Nothing here is built by `make` or run
# by `make check`. BENCH takes options of run.sh: make bench BENCH='--quick'
EXTRA_PROGRAMS += $(bench_programs) $(bench_peers)
CLEANFILES += \
	tests/bench/bench_encode$(EXEEXT) tests/bench/bench_mosquitto$(EXEEXT) tests/bench/bench_mqttwill$(EXEEXT) \
	tests/bench/bench_paho$(EXEEXT) tests/bench/bench_raw$(EXEEXT) tests/bench/sink$(EXEEXT)
EXTRA_DIST += tests/bench/run.sh tests/bench/table.awk doc/bench.md

bench_programs = \
	tests/bench/bench_encode tests/bench/bench_mqttwill tests/bench/bench_raw tests/bench/sink
bench_peers = tests/bench/bench_mosquitto tests/bench/bench_paho
bench_driver = tests/bench/driver.c tests/bench/driver.h

tests_bench_sink_SOURCES = tests/bench/sink.c
tests_bench_bench_raw_SOURCES = tests/bench/bench_raw.c $(bench_driver)
tests_bench_bench_mqttwill_SOURCES = tests/bench/bench_mqttwill.c $(bench_driver)
tests_bench_bench_mqttwill_LDADD = src/lib/libmqttwill.la
tests_bench_bench_mosquitto_SOURCES = tests/bench/bench_mosquitto.c $(bench_driver)
tests_bench_bench_mosquitto_LDADD = $(BENCH_MOSQUITTO_LIBS)
tests_bench_bench_paho_SOURCES = tests/bench/bench_paho.c $(bench_driver)
tests_bench_bench_paho_LDADD = $(BENCH_PAHO_LIBS)
tests_bench_bench_encode_SOURCES = tests/bench/bench_encode.c
tests_bench_bench_encode_LDADD = src/lib/wire/libwire.la src/lib/base/libbase.la

# The peers need not be there: configure does not ask for them. One whose header is found must build; one whose
# header is not found is named as such beside the results.
BENCH_MOSQUITTO_LIBS = -lmosquitto
BENCH_PAHO_LIBS = -lpaho-mqtt3a
bench_finds = $(CC) $(DEFS) $(CPPFLAGS) $(CFLAGS) -E -x c - >/dev/null 2>&1

bench:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(bench_programs:=$(EXEEXT))
	$(AM_V_at)if echo '#include <mosquitto.h>' | $(bench_finds); then \
	  $(MAKE) $(AM_MAKEFLAGS) tests/bench/bench_mosquitto$(EXEEXT); \
	else rm -f tests/bench/bench_mosquitto$(EXEEXT); fi
	$(AM_V_at)if echo '#include <MQTTAsync.h>' | $(bench_finds); then \
	  $(MAKE) $(AM_MAKEFLAGS) tests/bench/bench_paho$(EXEEXT); \
	else rm -f tests/bench/bench_paho$(EXEEXT); fi
	$(AM_V_at)BENCH_BUILD='$(CC) $(CFLAGS)' INSTRUMENTED='$(INSTRUMENTED)' \
	  $(SHELL) $(srcdir)/tests/bench/run.sh --programs tests/bench $(BENCH)
.PHONY: bench
