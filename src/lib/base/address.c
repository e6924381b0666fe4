/* SPDX-License-Identifier: MIT
 * See address.h. */
#include "base/platform.h"

#include "base/address.h"

#include <mqttwill/status.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>

static void set_v4(struct mw_address *a, const struct in_addr *ip, uint16_t port) {
  memset(a, 0, sizeof *a);
  a->u.v4.sin_family = AF_INET;
  a->u.v4.sin_addr = *ip;
  a->u.v4.sin_port = htons(port);
  a->len = sizeof a->u.v4;
}

static void set_v6(struct mw_address *a, const struct in6_addr *ip, uint32_t scope, uint16_t port) {
  memset(a, 0, sizeof *a);
  a->u.v6.sin6_family = AF_INET6;
  a->u.v6.sin6_addr = *ip;
  a->u.v6.sin6_scope_id = scope;
  a->u.v6.sin6_port = htons(port);
  a->len = sizeof a->u.v6;
}

/* A zone is the name of an interface or its number (RFC 4007 section 11.2). 0: there is none such. */
static uint32_t zone_index(const char *zone) {
  uint32_t index = if_nametoindex(zone);
  if (index != 0) return index;
  uint64_t number = 0;
  for (const char *p = zone; *p != '\0'; p++) {
    if (*p < '0' || *p > '9') return 0;
    number = number * 10 + (uint64_t)(*p - '0');
    if (number > UINT32_MAX) return 0;
  }
  return (uint32_t)number;
}

int mw_address_parse(struct mw_address *a, struct mw_slice text, uint16_t port) {
  char copy[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
  if (text.len == 0 || text.len >= sizeof copy) return MQTTWILL_ERR_ARGUMENT;
  if (memchr(text.data, '\0', text.len) != NULL) return MQTTWILL_ERR_ARGUMENT;
  memcpy(copy, text.data, text.len);
  copy[text.len] = '\0';

  struct in_addr v4;
  if (inet_pton(AF_INET, copy, &v4) == 1) {
    set_v4(a, &v4, port);
    return MQTTWILL_OK;
  }
  char *zone = strchr(copy, '%');
  if (zone != NULL) *zone++ = '\0';
  struct in6_addr v6;
  if (inet_pton(AF_INET6, copy, &v6) != 1) return MQTTWILL_ERR_ARGUMENT;
  uint32_t scope = 0;
  if (zone != NULL && (scope = zone_index(zone)) == 0) return MQTTWILL_ERR_RESOLVE;
  set_v6(a, &v6, scope, port);
  return MQTTWILL_OK;
}

bool mw_address_from(struct mw_address *a, const struct sockaddr *from, socklen_t len) {
  bool v4 = from->sa_family == AF_INET && len >= sizeof a->u.v4;
  bool v6 = from->sa_family == AF_INET6 && len >= sizeof a->u.v6;
  if (!v4 && !v6) return false;
  memset(a, 0, sizeof *a);
  a->len = v4 ? sizeof a->u.v4 : sizeof a->u.v6;
  memcpy(&a->u, from, a->len);
  return true;
}

void mw_address_loopback(struct mw_address *a, int family, uint16_t port) {
  if (family == AF_INET6) {
    set_v6(a, &in6addr_loopback, 0, port);
    return;
  }
  struct in_addr ip = {htonl(INADDR_LOOPBACK)};
  set_v4(a, &ip, port);
}

/* What makes an address; never the padding, nor the flow label. */
bool mw_address_equal(const struct mw_address *a, const struct mw_address *b) {
  if (a->len == 0 || b->len == 0) return a->len == b->len;
  if (a->u.any.sa_family != b->u.any.sa_family || mw_address_port(a) != mw_address_port(b)) return false;
  if (a->u.any.sa_family == AF_INET) return a->u.v4.sin_addr.s_addr == b->u.v4.sin_addr.s_addr;
  return memcmp(&a->u.v6.sin6_addr, &b->u.v6.sin6_addr, sizeof a->u.v6.sin6_addr) == 0 &&
         a->u.v6.sin6_scope_id == b->u.v6.sin6_scope_id;
}

uint16_t mw_address_port(const struct mw_address *a) {
  if (a->len == 0) return 0;
  return ntohs(a->u.any.sa_family == AF_INET6 ? a->u.v6.sin6_port : a->u.v4.sin_port);
}

void mw_address_set_port(struct mw_address *a, uint16_t port) {
  if (a->len == 0) return;
  if (a->u.any.sa_family == AF_INET6)
    a->u.v6.sin6_port = htons(port);
  else
    a->u.v4.sin_port = htons(port);
}

void mw_address_text(const struct mw_address *a, char text[MW_ADDRESS_TEXT_SIZE]) {
  char ip[INET6_ADDRSTRLEN] = "";
  char zone[1 + IF_NAMESIZE + 1] = ""; /* also room for a 32-bit number */
  uint16_t port = mw_address_port(a);
  if (a->len == 0) {
    memcpy(text, "(none)", sizeof "(none)");
    return;
  }
  if (a->u.any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &a->u.v4.sin_addr, ip, sizeof ip);
    snprintf(text, MW_ADDRESS_TEXT_SIZE, port != 0 ? "%s:%u" : "%s", ip, (unsigned)port);
    return;
  }
  inet_ntop(AF_INET6, &a->u.v6.sin6_addr, ip, sizeof ip);
  char name[IF_NAMESIZE];
  if (a->u.v6.sin6_scope_id != 0 && if_indextoname(a->u.v6.sin6_scope_id, name) != NULL)
    snprintf(zone, sizeof zone, "%%%s", name);
  else if (a->u.v6.sin6_scope_id != 0)
    snprintf(zone, sizeof zone, "%%%lu", (unsigned long)a->u.v6.sin6_scope_id);
  snprintf(text, MW_ADDRESS_TEXT_SIZE, port != 0 ? "[%s%s]:%u" : "%s%s", ip, zone, (unsigned)port);
}
