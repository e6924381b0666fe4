/* SPDX-License-Identifier: MIT
 * Topic names and filters: what is a valid one, and which filter matches which name. Called by the decoders,
 * will/, session/ and broker/core. MQTT 5 sections 4.7 and 4.8.2. */
#include "wire/topic.h"

#include "base/utf8.h"

#include <mqttwill/status.h>

static bool holds(struct mw_slice text, uint8_t c) {
  return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

static bool is_level(struct mw_slice level, uint8_t wildcard) {
  return level.len == 1 && level.data[0] == wildcard;
}

int mw_topic_name_check(struct mw_slice name) {
  if (name.len == 0) return MQTTWILL_ERR_TOPIC_EMPTY;            /* [MQTT-4.7.3-1] */
  if (name.len > UINT16_MAX) return MQTTWILL_ERR_TOPIC_TOO_LONG; /* [MQTT-4.7.3-3] */
  unsigned found = 0;
  if (!mw_utf8_check(name, &found)) return MQTTWILL_ERR_TOPIC_UTF8;
  if ((found & MW_UTF8_NUL) != 0) return MQTTWILL_ERR_TOPIC_NUL;                /* [MQTT-4.7.3-2] */
  if (holds(name, '+') || holds(name, '#')) return MQTTWILL_ERR_TOPIC_WILDCARD; /* [MQTT-4.7.0-1] */
  return MQTTWILL_OK;
}

bool mw_topic_level(struct mw_slice *rest, bool *more, struct mw_slice *level) {
  if (!*more) return false;
  const uint8_t *slash = rest->len > 0 ? memchr(rest->data, '/', rest->len) : NULL;
  if (slash == NULL) {
    *level = *rest;
    *rest = mw_slice(NULL, 0);
    *more = false;
    return true;
  }
  *level = mw_slice(rest->data, (size_t)(slash - rest->data));
  *rest = mw_slice_skip(*rest, level->len + 1);
  return true;
}

/* [MQTT-4.7.1-1], [MQTT-4.7.1-2]: a wildcard fills its level, and nothing comes behind '#'. */
static bool are_wildcards_in_place(struct mw_slice filter) {
  bool more = true;
  struct mw_slice level;
  while (mw_topic_level(&filter, &more, &level)) {
    if (level.len != 1 && (holds(level, '+') || holds(level, '#'))) return false;
    if (is_level(level, '#') && more) return false;
  }
  return true;
}

/* Takes "$share" off; false where the first level is another one. */
static bool take_share(struct mw_slice *rest, bool *more) {
  struct mw_slice level, whole = *rest;
  if (mw_topic_level(rest, more, &level) && mw_slice_equal(level, mw_slice_text("$share"))) return true;
  *rest = whole;
  *more = true;
  return false;
}

int mw_topic_filter_check(struct mw_slice filter) {
  unsigned found = 0;
  if (filter.len == 0 || filter.len > UINT16_MAX) return MQTTWILL_ERR_FILTER;
  if (!mw_utf8_check(filter, &found) || (found & MW_UTF8_NUL) != 0) return MQTTWILL_ERR_FILTER;

  struct mw_slice rest = filter, group;
  bool more = true;
  if (take_share(&rest, &more)) { /* [MQTT-4.8.2-1], [MQTT-4.8.2-2] */
    if (!mw_topic_level(&rest, &more, &group) || group.len == 0) return MQTTWILL_ERR_FILTER;
    if (holds(group, '+') || holds(group, '#')) return MQTTWILL_ERR_FILTER;
    if (!more || rest.len == 0) return MQTTWILL_ERR_FILTER;
  }
  return are_wildcards_in_place(rest) ? MQTTWILL_OK : MQTTWILL_ERR_FILTER;
}

bool mw_topic_share(struct mw_slice filter, struct mw_slice *group, struct mw_slice *rest) {
  bool more = true;
  *rest = filter;
  *group = mw_slice(NULL, 0);
  return take_share(rest, &more) && mw_topic_level(rest, &more, group);
}

bool mw_topic_matches(struct mw_slice filter, struct mw_slice name) {
  bool more_filter = true, more_name = true;
  struct mw_slice wanted, level;
  if (name.len > 0 && name.data[0] == '$' && filter.len > 0 &&
      (filter.data[0] == '+' || filter.data[0] == '#'))
    return false; /* [MQTT-4.7.2-1] */
  while (mw_topic_level(&filter, &more_filter, &wanted)) {
    if (is_level(wanted, '#')) return true; /* the parent level too, 4.7.1.2 */
    if (!mw_topic_level(&name, &more_name, &level)) return false;
    if (!is_level(wanted, '+') && !mw_slice_equal(wanted, level)) return false;
  }
  return !more_name;
}
