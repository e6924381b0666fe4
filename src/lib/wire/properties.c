/* SPDX-License-Identifier: MIT
 * Lists of properties that grow: a program's own (the mqttwill_properties_* functions of
 * mqttwill/property.h), and those of wills and options, which keep theirs in a buffer. What a property is,
 * property.c alone knows. MQTT 5 section 2.2.2. */
#include "base/alloc.h"
#include "wire/property.h"
#include "wire/wire.h"

/* In a list that may yet go anywhere; where it goes, mw_properties_check() may be stricter. */
static bool adds_up(uint8_t identifier) {
  return identifier == MQTTWILL_PROPERTY_USER_PROPERTY ||
         identifier == MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER;
}

static size_t size_of(const struct mw_property *property) {
  struct mw_writer w;
  mw_writer_init_counting(&w);
  mw_write_property(&w, property);
  return w.len;
}

/* The bytes of the first property with this identifier; len 0: none. */
static struct mw_slice span_of(struct mw_slice list, uint8_t identifier) {
  struct mw_slice rest = list;
  struct mw_property property;
  while (mw_property_next(&rest, &property)) {
    if (property.identifier == identifier) return mw_slice(list.data, list.len - rest.len);
    list = rest;
  }
  return mw_slice(NULL, 0);
}

static void cut(struct mw_buffer *list, size_t at, size_t len) {
  uint8_t *hole = list->data + list->start + at;
  memmove(hole, hole + len, mw_buffer_len(list) - at - len);
  list->end -= len;
}

int mw_properties_put(struct mw_buffer *list, const struct mw_property *property, bool replace) {
  int status = mw_property_check(property);
  if (status != MQTTWILL_OK) return status;
  struct mw_slice view = mw_buffer_view(list), earlier = mw_slice(NULL, 0);
  if (!adds_up(property->identifier)) earlier = span_of(view, property->identifier);
  if (earlier.len > 0 && !replace) return MQTTWILL_ERR_PROPERTY_TWICE;
  size_t size = size_of(property), place = earlier.len > 0 ? (size_t)(earlier.data - view.data) : 0;
  if (view.len > MW_MAX_REMAINING - size) return MQTTWILL_ERR_TOO_LONG;

  struct mw_buffer outgrown = {0};
  if (list->cap - list->end < size) { /* beside it: the property may be borrowed from this very list */
    struct mw_buffer grown = {0};
    if (mw_buffer_reserve(&grown, view.len + size) == NULL) return MQTTWILL_ERR_MEMORY;
    mw_buffer_append(&grown, view.data, view.len);
    outgrown = *list;
    *list = grown;
  }
  struct mw_writer w;
  mw_writer_init(&w, list->data + list->end, size);
  mw_write_property(&w, property);
  mw_buffer_commit(list, size);
  if (earlier.len > 0) cut(list, place, earlier.len);
  mw_buffer_fini(&outgrown);
  return MQTTWILL_OK;
}

bool mw_properties_remove(struct mw_buffer *list, uint8_t identifier) {
  struct mw_slice rest = mw_buffer_view(list);
  struct mw_property property;
  size_t end = list->start;
  for (struct mw_slice here = rest; mw_property_next(&rest, &property); here = rest) {
    size_t size = here.len - rest.len;
    if (property.identifier == identifier) continue;
    memmove(list->data + end, here.data, size);
    end += size;
  }
  bool removed = end != list->end;
  list->end = end;
  return removed;
}

mqttwill_properties *mqttwill_properties_new(void) {
  return mw_calloc(1, sizeof(struct mqttwill_properties));
}

void mqttwill_properties_free(mqttwill_properties *properties) {
  if (properties == NULL) return;
  mw_buffer_fini(&properties->own);
  mw_free(properties);
}

static int add(mqttwill_properties *properties, const struct mw_property *property) {
  int status = mw_properties_put(&properties->own, property, false);
  properties->encoded = mw_buffer_view(&properties->own);
  return status;
}

static bool is_number(enum mw_property_type type) {
  return type == MW_PROPERTY_BYTE || type == MW_PROPERTY_TWO_BYTE || type == MW_PROPERTY_FOUR_BYTE ||
         type == MW_PROPERTY_VARIABLE;
}

static bool is_bytes(enum mw_property_type type) {
  return type == MW_PROPERTY_STRING || type == MW_PROPERTY_BINARY;
}

/* False: no such property. */
static bool start_property(struct mw_property *property, mqttwill_property identifier) {
  unsigned places;
  *property = (struct mw_property){.identifier = (uint8_t)identifier};
  return (unsigned)identifier <= UINT8_MAX && mw_property_row(property->identifier, &property->type, &places);
}

int mqttwill_properties_add_number(mqttwill_properties *properties, mqttwill_property identifier,
                                   uint32_t value) {
  struct mw_property property;
  if (properties == NULL) return MQTTWILL_ERR_ARGUMENT;
  if (!start_property(&property, identifier) || !is_number(property.type)) return MQTTWILL_ERR_PROPERTY;
  property.number = value;
  return add(properties, &property);
}

int mqttwill_properties_add_bytes(mqttwill_properties *properties, mqttwill_property identifier,
                                  const void *data, size_t length) {
  struct mw_property property;
  if (properties == NULL || (data == NULL && length > 0)) return MQTTWILL_ERR_ARGUMENT;
  if (!start_property(&property, identifier) || !is_bytes(property.type)) return MQTTWILL_ERR_PROPERTY;
  property.bytes = mw_slice(data, length);
  return add(properties, &property);
}

int mqttwill_properties_add_string(mqttwill_properties *properties, mqttwill_property identifier,
                                   const char *text) {
  if (text == NULL) return MQTTWILL_ERR_ARGUMENT;
  return mqttwill_properties_add_bytes(properties, identifier, text, strlen(text));
}

int mqttwill_properties_add_user(mqttwill_properties *properties, const char *name, const char *value) {
  if (properties == NULL || name == NULL || value == NULL) return MQTTWILL_ERR_ARGUMENT;
  struct mw_property property = {
      .identifier = MQTTWILL_PROPERTY_USER_PROPERTY,
      .type = MW_PROPERTY_PAIR,
      .bytes = mw_slice_text(name),
      .value = mw_slice_text(value),
  };
  return add(properties, &property);
}

static bool find(const mqttwill_properties *properties, mqttwill_property identifier, size_t index,
                 struct mw_property *property) {
  return properties != NULL && (unsigned)identifier <= UINT8_MAX &&
         mw_property_find(properties->encoded, (uint8_t)identifier, index, property);
}

bool mqttwill_properties_number(const mqttwill_properties *properties, mqttwill_property identifier,
                                size_t index, uint32_t *value) {
  struct mw_property property;
  if (!find(properties, identifier, index, &property) || !is_number(property.type)) return false;
  *value = property.number;
  return true;
}

bool mqttwill_properties_bytes(const mqttwill_properties *properties, mqttwill_property identifier,
                               const void **data, size_t *length) {
  struct mw_property property;
  if (!find(properties, identifier, 0, &property) || !is_bytes(property.type)) return false;
  *data = property.bytes.data;
  *length = property.bytes.len;
  return true;
}

bool mqttwill_properties_user(const mqttwill_properties *properties, size_t index, const char **name,
                              size_t *name_length, const char **value, size_t *value_length) {
  struct mw_property property;
  if (!find(properties, MQTTWILL_PROPERTY_USER_PROPERTY, index, &property)) return false;
  *name = (const char *)property.bytes.data;
  *name_length = property.bytes.len;
  *value = (const char *)property.value.data;
  *value_length = property.value.len;
  return true;
}
