/* SPDX-License-Identifier: MIT
 * The parts of reader.h that are not worth inlining. Called by every decoder of wire/. MQTT 5 section 1.5. */
#include "wire/reader.h"

#include "base/utf8.h"

void mw_reader_fail(struct mw_reader *r, int status) {
  if (r->status == MQTTWILL_OK) r->status = status;
  r->left = 0;
}

uint32_t mw_read_varint(struct mw_reader *r) {
  uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    uint8_t byte = mw_read_u8(r);
    value |= (uint32_t)(byte & 0x7F) << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift > 0) break; /* a shorter encoding exists */
    return value;
  }
  mw_reader_fail(r, MQTTWILL_ERR_MALFORMED);
  return 0;
}

struct mw_slice mw_read_string(struct mw_reader *r) {
  struct mw_slice text = mw_read_binary(r);
  unsigned found = 0;
  if (mw_utf8_check(text, &found) && (found & MW_UTF8_NUL) == 0) return text;
  mw_reader_fail(r, MQTTWILL_ERR_MALFORMED); /* 1.5.4 */
  return mw_slice(NULL, 0);
}
