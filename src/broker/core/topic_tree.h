/* SPDX-License-Identifier: MIT
 * Topics level by level: one node a level, shared by all that begin alike. Subscriptions hang their audiences
 * in one such tree and retained messages theirs in another. No function recurses, however deep the topic.
 * MQTT 5 section 4.7. */
#ifndef MW_BROKER_CORE_TOPIC_TREE_H
#define MW_BROKER_CORE_TOPIC_TREE_H

#include "base/list.h"
#include "base/map.h"

struct mw_topic_node {
  struct mw_map_node in_parent; /* key: the level, whose bytes follow the node */
  struct mw_list siblings;      /* in parent->children_order */
  struct mw_list children_order;
  struct mw_map children;
  struct mw_topic_node *parent;
  void *data; /* the owner's; a node without data and children does not stay */
};

struct mw_topic_tree {
  struct mw_topic_node root;
};

void mw_topic_tree_init(struct mw_topic_tree *t, uint64_t seed);
/* Frees the nodes; `forget` is given each data that is left. */
void mw_topic_tree_fini(struct mw_topic_tree *t, void (*forget)(void *data));

struct mw_topic_node *mw_topic_tree_find(struct mw_topic_tree *t, struct mw_slice topic); /* or NULL */
/* Finds or makes. NULL: out of memory, the tree is as it was. Give a new node data, or prune it. */
struct mw_topic_node *mw_topic_tree_grow(struct mw_topic_tree *t, struct mw_slice topic);
/* Removes a node that has neither data nor children, and those above that are left so. */
void mw_topic_tree_prune(struct mw_topic_node *node);

struct mw_topic_node *mw_topic_node_child(const struct mw_topic_node *node,
                                          struct mw_slice level); /* or NULL */
/* Children in the order in which they were made; NULL behind the last one. */
struct mw_topic_node *mw_topic_node_first(const struct mw_topic_node *node);
struct mw_topic_node *mw_topic_node_next(const struct mw_topic_node *node);
/* The next node of the branch `top`, children before siblings; NULL when all were seen. Start with `top`. */
struct mw_topic_node *mw_topic_node_walk(const struct mw_topic_node *node, const struct mw_topic_node *top);

#endif
