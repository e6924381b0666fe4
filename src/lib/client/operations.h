/* SPDX-License-Identifier: MIT
 * What blocking.c shares with operations.c: the same requests, with the lock already held or a deadline of
 * their own. */
#ifndef MW_CLIENT_OPERATIONS_H
#define MW_CLIENT_OPERATIONS_H

#include "client/internal.h"

/* Without the lock; MW_NEVER: no deadline. */
int64_t mw_connect(mqttwill_client *client, const char *url, uint64_t timeout_ms);

/* False: a NULL where there must be none. No lock needed. */
bool mw_publish_arguments(struct mw_publish *message, const char *topic, const void *payload, size_t length,
                          int qos, bool retain, const mqttwill_properties *properties);
int64_t mw_publish(mqttwill_client *client, const struct mw_publish *message);

#endif
