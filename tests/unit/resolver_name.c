/* SPDX-License-Identifier: MIT
 * Who is asked for which name. */
#include "resolver/name.h"
#include "support/suite.h"

static enum mw_name_kind kind(const char *name) {
  struct mw_address a[3];
  return mw_name_kind(mw_slice_text(name), a);
}

START_TEST(addresses_are_recognised)
{
  struct mw_address a[3];
  char text[MW_ADDRESS_TEXT_SIZE];
  ck_assert_int_eq(mw_name_kind(mw_slice_text("2001:db8::1"), a), MW_NAME_LITERAL);
  mw_address_text(&a[0], text);
  ck_assert_str_eq(text, "2001:db8::1");
  ck_assert_uint_eq(a[1].len, 0);
  ck_assert_int_eq(kind("192.0.2.1"), MW_NAME_LITERAL);
  ck_assert_int_eq(kind("fe80::1%nowhere"), MW_NAME_ZONE);
}
END_TEST

START_TEST(localhost_and_its_children_are_the_loopback)
{
  static const char *const names[] = {"localhost", "LocalHost", "localhost.", "broker.localhost",
                                      "a.b.localhost."};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    struct mw_address a[3];
    char text[MW_ADDRESS_TEXT_SIZE];
    ck_assert_msg(mw_name_kind(mw_slice_text(names[i]), a) == MW_NAME_LITERAL, "%s", names[i]);
    mw_address_text(&a[0], text);
    ck_assert_str_eq(text, "127.0.0.1");
    mw_address_text(&a[1], text);
    ck_assert_str_eq(text, "::1");
    ck_assert_uint_eq(a[2].len, 0);
  }
  ck_assert_int_eq(kind("notlocalhost"), MW_NAME_DNS);
  ck_assert_int_eq(kind("localhost.example"), MW_NAME_DNS);
}
END_TEST

START_TEST(local_is_asked_of_the_system)
{
  ck_assert_int_eq(kind("broker.local"), MW_NAME_SYSTEM);
  ck_assert_int_eq(kind("Broker.LOCAL."), MW_NAME_SYSTEM);
  ck_assert_int_eq(kind("k\xc3\xbc"
                        "che.local"),
                   MW_NAME_SYSTEM);
  ck_assert_int_eq(kind("local"), MW_NAME_DNS);
  ck_assert_int_eq(kind("broker.local.example"), MW_NAME_DNS);
  ck_assert_int_eq(kind("notlocal"), MW_NAME_DNS);
}
END_TEST

START_TEST(names_are_asked_of_dns)
{
  static const char *const names[] = {"broker",
                                      "broker.example",
                                      "broker.example.",
                                      "xn--kche-0ra.example",
                                      "_mqtt._tcp.example",
                                      "4ever",
                                      "1.2.3.4.example",
                                      "0xyz"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    ck_assert_msg(kind(names[i]) == MW_NAME_DNS, "%s", names[i]);
}
END_TEST

START_TEST(what_cannot_be_a_name_is_asked_of_nobody)
{
  static const char *const names[] = {
      ".",   "127.1",  "0x7f000001", "1.2.3.256", "123", "1.2.3.4.", "[::1]",
      ":::", "a:1883", "a b",        "a\n",       "a/b", "user@a",   "k\303\274che.example",
      "..",  "0x",     "a%lo"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    ck_assert_msg(kind(names[i]) == MW_NAME_IMPOSSIBLE, "%s", names[i]);
}
END_TEST

SUITE("resolver/name", addresses_are_recognised, localhost_and_its_children_are_the_loopback,
      local_is_asked_of_the_system, names_are_asked_of_dns, what_cannot_be_a_name_is_asked_of_nobody)
