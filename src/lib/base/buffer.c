/* SPDX-License-Identifier: MIT
 * See buffer.h. Growth doubles; what was consumed is reclaimed before memory is asked for. */
#include "base/buffer.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

enum { SMALLEST = 64 };

void mw_buffer_fini(struct mw_buffer *b) {
  mw_free(b->data);
  *b = (struct mw_buffer){0};
}

uint8_t *mw_buffer_reserve(struct mw_buffer *b, size_t len) {
  if (b->cap - b->end >= len && b->data != NULL) return b->data + b->end;
  size_t used = mw_buffer_len(b);
  if (len > SIZE_MAX / 4 - used) return NULL;
  if (b->data != NULL && b->cap - used >= len && b->start >= used) {
    memcpy(b->data, b->data + b->start, used);
    b->start = 0;
    b->end = used;
    return b->data + used;
  }
  /* A buffer that is consumed gets twice what it needs: then the room in front is soon large enough to move
   * into, and it stops growing. */
  size_t wanted = b->start > 0 ? 2 * (used + len) : used + len;
  size_t cap = b->cap < SMALLEST ? SMALLEST : b->cap;
  while (cap < wanted) cap *= 2;
  uint8_t *data = mw_malloc(cap);
  if (data == NULL) return NULL;
  if (used > 0) memcpy(data, b->data + b->start, used);
  mw_free(b->data);
  *b = (struct mw_buffer){.data = data, .start = 0, .end = used, .cap = cap};
  return data + used;
}

void mw_buffer_commit(struct mw_buffer *b, size_t len) {
  b->end += len;
}

int mw_buffer_append(struct mw_buffer *b, const void *data, size_t len) {
  uint8_t *room = mw_buffer_reserve(b, len);
  if (room == NULL) return MQTTWILL_ERR_MEMORY;
  if (len > 0) memcpy(room, data, len);
  b->end += len;
  return MQTTWILL_OK;
}

void mw_buffer_consume(struct mw_buffer *b, size_t len) {
  b->start += len;
  if (b->start == b->end) mw_buffer_clear(b);
}

void mw_buffer_clear(struct mw_buffer *b) {
  b->start = b->end = 0;
}
