/* SPDX-License-Identifier: MIT
 * The one line a program needs: #include <mqttwill/mqttwill.h>, and -lmqttwill. */
#ifndef MQTTWILL_MQTTWILL_H
#define MQTTWILL_MQTTWILL_H

#include <mqttwill/base.h>
#include <mqttwill/status.h>
#include <mqttwill/reason.h>
#include <mqttwill/property.h>
#include <mqttwill/message.h>
#include <mqttwill/will.h>
#include <mqttwill/loop.h>
#include <mqttwill/client.h>

#endif
