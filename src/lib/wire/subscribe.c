/* SPDX-License-Identifier: MIT
 * SUBSCRIBE and UNSUBSCRIBE; see subscribe.h. MQTT 5 sections 3.8 and 3.10. */
#include "wire/subscribe.h"

#include "wire/fixed_header.h"
#include "wire/topic.h"

void mw_write_filter(struct mw_writer *w, enum mw_packet_type type, const struct mw_filter *filter) {
  mw_write_binary(w, filter->filter);
  if (type == MW_SUBSCRIBE) mw_write_u8(w, filter->options);
}

bool mw_filter_next(struct mw_slice *rest, enum mw_packet_type type, struct mw_filter *filter) {
  struct mw_reader r;
  mw_reader_init(&r, *rest);
  filter->filter = mw_read_binary(&r);
  filter->options = type == MW_SUBSCRIBE ? mw_read_u8(&r) : 0;
  *rest = mw_read_rest(&r);
  return r.status == MQTTWILL_OK;
}

void mw_subscribe_encode(struct mw_writer *w, uint8_t version, const struct mw_subscribe *subscribe) {
  size_t start = mw_packet_begin(w, subscribe->type, mw_fixed_flags(subscribe->type));
  mw_write_u16(w, subscribe->packet_id);
  if (version >= MW_MQTT_5) mw_write_properties(w, subscribe->properties);
  mw_write_bytes(w, subscribe->filters);
  mw_packet_end(w, start);
}

static int check_options(uint8_t version, const struct mw_filter *filter) {
  uint8_t defined = MW_SUBSCRIBE_QOS;
  if (version >= MW_MQTT_5)
    defined = MW_SUBSCRIBE_QOS | MW_SUBSCRIBE_NO_LOCAL | MW_SUBSCRIBE_RETAIN_AS_PUBLISHED |
              MW_SUBSCRIBE_RETAIN_HANDLING;
  if ((filter->options & ~defined) != 0) return MQTTWILL_ERR_MALFORMED; /* [MQTT-3.8.3-5] */
  if ((filter->options & MW_SUBSCRIBE_QOS) == MW_SUBSCRIBE_QOS) return MQTTWILL_ERR_PROTOCOL; /* QoS 3 */
  if ((filter->options & MW_SUBSCRIBE_RETAIN_HANDLING) == MW_SUBSCRIBE_RETAIN_HANDLING)
    return MQTTWILL_ERR_PROTOCOL;
  struct mw_slice group, rest;
  if ((filter->options & MW_SUBSCRIBE_NO_LOCAL) != 0 && mw_topic_share(filter->filter, &group, &rest))
    return MQTTWILL_ERR_PROTOCOL; /* [MQTT-3.8.3-4] */
  return MQTTWILL_OK;
}

static void read_filter(struct mw_reader *r, uint8_t version, enum mw_packet_type type) {
  struct mw_filter filter = {.filter = mw_read_string(r)};
  if (mw_topic_filter_check(filter.filter) != MQTTWILL_OK) mw_reader_fail(r, MQTTWILL_ERR_PROTOCOL);
  if (type != MW_SUBSCRIBE) return;
  filter.options = mw_read_u8(r);
  int status = check_options(version, &filter);
  if (status != MQTTWILL_OK) mw_reader_fail(r, status);
}

int mw_subscribe_decode(struct mw_subscribe *subscribe, uint8_t version, uint8_t flags,
                        struct mw_slice body) {
  struct mw_reader r;
  enum mw_packet_type type = subscribe->type;
  if (!mw_fixed_flags_valid(type, version, flags)) return MQTTWILL_ERR_MALFORMED;
  mw_reader_init(&r, body);
  *subscribe = (struct mw_subscribe){.type = type, .packet_id = mw_read_packet_id(&r)};
  if (version >= MW_MQTT_5)
    subscribe->properties =
        mw_read_properties(&r, type == MW_SUBSCRIBE ? MW_IN_SUBSCRIBE : MW_IN_UNSUBSCRIBE);
  subscribe->filters = mw_slice(r.at, r.left);
  if (r.left == 0) mw_reader_fail(&r, MQTTWILL_ERR_PROTOCOL); /* [MQTT-3.8.3-2], [MQTT-3.10.3-2] */
  while (r.left > 0) read_filter(&r, version, type);
  return mw_reader_end(&r);
}
