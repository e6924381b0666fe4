/* SPDX-License-Identifier: MIT
 * See wills.h. */
#include "broker/core/wills.h"

#include "broker/core/routing.h"

static void tell(struct mw_broker *b, const struct mw_broker_session *s, enum mw_will_outcome outcome,
                 enum mw_will_end why, uint64_t wait_ms) {
  if (b->hooks.will == NULL) return;
  struct mw_will_event event = {
      .outcome = outcome,
      .why = why,
      .client_id = mw_session_client_id(s),
      .topic = mw_publication_topic(s->will),
      .wait_ms = wait_ms,
  };
  b->hooks.will(b->hooks.context, &event);
}

void mw_wills_arm(struct mw_broker *b, struct mw_broker_session *s, struct mw_publication *will,
                  uint32_t delay, uint8_t version) {
  s->will = will;
  s->will_delay = delay;
  s->will_version = version;
  tell(b, s, MW_OUTCOME_ARMED, MW_END_LOST, 0);
}

struct mw_publication *mw_wills_settle(struct mw_broker *b, struct mw_broker_session *s, enum mw_will_end end,
                                       enum mw_will_outcome *outcome, uint64_t *wait_ms) {
  *outcome = MW_OUTCOME_NONE;
  *wait_ms = 0;
  if (s->will == NULL) return NULL;
  struct mw_will_fate fate = mw_will_fate(end, s->will_version, s->will_delay, s->expiry);
  if (fate.verdict == MW_WILL_WAIT) {
    *outcome = MW_OUTCOME_WAITS;
    *wait_ms = fate.wait_ms;
    if (s->will_node.place != 0) return NULL; /* waits already: a shutdown settles it before its peer ends */
    mw_heap_set(&b->will_deadlines, &s->will_node, b->now + fate.wait_ms); /* has room, see sessions.c */
    tell(b, s, *outcome, end, *wait_ms);
    return NULL;
  }
  mw_heap_remove(&b->will_deadlines, &s->will_node);
  *outcome = fate.verdict == MW_WILL_PUBLISH ? MW_OUTCOME_PUBLISHED : MW_OUTCOME_DISCARDED;
  tell(b, s, *outcome, end, 0);
  struct mw_publication *will = s->will; /* gone from here on, [MQTT-3.1.2-10] */
  s->will = NULL;
  if (fate.verdict == MW_WILL_PUBLISH) return will;
  mw_publication_release(will);
  return NULL;
}

struct mw_publication *mw_wills_take(struct mw_broker *b, struct mw_broker_session *s, enum mw_will_end end) {
  enum mw_will_outcome outcome;
  uint64_t wait_ms;
  return mw_wills_settle(b, s, end, &outcome, &wait_ms);
}

/* 3.1.3.2.4: the message expiry counts from this moment, not from CONNECT. */
void mw_wills_publish(struct mw_broker *b, struct mw_publication *will, struct mw_broker_session *publisher) {
  if (will == NULL) return;
  will->published = b->now;
  mw_route(b, will, publisher);
  mw_publication_release(will);
}

struct mw_broker_session *mw_wills_of_deadline(struct mw_heap_node *node) {
  return MW_CONTAINER(node, struct mw_broker_session, will_node);
}
