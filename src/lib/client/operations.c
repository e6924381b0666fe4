/* SPDX-License-Identifier: MIT
 * What the user asks for, without waiting: connect, publish, subscribe, unsubscribe, disconnect, abort,
 * acknowledge. Each submits to the session under the lock and has the turner look at the client. Any thread.
 */
#include "base/alloc.h"
#include "client/internal.h"
#include "client/operations.h"
#include "wire/topic.h"

#include <stdio.h>

/* ---- connecting ---- */

static bool is_same(const struct mw_url *a, const struct mw_url *b) {
  return a->scheme == b->scheme && a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* The one that the loop knows, or a new one, which takes *url over. NULL: out of memory. */
static struct mw_server *find_server(mqttwill_loop *loop, struct mw_url *url) {
  if (loop->server != NULL && is_same(&loop->server->url, url)) return loop->server;
  struct mw_server *server = mw_malloc(sizeof *server);
  if (server == NULL) return NULL;
  *server = (struct mw_server){.url = *url};
  *url = (struct mw_url){0};
  loop->server = server;
  return server;
}

void mw_server_leave(mqttwill_client *client) {
  struct mw_server *server = client->server;
  client->server = NULL;
  if (server == NULL || --server->clients > 0) return;
  if (client->loop->server == server) client->loop->server = NULL;
  mw_url_fini(&server->url);
  mw_free(server);
}

static int take_url(mqttwill_client *client, const char *text) {
  struct mw_url url = {0};
  const char *why = NULL;
  int status = text != NULL ? mw_url_parse(&url, text, &why) : MQTTWILL_ERR_ARGUMENT;
  if (status == MQTTWILL_ERR_URL) return mw_error_say(client, status, "\"%.200s\": %s", text, why);
  if (status == MQTTWILL_ERR_SCHEME)
    return mw_error_say(client, status, "\"%.200s\": %s", text, mqttwill_strerror(status));
  if (status != MQTTWILL_OK) return mw_error_set(client, status);
  if (client->server != NULL && is_same(&client->server->url, &url)) {
    mw_url_fini(&url);
    return MQTTWILL_OK;
  }
  struct mw_server *server = find_server(client->loop, &url);
  mw_url_fini(&url);
  if (server == NULL) return mw_error_set(client, MQTTWILL_ERR_MEMORY);
  mw_server_leave(client);
  server->clients++;
  client->server = server;
  client->known_version = 0; /* another server: nothing is known of it */
  client->server_known = false;
  return MQTTWILL_OK;
}

int64_t mw_connect(mqttwill_client *client, const char *url, uint64_t timeout_ms) {
  if (client->phase != MW_CLIENT_IDLE || client->connect_operation != 0 || client->session.closed_untold)
    return mw_error_set(client, MQTTWILL_ERR_ALREADY_CONNECTED);
  if (client->release_wanted) return mw_error_set(client, MQTTWILL_ERR_STATE);
  int status = take_url(client, url);
  if (status == MQTTWILL_OK) status = mw_options_complete(client, mw_options_version(client));
  if (status != MQTTWILL_OK) return status;
  status = mw_dial_start(client);
  if (status != MQTTWILL_OK)
    return mw_error_say(client, status, "%s: %s", client->server->url.host, mqttwill_strerror(status));
  client->connect_operation = ++client->session.last_operation;
  client->phase = MW_CLIENT_DIALING;
  client->abort_wanted = false;
  client->told_late = false;
  client->deadline = timeout_ms == MW_NEVER ? MW_NEVER : mw_now(client->loop) + timeout_ms;
  mw_client_schedule(client);
  mw_client_touch(client);
  mw_error_set(client, MQTTWILL_OK);
  return client->connect_operation;
}

int mw_start_private_loop(mqttwill_client *client) {
  if (!client->private_loop) return MQTTWILL_OK;
  int status = mqttwill_loop_start(client->loop);
  return status == MQTTWILL_ERR_STATE ? MQTTWILL_OK : mw_error_set(client, status); /* it may run already */
}

int64_t mqttwill_connect_async(mqttwill_client *client, const char *url) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  int status = mw_start_private_loop(client);
  if (status != MQTTWILL_OK) return status;
  mw_lock(client->loop);
  uint32_t timeout_ms = client->connect_timeout_ms;
  int64_t operation = mw_connect(client, url, timeout_ms > 0 ? timeout_ms : MW_NEVER);
  mw_unlock(client->loop);
  return operation;
}

/* ---- publishing ---- */

int64_t mw_publish(mqttwill_client *client, const struct mw_publish *message) {
  if (client->release_wanted) return MQTTWILL_ERR_CANCELLED; /* nobody would end it any more */
  int64_t operation = mw_session_publish(&client->session, message);
  if (operation < 0) return operation;
  if (client->phase == MW_CLIENT_ATTACHED) mw_client_touch(client);
  return operation;
}

/* The arguments of a publish as the session wants them; false where they cannot be. */
bool mw_publish_arguments(struct mw_publish *message, const char *topic, const void *payload, size_t length,
                          int qos, bool retain, const mqttwill_properties *properties) {
  if (topic == NULL || (payload == NULL && length > 0)) return false;
  *message = (struct mw_publish){
      .topic = mw_slice_text(topic),
      .payload = mw_slice(payload, length),
      .qos = qos >= 0 && qos <= 2 ? (uint8_t)qos : 3,
      .retain = retain,
  };
  if (properties != NULL) message->properties = properties->encoded;
  return true;
}

int64_t mqttwill_publish_async(mqttwill_client *client, const char *topic, const void *payload, size_t length,
                               int qos, bool retain, const mqttwill_properties *properties) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  struct mw_publish message;
  if (!mw_publish_arguments(&message, topic, payload, length, qos, retain, properties))
    return mw_error_set(client, MQTTWILL_ERR_ARGUMENT);
  mw_lock(client->loop);
  int64_t operation = mw_publish(client, &message);
  mw_unlock(client->loop);
  mw_error_set(client, operation < 0 ? (int)operation : MQTTWILL_OK);
  return operation;
}

/* ---- subscribing ---- */

static int write_filters(struct mw_buffer *list, enum mw_packet_type type, const char *const *filters,
                         const unsigned *options, size_t count) {
  if (filters == NULL || count == 0 || (type == MW_SUBSCRIBE && options == NULL))
    return MQTTWILL_ERR_ARGUMENT;
  for (size_t i = 0; i < count; i++) {
    if (filters[i] == NULL) return MQTTWILL_ERR_ARGUMENT;
    if (options != NULL && options[i] > UINT8_MAX) return MQTTWILL_ERR_ARGUMENT;
    const struct mw_filter filter = {mw_slice_text(filters[i]), options != NULL ? (uint8_t)options[i] : 0};
    if (mw_topic_filter_check(filter.filter) != MQTTWILL_OK) return MQTTWILL_ERR_FILTER;
    struct mw_writer w;
    mw_writer_init_counting(&w);
    mw_write_filter(&w, type, &filter);
    size_t len = w.len;
    uint8_t *to = mw_buffer_reserve(list, len);
    if (to == NULL) return MQTTWILL_ERR_MEMORY;
    mw_writer_init(&w, to, len);
    mw_write_filter(&w, type, &filter);
    if (mw_writer_status(&w) != MQTTWILL_OK) return mw_writer_status(&w);
    mw_buffer_commit(list, len);
  }
  return MQTTWILL_OK;
}

int64_t mw_subscribe(mqttwill_client *client, enum mw_packet_type type, const char *const *filters,
                     const unsigned *options, size_t count, const mqttwill_properties *properties) {
  struct mw_buffer list = {0};
  int64_t operation = write_filters(&list, type, filters, options, count);
  if (operation == MQTTWILL_OK) {
    const struct mw_subscribe request = {
        .type = type,
        .properties = properties != NULL ? properties->encoded : mw_slice(NULL, 0),
        .filters = mw_buffer_view(&list),
    };
    operation = mw_session_subscribe(&client->session, &request);
    if (operation > 0) mw_client_touch(client);
  }
  mw_buffer_fini(&list);
  mw_error_set(client, operation < 0 ? (int)operation : MQTTWILL_OK);
  return operation;
}

int64_t mqttwill_subscribe_async(mqttwill_client *client, const char *const *filters, const unsigned *options,
                                 size_t count, const mqttwill_properties *properties) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int64_t operation = mw_subscribe(client, MW_SUBSCRIBE, filters, options, count, properties);
  mw_unlock(client->loop);
  return operation;
}

int64_t mqttwill_unsubscribe_async(mqttwill_client *client, const char *const *filters, size_t count,
                                   const mqttwill_properties *properties) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int64_t operation = mw_subscribe(client, MW_UNSUBSCRIBE, filters, NULL, count, properties);
  mw_unlock(client->loop);
  return operation;
}

int mqttwill_ack(mqttwill_client *client, uint64_t token) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int status = mw_session_ack(&client->session, token);
  mw_client_touch(client); /* also when it failed: without memory for the packet the connection is over */
  mw_unlock(client->loop);
  return mw_error_set(client, status);
}

/* ---- endings ---- */

int64_t mw_disconnect(mqttwill_client *client, mqttwill_reason reason, const mqttwill_properties *properties,
                      int timeout_ms) {
  struct mw_slice list = properties != NULL ? properties->encoded : mw_slice(NULL, 0);
  uint64_t now = mw_now(client->loop);
  uint64_t deadline = timeout_ms < 0 ? MW_NEVER : now + (uint64_t)timeout_ms;
  int64_t operation = MQTTWILL_ERR_REASON_CODE;
  if ((int)reason >= 0 && (int)reason <= UINT8_MAX)
    operation = mw_session_disconnect(&client->session, (uint8_t)reason, list, deadline, now);
  if (operation > 0) {
    mw_client_schedule(client);
    mw_client_touch(client);
  }
  mw_error_set(client, operation < 0 ? (int)operation : MQTTWILL_OK);
  return operation;
}

int64_t mqttwill_disconnect_async(mqttwill_client *client, mqttwill_reason reason,
                                  const mqttwill_properties *properties, int timeout_ms) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  int64_t operation = mw_disconnect(client, reason, properties, timeout_ms);
  mw_unlock(client->loop);
  return operation;
}
