/* SPDX-License-Identifier: MIT
 * An intrusive doubly linked list. A head or an unlinked node points to itself, so removing twice is
 * harmless. */
#ifndef MW_BASE_LIST_H
#define MW_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct mw_list {
  struct mw_list *next, *prev;
};

/* The struct that holds `node` as its member. */
#define MW_CONTAINER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void mw_list_init(struct mw_list *l) {
  l->next = l->prev = l;
}

static inline bool mw_list_empty(const struct mw_list *l) {
  return l->next == l;
}

static inline void mw_list_append(struct mw_list *head, struct mw_list *node) {
  node->prev = head->prev;
  node->next = head;
  head->prev->next = node;
  head->prev = node;
}

static inline void mw_list_remove(struct mw_list *node) {
  node->prev->next = node->next;
  node->next->prev = node->prev;
  mw_list_init(node);
}

static inline struct mw_list *mw_list_first(const struct mw_list *head) {
  return mw_list_empty(head) ? NULL : head->next;
}

#endif
