/* SPDX-License-Identifier: MIT
 * A program of somebody else's that uses the installed library; tests/install/run builds it as C99, C11 and
 * C++, shared and static. It ignores that its will is refused, and must not get a connection without it. */
#include <mqttwill/mqttwill.h>

#include <stdio.h>
#include <string.h>

static int failed;

static void expect(bool truth, const char *what) {
  if (truth) return;
  fprintf(stderr, "consumer: not so: %s\n", what);
  failed = 1;
}

int main(void) {
  mqttwill_client *device = mqttwill_client_new(NULL, "thermostat-7");
  int status;

  expect(device != NULL, "a client is made");
  expect(strcmp(mqttwill_version(), MQTTWILL_VERSION_TEXT) == 0, "library and header are of one version");

  /* Nothing listens on port 1: only a refusal before the network answers with the will's own status. */
  (void)mqttwill_set_will(device, "home/+/status", "offline", 7, MQTTWILL_QOS_1, true);
  status = mqttwill_connect(device, "mqtt://127.0.0.1:1", 5000);
  expect(status == MQTTWILL_ERR_TOPIC_WILDCARD,
         "a refused will whose answer is ignored makes connect fail the same way");
  expect(strlen(mqttwill_error(device)) > 0, "the failure has a text");

  /* Set well, the will is no longer in the way. */
  status = mqttwill_set_will(device, "home/thermostat-7/status", "offline", 7, MQTTWILL_QOS_1, true);
  expect(status == MQTTWILL_OK, "a good will is taken");
  expect(mqttwill_check(device) == MQTTWILL_OK, "nothing stands in the way of a connect");

  mqttwill_client_free(device);
  return failed;
}
