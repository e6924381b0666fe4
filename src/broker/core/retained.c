/* SPDX-License-Identifier: MIT
 * See retained.h. */
#include "broker/core/retained.h"

#include "base/alloc.h"
#include "wire/topic.h"

/* The data of a node. */
struct mw_kept {
  struct mw_publication *publication;
  struct mw_topic_node *node;
  struct mw_heap_node expiry;
};

bool mw_retained_init(struct mw_retained *r, size_t levels, uint64_t seed) {
  mw_topic_tree_init(&r->tree, seed);
  r->levels = mw_calloc(levels + 1, sizeof *r->levels);
  return r->levels != NULL;
}

static void forget_kept(void *data) {
  struct mw_kept *kept = data;
  mw_publication_release(kept->publication);
  mw_free(kept);
}

void mw_retained_fini(struct mw_retained *r) {
  mw_heap_fini(&r->expiries);
  mw_topic_tree_fini(&r->tree, forget_kept);
  mw_free(r->levels);
}

static void let_go(struct mw_retained *r, struct mw_kept *kept) {
  if (kept->publication == NULL) return;
  r->bytes -= mw_publication_size(kept->publication);
  r->count--;
  mw_heap_remove(&r->expiries, &kept->expiry);
  mw_publication_release(kept->publication);
  kept->publication = NULL;
}

static void erase(struct mw_retained *r, struct mw_topic_node *node) {
  let_go(r, node->data);
  mw_free(node->data);
  node->data = NULL;
  mw_topic_tree_prune(node);
}

int mw_retained_store(struct mw_retained *r, struct mw_publication *p, size_t limit) {
  struct mw_slice topic = mw_publication_topic(p);
  struct mw_topic_node *node = mw_topic_tree_find(&r->tree, topic);
  if (node != NULL && node->data != NULL) let_go(r, node->data);
  bool has_room = mw_publication_size(p) <= limit && r->bytes <= limit - mw_publication_size(p);
  if (p->payload_len == 0 || !has_room) { /* [MQTT-3.3.1-6] */
    if (node != NULL && node->data != NULL) erase(r, node);
    return p->payload_len == 0 ? MQTTWILL_OK : MQTTWILL_ERR_FULL;
  }

  node = mw_topic_tree_grow(&r->tree, topic);
  if (node == NULL) return MQTTWILL_ERR_MEMORY; /* then there was none before */
  struct mw_kept *kept = node->data;
  if (kept == NULL) kept = mw_calloc(1, sizeof *kept);
  if (kept == NULL) {
    mw_topic_tree_prune(node);
    return MQTTWILL_ERR_MEMORY;
  }
  node->data = kept;
  kept->node = node;
  if (mw_heap_set(&r->expiries, &kept->expiry, mw_publication_deadline(p)) != 0) {
    mw_free(kept);
    node->data = NULL;
    mw_topic_tree_prune(node);
    return MQTTWILL_ERR_MEMORY;
  }
  kept->publication = mw_publication_share(p);
  r->bytes += mw_publication_size(p);
  r->count++;
  return MQTTWILL_OK;
}

void mw_retained_expire(struct mw_retained *r, struct mw_heap_node *node) {
  erase(r, MW_CONTAINER(node, struct mw_kept, expiry)->node);
}

struct mw_lookup {
  uint64_t now;
  void (*found)(void *context, struct mw_publication *p);
  void *context;
};

static void look_at(const struct mw_lookup *look, const struct mw_topic_node *node) {
  const struct mw_kept *kept = node->data;
  if (kept == NULL || mw_publication_has_expired(kept->publication, look->now)) return;
  look->found(look->context, kept->publication);
}

static bool is_level(struct mw_slice level, char wildcard) {
  return level.len == 1 && level.data[0] == (uint8_t)wildcard;
}

/* [MQTT-4.7.2-1]: a leading wildcard does not reach names that begin with $. */
static bool is_hidden(const struct mw_topic_node *node) {
  bool is_first_level = node->parent != NULL && node->parent->parent == NULL;
  return is_first_level && node->in_parent.key.len > 0 && node->in_parent.key.data[0] == '$';
}

static struct mw_topic_node *next_visible(const struct mw_topic_node *node) {
  struct mw_topic_node *next = mw_topic_node_next(node);
  while (next != NULL && is_hidden(next)) next = mw_topic_node_next(next);
  return next;
}

static struct mw_topic_node *first_visible(const struct mw_topic_node *node) {
  struct mw_topic_node *first = mw_topic_node_first(node);
  return first != NULL && is_hidden(first) ? next_visible(first) : first;
}

/* '#': the node itself and all below it. */
static void look_at_branch(const struct mw_lookup *look, struct mw_topic_node *top) {
  if (top->parent != NULL) {
    for (struct mw_topic_node *n = top; n != NULL; n = mw_topic_node_walk(n, top)) look_at(look, n);
    return;
  }
  for (struct mw_topic_node *branch = first_visible(top); branch != NULL; branch = next_visible(branch))
    look_at_branch(look, branch); /* once: a branch has a parent */
}

/* Down where a child matches its level, else aside where the level is '+', else up. */
void mw_retained_match(struct mw_retained *r, struct mw_slice filter, uint64_t now,
                       void (*found)(void *context, struct mw_publication *p), void *context) {
  const struct mw_lookup look = {now, found, context};
  size_t depth = 0, count = 0;
  for (bool more = true; mw_topic_level(&filter, &more, &r->levels[count]);) count++;

  struct mw_topic_node *node = &r->tree.root;
  for (;;) {
    struct mw_topic_node *next = NULL;
    if (depth == count)
      look_at(&look, node);
    else if (is_level(r->levels[depth], '#'))
      look_at_branch(&look, node);
    else if (is_level(r->levels[depth], '+'))
      next = first_visible(node);
    else
      next = mw_topic_node_child(node, r->levels[depth]);
    if (next != NULL) depth++;
    while (next == NULL) {
      if (depth == 0) return;
      if (is_level(r->levels[depth - 1], '+')) next = next_visible(node);
      if (next != NULL) break;
      node = node->parent;
      depth--;
    }
    node = next;
  }
}
