/* SPDX-License-Identifier: MIT
 * The parts of writer.h that are not worth inlining. Called by every encoder of wire/. MQTT 5 section 1.5. */
#include "wire/writer.h"

#include "wire/wire.h"

void mw_writer_fail(struct mw_writer *w, int status) {
  if (w->status == MQTTWILL_OK) w->status = status;
  w->cap = w->len;
}

void mw_write_varint(struct mw_writer *w, size_t value) {
  if (value > MW_MAX_REMAINING) {
    mw_writer_fail(w, MQTTWILL_ERR_TOO_LONG);
    return;
  }
  uint8_t *p = mw_writer_take(w, mw_varint_size(value));
  if (p != NULL) mw_varint_put(p, value);
}
