/* SPDX-License-Identifier: MIT
 * See subscriptions.h. */
#include "broker/core/subscriptions.h"

#include "base/alloc.h"
#include "broker/core/sessions.h"
#include "wire/topic.h"

/* The data of a node: those whose filter ends there. */
struct mw_audience {
  struct mw_list subscribers; /* struct mw_subscription.place */
  struct mw_list shares;      /* struct mw_share.place */
};

/* The members of one group at one filter, in the order in which they subscribed. */
struct mw_share {
  struct mw_map_node by_filter;
  struct mw_list place;
  struct mw_list members;
  struct mw_subscription *turn; /* whose turn is next; NULL: the first one's */
  uint8_t filter[];
};

/* A branch still to be followed while matching. */
struct mw_branch {
  struct mw_topic_node *node;
  struct mw_slice rest;
  bool more;
};

bool mw_subscriptions_init(struct mw_subscriptions *all, size_t levels, uint64_t seed) {
  mw_topic_tree_init(&all->tree, seed);
  all->shares.seed = seed;
  all->branches = mw_calloc(levels + 1, sizeof *all->branches);
  return all->branches != NULL;
}

void mw_subscriptions_fini(struct mw_subscriptions *all) {
  mw_topic_tree_fini(&all->tree, mw_free);
  mw_map_fini(&all->shares);
  mw_free(all->branches);
}

static struct mw_audience *audience_of(struct mw_topic_node *node) {
  if (node->data != NULL) return node->data;
  struct mw_audience *audience = mw_malloc(sizeof *audience);
  if (audience == NULL) return NULL;
  mw_list_init(&audience->subscribers);
  mw_list_init(&audience->shares);
  node->data = audience;
  return audience;
}

static void drop_if_empty(struct mw_topic_node *node) {
  struct mw_audience *audience = node->data;
  if (audience != NULL && mw_list_empty(&audience->subscribers) && mw_list_empty(&audience->shares)) {
    mw_free(audience);
    node->data = NULL;
  }
  mw_topic_tree_prune(node);
}

static struct mw_share *share_of(struct mw_subscriptions *all, struct mw_audience *audience,
                                 struct mw_slice filter) {
  struct mw_map_node *found = mw_map_find(&all->shares, filter);
  if (found != NULL) return MW_CONTAINER(found, struct mw_share, by_filter);
  struct mw_share *share = mw_malloc(sizeof *share + filter.len);
  if (share == NULL) return NULL;
  *share = (struct mw_share){.turn = NULL};
  memcpy(share->filter, filter.data, filter.len);
  mw_list_init(&share->members);
  if (mw_map_insert(&all->shares, &share->by_filter, mw_slice(share->filter, filter.len)) != 0) {
    mw_free(share);
    return NULL;
  }
  mw_list_append(&audience->shares, &share->place);
  return share;
}

static void drop_share_if_empty(struct mw_subscriptions *all, struct mw_share *share) {
  if (!mw_list_empty(&share->members)) return;
  mw_map_remove(&all->shares, &share->by_filter);
  mw_list_remove(&share->place);
  mw_free(share);
}

/* The member behind this one, round the ring. */
static struct mw_subscription *next_member(struct mw_share *share, struct mw_subscription *member) {
  struct mw_list *next = member->place.next != &share->members ? member->place.next : share->members.next;
  return MW_CONTAINER(next, struct mw_subscription, place);
}

/* Links a new subscription into the tree; false: out of memory, the tree is as it was. */
static bool link_into_tree(struct mw_subscriptions *all, struct mw_subscription *sub,
                           struct mw_slice filter) {
  struct mw_slice group, rest;
  bool is_shared = mw_topic_share(filter, &group, &rest);
  struct mw_topic_node *node = mw_topic_tree_grow(&all->tree, rest);
  if (node == NULL) return false;
  struct mw_audience *audience = audience_of(node);
  if (audience != NULL && is_shared) sub->share = share_of(all, audience, filter);
  if (audience == NULL || (is_shared && sub->share == NULL)) {
    drop_if_empty(node);
    return false;
  }
  sub->node = node;
  mw_list_append(is_shared ? &sub->share->members : &audience->subscribers, &sub->place);
  return true;
}

static void unlink_from_tree(struct mw_subscriptions *all, struct mw_subscription *sub) {
  if (sub->share != NULL && sub->share->turn == sub) {
    struct mw_subscription *next = next_member(sub->share, sub);
    sub->share->turn = next != sub ? next : NULL;
  }
  mw_list_remove(&sub->place);
  if (sub->share != NULL) drop_share_if_empty(all, sub->share);
  drop_if_empty(sub->node);
}

struct mw_subscription *mw_subscriptions_find(const struct mw_broker_session *s, struct mw_slice filter) {
  struct mw_map_node *found = mw_map_find(&s->subscriptions, filter);
  return found != NULL ? MW_CONTAINER(found, struct mw_subscription, by_filter) : NULL;
}

struct mw_subscription *mw_subscriptions_put(struct mw_broker *b, struct mw_broker_session *s,
                                             const struct mw_filter *filter, uint32_t identifier,
                                             bool *is_new) {
  struct mw_subscription *sub = mw_subscriptions_find(s, filter->filter);
  *is_new = sub == NULL;
  if (sub == NULL) {
    sub = mw_malloc(sizeof *sub + filter->filter.len);
    if (sub == NULL) return NULL;
    *sub = (struct mw_subscription){.session = s};
    memcpy(sub->filter, filter->filter.data, filter->filter.len);
    if (!link_into_tree(&b->subscriptions, sub, filter->filter)) {
      mw_free(sub);
      return NULL;
    }
    if (mw_map_insert(&s->subscriptions, &sub->by_filter, mw_slice(sub->filter, filter->filter.len)) != 0) {
      unlink_from_tree(&b->subscriptions, sub);
      mw_free(sub);
      return NULL;
    }
    b->subscriptions.count++;
  }
  sub->options = filter->options;
  sub->identifier = identifier;
  return sub;
}

static void remove_one(struct mw_broker *b, struct mw_broker_session *s, struct mw_subscription *sub) {
  mw_map_remove(&s->subscriptions, &sub->by_filter);
  unlink_from_tree(&b->subscriptions, sub);
  b->subscriptions.count--;
  mw_free(sub);
}

bool mw_subscriptions_remove(struct mw_broker *b, struct mw_broker_session *s, struct mw_slice filter) {
  struct mw_subscription *sub = mw_subscriptions_find(s, filter);
  if (sub == NULL) return false;
  remove_one(b, s, sub);
  if (s->subscriptions.count == 0) mw_map_fini(&s->subscriptions);
  return true;
}

/* The map's walk goes on from the bucket it is at, so emptying it takes linear time. */
void mw_subscriptions_remove_all(struct mw_broker *b, struct mw_broker_session *s) {
  struct mw_map_node *next, *node = mw_map_next(&s->subscriptions, NULL);
  for (; node != NULL; node = next) {
    next = mw_map_next(&s->subscriptions, node);
    remove_one(b, s, MW_CONTAINER(node, struct mw_subscription, by_filter));
  }
  mw_map_fini(&s->subscriptions);
}

static void match_session(struct mw_matches *m, struct mw_subscription *sub) {
  struct mw_broker_session *s = sub->session;
  if (s->matched == NULL) {
    s->next_matched = NULL;
    if (m->last_session != NULL)
      m->last_session->next_matched = s;
    else
      m->sessions = s;
    m->last_session = s;
  }
  sub->next_matched = s->matched;
  s->matched = sub;
}

/* 4.8.2: one member. They take turns, those offline are passed over while another is online. */
static void match_share(struct mw_matches *m, struct mw_share *share) {
  struct mw_subscription *start =
      share->turn != NULL ? share->turn
                          : MW_CONTAINER(mw_list_first(&share->members), struct mw_subscription, place);
  struct mw_subscription *member = start;
  while (member->session->peer == NULL) {
    member = next_member(share, member);
    if (member == start) break;
  }
  share->turn = next_member(share, member);
  member->next_matched = NULL;
  if (m->last_shared != NULL)
    m->last_shared->next_matched = member;
  else
    m->shared = member;
  m->last_shared = member;
}

static void match_audience(struct mw_matches *m, struct mw_topic_node *node,
                           const struct mw_broker_session *publisher) {
  struct mw_audience *audience = node->data;
  if (audience == NULL) return;
  struct mw_list *at;
  for (at = audience->subscribers.next; at != &audience->subscribers; at = at->next) {
    struct mw_subscription *sub = MW_CONTAINER(at, struct mw_subscription, place);
    bool is_own = sub->session == publisher;
    if (!is_own || (sub->options & MW_SUBSCRIBE_NO_LOCAL) == 0) match_session(m, sub);
  }
  for (at = audience->shares.next; at != &audience->shares; at = at->next)
    match_share(m, MW_CONTAINER(at, struct mw_share, place));
}

/* Follows the literal levels and leaves each '+' beside them for later: at most one a level waits. */
struct mw_matches mw_subscriptions_match(struct mw_broker *b, struct mw_slice topic,
                                         const struct mw_broker_session *publisher) {
  static const uint8_t plus[] = "+", hash[] = "#";
  struct mw_matches m = {0};
  struct mw_branch *branches = b->subscriptions.branches;
  size_t waiting = 0;
  struct mw_topic_node *root = &b->subscriptions.tree.root;
  bool is_dollar = topic.len > 0 && topic.data[0] == '$';
  struct mw_branch at = {root, topic, true};
  for (;;) {
    bool wild = at.node != root || !is_dollar; /* [MQTT-4.7.2-1] */
    struct mw_topic_node *child = wild ? mw_topic_node_child(at.node, mw_slice(hash, 1)) : NULL;
    if (child != NULL) match_audience(&m, child, publisher);

    struct mw_slice level;
    if (!mw_topic_level(&at.rest, &at.more, &level)) {
      match_audience(&m, at.node, publisher);
      at.node = NULL;
    } else {
      child = wild ? mw_topic_node_child(at.node, mw_slice(plus, 1)) : NULL;
      if (child != NULL) branches[waiting++] = (struct mw_branch){child, at.rest, at.more};
      at.node = mw_topic_node_child(at.node, level);
    }
    if (at.node != NULL) continue;
    if (waiting == 0) return m;
    at = branches[--waiting];
  }
}
