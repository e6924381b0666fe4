/* SPDX-License-Identifier: MIT
 * Whether a will may be sent: one small function per rule, in the order in which people make the mistakes.
 * Called when a will is set, again at CONNECT when the version is decided, and again when the server's limits
 * are known; the broker calls it for every will it receives. MQTT 5 sections 3.1.2.5 to 3.1.2.7 and 3.1.3.2
 * to 3.1.3.4. */
#ifndef MW_WILL_WILL_CHECK_H
#define MW_WILL_WILL_CHECK_H

#include "wire/connect.h"

struct mw_will_fault {
  int status;
  const char *field; /* "will topic", "will payload", "will QoS", "will response topic" ... */
  const char *rule;  /* what it must be, with the clause */
};

/* MQTTWILL_OK, or the status of the first rule broken; `fault` (may be NULL) names field and rule. `version`
 * 0: not decided yet, rules that depend on it are left out. A view without a topic at all (properties set
 * first) checks only the properties: pass topic.data == NULL. */
int mw_will_check(const struct mw_will_view *will, uint8_t version, struct mw_will_fault *fault);

/* What a server granted in CONNACK, as far as it binds a will. */
struct mw_will_limits {
  uint8_t maximum_qos;
  bool retain_available;
};

/* MQTTWILL_ERR_QOS_UNAVAILABLE [MQTT-3.2.2-12] or MQTTWILL_ERR_RETAIN_UNAVAILABLE [MQTT-3.2.2-13], or
 * MQTTWILL_OK. */
int mw_will_check_limits(const struct mw_will_view *will, const struct mw_will_limits *limits,
                         struct mw_will_fault *fault);

#endif
