/* SPDX-License-Identifier: MIT
 * MQTT 5 properties, section 2.2.2. A list of properties is kept as the bytes of the wire, without their
 * length in front: a view when decoded, a buffer when built. Everything follows from MQTTWILL_PROPERTY_MAP.
 */
#ifndef MW_WIRE_PROPERTY_H
#define MW_WIRE_PROPERTY_H

#include "base/buffer.h"
#include "wire/reader.h"
#include "wire/writer.h"

#include <mqttwill/property.h>

enum mw_place {
  MW_IN_CONNECT = 1 << 0,
  MW_IN_CONNACK = 1 << 1,
  MW_IN_PUBLISH = 1 << 2,
  MW_IN_WILL = 1 << 3,
  MW_IN_PUBACK = 1 << 4,
  MW_IN_PUBREC = 1 << 5,
  MW_IN_PUBREL = 1 << 6,
  MW_IN_PUBCOMP = 1 << 7,
  MW_IN_SUBSCRIBE = 1 << 8,
  MW_IN_SUBACK = 1 << 9,
  MW_IN_UNSUBSCRIBE = 1 << 10,
  MW_IN_UNSUBACK = 1 << 11,
  MW_IN_DISCONNECT = 1 << 12,
  MW_IN_AUTH = 1 << 13
};

enum mw_property_type {
  MW_PROPERTY_BYTE,
  MW_PROPERTY_TWO_BYTE,
  MW_PROPERTY_FOUR_BYTE,
  MW_PROPERTY_VARIABLE,
  MW_PROPERTY_STRING,
  MW_PROPERTY_BINARY,
  MW_PROPERTY_PAIR
};

/* One property as it is read: `number`, or `bytes` (a pair: the name), and `value` (of a pair). */
struct mw_property {
  uint8_t identifier;
  enum mw_property_type type;
  uint32_t number;
  struct mw_slice bytes, value;
};

/* The public handle: a view, and the buffer behind it where the list is somebody's own. */
struct mqttwill_properties {
  struct mw_slice encoded;
  struct mw_buffer own;
};

/* Reads the length and the properties, and checks each: known and allowed here, its type, its range, UTF-8,
 * no repetition (a bit set by identifier, no scan), a response topic without wildcards. Fails the reader with
 * MQTTWILL_ERR_MALFORMED (unknown identifier, cut short, ill-formed UTF-8), MQTTWILL_ERR_TOPIC_ALIAS (0), or
 * MQTTWILL_ERR_PROTOCOL (foreign, repeated, out of range). In linear time. A Subscription Identifier repeats
 * only in PUBLISH. */
struct mw_slice mw_read_properties(struct mw_reader *r, enum mw_place place);
void mw_write_properties(struct mw_writer *w, struct mw_slice encoded); /* length and bytes */

/* The same checks for a list that a program built: MQTTWILL_ERR_PROPERTY, _PROPERTY_TWICE, _PROPERTY_VALUE,
 * _UTF8, _RESPONSE_TOPIC, or MQTTWILL_OK. */
int mw_properties_check(struct mw_slice encoded, enum mw_place place);

/* The row of an identifier: false when there is none. */
bool mw_property_row(uint8_t identifier, enum mw_property_type *type, unsigned *places);

/* Walks a checked list: *rest shrinks; false at its end. */
bool mw_property_next(struct mw_slice *rest, struct mw_property *property);
/* The `index`-th occurrence of an identifier in a checked list. */
bool mw_property_find(struct mw_slice encoded, uint8_t identifier, size_t index,
                      struct mw_property *property);
/* The number of a property, or `otherwise` where it is absent. */
uint32_t mw_property_number(struct mw_slice encoded, uint8_t identifier, uint32_t otherwise);
struct mw_slice mw_property_bytes(struct mw_slice encoded, uint8_t identifier); /* data NULL: absent */

/* A property that a program made: MQTTWILL_OK, or what mqttwill_properties_add_*() answer for its value. */
int mw_property_check(const struct mw_property *property);

void mw_write_property(struct mw_writer *w, const struct mw_property *property); /* identifier and value */
void mw_write_property_number(struct mw_writer *w, uint8_t identifier, uint32_t number);
void mw_write_property_bytes(struct mw_writer *w, uint8_t identifier, struct mw_slice bytes);

/* Building: appends after checking the value (not the place), replaces an earlier one of the same identifier
 * where `replace` is true, else answers MQTTWILL_ERR_PROPERTY_TWICE; user properties and subscription
 * identifiers add up. The statuses are those of the mqttwill_properties_add_* functions, which are these. */
int mw_properties_put(struct mw_buffer *list, const struct mw_property *property, bool replace);
bool mw_properties_remove(struct mw_buffer *list,
                          uint8_t identifier); /* all of them; false: none was there */

#endif
