/* SPDX-License-Identifier: MIT
 * Publishes one message and knows that it has arrived: blocking calls, no callback, no loop.
 *
 *   sync_publish mqtt://broker.example site/door open
 */
#include <mqttwill/mqttwill.h>

#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 10000

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: sync_publish URL TOPIC PAYLOAD\n");
    return 2;
  }
  mqttwill_client *client = mqttwill_client_new(NULL, NULL);
  if (client == NULL) {
    perror("sync_publish");
    return 1;
  }
  int status = mqttwill_connect(client, argv[1], PATIENCE_MS);
  if (status == MQTTWILL_OK)
    status = mqttwill_publish(client, argv[2], argv[3], strlen(argv[3]), MQTTWILL_QOS_1, false, PATIENCE_MS);
  if (status == MQTTWILL_OK) status = mqttwill_disconnect(client, PATIENCE_MS);
  if (status != MQTTWILL_OK) fprintf(stderr, "%s\n", mqttwill_error(client));
  mqttwill_client_free(client);
  return status == MQTTWILL_OK ? 0 : 1;
}
