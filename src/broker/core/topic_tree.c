/* SPDX-License-Identifier: MIT
 * See topic_tree.h. */
#include "broker/core/topic_tree.h"

#include "base/alloc.h"
#include "wire/topic.h"

static void init_node(struct mw_topic_node *node, struct mw_topic_node *parent, uint64_t seed) {
  *node = (struct mw_topic_node){.parent = parent, .children = {.seed = seed}};
  mw_list_init(&node->siblings);
  mw_list_init(&node->children_order);
}

void mw_topic_tree_init(struct mw_topic_tree *t, uint64_t seed) {
  init_node(&t->root, NULL, seed);
}

/* The first leaf below. */
static struct mw_topic_node *deepest(struct mw_topic_node *node) {
  for (struct mw_topic_node *child; (child = mw_topic_node_first(node)) != NULL;) node = child;
  return node;
}

void mw_topic_tree_fini(struct mw_topic_tree *t, void (*forget)(void *data)) {
  for (struct mw_topic_node *node; (node = deepest(&t->root)) != &t->root;) {
    if (node->data != NULL) forget(node->data);
    mw_list_remove(&node->siblings);
    mw_map_fini(&node->children);
    mw_free(node);
  }
  mw_map_fini(&t->root.children);
}

struct mw_topic_node *mw_topic_node_child(const struct mw_topic_node *node, struct mw_slice level) {
  struct mw_map_node *found = mw_map_find(&node->children, level);
  return found != NULL ? MW_CONTAINER(found, struct mw_topic_node, in_parent) : NULL;
}

struct mw_topic_node *mw_topic_node_first(const struct mw_topic_node *node) {
  struct mw_list *first = mw_list_first(&node->children_order);
  return first != NULL ? MW_CONTAINER(first, struct mw_topic_node, siblings) : NULL;
}

struct mw_topic_node *mw_topic_node_next(const struct mw_topic_node *node) {
  if (node->parent == NULL || node->siblings.next == &node->parent->children_order) return NULL;
  return MW_CONTAINER(node->siblings.next, struct mw_topic_node, siblings);
}

struct mw_topic_node *mw_topic_node_walk(const struct mw_topic_node *node, const struct mw_topic_node *top) {
  struct mw_topic_node *next = mw_topic_node_first(node);
  for (; next == NULL && node != top; node = node->parent) next = mw_topic_node_next(node);
  return next;
}

struct mw_topic_node *mw_topic_tree_find(struct mw_topic_tree *t, struct mw_slice topic) {
  struct mw_topic_node *node = &t->root;
  struct mw_slice level;
  for (bool more = true; node != NULL && mw_topic_level(&topic, &more, &level);)
    node = mw_topic_node_child(node, level);
  return node;
}

static struct mw_topic_node *add_child(struct mw_topic_node *parent, struct mw_slice level) {
  struct mw_topic_node *node = mw_malloc(sizeof *node + level.len);
  if (node == NULL) return NULL;
  init_node(node, parent, parent->children.seed);
  void *copy = node + 1;
  if (level.len > 0) memcpy(copy, level.data, level.len);
  if (mw_map_insert(&parent->children, &node->in_parent, mw_slice(copy, level.len)) != 0) {
    mw_free(node);
    return NULL;
  }
  mw_list_append(&parent->children_order, &node->siblings);
  return node;
}

struct mw_topic_node *mw_topic_tree_grow(struct mw_topic_tree *t, struct mw_slice topic) {
  struct mw_topic_node *node = &t->root;
  struct mw_slice level;
  for (bool more = true; mw_topic_level(&topic, &more, &level);) {
    struct mw_topic_node *child = mw_topic_node_child(node, level);
    if (child == NULL) child = add_child(node, level);
    if (child == NULL) {
      mw_topic_tree_prune(node);
      return NULL;
    }
    node = child;
  }
  return node;
}

void mw_topic_tree_prune(struct mw_topic_node *node) {
  while (node->parent != NULL && node->data == NULL && node->children.count == 0) {
    struct mw_topic_node *parent = node->parent;
    mw_map_remove(&parent->children, &node->in_parent);
    if (parent->children.count == 0) mw_map_fini(&parent->children);
    mw_list_remove(&node->siblings);
    mw_map_fini(&node->children);
    mw_free(node);
    node = parent;
  }
}
