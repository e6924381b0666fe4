/* SPDX-License-Identifier: MIT
 * See publication.h. */
#include "broker/core/publication.h"

#include "base/alloc.h"
#include "base/heap.h"
#include "wire/property.h"

enum { EXPIRY_SIZE = 5 }; /* identifier and four bytes */

static bool is_passed_on(uint8_t identifier) {
  return identifier != MQTTWILL_PROPERTY_TOPIC_ALIAS && identifier != MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL &&
         identifier != MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER;
}

/* Copies those passed on to `to`, in their order; without `to` only counts. Answers their length. */
static size_t copy_properties(struct mw_slice from, uint8_t *to, struct mw_publication *p) {
  size_t len = 0;
  struct mw_property property;
  while (from.len > 0) {
    struct mw_slice start = from;
    if (!mw_property_next(&from, &property)) break;
    size_t size = start.len - from.len;
    if (!is_passed_on(property.identifier)) continue;
    len += size;
    if (to == NULL) continue;
    memcpy(to + len - size, start.data, size);
    if (property.identifier != MQTTWILL_PROPERTY_MESSAGE_EXPIRY_INTERVAL) continue;
    p->expiry = property.number;
    p->expiry_offset = (uint32_t)(len - EXPIRY_SIZE + 1);
  }
  return len;
}

struct mw_publication *mw_publication_new(const struct mw_will_view *from, uint64_t now) {
  size_t properties_len = copy_properties(from->properties, NULL, NULL);
  size_t size = sizeof(struct mw_publication) + from->topic.len + properties_len + from->payload.len;
  struct mw_publication *p = mw_malloc(size);
  if (p == NULL) return NULL;
  *p = (struct mw_publication){
      .published = now,
      .references = 1,
      .payload_len = (uint32_t)from->payload.len,
      .properties_len = (uint32_t)properties_len,
      .topic_len = (uint16_t)from->topic.len,
      .qos = from->qos,
      .retain = from->retain,
  };
  if (from->topic.len > 0) memcpy(p->bytes, from->topic.data, from->topic.len);
  copy_properties(from->properties, p->bytes + from->topic.len, p);
  if (from->payload.len > 0)
    memcpy(p->bytes + from->topic.len + properties_len, from->payload.data, from->payload.len);
  return p;
}

struct mw_publication *mw_publication_share(struct mw_publication *p) {
  p->references++;
  return p;
}

void mw_publication_release(struct mw_publication *p) {
  if (p != NULL && --p->references == 0) mw_free(p);
}

uint64_t mw_publication_deadline(const struct mw_publication *p) {
  return p->expiry_offset == 0 ? MW_NEVER : p->published + (uint64_t)p->expiry * 1000;
}

/* An interval of 0 leaves no time to wait, but a message passed on at once has not waited. */
bool mw_publication_has_expired(const struct mw_publication *p, uint64_t now) {
  return now > p->published && now >= mw_publication_deadline(p);
}

uint32_t mw_publication_expiry_left(const struct mw_publication *p, uint64_t now) {
  uint64_t waited = now > p->published ? (now - p->published) / 1000 : 0;
  return waited < p->expiry ? p->expiry - (uint32_t)waited : 0;
}

void mw_delivery_fini(struct mw_delivery *d) {
  mw_publication_release(d->publication);
  mw_free(d->identifiers);
  *d = (struct mw_delivery){0};
}
