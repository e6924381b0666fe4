/* SPDX-License-Identifier: MIT
 * SUBSCRIBE and UNSUBSCRIBE. Every filter gets its answer; the retained messages follow it. MQTT 5
 * sections 3.8 to 3.11. */
#include "broker/core/peer.h"

#include "base/alloc.h"
#include "broker/core/delivery.h"
#include "wire/suback.h"
#include "wire/subscribe.h"
#include "wire/topic.h"

enum { RETAIN_ALWAYS = 0, RETAIN_IF_NEW = 1, RETAIN_HANDLING_SHIFT = 4 };

/* The answer being made, and which filters were new, for Retain Handling. */
struct mw_answers {
  uint8_t *reasons;
  uint8_t *is_new;
  size_t count;
};

static size_t count_filters(const struct mw_subscribe *request) {
  struct mw_slice rest = request->filters;
  struct mw_filter filter;
  size_t n = 0;
  while (mw_filter_next(&rest, request->type, &filter)) n++;
  return n;
}

static bool has_wildcard(struct mw_slice filter) {
  return filter.len > 0 &&
         (memchr(filter.data, '+', filter.len) != NULL || memchr(filter.data, '#', filter.len) != NULL);
}

static bool has_too_many_levels(const struct mw_broker *b, struct mw_slice filter) {
  size_t levels = 1;
  for (size_t i = 0; i < filter.len; i++) levels += filter.data[i] == '/';
  return levels > b->options.topic_levels;
}

/* Why a well-formed filter is not granted, section 3.9.3; 0: it is. */
static uint8_t refusal_of(const struct mw_peer *p, struct mw_slice whole, uint32_t identifier) {
  const struct mw_broker *b = p->broker;
  struct mw_slice group, filter;
  bool is_shared = mw_topic_share(whole, &group, &filter);
  if (is_shared && !b->options.shared_available) return MQTTWILL_REASON_SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
  if (has_wildcard(filter) && !b->options.wildcard_available)
    return MQTTWILL_REASON_WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
  if (identifier != 0 && !b->options.identifiers_available)
    return MQTTWILL_REASON_SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED;
  if (has_too_many_levels(b, filter)) return MQTTWILL_REASON_TOPIC_FILTER_INVALID;
  bool is_full = p->session->subscriptions.count >= b->options.subscriptions;
  if (is_full && mw_subscriptions_find(p->session, whole) == NULL) return MQTTWILL_REASON_QUOTA_EXCEEDED;
  return 0;
}

/* The reason code for one filter. */
static uint8_t subscribe_one(struct mw_peer *p, const struct mw_filter *filter, uint32_t identifier,
                             bool *is_new) {
  struct mw_broker *b = p->broker;
  *is_new = false;
  uint8_t refusal = refusal_of(p, filter->filter, identifier);
  if (refusal != 0) return p->version >= MW_MQTT_5 ? refusal : MQTTWILL_REASON_UNSPECIFIED_ERROR;
  struct mw_filter granted = *filter;
  uint8_t qos = granted.options & MW_SUBSCRIBE_QOS;
  if (qos > b->options.maximum_qos) qos = b->options.maximum_qos;
  granted.options = (uint8_t)((granted.options & ~MW_SUBSCRIBE_QOS) | qos);
  if (mw_subscriptions_put(b, p->session, &granted, identifier, is_new) == NULL)
    return MQTTWILL_REASON_UNSPECIFIED_ERROR;
  return qos;
}

struct mw_retained_copy {
  struct mw_broker *broker;
  const struct mw_subscription *subscription;
};

/* [MQTT-3.3.1-9]: RETAIN 1, whatever Retain As Published says. */
static void send_retained(void *context, struct mw_publication *publication) {
  const struct mw_retained_copy *copy = context;
  uint8_t qos = copy->subscription->options & MW_SUBSCRIBE_QOS;
  struct mw_delivery d = {
      .publication = mw_publication_share(publication),
      .identifier = copy->subscription->identifier,
      .qos = publication->qos < qos ? publication->qos : qos,
      .retain = true,
  };
  mw_deliver(copy->broker, copy->subscription->session, &d);
}

/* 3.3.1.3: as Retain Handling says, and never for a shared subscription. */
static void send_retained_for(struct mw_peer *p, const struct mw_filter *filter, bool is_new) {
  struct mw_broker *b = p->broker;
  const struct mw_subscription *sub = mw_subscriptions_find(p->session, filter->filter);
  unsigned handling = (filter->options & MW_SUBSCRIBE_RETAIN_HANDLING) >> RETAIN_HANDLING_SHIFT;
  bool is_wanted = handling == RETAIN_ALWAYS || (handling == RETAIN_IF_NEW && is_new);
  if (sub == NULL || sub->share != NULL || !is_wanted) return;
  struct mw_retained_copy copy = {b, sub};
  mw_retained_match(&b->retained, filter->filter, b->now, send_retained, &copy);
}

static void write_suback(struct mw_peer *p, const struct mw_subscribe *request, enum mw_packet_type type,
                         const struct mw_answers *answers) {
  struct mw_suback suback = {
      .type = type,
      .packet_id = request->packet_id,
      .reasons = mw_slice(answers->reasons, answers->count),
  };
  if (type == MW_UNSUBACK && p->version < MW_MQTT_5) suback.reasons = mw_slice(NULL, 0);
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_suback_encode(&w, p->version, &suback);
  uint8_t *room = mw_peer_reserve(p, w.len);
  if (room == NULL) return;
  mw_writer_init(&w, room, w.len);
  mw_suback_encode(&w, p->version, &suback);
}

/* Decodes it and makes room for the answers: reasons, and for SUBSCRIBE as many marks. False: it is over. */
static bool read_request(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body,
                         struct mw_subscribe *request, struct mw_answers *answers) {
  request->type = header->type;
  int status = mw_subscribe_decode(request, p->version, header->flags, body);
  if (status == MQTTWILL_OK) {
    *answers = (struct mw_answers){.count = count_filters(request)};
    answers->reasons = mw_calloc(answers->count, 2);
    if (answers->reasons == NULL) status = MQTTWILL_ERR_MEMORY;
  }
  if (status != MQTTWILL_OK) {
    mw_peer_fail(p, status);
    return false;
  }
  answers->is_new = answers->reasons + answers->count;
  return true;
}

void mw_on_subscribe(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_subscribe request;
  struct mw_answers answers;
  if (!read_request(p, header, body, &request, &answers)) return;
  uint32_t identifier = mw_property_number(request.properties, MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER, 0);
  struct mw_slice rest = request.filters;
  struct mw_filter filter;
  for (size_t i = 0; mw_filter_next(&rest, MW_SUBSCRIBE, &filter); i++) {
    bool is_new;
    answers.reasons[i] = subscribe_one(p, &filter, identifier, &is_new);
    answers.is_new[i] = is_new;
  }
  write_suback(p, &request, MW_SUBACK, &answers);
  rest = request.filters;
  for (size_t i = 0; mw_filter_next(&rest, MW_SUBSCRIBE, &filter); i++)
    if (answers.reasons[i] < MQTTWILL_REASON_UNSPECIFIED_ERROR)
      send_retained_for(p, &filter, answers.is_new[i] != 0);
  mw_free(answers.reasons);
}

void mw_on_unsubscribe(struct mw_peer *p, const struct mw_fixed_header *header, struct mw_slice body) {
  struct mw_subscribe request;
  struct mw_answers answers;
  if (!read_request(p, header, body, &request, &answers)) return;
  struct mw_slice rest = request.filters;
  struct mw_filter filter;
  for (size_t i = 0; mw_filter_next(&rest, MW_UNSUBSCRIBE, &filter); i++)
    if (!mw_subscriptions_remove(p->broker, p->session, filter.filter))
      answers.reasons[i] = MQTTWILL_REASON_NO_SUBSCRIPTION_EXISTED;
  write_suback(p, &request, MW_UNSUBACK, &answers);
  mw_free(answers.reasons);
}
