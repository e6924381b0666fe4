/* SPDX-License-Identifier: MIT
 * Who wants what: a tree of filters with an audience at each filter's node, MQTT 5 sections 3.8 and 4.7, and
 * the groups of shared subscriptions, section 4.8.2. Matching allocates nothing: the subscriptions that match
 * are linked through themselves. Called by on_subscribe.c, routing.c and when a session ends. */
#ifndef MW_BROKER_CORE_SUBSCRIPTIONS_H
#define MW_BROKER_CORE_SUBSCRIPTIONS_H

#include "broker/core/topic_tree.h"
#include "wire/subscribe.h"

struct mw_broker;
struct mw_broker_session;
struct mw_share;
struct mw_branch;

struct mw_subscription {
  struct mw_map_node by_filter; /* in its session */
  struct mw_list place;         /* in its audience, or among the members of its share */
  struct mw_broker_session *session;
  struct mw_topic_node *node;
  struct mw_share *share;               /* NULL: not shared */
  struct mw_subscription *next_matched; /* of the same session, or the next shared one */
  uint32_t identifier;                  /* 0: none */
  uint8_t options;
  uint8_t filter[];
};

struct mw_subscriptions {
  struct mw_topic_tree tree;
  struct mw_map shares;       /* by filter, `$share` and group included */
  struct mw_branch *branches; /* room to match with, one for each level a filter may have */
  size_t count;
};

/* What a message matched: sessions, each with its `matched` list, and one member of each share. Valid until
 * subscriptions change or the next match; mw_matches_clear() unlinks all. */
struct mw_matches {
  struct mw_broker_session *sessions, *last_session;
  struct mw_subscription *shared, *last_shared;
};

/* `levels`: the most a filter can have. False: out of memory. */
bool mw_subscriptions_init(struct mw_subscriptions *all, size_t levels, uint64_t seed);
void mw_subscriptions_fini(struct mw_subscriptions *all); /* no session may be left */

/* Adds or replaces; *is_new tells which. The filter is checked. NULL: out of memory, nothing changed. */
struct mw_subscription *mw_subscriptions_put(struct mw_broker *b, struct mw_broker_session *s,
                                             const struct mw_filter *filter, uint32_t identifier,
                                             bool *is_new);
struct mw_subscription *mw_subscriptions_find(const struct mw_broker_session *s, struct mw_slice filter);
bool mw_subscriptions_remove(struct mw_broker *b, struct mw_broker_session *s, struct mw_slice filter);
void mw_subscriptions_remove_all(struct mw_broker *b, struct mw_broker_session *s);

/* `publisher` may be NULL; its own No Local subscriptions do not match [MQTT-3.8.3-3]. */
struct mw_matches mw_subscriptions_match(struct mw_broker *b, struct mw_slice topic,
                                         const struct mw_broker_session *publisher);

static inline bool mw_matches_any(const struct mw_matches *m) {
  return m->sessions != NULL || m->shared != NULL;
}

#endif
