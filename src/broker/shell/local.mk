# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += src/broker/shell/libbrokershell.la
src_broker_shell_libbrokershell_la_SOURCES = \
	src/broker/shell/internal.h \
	src/broker/shell/link.c \
	src/broker/shell/random.c src/broker/shell/random.h \
	src/broker/shell/shell.c src/broker/shell/shell.h
