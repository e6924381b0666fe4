/* SPDX-License-Identifier: MIT
 * The program of README.md: a device dies, and somebody at home hears of it. */
#include <mqttwill/mqttwill.h>
#include <stdio.h>

int main(int argc, char **argv) {
  const char *url = argc > 1 ? argv[1] : "mqtt://127.0.0.1";
  mqttwill_client *home = mqttwill_client_new(NULL, "home");
  mqttwill_client *device = mqttwill_client_new(NULL, "thermostat");
  mqttwill_message *news;

  mqttwill_set_will(device, "home/thermostat", "gone", 4, MQTTWILL_QOS_1, false);
  if (mqttwill_connect(home, url, 5000) != 0 || mqttwill_subscribe(home, "home/+", MQTTWILL_QOS_1, 5000) != 0)
    return fprintf(stderr, "%s\n", mqttwill_error(home)), 1;
  if (mqttwill_connect(device, url, 5000) != 0) return fprintf(stderr, "%s\n", mqttwill_error(device)), 1;

  mqttwill_client_free(device); /* no goodbye: to the broker this device has died */

  if (mqttwill_receive(home, &news, 5000) != 0) return fprintf(stderr, "%s\n", mqttwill_error(home)), 1;
  printf("%s: %.*s\n", mqttwill_message_topic(news), (int)mqttwill_message_payload_length(news),
         (const char *)mqttwill_message_payload(news));
  mqttwill_message_free(news);
  mqttwill_disconnect(home, 5000);
  mqttwill_client_free(home);
  return 0;
}
