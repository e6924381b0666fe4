/* SPDX-License-Identifier: MIT
 * What the user sets before connecting: one table of defaults, the setters, and the memory of refused ones,
 * so that a program which ignores a return value does not run without what it asked for (decision 10 of
 * doc/design.md). */
#include "base/platform.h"

#include "base/address.h"
#include "base/alloc.h"
#include "base/utf8.h"
#include "client/internal.h"
#include "will/will_check.h"

#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- defaults ---- */

enum {
  DEFAULT_KEEP_ALIVE = 60,              /* seconds */
  DEFAULT_PING_TIMEOUT = 10000,         /* ms */
  DEFAULT_CONNECT_TIMEOUT = 30000,      /* ms */
  DEFAULT_RECEIVE_MAXIMUM = 100,        /* messages */
  DEFAULT_MAXIMUM_PACKET = 1024 * 1024, /* bytes, inbound */
  DEFAULT_OUTBOUND_LIMIT = 1024 * 1024, /* bytes, unsent or unacknowledged */
  LONGEST_PING_TIMEOUT = 3600000,
  SMALLEST_MAXIMUM_PACKET = 16
};

void mw_options_init(mqttwill_client *client) {
  client->options = (struct mw_session_options){
      .version = MW_MQTT_5,
      .clean_start = true,
      .keep_alive = DEFAULT_KEEP_ALIVE,
      .ping_timeout_ms = DEFAULT_PING_TIMEOUT,
      .receive_maximum = DEFAULT_RECEIVE_MAXIMUM,
      .maximum_packet_size = DEFAULT_MAXIMUM_PACKET,
      .outbound_limit = DEFAULT_OUTBOUND_LIMIT,
  };
  client->connect_timeout_ms = DEFAULT_CONNECT_TIMEOUT;
  client->not_noted = MW_NOT_NOTED_NONE;
}

/* Frees a string of the options; `secret` ones are wiped first. */
static void drop(struct mw_slice *text, bool secret) {
  if (secret && text->data != NULL) mw_wipe((void *)(uintptr_t)text->data, text->len);
  mw_free((void *)(uintptr_t)text->data);
  *text = mw_slice(NULL, 0);
}

void mw_options_fini(mqttwill_client *client) {
  drop(&client->options.client_id, false);
  drop(&client->options.username, true);
  drop(&client->options.password, true);
  mw_slice_drop(&client->connect_properties);
  mw_free(client->source_option);
  mw_option_forget(client, 0, INT32_MAX);
}

/* ---- refused options ---- */

void mw_option_forget(mqttwill_client *client, int first, int last) {
  struct mw_refusal **at = &client->refusals;
  if (client->not_noted >= first && client->not_noted <= last) client->not_noted = MW_NOT_NOTED_NONE;
  while (*at != NULL) {
    struct mw_refusal *refusal = *at;
    if (refusal->option < first || refusal->option > last) {
      at = &refusal->next;
      continue;
    }
    *at = refusal->next;
    mw_free(refusal);
  }
}

static void remember(mqttwill_client *client, int option, int status, const char *text) {
  size_t len = strlen(text);
  struct mw_refusal *refusal = mw_malloc(sizeof *refusal + len + 1);
  if (refusal == NULL) {
    /* Not even a note of it; connecting must fail all the same. */
    client->not_noted = client->not_noted == MW_NOT_NOTED_NONE ? option : MW_NOT_NOTED_SEVERAL;
    return;
  }
  refusal->option = option;
  refusal->status = status;
  memcpy(refusal->text, text, len + 1);
  struct mw_refusal **end = &client->refusals;
  while (*end != NULL) end = &(*end)->next;
  refusal->next = NULL;
  *end = refusal;
}

int mw_option_result(mqttwill_client *client, int option, int status, const char *format, ...) {
  mw_option_forget(client, option, option);
  if (status == MQTTWILL_OK) return mw_error_set(client, MQTTWILL_OK);
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  remember(client, option, status, text);
  return mw_error_say(client, status, "%s", text);
}

/* The first refusal's status; the texts of all are said. */
static int check_refusals(mqttwill_client *client) {
  char text[512] = "";
  size_t len = 0;
  for (const struct mw_refusal *r = client->refusals; r != NULL && len < sizeof text; r = r->next) {
    int n = snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? "; " : "", r->text);
    len += n > 0 ? (size_t)n : 0;
  }
  if (client->refusals != NULL) return mw_error_say(client, client->refusals->status, "%s", text);
  return mw_error_set(client, client->not_noted == MW_NOT_NOTED_NONE ? MQTTWILL_OK : MQTTWILL_ERR_MEMORY);
}

/* ---- before a connect ---- */

static const char *version_text(uint8_t version) {
  return version == MW_MQTT_3_1 ? "3.1" : version == MW_MQTT_3_1_1 ? "3.1.1" : "5";
}

const char *mw_options_need_5(const mqttwill_client *client) {
  const struct mw_session_options *o = &client->options;
  if (o->session_expiry > 0) return "a session expiry";
  if (client->connect_properties.len > 0) return "a property of CONNECT";
  if (mw_buffer_len(&client->will.properties) > 0) return "a will property";
  return o->has_password && !o->has_username ? "a password without user name" : NULL;
}

uint8_t mw_options_version(const mqttwill_client *client) {
  if (client->chosen_version != 0) return client->chosen_version;
  if (client->known_version != 0 && mw_options_need_5(client) == NULL) return client->known_version;
  return MW_MQTT_5;
}

static int check_will(mqttwill_client *client, uint8_t version) {
  struct mw_will_fault fault;
  struct mw_will_view view = mw_will_view(&client->will);
  if (!mw_will_is_set(&client->will)) {
    if (mw_buffer_len(&client->will.properties) == 0) return MQTTWILL_OK;
    return mw_error_say(client, MQTTWILL_ERR_NO_WILL, "will properties are set, but no will topic is");
  }
  int status = mw_will_check(&view, version, &fault);
  if (status == MQTTWILL_OK && client->server_known) {
    /* What this server granted last: it would refuse the will, [MQTT-3.2.2-12] [MQTT-3.2.2-13]. */
    const struct mw_grants *grants = &client->session.grants;
    const struct mw_will_limits limits = {grants->maximum_qos, grants->retain_available};
    status = mw_will_check_limits(&view, &limits, &fault);
  }
  return mw_error_say(client, status, "%s: %s", fault.field, fault.rule);
}

static bool wants_clean_start(const mqttwill_client *client) {
  return client->clean_start_set ? client->clean_start : client->options.session_expiry == 0;
}

/* The server assigns one, but not below MQTT 5 for a session that is to be kept, and never in MQTT 3.1. */
static bool lacks_client_id(const mqttwill_client *client, uint8_t version) {
  if (version == MW_MQTT_5 || mw_session_client_id(&client->session).len > 0) return false;
  return version == MW_MQTT_3_1 || !wants_clean_start(client);
}

/* Whether what is set goes together in a CONNECT of this version. */
static int check_options(mqttwill_client *client, uint8_t version) {
  int status = check_refusals(client);
  if (status != MQTTWILL_OK) return status;
  const char *need = mw_options_need_5(client);
  if (version != MW_MQTT_5 && need != NULL)
    return mw_error_say(client, MQTTWILL_ERR_VERSION, "%s needs MQTT 5, and MQTT %s was chosen", need,
                        version_text(version));
  if (lacks_client_id(client, version))
    return mw_error_say(client, MQTTWILL_ERR_CLIENT_ID, "MQTT %s needs a client id%s", version_text(version),
                        version == MW_MQTT_3_1 ? "" : " to keep a session");
  return check_will(client, version);
}

int mw_options_complete(mqttwill_client *client, uint8_t version) {
  struct mw_session_options *o = &client->options;
  int status = check_options(client, version);
  if (status != MQTTWILL_OK) return status;
  o->version = version;
  o->clean_start = wants_clean_start(client);
  o->server_packet_size = client->server_known ? client->session.grants.maximum_packet_size : 0;
  return MQTTWILL_OK;
}

int mqttwill_check(mqttwill_client *client) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int status = check_options(client, mw_options_version(client));
  mw_unlock(client->loop);
  return status;
}

/* ---- setters ---- */

/* Begin and end of a setter that is only a check and an assignment. */
#define SETTER(client, option, valid, assignment, complaint)                                                 \
  do {                                                                                                       \
    if ((client) == NULL) return MQTTWILL_ERR_ARGUMENT;                                                      \
    mw_lock((client)->loop);                                                                                 \
    bool is_valid = (valid);                                                                                 \
    if (is_valid) assignment;                                                                                \
    int result = mw_option_result((client), (option), is_valid ? MQTTWILL_OK : MQTTWILL_ERR_ARGUMENT, "%s",  \
                                  (complaint));                                                              \
    mw_unlock((client)->loop);                                                                               \
    return result;                                                                                           \
  } while (0)

int mqttwill_set_version(mqttwill_client *client, int version) {
  SETTER(client, MW_OPTION_VERSION,
         version == 0 || (version >= MQTTWILL_MQTT_3_1 && version <= MQTTWILL_MQTT_5),
         client->chosen_version = (uint8_t)version, "version: 0, 3 (3.1), 4 (3.1.1) or 5");
}

int mqttwill_set_keep_alive(mqttwill_client *client, unsigned seconds) {
  SETTER(client, MW_OPTION_KEEP_ALIVE, seconds <= UINT16_MAX, client->options.keep_alive = (uint16_t)seconds,
         "keep alive: 0 to 65,535 seconds");
}

int mqttwill_set_ping_timeout(mqttwill_client *client, uint32_t timeout_ms) {
  SETTER(client, MW_OPTION_PING_TIMEOUT, timeout_ms >= 1 && timeout_ms <= LONGEST_PING_TIMEOUT,
         client->options.ping_timeout_ms = timeout_ms, "ping timeout: 1 to 3,600,000 ms");
}

int mqttwill_set_receive_maximum(mqttwill_client *client, unsigned count) {
  SETTER(client, MW_OPTION_RECEIVE_MAXIMUM, count >= 1 && count <= UINT16_MAX,
         client->options.receive_maximum = (uint16_t)count, "receive maximum: 1 to 65,535 messages");
}

int mqttwill_set_maximum_packet_size(mqttwill_client *client, uint32_t bytes) {
  SETTER(client, MW_OPTION_MAXIMUM_PACKET_SIZE, bytes >= SMALLEST_MAXIMUM_PACKET && bytes <= MW_MAX_PACKET,
         client->options.maximum_packet_size = bytes, "maximum packet size: 16 to 268,435,460 bytes");
}

int mqttwill_set_outbound_limit(mqttwill_client *client, size_t bytes) {
  SETTER(client, MW_OPTION_OUTBOUND_LIMIT, bytes > 0, client->options.outbound_limit = bytes,
         "outbound limit: at least 1 byte");
}

int mqttwill_set_clean_start(mqttwill_client *client, bool clean_start) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->clean_start_set = true;
  client->clean_start = clean_start;
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_set_session_expiry(mqttwill_client *client, uint32_t seconds) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->options.session_expiry = seconds;
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_set_manual_ack(mqttwill_client *client, bool manual) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->options.manual_ack = manual;
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_set_connect_timeout(mqttwill_client *client, uint32_t timeout_ms) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->connect_timeout_ms = timeout_ms;
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_set_system_resolver(mqttwill_client *client, bool use) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->system_resolver = use;
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

/* Replaces a string of the options by a copy; data NULL clears it. */
static int replace(struct mw_slice *text, const void *data, size_t len, bool secret) {
  uint8_t *copy = NULL;
  if (data != NULL && (copy = mw_memdup(data, len)) == NULL) return MQTTWILL_ERR_MEMORY;
  drop(text, secret);
  *text = mw_slice(copy, len);
  return MQTTWILL_OK;
}

static int check_string(const char *text, size_t len) {
  unsigned found = 0;
  if (len > UINT16_MAX) return MQTTWILL_ERR_TOO_LONG;
  return mw_utf8_check(mw_slice(text, len), &found) ? MQTTWILL_OK : MQTTWILL_ERR_UTF8;
}

int mqttwill_set_username(mqttwill_client *client, const char *username) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  size_t len = username != NULL ? strlen(username) : 0;
  mw_lock(client->loop);
  int status = check_string(username, len);
  if (status == MQTTWILL_OK) status = replace(&client->options.username, username, len, true);
  if (status == MQTTWILL_OK) client->options.has_username = username != NULL;
  status = mw_option_result(client, MW_OPTION_USERNAME, status, "user name: %s", mqttwill_strerror(status));
  mw_unlock(client->loop);
  return status;
}

int mqttwill_set_password(mqttwill_client *client, const void *password, size_t password_length) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int status = password_length > UINT16_MAX ? MQTTWILL_ERR_TOO_LONG : MQTTWILL_OK;
  if (status == MQTTWILL_OK && password == NULL && password_length > 0) status = MQTTWILL_ERR_ARGUMENT;
  if (status == MQTTWILL_OK) status = replace(&client->options.password, password, password_length, true);
  if (status == MQTTWILL_OK) client->options.has_password = password != NULL;
  status = mw_option_result(client, MW_OPTION_PASSWORD, status, "password: %s", mqttwill_strerror(status));
  mw_unlock(client->loop);
  return status;
}

/* Those that have a function of their own, and those that only an authentication exchange gives a meaning. */
static bool is_settable(struct mw_slice list) {
  static const uint8_t others[] = {
      MQTTWILL_PROPERTY_SESSION_EXPIRY_INTERVAL, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM,
      MQTTWILL_PROPERTY_MAXIMUM_PACKET_SIZE,     MQTTWILL_PROPERTY_TOPIC_ALIAS_MAXIMUM,
      MQTTWILL_PROPERTY_AUTHENTICATION_METHOD,   MQTTWILL_PROPERTY_AUTHENTICATION_DATA,
  };
  struct mw_property found;
  for (size_t i = 0; i < sizeof others; i++)
    if (mw_property_find(list, others[i], 0, &found)) return false;
  return true;
}

int mqttwill_set_connect_properties(mqttwill_client *client, const mqttwill_properties *properties) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  struct mw_slice list = properties != NULL ? properties->encoded : mw_slice(NULL, 0);
  mw_lock(client->loop);
  int status = mw_properties_check(list, MW_IN_CONNECT);
  if (status == MQTTWILL_OK && !is_settable(list)) status = MQTTWILL_ERR_PROPERTY;
  if (status == MQTTWILL_OK) status = mw_slice_keep(&client->connect_properties, list);
  status = mw_option_result(client, MW_OPTION_CONNECT_PROPERTIES, status, "properties of CONNECT: %s",
                            mqttwill_strerror(status));
  mw_unlock(client->loop);
  return status;
}

int mqttwill_set_source(mqttwill_client *client, const char *address_or_interface) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  struct mw_address address;
  mw_lock(client->loop);
  int status = MQTTWILL_OK;
  char *copy = NULL;
  if (address_or_interface != NULL) {
    struct mw_slice text = mw_slice_text(address_or_interface);
    if (mw_address_parse(&address, text, 0) != MQTTWILL_OK && if_nametoindex(address_or_interface) == 0)
      status = MQTTWILL_ERR_ARGUMENT;
    else if ((copy = mw_memdup(text.data, text.len)) == NULL)
      status = MQTTWILL_ERR_MEMORY;
  }
  if (status == MQTTWILL_OK) {
    mw_free(client->source_option);
    client->source_option = copy;
  }
  const char *why = status == MQTTWILL_ERR_MEMORY ? mqttwill_strerror(status)
                                                  : "neither an address nor an interface of this system";
  status = mw_option_result(client, MW_OPTION_SOURCE, status, "source \"%s\": %s",
                            address_or_interface != NULL ? address_or_interface : "", why);
  mw_unlock(client->loop);
  return status;
}
