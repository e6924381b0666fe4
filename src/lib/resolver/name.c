/* SPDX-License-Identifier: MIT
 * See name.h. */
#include "resolver/name.h"

#include "base/ascii.h"

#include <mqttwill/status.h>

static struct mw_slice without_last_dot(struct mw_slice name) {
  return name.len > 0 && name.data[name.len - 1] == '.' ? mw_slice(name.data, name.len - 1) : name;
}

static struct mw_slice last_label(struct mw_slice name) {
  size_t start = name.len;
  while (start > 0 && name.data[start - 1] != '.') start--;
  return mw_slice_skip(name, start);
}

static bool is_digit(uint8_t c) {
  return c >= '0' && c <= '9';
}

static bool is_hex_digit(uint8_t c) {
  return is_digit(c) || (mw_ascii_lower(c) >= 'a' && mw_ascii_lower(c) <= 'f');
}

/* "127.1", "0x7f000001", "1.2.3.256": other programs take these for addresses, and no top-level domain is a
 * number. */
static bool is_number(struct mw_slice label) {
  bool hex = label.len >= 2 && label.data[0] == '0' && mw_ascii_lower(label.data[1]) == 'x';
  for (size_t i = hex ? 2 : 0; i < label.len; i++)
    if (hex ? !is_hex_digit(label.data[i]) : !is_digit(label.data[i])) return false;
  return label.len > 0;
}

/* Letters that no host name has. Above ASCII: DNS wants the xn-- form (RFC 5891), multicast DNS is UTF-8. */
static bool has_impossible(struct mw_slice name, bool ascii) {
  for (size_t i = 0; i < name.len; i++) {
    uint8_t c = name.data[i];
    if (c <= ' ' || c == 0x7f || c == ':' || c == '%' || c == '/' || c == '@') return true;
    if (ascii && c >= 0x80) return true;
  }
  return false;
}

/* IPv4 first: most brokers of a host listen there, few on IPv6 alone. */
static void set_localhost(struct mw_address addresses[3]) {
  mw_address_loopback(&addresses[0], AF_INET, 0);
  mw_address_loopback(&addresses[1], AF_INET6, 0);
}

enum mw_name_kind mw_name_kind(struct mw_slice name, struct mw_address addresses[3]) {
  memset(addresses, 0, 3 * sizeof addresses[0]);
  int status = mw_address_parse(&addresses[0], name, 0);
  if (status == MQTTWILL_OK) return MW_NAME_LITERAL;
  if (status == MQTTWILL_ERR_RESOLVE) return MW_NAME_ZONE;

  struct mw_slice bare = without_last_dot(name);
  struct mw_slice last = last_label(bare);
  if (last.len == 0) return MW_NAME_IMPOSSIBLE;
  if (mw_ascii_equal(last, mw_slice_text("localhost"))) {
    set_localhost(addresses);
    return MW_NAME_LITERAL;
  }
  bool local = mw_ascii_equal(last, mw_slice_text("local")) && last.len < bare.len;
  if (is_number(last) || has_impossible(bare, !local)) return MW_NAME_IMPOSSIBLE;
  return local ? MW_NAME_SYSTEM : MW_NAME_DNS;
}
