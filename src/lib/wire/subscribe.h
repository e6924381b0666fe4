/* SPDX-License-Identifier: MIT
 * SUBSCRIBE and UNSUBSCRIBE, MQTT 5 sections 3.8 and 3.10: a list of filters, with an options byte each in
 * SUBSCRIBE. */
#ifndef MW_WIRE_SUBSCRIBE_H
#define MW_WIRE_SUBSCRIBE_H

#include "wire/property.h"
#include "wire/wire.h"

enum {
  MW_SUBSCRIBE_QOS = 0x03,
  MW_SUBSCRIBE_NO_LOCAL = 0x04,
  MW_SUBSCRIBE_RETAIN_AS_PUBLISHED = 0x08,
  MW_SUBSCRIBE_RETAIN_HANDLING = 0x30
};

struct mw_subscribe {
  enum mw_packet_type type; /* MW_SUBSCRIBE or MW_UNSUBSCRIBE */
  uint16_t packet_id;
  struct mw_slice properties;
  struct mw_slice filters; /* the list as it stands in the packet: walk it with mw_filter_next() */
};

struct mw_filter {
  struct mw_slice filter;
  uint8_t options; /* SUBSCRIBE only */
};

void mw_write_filter(struct mw_writer *w, enum mw_packet_type type, const struct mw_filter *filter);
bool mw_filter_next(struct mw_slice *rest, enum mw_packet_type type, struct mw_filter *filter);

void mw_subscribe_encode(struct mw_writer *w, uint8_t version, const struct mw_subscribe *subscribe);
/* `type` is set by the caller before. Strict: packet id not 0, at least one filter, each valid
 * (MQTTWILL_ERR_PROTOCOL for an ill-formed one; ill-formed UTF-8: MALFORMED), QoS <= 2, reserved bits 0,
 * Retain Handling <= 2, no options but QoS below MQTT 5, no No Local with $share (section 3.8.3.1). */
int mw_subscribe_decode(struct mw_subscribe *subscribe, uint8_t version, uint8_t flags, struct mw_slice body);

#endif
