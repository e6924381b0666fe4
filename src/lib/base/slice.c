/* SPDX-License-Identifier: MIT
 * See slice.h: slices that own their bytes. */
#include "base/slice.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

void mw_slice_drop(struct mw_slice *own) {
  mw_free((void *)(uintptr_t)own->data);
  *own = mw_slice(NULL, 0);
}

int mw_slice_keep(struct mw_slice *own, struct mw_slice bytes) {
  uint8_t *copy = bytes.len > 0 ? mw_memdup(bytes.data, bytes.len) : NULL;
  if (bytes.len > 0 && copy == NULL) return MQTTWILL_ERR_MEMORY;
  mw_slice_drop(own);
  *own = mw_slice(copy, bytes.len);
  return MQTTWILL_OK;
}
