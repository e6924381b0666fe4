# SPDX-License-Identifier: MIT
mqttwillincludedir = $(includedir)/mqttwill
mqttwillinclude_HEADERS = \
	include/mqttwill/base.h \
	include/mqttwill/client.h \
	include/mqttwill/loop.h \
	include/mqttwill/message.h \
	include/mqttwill/mqttwill.h \
	include/mqttwill/property.h \
	include/mqttwill/reason.h \
	include/mqttwill/status.h \
	include/mqttwill/will.h
