/* SPDX-License-Identifier: MIT
 * What blocking.c shares with operations.c: the same requests, with the lock held, so that their answer
 * cannot come before somebody waits for it. Each notes the calling thread's error. */
#ifndef MW_CLIENT_OPERATIONS_H
#define MW_CLIENT_OPERATIONS_H

#include "client/internal.h"

/* Without the lock, before mw_connect(): the thread of a client's own loop. */
int mw_start_private_loop(mqttwill_client *client);
int64_t mw_connect(mqttwill_client *client, const char *url, uint64_t timeout_ms); /* MW_NEVER: no deadline */

/* False: a NULL where there must be none. */
bool mw_publish_arguments(struct mw_publish *message, const char *topic, const void *payload, size_t length,
                          int qos, bool retain, const mqttwill_properties *properties);
int64_t mw_publish(mqttwill_client *client, const struct mw_publish *message); /* notes no error */
int64_t mw_subscribe(mqttwill_client *client, enum mw_packet_type type, const char *const *filters,
                     const unsigned *options, size_t count, const mqttwill_properties *properties);
int64_t mw_disconnect(mqttwill_client *client, mqttwill_reason reason, const mqttwill_properties *properties,
                      int timeout_ms);

#endif
