/* SPDX-License-Identifier: MIT
 * Properties on the wire: the table behind MQTTWILL_PROPERTY_MAP, one parser, one check for each value and
 * one for a whole list, used for what a peer sent and for what a program built alike. The only expansion of
 * the map's places and types. Called by every codec of wire/, and by will/, session/ and broker/core.
 * MQTT 5 sections 1.5 and 2.2.2. */
#include "wire/property.h"

#include "base/utf8.h"
#include "wire/topic.h"
#include "wire/wire.h"

enum {
  CONNECT = MW_IN_CONNECT,
  CONNACK = MW_IN_CONNACK,
  PUBLISH = MW_IN_PUBLISH,
  WILL = MW_IN_WILL,
  PUBACK = MW_IN_PUBACK,
  PUBREC = MW_IN_PUBREC,
  PUBREL = MW_IN_PUBREL,
  PUBCOMP = MW_IN_PUBCOMP,
  SUBSCRIBE = MW_IN_SUBSCRIBE,
  SUBACK = MW_IN_SUBACK,
  UNSUBSCRIBE = MW_IN_UNSUBSCRIBE,
  UNSUBACK = MW_IN_UNSUBACK,
  DISCONNECT = MW_IN_DISCONNECT,
  AUTH = MW_IN_AUTH
};

struct row {
  const char *text;
  uint32_t least, greatest;
  uint16_t places; /* 0: no such property */
  uint8_t type;
};

/* By identifier. */
static const struct row rows[] = {
#define ROW(name, identifier, text, type, places, least, greatest)                                           \
  [identifier] = {text, least, greatest, places, MW_PROPERTY_##type},
    MQTTWILL_PROPERTY_MAP(ROW)
#undef ROW
};

enum { ROWS = sizeof rows / sizeof rows[0] };
_Static_assert(ROWS <= 64, "the set of identifiers seen in a list is a uint64_t");

static const struct row *row_of(uint32_t identifier) {
  return identifier < ROWS && rows[identifier].places != 0 ? &rows[identifier] : NULL;
}

bool mw_property_row(uint8_t identifier, enum mw_property_type *type, unsigned *places) {
  const struct row *row = row_of(identifier);
  if (row == NULL) return false;
  *type = (enum mw_property_type)row->type;
  *places = row->places;
  return true;
}

const char *mqttwill_property_name(int identifier) {
  const struct row *row = identifier < 0 ? NULL : row_of((uint32_t)identifier);
  return row != NULL ? row->text : NULL;
}

/* What can be wrong with a property, and the status for a peer's and for a program's. */
enum fault {
  FINE,
  CUT_SHORT,
  UNKNOWN,
  FOREIGN,
  REPEATED,
  OUT_OF_RANGE,
  BAD_ALIAS,
  BAD_STRING,
  BAD_TOPIC,
  LONG
};

static const struct {
  int received, built;
} statuses[] = {
    [FINE] = {MQTTWILL_OK, MQTTWILL_OK},
    [CUT_SHORT] = {MQTTWILL_ERR_MALFORMED, MQTTWILL_ERR_PROPERTY},
    [UNKNOWN] = {MQTTWILL_ERR_MALFORMED, MQTTWILL_ERR_PROPERTY},
    [FOREIGN] = {MQTTWILL_ERR_PROTOCOL, MQTTWILL_ERR_PROPERTY},
    [REPEATED] = {MQTTWILL_ERR_PROTOCOL, MQTTWILL_ERR_PROPERTY_TWICE},
    [OUT_OF_RANGE] = {MQTTWILL_ERR_PROTOCOL, MQTTWILL_ERR_PROPERTY_VALUE},
    [BAD_ALIAS] = {MQTTWILL_ERR_TOPIC_ALIAS, MQTTWILL_ERR_PROPERTY_VALUE},
    [BAD_STRING] = {MQTTWILL_ERR_MALFORMED, MQTTWILL_ERR_UTF8},
    [BAD_TOPIC] = {MQTTWILL_ERR_PROTOCOL, MQTTWILL_ERR_RESPONSE_TOPIC},
    [LONG] = {MQTTWILL_ERR_MALFORMED, MQTTWILL_ERR_TOO_LONG},
};

/* Identifier and value, as far as their form goes. NULL: the identifier is unknown, and r stands behind it,
 * or r has failed. */
static const struct row *parse(struct mw_reader *r, struct mw_property *property) {
  uint32_t identifier = mw_read_varint(r);
  const struct row *row = row_of(identifier);
  if (row == NULL) return NULL;
  *property =
      (struct mw_property){.identifier = (uint8_t)identifier, .type = (enum mw_property_type)row->type};
  switch (property->type) {
  case MW_PROPERTY_BYTE:
    property->number = mw_read_u8(r);
    break;
  case MW_PROPERTY_TWO_BYTE:
    property->number = mw_read_u16(r);
    break;
  case MW_PROPERTY_FOUR_BYTE:
    property->number = mw_read_u32(r);
    break;
  case MW_PROPERTY_VARIABLE:
    property->number = mw_read_varint(r);
    break;
  case MW_PROPERTY_STRING:
  case MW_PROPERTY_BINARY:
    property->bytes = mw_read_binary(r);
    break;
  case MW_PROPERTY_PAIR:
    property->bytes = mw_read_binary(r);
    property->value = mw_read_binary(r);
    break;
  }
  return r->status == MQTTWILL_OK ? row : NULL;
}

static enum fault check_string(struct mw_slice text) {
  unsigned found = 0;
  if (text.len > UINT16_MAX) return LONG;
  return mw_utf8_check(text, &found) && (found & MW_UTF8_NUL) == 0 ? FINE : BAD_STRING;
}

static enum fault check_number(const struct row *row, const struct mw_property *property) {
  if (property->number >= row->least && property->number <= row->greatest) return FINE;
  return property->identifier == MQTTWILL_PROPERTY_TOPIC_ALIAS ? BAD_ALIAS : OUT_OF_RANGE;
}

static enum fault check_value(const struct row *row, const struct mw_property *property) {
  enum fault fault;
  switch (property->type) {
  case MW_PROPERTY_BINARY:
    return property->bytes.len > UINT16_MAX ? LONG : FINE;
  case MW_PROPERTY_PAIR:
    fault = check_string(property->bytes);
    return fault != FINE ? fault : check_string(property->value); /* [MQTT-1.5.7-1] */
  case MW_PROPERTY_STRING:
    fault = check_string(property->bytes);
    if (fault != FINE || property->identifier != MQTTWILL_PROPERTY_RESPONSE_TOPIC) return fault;
    return mw_topic_name_check(property->bytes) == MQTTWILL_OK ? FINE : BAD_TOPIC; /* [MQTT-3.3.2-14] */
  default:
    return check_number(row, property);
  }
}

static bool may_repeat(uint8_t identifier, unsigned place) {
  return identifier == MQTTWILL_PROPERTY_USER_PROPERTY ||
         (identifier == MQTTWILL_PROPERTY_SUBSCRIPTION_IDENTIFIER && place == MW_IN_PUBLISH);
}

static enum fault check_list(struct mw_slice list, enum mw_place place) {
  struct mw_reader r;
  struct mw_property property;
  uint64_t seen = 0;
  mw_reader_init(&r, list);
  while (r.left > 0) {
    const struct row *row = parse(&r, &property);
    if (row == NULL) return r.status == MQTTWILL_OK ? UNKNOWN : CUT_SHORT;
    if ((row->places & place) == 0) return FOREIGN;
    uint64_t bit = UINT64_C(1) << property.identifier;
    if ((seen & bit) != 0 && !may_repeat(property.identifier, place)) return REPEATED;
    seen |= bit;
    enum fault fault = check_value(row, &property);
    if (fault != FINE) return fault;
  }
  return FINE;
}

struct mw_slice mw_read_properties(struct mw_reader *r, enum mw_place place) {
  struct mw_slice list = mw_read_bytes(r, mw_read_varint(r));
  enum fault fault = check_list(list, place);
  if (fault == FINE) return list;
  mw_reader_fail(r, statuses[fault].received);
  return mw_slice(NULL, 0);
}

int mw_properties_check(struct mw_slice encoded, enum mw_place place) {
  return statuses[check_list(encoded, place)].built;
}

void mw_write_properties(struct mw_writer *w, struct mw_slice encoded) {
  mw_write_varint(w, encoded.len);
  mw_write_bytes(w, encoded);
}

bool mw_property_next(struct mw_slice *rest, struct mw_property *property) {
  struct mw_reader r;
  mw_reader_init(&r, *rest);
  if (r.left == 0 || parse(&r, property) == NULL) return false;
  *rest = mw_slice(r.at, r.left);
  return true;
}

bool mw_property_find(struct mw_slice encoded, uint8_t identifier, size_t index,
                      struct mw_property *property) {
  while (mw_property_next(&encoded, property))
    if (property->identifier == identifier && index-- == 0) return true;
  return false;
}

uint32_t mw_property_number(struct mw_slice encoded, uint8_t identifier, uint32_t otherwise) {
  struct mw_property property;
  return mw_property_find(encoded, identifier, 0, &property) ? property.number : otherwise;
}

struct mw_slice mw_property_bytes(struct mw_slice encoded, uint8_t identifier) {
  struct mw_property property;
  return mw_property_find(encoded, identifier, 0, &property) ? property.bytes : mw_slice(NULL, 0);
}

void mw_write_property(struct mw_writer *w, const struct mw_property *property) {
  mw_write_varint(w, property->identifier);
  switch (property->type) {
  case MW_PROPERTY_BYTE:
    mw_write_u8(w, (uint8_t)property->number);
    break;
  case MW_PROPERTY_TWO_BYTE:
    mw_write_u16(w, (uint16_t)property->number);
    break;
  case MW_PROPERTY_FOUR_BYTE:
    mw_write_u32(w, property->number);
    break;
  case MW_PROPERTY_VARIABLE:
    mw_write_varint(w, property->number);
    break;
  case MW_PROPERTY_STRING:
  case MW_PROPERTY_BINARY:
    mw_write_binary(w, property->bytes);
    break;
  case MW_PROPERTY_PAIR:
    mw_write_binary(w, property->bytes);
    mw_write_binary(w, property->value);
    break;
  }
}

static enum mw_property_type type_of(uint8_t identifier, enum mw_property_type otherwise) {
  const struct row *row = row_of(identifier);
  return row != NULL ? (enum mw_property_type)row->type : otherwise;
}

void mw_write_property_number(struct mw_writer *w, uint8_t identifier, uint32_t number) {
  struct mw_property property = {
      .identifier = identifier, .type = type_of(identifier, MW_PROPERTY_FOUR_BYTE), .number = number};
  mw_write_property(w, &property);
}

void mw_write_property_bytes(struct mw_writer *w, uint8_t identifier, struct mw_slice bytes) {
  struct mw_property property = {
      .identifier = identifier, .type = type_of(identifier, MW_PROPERTY_BINARY), .bytes = bytes};
  mw_write_property(w, &property);
}

int mw_property_check(const struct mw_property *property) {
  const struct row *row = row_of(property->identifier);
  if (row == NULL || row->type != property->type) return MQTTWILL_ERR_PROPERTY;
  return statuses[check_value(row, property)].built;
}
