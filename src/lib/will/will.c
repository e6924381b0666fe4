/* SPDX-License-Identifier: MIT
 * See will.h. Topic and payload share one block, because they are set together and die together; the
 * properties are set one by one and stay in a buffer of their own. A change is built whole before the old
 * will goes, so running out of memory never costs a program the will it had, and a view of the will itself
 * may be what it is set to. */
#include "will/will.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

void mw_will_fini(struct mw_will *will) {
  mw_free(will->bytes);
  mw_buffer_fini(&will->properties);
  *will = (struct mw_will){0};
}

int mw_will_set(struct mw_will *will, const struct mw_will_view *view) {
  uint8_t *bytes = mw_malloc(view->topic.len + view->payload.len);
  if (bytes == NULL) return MQTTWILL_ERR_MEMORY;
  memcpy(bytes, view->topic.data, view->topic.len);
  if (view->payload.len > 0) memcpy(bytes + view->topic.len, view->payload.data, view->payload.len);

  mw_free(will->bytes);
  will->bytes = bytes;
  will->topic_len = (uint16_t)view->topic.len;
  will->payload_len = (uint32_t)view->payload.len;
  will->qos = view->qos;
  will->retain = view->retain;
  return MQTTWILL_OK;
}

struct mw_will_view mw_will_view(const struct mw_will *will) {
  struct mw_will_view view = {.qos = will->qos, .retain = will->retain};
  if (mw_will_is_set(will)) {
    view.topic = mw_slice(will->bytes, will->topic_len);
    view.payload = mw_slice(will->bytes + will->topic_len, will->payload_len);
  }
  view.properties = mw_buffer_view(&will->properties);
  return view;
}
