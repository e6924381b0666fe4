/* SPDX-License-Identifier: MIT
 * The will as the user sets it; see mqttwill/will.h. Every change is checked as a whole (will/will_check.c)
 * before it takes the place of the old one, so what is set can always be sent. */
#include "will/will.h"

#include "client/internal.h"
#include "will/will_check.h"
#include "will/will_timing.h"

/* ---- setting ---- */

static int refuse(mqttwill_client *client, int option, const struct mw_will_fault *fault) {
  return mw_option_result(client, option, fault->status, "%s: %s", fault->field, fault->rule);
}

static int set_will(mqttwill_client *client, const struct mw_will_view *basic) {
  struct mw_will_view view = *basic;
  struct mw_will_fault fault;
  view.properties = mw_buffer_view(&client->will.properties);
  if (mw_will_check(&view, 0, &fault) != MQTTWILL_OK) return refuse(client, MW_OPTION_WILL, &fault);
  int status = mw_will_set(&client->will, &view);
  if (status == MQTTWILL_OK) client->will_changed = true;
  return mw_option_result(client, MW_OPTION_WILL, status, "will: %s", mqttwill_strerror(status));
}

int mqttwill_set_will_topic_length(mqttwill_client *client, const char *topic, size_t topic_length,
                                   const void *payload, size_t length, int qos, bool retain) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int status;
  if (topic == NULL || (payload == NULL && length > 0)) {
    status = mw_option_result(client, MW_OPTION_WILL, MQTTWILL_ERR_ARGUMENT, "will %s: must not be NULL",
                              topic == NULL ? "topic" : "payload");
  } else {
    const struct mw_will_view view = {
        .topic = mw_slice(topic, topic_length),
        .payload = mw_slice(payload, length),
        .qos = qos >= 0 && qos <= 2 ? (uint8_t)qos : 3, /* 3 stands for all that are wrong */
        .retain = retain,
    };
    status = set_will(client, &view);
  }
  mw_unlock(client->loop);
  return status;
}

int mqttwill_set_will(mqttwill_client *client, const char *topic, const void *payload, size_t length, int qos,
                      bool retain) {
  return mqttwill_set_will_topic_length(client, topic, topic != NULL ? strlen(topic) : 0, payload, length,
                                        qos, retain);
}

int mqttwill_clear_will(mqttwill_client *client) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  if (mw_will_is_set(&client->will)) client->will_changed = true;
  mw_will_fini(&client->will);
  mw_option_forget(client, MW_OPTION_WILL, MW_OPTION_FIRST_OTHER - 1);
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

/* ---- will properties ---- */

static const enum mw_property_type numbers[] = {MW_PROPERTY_BYTE, MW_PROPERTY_TWO_BYTE, MW_PROPERTY_FOUR_BYTE,
                                                MW_PROPERTY_VARIABLE};
static const enum mw_property_type strings[] = {MW_PROPERTY_STRING, MW_PROPERTY_BINARY};
static const enum mw_property_type pairs[] = {MW_PROPERTY_PAIR};

/* The type a property must have to be set by the function that was called. */
static bool fits(uint8_t identifier, const enum mw_property_type *types, size_t count,
                 enum mw_property_type *type) {
  unsigned places;
  if (!mw_property_row(identifier, type, &places) || (places & MW_IN_WILL) == 0) return false;
  for (size_t i = 0; i < count; i++)
    if (types[i] == *type) return true;
  return false;
}

/* Puts one property into a copy of the list, checks the will as it then is, and takes the copy. */
static int put_property(mqttwill_client *client, const struct mw_property *property) {
  struct mw_buffer list = {0};
  struct mw_will_fault fault = {.status = MQTTWILL_OK, .field = "will property"};
  struct mw_slice old = mw_buffer_view(&client->will.properties);
  int option = MW_OPTION_WILL_PROPERTY + property->identifier;
  int status = mw_buffer_append(&list, old.data, old.len);
  if (status == MQTTWILL_OK) status = mw_properties_put(&list, property, true);
  if (status == MQTTWILL_OK) {
    struct mw_will_view view = mw_will_view(&client->will);
    view.properties = mw_buffer_view(&list);
    status = mw_will_check(&view, 0, &fault);
  }
  if (status != MQTTWILL_OK) {
    mw_buffer_fini(&list);
    if (fault.status != MQTTWILL_OK) return refuse(client, option, &fault);
    return mw_option_result(client, option, status, "will property %s: %s",
                            mqttwill_property_name(property->identifier), mqttwill_strerror(status));
  }
  mw_buffer_fini(&client->will.properties);
  client->will.properties = list;
  client->will_changed = true;
  return mw_option_result(client, option, MQTTWILL_OK, "%s", "");
}

static int set_property(mqttwill_client *client, mqttwill_property identifier,
                        const enum mw_property_type *types, size_t count, struct mw_property *property) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  int status;
  bool is_null = (property->bytes.data == NULL && property->bytes.len > 0) ||
                 (types == pairs && (property->bytes.data == NULL || property->value.data == NULL));
  mw_lock(client->loop);
  if ((int)identifier < 0 || (int)identifier > 0x7F ||
      !fits((uint8_t)identifier, types, count, &property->type)) {
    const char *name = mqttwill_property_name((int)identifier);
    status = mw_option_result(client, MW_OPTION_WILL_PROPERTY + ((int)identifier & 0x7F),
                              MQTTWILL_ERR_PROPERTY, "%s: not a will property of this type (MQTT 5, 3.1.3.2)",
                              name != NULL ? name : "unknown property");
  } else if (is_null) {
    status = mw_option_result(client, MW_OPTION_WILL_PROPERTY + (int)identifier, MQTTWILL_ERR_ARGUMENT,
                              "will property %s: must not be NULL", mqttwill_property_name((int)identifier));
  } else {
    property->identifier = (uint8_t)identifier;
    status = put_property(client, property);
  }
  mw_unlock(client->loop);
  return status;
}

int mqttwill_set_will_number(mqttwill_client *client, mqttwill_property property, uint32_t value) {
  struct mw_property p = {.number = value};
  return set_property(client, property, numbers, sizeof numbers / sizeof numbers[0], &p);
}

int mqttwill_set_will_bytes(mqttwill_client *client, mqttwill_property property, const void *data,
                            size_t length) {
  struct mw_property p = {.bytes = mw_slice(data, length)};
  return set_property(client, property, strings, sizeof strings / sizeof strings[0], &p);
}

int mqttwill_set_will_string(mqttwill_client *client, mqttwill_property property, const char *text) {
  return mqttwill_set_will_bytes(client, property, text, text != NULL ? strlen(text) : 1);
}

int mqttwill_add_will_user_property(mqttwill_client *client, const char *name, const char *value) {
  struct mw_property p = {.bytes = mw_slice_text(name), .value = mw_slice_text(value)};
  return set_property(client, MQTTWILL_PROPERTY_USER_PROPERTY, pairs, 1, &p);
}

int mqttwill_clear_will_property(mqttwill_client *client, mqttwill_property property) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int identifier = (int)property & 0x7F;
  if (mw_properties_remove(&client->will.properties, (uint8_t)identifier)) client->will_changed = true;
  mw_option_forget(client, MW_OPTION_WILL_PROPERTY + identifier, MW_OPTION_WILL_PROPERTY + identifier);
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_set_will_delay(mqttwill_client *client, uint32_t seconds) {
  if (seconds == 0) return mqttwill_clear_will_property(client, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL);
  return mqttwill_set_will_number(client, MQTTWILL_PROPERTY_WILL_DELAY_INTERVAL, seconds);
}

/* ---- asking ---- */

bool mqttwill_will_pending(mqttwill_client *client) {
  if (client == NULL) return false;
  mw_lock(client->loop);
  bool pending = client->will_changed && client->was_open;
  mw_unlock(client->loop);
  return pending;
}

int mqttwill_will_timing(mqttwill_client *client, uint64_t *best_ms, uint64_t *worst_ms, unsigned *warnings) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  if (!mw_will_is_set(&client->will)) {
    mw_unlock(client->loop);
    return mw_error_set(client, MQTTWILL_ERR_NO_WILL);
  }
  bool connected = client->was_open;
  const struct mw_session *s = &client->session;
  const struct mw_will_terms terms = {
      .version = connected ? s->version : mw_options_version(client),
      .connected = connected,
      .keep_alive = client->options.keep_alive,
      .keep_alive_used = connected ? s->grants.keep_alive : client->options.keep_alive,
      .session_expiry = client->options.session_expiry,
      .session_expiry_used = connected ? s->grants.session_expiry : client->options.session_expiry,
  };
  struct mw_will_view view = mw_will_view(&client->will);
  struct mw_will_timing timing = mw_will_timing(&view, &terms);
  mw_unlock(client->loop);
  if (best_ms != NULL) *best_ms = timing.best_ms;
  if (worst_ms != NULL) *worst_ms = timing.worst_ms;
  if (warnings != NULL) *warnings = timing.warnings;
  return mw_error_set(client, MQTTWILL_OK);
}
