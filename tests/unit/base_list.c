/* SPDX-License-Identifier: MIT
 * The intrusive list (src/lib/base/list.h). */
#include "support/suite.h"

#include "base/list.h"

struct item {
  int value;
  struct mw_list link;
};

START_TEST(an_empty_list_has_no_first)
{
  struct mw_list head;
  mw_list_init(&head);
  ck_assert(mw_list_empty(&head));
  ck_assert_ptr_null(mw_list_first(&head));
}
END_TEST

START_TEST(items_stand_in_the_order_of_appending)
{
  struct mw_list head;
  struct item items[3] = {{.value = 1}, {.value = 2}, {.value = 3}};
  mw_list_init(&head);
  for (size_t i = 0; i < 3; i++) mw_list_append(&head, &items[i].link);
  int expected = 1;
  for (struct mw_list *l = head.next; l != &head; l = l->next)
    ck_assert_int_eq(MW_CONTAINER(l, struct item, link)->value, expected++);
  ck_assert_int_eq(expected, 4);
  ck_assert_ptr_eq(mw_list_first(&head), &items[0].link);
}
END_TEST

START_TEST(removing_twice_is_harmless)
{
  struct mw_list head;
  struct item items[3];
  mw_list_init(&head);
  for (size_t i = 0; i < 3; i++) mw_list_append(&head, &items[i].link);
  mw_list_remove(&items[1].link);
  mw_list_remove(&items[1].link);
  ck_assert(mw_list_empty(&items[1].link));
  ck_assert_ptr_eq(items[0].link.next, &items[2].link);
  ck_assert_ptr_eq(items[2].link.prev, &items[0].link);
  mw_list_remove(&items[0].link);
  mw_list_remove(&items[2].link);
  ck_assert(mw_list_empty(&head));
}
END_TEST

SUITE("base/list", an_empty_list_has_no_first, items_stand_in_the_order_of_appending,
      removing_twice_is_harmless)
