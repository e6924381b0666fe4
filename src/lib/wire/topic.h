/* SPDX-License-Identifier: MIT
 * Topic names and topic filters, MQTT 5 section 4.7 and 4.8.2. */
#ifndef MW_WIRE_TOPIC_H
#define MW_WIRE_TOPIC_H

#include "base/slice.h"

/* MQTTWILL_OK, or the first of MQTTWILL_ERR_TOPIC_EMPTY, _TOO_LONG, _UTF8, _NUL, _WILDCARD that is wrong. */
int mw_topic_name_check(struct mw_slice name);

/* MQTTWILL_OK, or MQTTWILL_ERR_FILTER: empty, too long, not UTF-8, U+0000, a wildcard that does not fill its
 * level, '#' not last, "$share" without a group name (non-empty, no + # /) or without a filter behind it. */
int mw_topic_filter_check(struct mw_slice filter);

/* Splits "$share/group/filter". False, and *rest == filter, where it is not a shared subscription. The filter
 * is checked. */
bool mw_topic_share(struct mw_slice filter, struct mw_slice *group, struct mw_slice *rest);

/* Whether a checked filter (without its $share part) matches a checked name; names that begin with $ are out
 * of reach of a leading wildcard, [MQTT-4.7.2-1]. */
bool mw_topic_matches(struct mw_slice filter, struct mw_slice name);

/* Takes the first level off *rest into *level; false when no level is left. "a//b" has three levels, "" has
 * one empty level. Start with rest = the whole and *more = true. */
bool mw_topic_level(struct mw_slice *rest, bool *more, struct mw_slice *level);

#endif
