/* SPDX-License-Identifier: MIT
 * See will_timing.h. The best case is a connection that is seen to close: the effective delay. The worst is
 * a client that falls silent: the server waits one and a half keep alives before it looks closed, and the
 * delay starts only then (MQTT 5 sections 3.1.2.10 and 3.1.3.2.2). */
#include "will/will_timing.h"

#include "base/utf8.h"
#include "will/will_fate.h"
#include "wire/property.h"
#include "wire/wire.h"

enum { SILENCE_MS = 1500 }; /* per second of keep alive: [MQTT-3.1.2-22], 3.1.1 [MQTT-3.1.2-24] */

static const struct {
  unsigned warning;
  const char *text;
} texts[] = {
    {MQTTWILL_WILL_DELAY_IGNORED,
     "the session ends with the connection (session expiry 0), so the will delay has no effect"},
    {MQTTWILL_WILL_DELAY_CAPPED,
     "the session expires before the will delay is over, and the will is published then"},
    {MQTTWILL_WILL_EXPIRY_LOWERED, "the server granted a shorter session expiry than was asked for"},
    {MQTTWILL_WILL_KEEP_ALIVE_CHANGED, "the server dictates another keep alive than was asked for"},
    {MQTTWILL_WILL_NEVER_NOTICED,
     "keep alive is off: when this client falls silent without closing, nobody ever learns of it"},
    {MQTTWILL_WILL_DOLLAR_TOPIC, "the will topic begins with $, which servers often keep for themselves"},
    {MQTTWILL_WILL_ERASES_RETAINED,
     "an empty will with retain erases the retained message instead of leaving one"},
    {MQTTWILL_WILL_CONTROL_CHARACTERS,
     "the will topic holds control characters or non-characters, which servers may refuse"},
    {MQTTWILL_WILL_NOT_ASCII, "MQTT 3.1 wants a will payload of 7-bit characters"},
};

const char *mqttwill_will_warning_text(unsigned warning) {
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (texts[i].warning == warning) return texts[i].text;
  return NULL;
}

static bool is_ascii(struct mw_slice bytes) {
  for (size_t i = 0; i < bytes.len; i++)
    if (bytes.data[i] >= 0x80) return false;
  return true;
}

/* What is odd about the message itself. */
static unsigned message_warnings(const struct mw_will_view *will, uint8_t version) {
  unsigned warnings = 0;
  unsigned found = 0;
  if (will->topic.len > 0 && will->topic.data[0] == '$') warnings |= MQTTWILL_WILL_DOLLAR_TOPIC;
  if (mw_utf8_check(will->topic, &found) && (found & MW_UTF8_CONTROL) != 0)
    warnings |= MQTTWILL_WILL_CONTROL_CHARACTERS;
  if (will->retain && will->payload.len == 0) warnings |= MQTTWILL_WILL_ERASES_RETAINED;
  if (version == MW_MQTT_3_1 && !is_ascii(will->payload)) warnings |= MQTTWILL_WILL_NOT_ASCII;
  return warnings;
}

/* What is odd about the session it belongs to; `keep_alive` and `expiry` are those in force. */
static unsigned term_warnings(const struct mw_will_terms *terms, uint32_t delay, uint16_t keep_alive,
                              uint32_t expiry) {
  unsigned warnings = 0;
  if (keep_alive == 0) warnings |= MQTTWILL_WILL_NEVER_NOTICED;
  if (keep_alive != terms->keep_alive) warnings |= MQTTWILL_WILL_KEEP_ALIVE_CHANGED;
  if (terms->version < MW_MQTT_5) return warnings;
  if (expiry < terms->session_expiry) warnings |= MQTTWILL_WILL_EXPIRY_LOWERED;
  if (delay > expiry) warnings |= expiry == 0 ? MQTTWILL_WILL_DELAY_IGNORED : MQTTWILL_WILL_DELAY_CAPPED;
  return warnings;
}

struct mw_will_timing mw_will_timing(const struct mw_will_view *will, const struct mw_will_terms *terms) {
  uint16_t keep_alive = terms->connected ? terms->keep_alive_used : terms->keep_alive;
  uint32_t expiry = terms->connected ? terms->session_expiry_used : terms->session_expiry;
  uint32_t delay = mw_property_number(will->properties, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, 0);

  struct mw_will_timing timing = {0};
  timing.best_ms = (uint64_t)mw_will_effective_delay(terms->version, delay, expiry) * 1000;
  timing.worst_ms = keep_alive == 0 ? UINT64_MAX : timing.best_ms + (uint64_t)keep_alive * SILENCE_MS;
  timing.warnings = message_warnings(will, terms->version) | term_warnings(terms, delay, keep_alive, expiry);
  return timing;
}
