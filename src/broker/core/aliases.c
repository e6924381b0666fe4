/* SPDX-License-Identifier: MIT
 * See aliases.h. */
#include "broker/core/aliases.h"

#include "base/alloc.h"
#include "base/list.h"

void mw_aliases_in_fini(struct mw_aliases_in *a) {
  for (size_t i = 0; i < a->cap; i++) mw_free((void *)(uintptr_t)a->topics[i].data);
  mw_free(a->topics);
  *a = (struct mw_aliases_in){0};
}

static bool grow(struct mw_aliases_in *a, uint16_t alias) {
  struct mw_slice *topics = mw_realloc(a->topics, alias * sizeof *topics);
  if (topics == NULL) return false;
  memset(topics + a->cap, 0, (size_t)(alias - a->cap) * sizeof *topics);
  a->topics = topics;
  a->cap = alias;
  return true;
}

bool mw_aliases_in_set(struct mw_aliases_in *a, uint16_t alias, struct mw_slice topic) {
  if (alias > a->cap && !grow(a, alias)) return false;
  uint8_t *copy = mw_memdup(topic.data, topic.len);
  if (copy == NULL) return false;
  mw_free((void *)(uintptr_t)a->topics[alias - 1].data);
  a->topics[alias - 1] = mw_slice(copy, topic.len);
  return true;
}

struct mw_slice mw_aliases_in_find(const struct mw_aliases_in *a, uint16_t alias) {
  return alias <= a->cap ? a->topics[alias - 1] : mw_slice(NULL, 0);
}

struct mw_alias {
  struct mw_map_node by_topic;
  uint16_t alias;
  uint8_t topic[];
};

void mw_aliases_out_fini(struct mw_aliases_out *a) {
  struct mw_map_node *next, *node = mw_map_next(&a->topics, NULL);
  for (; node != NULL; node = next) {
    next = mw_map_next(&a->topics, node);
    mw_free(MW_CONTAINER(node, struct mw_alias, by_topic));
  }
  mw_map_fini(&a->topics);
  a->maximum = 0;
}

uint16_t mw_aliases_out_find(const struct mw_aliases_out *a, struct mw_slice topic) {
  struct mw_map_node *found = mw_map_find(&a->topics, topic);
  return found != NULL ? MW_CONTAINER(found, struct mw_alias, by_topic)->alias : 0;
}

uint16_t mw_aliases_out_add(struct mw_aliases_out *a, struct mw_slice topic) {
  if (a->topics.count >= a->maximum) return 0;
  struct mw_alias *alias = mw_malloc(sizeof *alias + topic.len);
  if (alias == NULL) return 0;
  memcpy(alias->topic, topic.data, topic.len);
  alias->alias = (uint16_t)(a->topics.count + 1);
  if (mw_map_insert(&a->topics, &alias->by_topic, mw_slice(alias->topic, topic.len)) != 0) {
    mw_free(alias);
    return 0;
  }
  return alias->alias;
}
