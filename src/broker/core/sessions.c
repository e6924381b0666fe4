/* SPDX-License-Identifier: MIT
 * See sessions.h. */
#include "broker/core/sessions.h"

#include "base/alloc.h"
#include "broker/core/wills.h"

struct mw_broker_session *mw_sessions_find(const struct mw_broker *b, struct mw_slice client_id) {
  struct mw_map_node *found = mw_map_find(&b->sessions, client_id);
  return found != NULL ? MW_CONTAINER(found, struct mw_broker_session, by_client_id) : NULL;
}

struct mw_broker_session *mw_sessions_add(struct mw_broker *b, struct mw_slice client_id) {
  size_t count = b->sessions.count + 1; /* a deadline of an existing session can then always be set */
  if (mw_heap_reserve(&b->session_expiries, count) != 0) return NULL;
  if (mw_heap_reserve(&b->will_deadlines, count) != 0) return NULL;
  struct mw_broker_session *s = mw_calloc(1, sizeof *s + client_id.len);
  if (s == NULL) return NULL;
  if (client_id.len > 0) memcpy(s->client_id, client_id.data, client_id.len);
  s->subscriptions.seed = b->sessions.seed;
  s->resend = MW_NO_EXCHANGE;
  if (mw_map_insert(&b->sessions, &s->by_client_id, mw_slice(s->client_id, client_id.len)) != 0) {
    mw_free(s);
    return NULL;
  }
  return s;
}

void mw_sessions_end(struct mw_broker *b, struct mw_broker_session *s) {
  mw_heap_remove(&b->session_expiries, &s->expiry_node);
  mw_heap_remove(&b->will_deadlines, &s->will_node);
  mw_publication_release(s->will);
  mw_subscriptions_remove_all(b, s);
  mw_exchanges_fini(&s->outbound);
  mw_exchanges_fini(&s->inbound);
  mw_backlog_fini(&s->backlog);
  mw_map_remove(&b->sessions, &s->by_client_id);
  mw_free(s);
}

/* The heap has room since the session was added. */
void mw_sessions_start_expiry(struct mw_broker *b, struct mw_broker_session *s) {
  uint64_t deadline = s->expiry == MW_NO_EXPIRY ? MW_NEVER : b->now + (uint64_t)s->expiry * 1000;
  mw_heap_set(&b->session_expiries, &s->expiry_node, deadline);
}

void mw_sessions_expire(struct mw_broker *b, struct mw_broker_session *s) {
  struct mw_publication *will = mw_wills_take(b, s, MW_END_SESSION_EXPIRED);
  mw_sessions_end(b, s);
  mw_wills_publish(b, will, NULL);
}

void mw_sessions_catch_up(struct mw_broker *b, struct mw_broker_session *s) {
  if (s->will_node.place != 0 && s->will_node.deadline <= b->now)
    mw_wills_publish(b, mw_wills_take(b, s, MW_END_DELAY_OVER), s);
  if (s->expiry_node.place != 0 && s->expiry_node.deadline <= b->now) mw_sessions_expire(b, s);
}

struct mw_broker_session *mw_sessions_of_expiry(struct mw_heap_node *node) {
  return MW_CONTAINER(node, struct mw_broker_session, expiry_node);
}
