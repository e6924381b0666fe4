/* SPDX-License-Identifier: MIT
 * The owned will: what a program set, kept until it is replaced or cleared. client/ holds one per client.
 * CONNECT and the checks see it as a struct mw_will_view. */
#ifndef MW_WILL_WILL_H
#define MW_WILL_WILL_H

#include "base/buffer.h"
#include "wire/connect.h"

struct mw_will {
  uint8_t *bytes; /* topic, then payload, in one block; NULL: no topic and payload set */
  uint32_t payload_len;
  uint16_t topic_len;
  uint8_t qos;
  bool retain;
  struct mw_buffer properties; /* encoded will properties; may be there before the topic is */
};

void mw_will_fini(struct mw_will *will); /* frees and leaves no will, no properties */

static inline bool mw_will_is_set(const struct mw_will *will) {
  return will->bytes != NULL;
}

/* Copies topic, payload, QoS and retain of a checked view; the properties stay. 0 or MQTTWILL_ERR_MEMORY, the
 * old one then stays. */
int mw_will_set(struct mw_will *will, const struct mw_will_view *view);
/* Copies everything, properties too; for the broker. */
int mw_will_copy(struct mw_will *will, const struct mw_will_view *view);

/* The whole will as a view, valid until it is changed. */
struct mw_will_view mw_will_view(const struct mw_will *will);

#endif
