/* SPDX-License-Identifier: MIT
 * PINGREQ and PINGRESP; see ping.h. MQTT 5 sections 3.12 and 3.13. */
#include "wire/ping.h"

#include "wire/fixed_header.h"

void mw_ping_encode(struct mw_writer *w, enum mw_packet_type type) {
  mw_write_fixed_header(w, type, 0, 0);
}

int mw_ping_decode(struct mw_slice body) {
  return body.len == 0 ? MQTTWILL_OK : MQTTWILL_ERR_MALFORMED;
}
