/* SPDX-License-Identifier: MIT
 * A message on its way through the broker: one copy, however many sessions, retained topics and wills hold
 * it. Never changed once made, but for the moment of its publication. MQTT 5 section 3.3. */
#ifndef MW_BROKER_CORE_PUBLICATION_H
#define MW_BROKER_CORE_PUBLICATION_H

#include "base/slice.h"
#include "wire/connect.h"

struct mw_publication {
  uint64_t published; /* ms; a will's moment comes later than its making */
  size_t references;
  uint32_t payload_len, properties_len;
  uint32_t expiry;        /* seconds; meaningless without expiry_offset */
  uint32_t expiry_offset; /* of the four bytes of Message Expiry Interval in the properties; 0: none */
  uint16_t topic_len;
  uint8_t qos;
  bool retain;
  uint8_t bytes[]; /* topic, properties, payload */
};

/* Copies. Properties that belong to a hop or to the will (topic alias, subscription identifier, will delay)
 * stay behind, the rest keeps its order [MQTT-3.3.2-18]. One reference. NULL: out of memory. */
struct mw_publication *mw_publication_new(const struct mw_will_view *from, uint64_t now);
struct mw_publication *mw_publication_share(struct mw_publication *p); /* one reference more; answers p */
void mw_publication_release(struct mw_publication *p);                 /* NULL is fine */

static inline struct mw_slice mw_publication_topic(const struct mw_publication *p) {
  return mw_slice(p->bytes, p->topic_len);
}

static inline struct mw_slice mw_publication_properties(const struct mw_publication *p) {
  return mw_slice(p->bytes + p->topic_len, p->properties_len);
}

static inline struct mw_slice mw_publication_payload(const struct mw_publication *p) {
  return mw_slice(p->bytes + p->topic_len + p->properties_len, p->payload_len);
}

/* What it counts against limits. */
static inline size_t mw_publication_size(const struct mw_publication *p) {
  return sizeof *p + p->topic_len + p->properties_len + p->payload_len;
}

bool mw_publication_has_expired(const struct mw_publication *p, uint64_t now);
/* Message Expiry Interval to be passed on: less by the whole seconds waited [MQTT-3.3.2-6]. */
uint32_t mw_publication_expiry_left(const struct mw_publication *p, uint64_t now);
/* When it expires; MW_NEVER. */
uint64_t mw_publication_deadline(const struct mw_publication *p);

/* One copy for one subscriber. */
struct mw_delivery {
  struct mw_publication *publication;
  uint32_t
      *identifiers;    /* NULL, or the count and then the subscription identifiers, where there are several */
  uint32_t identifier; /* the only one; 0: none, or several */
  uint8_t qos;
  bool retain;
};

void mw_delivery_fini(struct mw_delivery *d); /* gives up its reference and its identifiers */

#endif
