/* SPDX-License-Identifier: MIT
 * The hash map (src/lib/base/map.h). */
#include "support/suite.h"

#include "base/map.h"

#include <mqttwill/status.h>

#include <stdio.h>

struct entry {
  char name[16];
  struct mw_map_node node;
};

static void fill(struct mw_map *m, struct entry *entries, size_t count) {
  for (size_t i = 0; i < count; i++) {
    snprintf(entries[i].name, sizeof entries[i].name, "client-%zu", i);
    ck_assert_int_eq(mw_map_insert(m, &entries[i].node, mw_slice_text(entries[i].name)), MQTTWILL_OK);
  }
}

START_TEST(an_empty_map_holds_nothing)
{
  struct mw_map m = {0};
  ck_assert_ptr_null(mw_map_find(&m, mw_slice_text("a")));
  ck_assert_ptr_null(mw_map_next(&m, NULL));
  mw_map_fini(&m);
}
END_TEST

START_TEST(what_is_in_is_found_and_nothing_else)
{
  enum { COUNT = 5000 };
  static struct entry entries[COUNT];
  struct mw_map m = {.seed = 0x1234567890ABCDEFu};
  fill(&m, entries, COUNT);
  ck_assert_uint_eq(m.count, COUNT);
  for (size_t i = 0; i < COUNT; i++)
    ck_assert_ptr_eq(mw_map_find(&m, mw_slice_text(entries[i].name)), &entries[i].node);
  ck_assert_ptr_null(mw_map_find(&m, mw_slice_text("client-5000")));
  ck_assert_ptr_null(mw_map_find(&m, mw_slice("client-1", 7)));
  for (size_t i = 0; i < COUNT; i += 2) mw_map_remove(&m, &entries[i].node);
  ck_assert_uint_eq(m.count, COUNT / 2);
  for (size_t i = 0; i < COUNT; i++)
    ck_assert((mw_map_find(&m, mw_slice_text(entries[i].name)) != NULL) == (i % 2 == 1));
  mw_map_fini(&m);
}
END_TEST

START_TEST(a_walk_meets_every_node_once)
{
  enum { COUNT = 1000 };
  static struct entry entries[COUNT];
  static unsigned met[COUNT];
  struct mw_map m = {.seed = 7};
  fill(&m, entries, COUNT);
  for (struct mw_map_node *n = NULL; (n = mw_map_next(&m, n)) != NULL;)
    met[(struct entry *)(void *)((char *)n - offsetof(struct entry, node)) - entries]++;
  for (size_t i = 0; i < COUNT; i++) ck_assert_uint_eq(met[i], 1);
  mw_map_fini(&m);
}
END_TEST

START_TEST(the_empty_key_is_a_key)
{
  struct mw_map m = {0};
  struct mw_map_node node;
  ck_assert_int_eq(mw_map_insert(&m, &node, mw_slice(NULL, 0)), MQTTWILL_OK);
  ck_assert_ptr_eq(mw_map_find(&m, mw_slice("x", 0)), &node);
  mw_map_remove(&m, &node);
  mw_map_fini(&m);
}
END_TEST

START_TEST(another_seed_is_another_order)
{
  enum { COUNT = 100 };
  static struct entry entries[2][COUNT];
  struct mw_map m[2] = {{.seed = 1}, {.seed = 2}};
  unsigned different = 0;
  for (size_t i = 0; i < 2; i++) fill(&m[i], entries[i], COUNT);
  for (size_t i = 0; i < COUNT; i++) different += entries[0][i].node.hash != entries[1][i].node.hash;
  ck_assert_uint_eq(different, COUNT);
  for (size_t i = 0; i < 2; i++) mw_map_fini(&m[i]);
}
END_TEST

START_TEST(out_of_memory_changes_nothing)
{
  static struct entry entries[9];
  struct mw_map m = {0};
  failmalloc_at(1);
  ck_assert_int_eq(mw_map_insert(&m, &entries[0].node, mw_slice_text("a")), MQTTWILL_ERR_MEMORY);
  ck_assert_uint_eq(m.count, 0);
  fill(&m, entries, 8);
  failmalloc_at(1);
  ck_assert_int_eq(mw_map_insert(&m, &entries[8].node, mw_slice_text("ninth")), MQTTWILL_ERR_MEMORY);
  ck_assert_uint_eq(m.count, 8);
  ck_assert_ptr_null(mw_map_find(&m, mw_slice_text("ninth")));
  ck_assert_ptr_eq(mw_map_find(&m, mw_slice_text("client-3")), &entries[3].node);
  mw_map_fini(&m);
}
END_TEST

SUITE("base/map", an_empty_map_holds_nothing, what_is_in_is_found_and_nothing_else,
      a_walk_meets_every_node_once, the_empty_key_is_a_key, another_seed_is_another_order,
      out_of_memory_changes_nothing)
