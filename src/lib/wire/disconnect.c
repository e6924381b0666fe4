/* SPDX-License-Identifier: MIT
 * DISCONNECT; see disconnect.h. MQTT 5 section 3.14. */
#include "wire/disconnect.h"

#include "wire/fixed_header.h"

void mw_disconnect_encode(struct mw_writer *w, uint8_t version, const struct mw_disconnect *disconnect) {
  size_t start = mw_packet_begin(w, MW_DISCONNECT, 0);
  if (version >= MW_MQTT_5) {
    bool has_properties = disconnect->properties.len > 0;
    if (disconnect->reason != 0 || has_properties) mw_write_u8(w, disconnect->reason);
    if (has_properties) mw_write_properties(w, disconnect->properties);
  }
  mw_packet_end(w, start);
}

int mw_disconnect_decode(struct mw_disconnect *disconnect, uint8_t version, uint8_t flags,
                         struct mw_slice body) {
  struct mw_reader r;
  if (!mw_fixed_flags_valid(MW_DISCONNECT, version, flags)) return MQTTWILL_ERR_MALFORMED;
  mw_reader_init(&r, body);
  *disconnect = (struct mw_disconnect){0};
  if (version >= MW_MQTT_5) { /* reason and properties may be left out at the end, 3.14.2.1 */
    if (r.left > 0) {
      disconnect->reason = mw_read_u8(&r);
      if (!mw_reason_defined(MW_DISCONNECT, disconnect->reason)) mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL);
    }
    if (r.left > 0) disconnect->properties = mw_read_properties(&r, MW_IN_DISCONNECT);
  }
  return mw_reader_end(&r);
}
