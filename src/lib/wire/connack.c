/* SPDX-License-Identifier: MIT
 * CONNACK; see connack.h. MQTT 5 section 3.2, MQTT 3.1.1 section 3.2. */
#include "wire/connack.h"

#include "wire/fixed_header.h"

enum { LAST_RETURN_CODE = MQTTWILL_RETURN_NOT_AUTHORIZED };

void mw_connack_encode(struct mw_writer *w, uint8_t version, const struct mw_connack *connack) {
  size_t start = mw_packet_begin(w, MW_CONNACK, 0);
  mw_write_u8(w, version > MW_MQTT_3_1 && connack->session_present); /* 3.1: reserved, 0 */
  mw_write_u8(w, connack->reason);
  if (version >= MW_MQTT_5) mw_write_properties(w, connack->properties);
  mw_packet_end(w, start);
}

/* A return code of 3.1.1 in MQTT 5's words, for a server that answers in the older form. */
static uint8_t reason_of_return_code(uint8_t code) {
  static const uint8_t reasons[] = {
      [MQTTWILL_RETURN_UNACCEPTABLE_PROTOCOL_VERSION] = MQTTWILL_REASON_UNSUPPORTED_PROTOCOL_VERSION,
      [MQTTWILL_RETURN_IDENTIFIER_REJECTED] = MQTTWILL_REASON_CLIENT_IDENTIFIER_NOT_VALID,
      [MQTTWILL_RETURN_SERVER_UNAVAILABLE] = MQTTWILL_REASON_SERVER_UNAVAILABLE,
      [MQTTWILL_RETURN_BAD_USER_NAME_OR_PASSWORD] = MQTTWILL_REASON_BAD_USER_NAME_OR_PASSWORD,
      [MQTTWILL_RETURN_NOT_AUTHORIZED] = MQTTWILL_REASON_NOT_AUTHORIZED,
  };
  return reasons[code];
}

static bool is_older_form(const struct mw_connack *connack, struct mw_slice body) {
  return body.len == 2 && connack->reason >= 1 && connack->reason <= LAST_RETURN_CODE;
}

static bool is_defined(uint8_t version, uint8_t reason) {
  return version >= MW_MQTT_5 ? mw_reason_defined(MW_CONNACK, reason) : reason <= LAST_RETURN_CODE;
}

int mw_connack_decode(struct mw_connack *connack, uint8_t version, uint8_t flags, struct mw_slice body) {
  struct mw_reader r;
  if (!mw_fixed_flags_valid(MW_CONNACK, version, flags)) return MQTTWILL_ERR_MALFORMED;
  mw_reader_init(&r, body);
  uint8_t acknowledge_flags = mw_read_u8(&r);
  if (version == MW_MQTT_3_1) acknowledge_flags = 0; /* reserved there, and not looked at */
  if (acknowledge_flags > 1) mw_reader_fail(&r, MQTTWILL_ERR_MALFORMED); /* [MQTT-3.2.2-1] */

  *connack = (struct mw_connack){.session_present = acknowledge_flags == 1, .reason = mw_read_u8(&r)};
  if (version >= MW_MQTT_5 && is_older_form(connack, body)) {
    connack->reason = reason_of_return_code(connack->reason);
  } else {
    if (!is_defined(version, connack->reason)) mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL);
    if (version >= MW_MQTT_5) connack->properties = mw_read_properties(&r, MW_IN_CONNACK);
  }
  if (connack->session_present && connack->reason != 0)
    mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL); /* [MQTT-3.2.2-6] */
  return mw_reader_end(&r);
}
