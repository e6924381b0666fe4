/* SPDX-License-Identifier: MIT
 * See routing.h. */
#include "broker/core/routing.h"

#include "base/alloc.h"
#include "broker/core/delivery.h"

bool mw_route_is_reserved(struct mw_slice topic) {
  static const char prefix[] = "$SYS/";
  const size_t len = sizeof prefix - 1;
  return topic.len >= len && memcmp(topic.data, prefix, len) == 0;
}

static uint8_t lesser(uint8_t a, uint8_t b) {
  return a < b ? a : b;
}

/* A copy as one subscription wants it. [MQTT-3.8.4-8], [MQTT-3.3.1-12], [MQTT-3.3.1-13] */
static struct mw_delivery copy_for(struct mw_publication *p, const struct mw_subscription *sub) {
  bool keeps_retain = (sub->options & MW_SUBSCRIBE_RETAIN_AS_PUBLISHED) != 0;
  return (struct mw_delivery){
      .publication = mw_publication_share(p),
      .identifier = sub->identifier,
      .qos = lesser(p->qos, sub->options & MW_SUBSCRIBE_QOS),
      .retain = p->retain && keeps_retain,
  };
}

/* [MQTT-3.3.4-4]: the identifiers of all that match. False: out of memory. */
static bool collect_identifiers(const struct mw_broker_session *s, struct mw_delivery *d) {
  uint32_t count = 0;
  for (const struct mw_subscription *sub = s->matched; sub != NULL; sub = sub->next_matched) {
    if (sub->identifier == 0) continue;
    d->identifier = sub->identifier;
    count++;
  }
  if (count < 2) return true;
  d->identifier = 0;
  d->identifiers = mw_malloc((count + 1) * sizeof *d->identifiers);
  if (d->identifiers == NULL) return false;
  d->identifiers[0] = count;
  for (const struct mw_subscription *sub = s->matched; sub != NULL; sub = sub->next_matched)
    if (sub->identifier != 0) d->identifiers[count--] = sub->identifier;
  return true;
}

/* [MQTT-3.3.4-2]: overlapping subscriptions get one copy, at the highest QoS. */
static void send_to_session(struct mw_broker *b, struct mw_broker_session *s, struct mw_publication *p) {
  struct mw_delivery d = copy_for(p, s->matched);
  bool has_identifiers = true;
  if (s->matched->next_matched != NULL) {
    for (struct mw_subscription *sub = s->matched->next_matched; sub != NULL; sub = sub->next_matched) {
      uint8_t qos = lesser(p->qos, sub->options & MW_SUBSCRIBE_QOS);
      if (qos > d.qos) d.qos = qos;
      if (p->retain && (sub->options & MW_SUBSCRIBE_RETAIN_AS_PUBLISHED) != 0) d.retain = true;
    }
    has_identifiers = collect_identifiers(s, &d);
  }
  s->matched = NULL;
  if (has_identifiers) {
    mw_deliver(b, s, &d);
    return;
  }
  mw_delivery_fini(&d);
  b->dropped++;
  if (s->peer != NULL) mw_peer_doom(s->peer, MQTTWILL_ERR_MEMORY, MQTTWILL_REASON_SERVER_BUSY);
}

bool mw_route_keep(struct mw_broker *b, struct mw_publication *p) {
  if (!p->retain) return true;
  return mw_retained_store(&b->retained, p, b->options.retained_bytes) != MQTTWILL_ERR_MEMORY;
}

struct mw_matches mw_route_match(struct mw_broker *b, const struct mw_publication *p,
                                 const struct mw_broker_session *publisher) {
  return mw_subscriptions_match(b, mw_publication_topic(p), publisher);
}

void mw_route_send(struct mw_broker *b, struct mw_publication *p, struct mw_matches *matches) {
  for (struct mw_broker_session *s = matches->sessions; s != NULL; s = s->next_matched)
    send_to_session(b, s, p);
  for (struct mw_subscription *sub = matches->shared; sub != NULL; sub = sub->next_matched) {
    struct mw_delivery d = copy_for(p, sub);
    mw_deliver(b, sub->session, &d);
  }
}

void mw_route(struct mw_broker *b, struct mw_publication *p, struct mw_broker_session *publisher) {
  if (mw_route_is_reserved(mw_publication_topic(p))) return;
  mw_route_keep(b, p);
  struct mw_matches matches = mw_route_match(b, p, publisher);
  mw_route_send(b, p, &matches);
}
