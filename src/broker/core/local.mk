# SPDX-License-Identifier: MIT
noinst_LTLIBRARIES += src/broker/core/libbrokercore.la
src_broker_core_libbrokercore_la_SOURCES = \
	src/broker/core/aliases.c src/broker/core/aliases.h \
	src/broker/core/backlog.c src/broker/core/backlog.h \
	src/broker/core/broker.c src/broker/core/broker.h \
	src/broker/core/delivery.c src/broker/core/delivery.h \
	src/broker/core/exchanges.c src/broker/core/exchanges.h \
	src/broker/core/on_ack.c \
	src/broker/core/on_connect.c \
	src/broker/core/on_disconnect.c \
	src/broker/core/on_publish.c \
	src/broker/core/on_subscribe.c \
	src/broker/core/peer.c src/broker/core/peer.h \
	src/broker/core/publication.c src/broker/core/publication.h \
	src/broker/core/retained.c src/broker/core/retained.h \
	src/broker/core/routing.c src/broker/core/routing.h \
	src/broker/core/sessions.c src/broker/core/sessions.h \
	src/broker/core/state.h \
	src/broker/core/subscriptions.c src/broker/core/subscriptions.h \
	src/broker/core/topic_tree.c src/broker/core/topic_tree.h \
	src/broker/core/wills.c src/broker/core/wills.h
