/* SPDX-License-Identifier: MIT
 * SUBACK and UNSUBACK; see suback.h. MQTT 5 sections 3.9 and 3.11. */
#include "wire/suback.h"

#include "wire/fixed_header.h"

/* An UNSUBACK below MQTT 5 is its packet identifier alone. */
static bool has_reasons(uint8_t version, enum mw_packet_type type) {
  return type == MW_SUBACK || version >= MW_MQTT_5;
}

void mw_suback_encode(struct mw_writer *w, uint8_t version, const struct mw_suback *suback) {
  size_t start = mw_packet_begin(w, suback->type, 0);
  mw_write_u16(w, suback->packet_id);
  if (version >= MW_MQTT_5) mw_write_properties(w, suback->properties);
  if (has_reasons(version, suback->type)) mw_write_bytes(w, suback->reasons);
  mw_packet_end(w, start);
}

static bool is_defined(uint8_t version, enum mw_packet_type type, uint8_t reason) {
  return version >= MW_MQTT_5 ? mw_reason_defined(type, reason) : reason <= 2 || reason == 0x80;
}

static void check_reasons(struct mw_reader *r, uint8_t version, enum mw_packet_type type,
                          struct mw_slice reasons) {
  if (reasons.len == 0) mw_reader_fail(r, MQTTWILL_ERR_PROTOCOL);
  for (size_t i = 0; i < reasons.len; i++)
    if (!is_defined(version, type, reasons.data[i])) mw_reader_fail(r, MQTTWILL_ERR_PROTOCOL);
}

int mw_suback_decode(struct mw_suback *suback, uint8_t version, uint8_t flags, struct mw_slice body) {
  struct mw_reader r;
  if (!mw_fixed_flags_valid(suback->type, version, flags)) return MQTTWILL_ERR_MALFORMED;
  mw_reader_init(&r, body);
  suback->packet_id = mw_read_packet_id(&r);
  suback->properties = suback->reasons = mw_slice(NULL, 0);
  if (version >= MW_MQTT_5)
    suback->properties = mw_read_properties(&r, suback->type == MW_SUBACK ? MW_IN_SUBACK : MW_IN_UNSUBACK);
  if (has_reasons(version, suback->type)) {
    suback->reasons = mw_read_rest(&r);
    check_reasons(&r, version, suback->type, suback->reasons);
  }
  return mw_reader_end(&r);
}
