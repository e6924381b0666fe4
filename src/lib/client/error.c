/* SPDX-License-Identifier: MIT
 * What the calling thread's last call on a client said: a record per thread, so that two threads that share a
 * client do not read each other's errors. Behind mqttwill_error(). */
#include "client/internal.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local struct {
  const mqttwill_client *client;
  int reason, system_error;
  char text[512];
} last;

static void begin(const mqttwill_client *client) {
  last.client = client;
  last.reason = -1;
  last.system_error = 0;
  last.text[0] = '\0';
}

int mw_error_set(const mqttwill_client *client, int status) {
  begin(client);
  if (status < 0) (void)snprintf(last.text, sizeof last.text, "%s", mqttwill_strerror(status));
  return status;
}

int mw_error_say(const mqttwill_client *client, int status, const char *format, ...) {
  begin(client);
  if (status >= 0) return status;
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(last.text, sizeof last.text, format, arguments);
  va_end(arguments);
  return status;
}

void mw_error_outcome(const mqttwill_client *client, const struct mw_outcome *outcome, const char *text) {
  (void)mw_error_say(client, outcome->status, "%s",
                     text != NULL && text[0] != '\0' ? text : mqttwill_strerror(outcome->status));
  last.reason = outcome->reason;
  last.system_error = outcome->system_error;
}

const char *mqttwill_error(const mqttwill_client *client) {
  return last.client == client && client != NULL ? last.text : "";
}

int mqttwill_error_reason(const mqttwill_client *client) {
  return last.client == client && client != NULL ? last.reason : -1;
}

int mqttwill_error_system(const mqttwill_client *client) {
  return last.client == client && client != NULL ? last.system_error : 0;
}
