/* SPDX-License-Identifier: MIT
 * See outbound.h. Called by the other files of session/ only. */
#include "session/outbound.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

enum { LAST_ID = 65535, SMALLEST_RING = 8 };

void mw_outbound_init(struct mw_outbound *o) {
  *o = (struct mw_outbound){.first_id = 1, .window = UINT16_MAX};
}

void mw_outbound_fini(struct mw_outbound *o) {
  mw_free(o->flights);
  mw_free(o->unsent);
  mw_buffer_fini(&o->store);
  mw_outbound_init(o);
}

void mw_outbound_trim(struct mw_outbound *o) {
  if (o->count == 0) {
    mw_free(o->flights);
    o->flights = NULL;
    o->flights_cap = 0;
    mw_buffer_fini(&o->store);
  }
  if (o->unsent_count == 0) {
    mw_free(o->unsent);
    o->unsent = NULL;
    o->unsent_cap = 0;
  }
}

size_t mw_outbound_used(const struct mw_outbound *o) {
  return mw_buffer_len(&o->store) + (size_t)(o->written - o->sent);
}

/* Doubles a ring of `cap` elements, a power of two, and lays its elements out from 0 on. NULL: out of memory.
 */
static void *grow_ring(void *ring, size_t element, uint32_t *cap, uint32_t *first) {
  uint32_t new_cap = *cap == 0 ? SMALLEST_RING : *cap * 2;
  uint8_t *grown = mw_malloc(element * new_cap);
  if (grown == NULL) return NULL;
  if (*cap > 0) {
    size_t head = (*cap - *first) * element;
    memcpy(grown, (uint8_t *)ring + *first * element, head);
    memcpy(grown + head, ring, *first * element);
  }
  mw_free(ring);
  *cap = new_cap;
  *first = 0;
  return grown;
}

struct mw_flight *mw_outbound_at(const struct mw_outbound *o, uint32_t index) {
  return &o->flights[(o->first + index) & (o->flights_cap - 1)];
}

static uint16_t id_after(uint16_t id, uint32_t steps) {
  return (uint16_t)((id - 1u + steps) % LAST_ID + 1u);
}

uint16_t mw_outbound_packet_id(const struct mw_outbound *o, uint32_t index) {
  return id_after(o->first_id, index);
}

struct mw_flight *mw_outbound_find(const struct mw_outbound *o, uint16_t packet_id) {
  uint32_t index = (packet_id + (uint32_t)LAST_ID - o->first_id) % LAST_ID;
  return packet_id != 0 && index < o->count ? mw_outbound_at(o, index) : NULL;
}

int mw_outbound_add(struct mw_outbound *o, int64_t operation, const struct mw_publish *message) {
  if (o->count == LAST_ID) return MQTTWILL_ERR_FULL;
  if (o->count == o->flights_cap) {
    struct mw_flight *grown = grow_ring(o->flights, sizeof *grown, &o->flights_cap, &o->first);
    if (grown == NULL) return MQTTWILL_ERR_MEMORY;
    o->flights = grown;
  }
  /* Filled where it stands: it counts only once it is whole. */
  struct mw_flight *flight = mw_outbound_at(o, o->count);
  *flight =
      (struct mw_flight){.operation = operation, .position = o->store_position + mw_buffer_len(&o->store)};
  if (message != NULL) {
    size_t len = message->topic.len + message->properties.len + message->payload.len;
    uint8_t *to = mw_buffer_reserve(&o->store, len);
    if (to == NULL) return MQTTWILL_ERR_MEMORY;
    const struct mw_slice parts[] = {message->topic, message->properties, message->payload};
    for (size_t i = 0; i < 3; i++) {
      if (parts[i].len > 0) memcpy(to, parts[i].data, parts[i].len);
      to += parts[i].len;
    }
    mw_buffer_commit(&o->store, len);
    flight->topic_len = (uint16_t)message->topic.len;
    flight->properties_len = (uint32_t)message->properties.len;
    flight->payload_len = (uint32_t)message->payload.len;
    flight->qos = message->qos & 3u;
    flight->retain = message->retain;
  }
  o->count++;
  return MQTTWILL_OK;
}

/* Bytes in the store; SUBSCRIBE and UNSUBSCRIBE, which have no topic, keep none. */
static size_t stored(const struct mw_flight *f) {
  return f->topic_len == 0 ? 0 : (size_t)f->topic_len + f->properties_len + f->payload_len;
}

void mw_outbound_drop_last(struct mw_outbound *o) {
  struct mw_flight *last = mw_outbound_at(o, --o->count);
  o->store.end -= stored(last);
  if (o->next > o->count) o->next = o->count;
}

struct mw_publish mw_outbound_message(const struct mw_outbound *o, uint32_t index) {
  const struct mw_flight *f = mw_outbound_at(o, index);
  const uint8_t *at = mw_buffer_view(&o->store).data + (size_t)(f->position - o->store_position);
  return (struct mw_publish){
      .topic = mw_slice(at, f->topic_len),
      .properties = mw_slice(at + f->topic_len, f->properties_len),
      .payload = mw_slice(at + f->topic_len + f->properties_len, f->payload_len),
      .packet_id = mw_outbound_packet_id(o, index),
      .qos = f->qos,
      .retain = f->retain,
      .duplicate = f->sent,
  };
}

void mw_outbound_done(struct mw_outbound *o, struct mw_flight *flight) {
  if (flight->state == MW_FLIGHT_UNTOLD) o->untold--;
  flight->state = MW_FLIGHT_DONE;
  while (o->count > 0 && mw_outbound_at(o, 0)->state == MW_FLIGHT_DONE) {
    size_t len = stored(mw_outbound_at(o, 0));
    mw_buffer_consume(&o->store, len);
    o->store_position += len;
    o->first = (o->first + 1) & (o->flights_cap - 1);
    o->first_id = id_after(o->first_id, 1);
    o->count--;
    if (o->next > 0) o->next--;
    if (o->tell > 0) o->tell--;
  }
}

void mw_outbound_untell(struct mw_outbound *o, struct mw_flight *flight, int status) {
  if (flight->state == MW_FLIGHT_UNTOLD || flight->state == MW_FLIGHT_DONE) return;
  flight->state = MW_FLIGHT_UNTOLD;
  flight->status = status;
  o->untold++;
  o->tell = 0;
}

struct mw_flight *mw_outbound_untold(struct mw_outbound *o) {
  if (o->untold == 0) return NULL;
  while (mw_outbound_at(o, o->tell)->state != MW_FLIGHT_UNTOLD) o->tell++;
  return mw_outbound_at(o, o->tell);
}

int mw_outbound_add_unsent(struct mw_outbound *o, int64_t operation) {
  if (o->unsent_count == o->unsent_cap) {
    struct mw_unsent *grown = grow_ring(o->unsent, sizeof *grown, &o->unsent_cap, &o->unsent_first);
    if (grown == NULL) return MQTTWILL_ERR_MEMORY;
    o->unsent = grown;
  }
  uint32_t at = (o->unsent_first + o->unsent_count++) & (o->unsent_cap - 1);
  o->unsent[at] = (struct mw_unsent){.operation = operation, .end = o->written};
  return MQTTWILL_OK;
}

struct mw_unsent *mw_outbound_first_unsent(const struct mw_outbound *o) {
  return o->unsent_count > 0 ? &o->unsent[o->unsent_first] : NULL;
}

void mw_outbound_drop_unsent(struct mw_outbound *o) {
  o->unsent_first = (o->unsent_first + 1) & (o->unsent_cap - 1);
  o->unsent_count--;
}

bool mw_outbound_is_pending(const struct mw_outbound *o, int64_t operation) {
  uint32_t low = 0, high = o->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    const struct mw_flight *f = mw_outbound_at(o, middle);
    if (f->operation == operation) return f->state != MW_FLIGHT_DONE;
    if (f->operation < operation)
      low = middle + 1;
    else
      high = middle;
  }
  for (low = 0, high = o->unsent_count; low < high;) {
    uint32_t middle = low + (high - low) / 2;
    int64_t there = o->unsent[(o->unsent_first + middle) & (o->unsent_cap - 1)].operation;
    if (there == operation) return true;
    if (there < operation)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}
