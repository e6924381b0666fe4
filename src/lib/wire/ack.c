/* SPDX-License-Identifier: MIT
 * PUBACK, PUBREC, PUBREL, PUBCOMP; see ack.h. MQTT 5 sections 3.4 to 3.7. */
#include "wire/ack.h"

#include "wire/fixed_header.h"

static enum mw_place place_of(enum mw_packet_type type) {
  switch (type) {
  case MW_PUBACK:
    return MW_IN_PUBACK;
  case MW_PUBREC:
    return MW_IN_PUBREC;
  case MW_PUBREL:
    return MW_IN_PUBREL;
  default:
    return MW_IN_PUBCOMP;
  }
}

void mw_ack_encode(struct mw_writer *w, uint8_t version, const struct mw_ack *ack) {
  size_t start = mw_packet_begin(w, ack->type, mw_fixed_flags(ack->type));
  mw_write_u16(w, ack->packet_id);
  if (version >= MW_MQTT_5) {
    if (ack->reason != 0 || ack->properties.len > 0) mw_write_u8(w, ack->reason);
    if (ack->properties.len > 0) mw_write_properties(w, ack->properties);
  }
  mw_packet_end(w, start);
}

int mw_ack_decode(struct mw_ack *ack, uint8_t version, uint8_t flags, struct mw_slice body) {
  struct mw_reader r;
  if (!mw_fixed_flags_valid(ack->type, version, flags)) return MQTTWILL_ERR_MALFORMED;
  mw_reader_init(&r, body);
  ack->packet_id = mw_read_packet_id(&r);
  ack->reason = 0;
  ack->properties = mw_slice(NULL, 0);
  if (version >= MW_MQTT_5) { /* reason and properties may be left out at the end, 3.4.2.1 */
    if (r.left > 0) {
      ack->reason = mw_read_u8(&r);
      if (!mw_reason_defined(ack->type, ack->reason)) mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL);
    }
    if (r.left > 0) ack->properties = mw_read_properties(&r, place_of(ack->type));
  }
  return mw_reader_end(&r);
}
