/* SPDX-License-Identifier: MIT
 * See inbound.h. Called by the other files of session/ only. */
#include "session/inbound.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

enum { SMALLEST_RING = 4 };

void mw_inbound_fini(struct mw_inbound *i) {
  mw_free(i->owed);
  mw_free(i->received);
  *i = (struct mw_inbound){.connection = i->connection};
}

void mw_inbound_trim(struct mw_inbound *i) {
  if (i->owed_count == 0 && i->received_count == 0) mw_inbound_fini(i);
}

void mw_inbound_reopen(struct mw_inbound *i) {
  i->owed_count = 0;
  i->connection++;
}

void mw_inbound_forget(struct mw_inbound *i) {
  i->received_count = 0;
}

uint32_t mw_inbound_in_window(const struct mw_inbound *i) {
  return i->owed_count + i->received_count;
}

static struct mw_owed *owed_at(const struct mw_inbound *i, uint32_t index) {
  return &i->owed[(i->owed_first + index) & (i->owed_cap - 1)];
}

/* Where `packet_id` stands among the received ones, or would stand. */
static uint32_t received_place(const struct mw_inbound *i, uint16_t packet_id) {
  uint32_t low = 0, high = i->received_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (i->received[middle] < packet_id)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool mw_inbound_is_received(const struct mw_inbound *i, uint16_t packet_id) {
  uint32_t at = received_place(i, packet_id);
  return at < i->received_count && i->received[at] == packet_id;
}

bool mw_inbound_is_owed(const struct mw_inbound *i, uint16_t packet_id, uint8_t qos) {
  for (uint32_t n = 0; n < i->owed_count; n++)
    if (owed_at(i, n)->packet_id == packet_id && owed_at(i, n)->qos == qos) return true;
  return false;
}

static int grow_owed(struct mw_inbound *i) {
  uint32_t cap = i->owed_cap == 0 ? SMALLEST_RING : i->owed_cap * 2;
  struct mw_owed *owed = mw_malloc(cap * sizeof *owed);
  if (owed == NULL) return MQTTWILL_ERR_MEMORY;
  for (uint32_t n = 0; n < i->owed_count; n++) owed[n] = *owed_at(i, n);
  mw_free(i->owed);
  i->owed = owed;
  i->owed_cap = cap;
  i->owed_first = 0;
  return MQTTWILL_OK;
}

/* Room for every QoS 2 message that is owed to become a received one. */
static int reserve_received(struct mw_inbound *i) {
  uint32_t wanted = i->received_count + i->owed_count + 1;
  if (wanted <= i->received_cap) return MQTTWILL_OK;
  uint32_t cap = i->received_cap == 0 ? SMALLEST_RING : i->received_cap;
  while (cap < wanted) cap *= 2;
  uint16_t *received = mw_realloc(i->received, cap * sizeof *received);
  if (received == NULL) return MQTTWILL_ERR_MEMORY;
  i->received = received;
  i->received_cap = cap;
  return MQTTWILL_OK;
}

int mw_inbound_arrived(struct mw_inbound *i, uint16_t packet_id, uint8_t qos, uint64_t *token) {
  if (i->owed_count == i->owed_cap && grow_owed(i) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  if (qos == 2 && reserve_received(i) != MQTTWILL_OK) return MQTTWILL_ERR_MEMORY;
  *owed_at(i, i->owed_count++) = (struct mw_owed){.packet_id = packet_id, .qos = qos};
  *token = (uint64_t)i->connection << 16 | packet_id;
  return MQTTWILL_OK;
}

int mw_inbound_ready(struct mw_inbound *i, uint64_t token) {
  if (token >> 16 != i->connection) return MQTTWILL_ERR_ARGUMENT;
  for (uint32_t n = 0; n < i->owed_count; n++) {
    struct mw_owed *owed = owed_at(i, n);
    if (owed->packet_id != (token & UINT16_MAX) || owed->ready) continue;
    owed->ready = true;
    return MQTTWILL_OK;
  }
  return MQTTWILL_ERR_ARGUMENT;
}

const struct mw_owed *mw_inbound_first_ready(const struct mw_inbound *i) {
  return i->owed_count > 0 && owed_at(i, 0)->ready ? owed_at(i, 0) : NULL;
}

void mw_inbound_acknowledged(struct mw_inbound *i) {
  const struct mw_owed first = *owed_at(i, 0);
  i->owed_first = (i->owed_first + 1) & (i->owed_cap - 1);
  i->owed_count--;
  if (first.qos != 2) return;
  uint32_t at = received_place(i, first.packet_id);
  if (at < i->received_count && i->received[at] == first.packet_id) return;
  memmove(&i->received[at + 1], &i->received[at], (i->received_count - at) * sizeof *i->received);
  i->received[at] = first.packet_id;
  i->received_count++;
}

bool mw_inbound_release(struct mw_inbound *i, uint16_t packet_id) {
  uint32_t at = received_place(i, packet_id);
  if (at == i->received_count || i->received[at] != packet_id) return false;
  i->received_count--;
  memmove(&i->received[at], &i->received[at + 1], (i->received_count - at) * sizeof *i->received);
  return true;
}
