/* SPDX-License-Identifier: MIT
 * Literals in and out. */
#include "base/platform.h"

#include "base/address.h"
#include "support/suite.h"

#include <mqttwill/status.h>

#include <arpa/inet.h>
#include <net/if.h>

static struct mw_address parsed(const char *text, uint16_t port) {
  struct mw_address a = {.len = 0};
  ck_assert_msg(mw_address_parse(&a, mw_slice_text(text), port) == MQTTWILL_OK, "%s", text);
  return a;
}

static void reads_as(const char *text, uint16_t port, const char *expected) {
  char got[MW_ADDRESS_TEXT_SIZE];
  struct mw_address a = parsed(text, port);
  mw_address_text(&a, got);
  ck_assert_str_eq(got, expected);
}

START_TEST(literals_come_out_as_they_went_in)
{
  reads_as("192.0.2.1", 1883, "192.0.2.1:1883");
  reads_as("192.0.2.1", 0, "192.0.2.1");
  reads_as("2001:db8::1", 65535, "[2001:db8::1]:65535");
  reads_as("2001:DB8:0:0:0:0:0:1", 0, "2001:db8::1");
  reads_as("::ffff:192.0.2.1", 1, "[::ffff:192.0.2.1]:1");
  reads_as("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 0, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}
END_TEST

START_TEST(the_bytes_are_in_network_order)
{
  struct mw_address a = parsed("1.2.3.4", 0x0102);
  const uint8_t *ip = (const uint8_t *)&a.u.v4.sin_addr;
  ck_assert_mem_eq(ip, "\x01\x02\x03\x04", 4);
  ck_assert_mem_eq(&a.u.v4.sin_port, "\x01\x02", 2);
  ck_assert_uint_eq(mw_address_port(&a), 0x0102);
  ck_assert_int_eq(a.u.any.sa_family, AF_INET);
  a = parsed("102:304::5", 0x0102);
  ck_assert_mem_eq(&a.u.v6.sin6_addr, "\x01\x02\x03\x04\0\0\0\0\0\0\0\0\0\0\0\x05", 16);
  ck_assert_mem_eq(&a.u.v6.sin6_port, "\x01\x02", 2);
  mw_address_set_port(&a, 0x0304);
  ck_assert_uint_eq(mw_address_port(&a), 0x0304);
}
END_TEST

START_TEST(what_other_programs_take_for_an_address_is_none)
{
  static const char *const none[] = {"",           "127.1",     "0x7f.0.0.1", "010.0.0.1", "1.2.3.4.5",
                                     "1.2.3.256",  "[::1]",     ":::",        "::1::",     "2001:db8::12345",
                                     "1.2.3.4%lo", "localhost", "1.2.3.4 ",   " ::1",      "::1%",
                                     "1.2.3.4:80", "::1]",      "%lo"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
    struct mw_address a;
    memset(&a, 0x5a, sizeof a);
    int status = mw_address_parse(&a, mw_slice_text(none[i]), 1);
    ck_assert_msg(status == MQTTWILL_ERR_ARGUMENT || status == MQTTWILL_ERR_RESOLVE, "%s", none[i]);
    ck_assert_uint_eq(a.len, 0x5a5a5a5a);
  }
  struct mw_address a;
  ck_assert_int_eq(mw_address_parse(&a, mw_slice("::1\0", 4), 0), MQTTWILL_ERR_ARGUMENT);
  char longest[200];
  memset(longest, '1', sizeof longest);
  ck_assert_int_eq(mw_address_parse(&a, mw_slice(longest, sizeof longest), 0), MQTTWILL_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_zone_is_an_interface_or_its_number)
{
  struct mw_address a;
  unsigned index = if_nametoindex("lo");
  ck_assert_uint_ne(index, 0);
  a = parsed("fe80::1%lo", 9);
  ck_assert_uint_eq(a.u.v6.sin6_scope_id, index);
  char text[MW_ADDRESS_TEXT_SIZE];
  mw_address_text(&a, text);
  ck_assert_str_eq(text, "[fe80::1%lo]:9");
  a = parsed("fe80::1%4294967295", 0);
  ck_assert_uint_eq(a.u.v6.sin6_scope_id, UINT32_MAX);
  mw_address_text(&a, text);
  ck_assert_str_eq(text, "fe80::1%4294967295");
  ck_assert_int_eq(mw_address_parse(&a, mw_slice_text("fe80::1%nowhere"), 0), MQTTWILL_ERR_RESOLVE);
  ck_assert_int_eq(mw_address_parse(&a, mw_slice_text("fe80::1%0"), 0), MQTTWILL_ERR_RESOLVE);
  ck_assert_int_eq(mw_address_parse(&a, mw_slice_text("fe80::1%4294967296"), 0), MQTTWILL_ERR_RESOLVE);
}
END_TEST

START_TEST(addresses_are_compared_by_what_they_mean)
{
  struct mw_address a = parsed("192.0.2.1", 1), b = a;
  ck_assert(mw_address_equal(&a, &b));
  memset(b.u.v4.sin_zero, 0x77, sizeof b.u.v4.sin_zero);
  ck_assert(mw_address_equal(&a, &b));
  mw_address_set_port(&b, 2);
  ck_assert(!mw_address_equal(&a, &b));
  b = parsed("192.0.2.2", 1);
  ck_assert(!mw_address_equal(&a, &b));
  struct mw_address c = parsed("fe80::1%1", 1), d = parsed("fe80::1%2", 1), none = {.len = 0};
  ck_assert(!mw_address_equal(&c, &d));
  ck_assert(!mw_address_equal(&a, &c));
  ck_assert(!mw_address_equal(&a, &none));
  d.u.v6.sin6_scope_id = 1;
  d.u.v6.sin6_flowinfo = 5;
  ck_assert(mw_address_equal(&c, &d));
}
END_TEST

START_TEST(foreign_families_and_short_addresses_are_refused)
{
  struct mw_address a = {.len = 0}, b = parsed("::1", 5);
  struct sockaddr_storage other = {.ss_family = AF_UNIX};
  ck_assert(!mw_address_from(&a, (struct sockaddr *)&other, sizeof other));
  ck_assert(!mw_address_from(&a, &b.u.any, b.len - 1));
  ck_assert_uint_eq(a.len, 0);
  ck_assert(mw_address_from(&a, &b.u.any, b.len));
  ck_assert(mw_address_equal(&a, &b));
}
END_TEST

START_TEST(loopback_is_what_it_says)
{
  struct mw_address a, b = parsed("127.0.0.1", 7);
  mw_address_loopback(&a, AF_INET, 7);
  ck_assert(mw_address_equal(&a, &b));
  b = parsed("::1", 7);
  mw_address_loopback(&a, AF_INET6, 7);
  ck_assert(mw_address_equal(&a, &b));
  ck_assert_uint_eq(sizeof a, 32);
}
END_TEST

START_TEST(no_address_has_a_text_and_no_port)
{
  struct mw_address none = {.len = 0};
  char text[MW_ADDRESS_TEXT_SIZE];
  mw_address_text(&none, text);
  ck_assert_str_eq(text, "(none)");
  mw_address_set_port(&none, 5);
  ck_assert_uint_eq(mw_address_port(&none), 0);
}
END_TEST

SUITE("base/address", literals_come_out_as_they_went_in, the_bytes_are_in_network_order,
      what_other_programs_take_for_an_address_is_none, a_zone_is_an_interface_or_its_number,
      addresses_are_compared_by_what_they_mean, foreign_families_and_short_addresses_are_refused,
      loopback_is_what_it_says, no_address_has_a_text_and_no_port)
