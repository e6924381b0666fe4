# SPDX-License-Identifier: MIT
# The programs.

bin_PROGRAMS += src/tools/mqttwill-broker
src_tools_mqttwill_broker_SOURCES = src/tools/mqttwill-broker.c
src_tools_mqttwill_broker_LDADD = $(broker_layers)
