/* SPDX-License-Identifier: MIT
 * AUTH; see auth.h. MQTT 5 section 3.15. */
#include "wire/auth.h"

#include "wire/fixed_header.h"

void mw_auth_encode(struct mw_writer *w, uint8_t version, const struct mw_auth *auth) {
  if (version < MW_MQTT_5) {
    mw_writer_fail(w, MQTTWILL_ERR_VERSION);
    return;
  }
  size_t start = mw_packet_begin(w, MW_AUTH, 0);
  if (auth->reason != 0 || auth->properties.len > 0) {
    mw_write_u8(w, auth->reason);
    mw_write_properties(w, auth->properties);
  }
  mw_packet_end(w, start);
}

int mw_auth_decode(struct mw_auth *auth, uint8_t version, uint8_t flags, struct mw_slice body) {
  struct mw_reader r;
  if (version < MW_MQTT_5 || !mw_fixed_flags_valid(MW_AUTH, version, flags)) return MQTTWILL_ERR_MALFORMED;
  mw_reader_init(&r, body);
  *auth = (struct mw_auth){0};
  if (body.len == 0) return MQTTWILL_OK; /* success without properties, 3.15.2.1 */
  auth->reason = mw_read_u8(&r);
  if (!mw_reason_defined(MW_AUTH, auth->reason)) mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL);
  auth->properties = mw_read_properties(&r, MW_IN_AUTH);
  int status = mw_reader_end(&r);
  if (status != MQTTWILL_OK) return status;
  bool has_method = mw_property_bytes(auth->properties, MQTTWILL_PROPERTY_AUTHENTICATION_METHOD).data != NULL;
  return has_method ? MQTTWILL_OK : MQTTWILL_ERR_PROTOCOL; /* 3.15.2.2.2 */
}
