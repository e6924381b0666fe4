/* SPDX-License-Identifier: MIT
 * See url.h. Called when a connect begins. */
#include "client/url.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

enum { LONGEST_HOST = 253 };

void mw_url_fini(struct mw_url *url) {
  mw_free(url->host);
  *url = (struct mw_url){0};
}

static bool parse_port(const char *text, uint16_t *port) {
  unsigned long value = 0;
  if (*text == '\0') return false;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9') return false;
    value = value * 10 + (unsigned long)(*text - '0');
    if (value > UINT16_MAX) return false;
  }
  *port = (uint16_t)value;
  return value > 0;
}

/* Splits "host", "host:port", "[v6]" or "[v6]:port"; *port_text is NULL where no port is named. */
static const char *split_authority(const char *text, struct mw_slice *host, const char **port_text) {
  const char *end;
  if (*text == '[') {
    end = strchr(++text, ']');
    if (end == NULL) return "the bracket of the IPv6 address is not closed";
    *host = mw_slice(text, (size_t)(end - text));
    if (memchr(host->data, ':', host->len) == NULL) return "only an IPv6 address stands in brackets";
    end++;
  } else {
    end = text + strcspn(text, ":");
    *host = mw_slice(text, (size_t)(end - text));
    if (*end == ':' && strchr(end + 1, ':') != NULL) return "an IPv6 address stands in brackets";
  }
  if (*end != ':' && *end != '\0') return "only :port may follow the host";
  *port_text = *end == ':' ? end + 1 : NULL;
  if (host->len == 0) return "the host is missing";
  if (host->len > LONGEST_HOST) return "the host name is longer than 253 bytes";
  return NULL;
}

int mw_url_parse(struct mw_url *url, const char *text, const char **why) {
  *why = "it does not begin with a scheme such as mqtt://";
  const char *colon = strstr(text, "://");
  if (colon == NULL) return MQTTWILL_ERR_URL;
  const struct mw_scheme *scheme = mw_scheme_find(mw_slice(text, (size_t)(colon - text)));
  if (scheme == NULL) return MQTTWILL_ERR_SCHEME;
  text = colon + 3;
  size_t len = strcspn(text, "/?#@ \t\r\n");
  if (text[len] == '@') {
    *why = "user and password are options, not part of the URL";
    return MQTTWILL_ERR_URL;
  }
  if (text[len] != '\0' && strcmp(text + len, "/") != 0) {
    *why = "nothing may follow host and port";
    return MQTTWILL_ERR_URL;
  }
  char *authority = mw_memdup(text, len);
  if (authority == NULL) return MQTTWILL_ERR_MEMORY;
  struct mw_slice host;
  const char *port_text = NULL;
  uint16_t port = scheme->port;
  *why = split_authority(authority, &host, &port_text);
  if (*why == NULL && port_text != NULL && !parse_port(port_text, &port))
    *why = "the port is not a number from 1 to 65535";
  char *copy = *why == NULL ? mw_memdup(host.data, host.len) : NULL;
  mw_free(authority);
  if (*why != NULL) return MQTTWILL_ERR_URL;
  if (copy == NULL) return MQTTWILL_ERR_MEMORY;
  mw_url_fini(url);
  *url = (struct mw_url){.host = copy, .scheme = scheme, .port = port};
  return MQTTWILL_OK;
}
