/* SPDX-License-Identifier: MIT
 * The life of a client, its callbacks, and what is true of it now. See mqttwill/client.h. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "client/internal.h"

/* ---- life ---- */

static void set_client_id(mqttwill_client *client, const char *client_id) {
  size_t len = client_id != NULL ? strlen(client_id) : 0;
  unsigned found = 0;
  int status = MQTTWILL_OK;
  uint8_t *copy = NULL;
  if (len == 0) return;
  if (len > UINT16_MAX)
    status = MQTTWILL_ERR_TOO_LONG;
  else if (!mw_utf8_check(mw_slice(client_id, len), &found))
    status = MQTTWILL_ERR_UTF8;
  else if ((copy = mw_memdup(client_id, len)) == NULL)
    status = MQTTWILL_ERR_MEMORY;
  if (copy != NULL) client->options.client_id = mw_slice(copy, len);
  (void)mw_option_result(client, MW_OPTION_CLIENT_ID, status, "client id: %s", mqttwill_strerror(status));
}

mqttwill_client *mqttwill_client_new(mqttwill_loop *loop, const char *client_id) {
  mqttwill_client *client = mw_calloc(1, sizeof *client);
  if (client == NULL) return NULL;
  client->private_loop = loop == NULL;
  client->loop = loop != NULL ? loop : mqttwill_loop_new();
  if (client->loop == NULL) {
    mw_free(client);
    return NULL;
  }
  mw_lock(client->loop);
  int status = mw_timer_init(client->loop->loop, &client->timer, mw_timer_due);
  if (status == MQTTWILL_OK) {
    mw_options_init(client);
    mw_session_init(&client->session, &client->options);
    mw_tcp_init(&client->tcp);
    mw_source_init(&client->source, mw_source_ready);
    mw_list_init(&client->dirty);
    client->loop->clients++;
    client->deadline = MW_NEVER;
    set_client_id(client, client_id);
  }
  mw_unlock(client->loop);
  if (status == MQTTWILL_OK) return client;
  if (client->private_loop) (void)mqttwill_loop_free(client->loop);
  mw_free(client);
  return NULL;
}

void mw_client_destroy(mqttwill_client *client) {
  client->loop->clients--;
  mw_session_fini(&client->session);
  mw_options_fini(client);
  mw_will_fini(&client->will);
  mw_server_leave(client);
  mw_inbox_fini(client);
  mw_free(client->outcomes);
  mw_free(client->end_text);
  mw_free(client);
}

/* Inside a callback of the client itself: everything waits until that has returned, the private loop's thread
 * included. */
static void free_later(mqttwill_client *client) {
  mqttwill_loop *loop = client->loop;
  client->free_when_released = true;
  if (client->private_loop) {
    loop->orphan = true;
    loop->stop = true;
  }
  mw_client_touch(client);
}

void mqttwill_client_free(mqttwill_client *client) {
  if (client == NULL) return;
  mqttwill_loop *loop = client->loop;
  bool private_loop = client->private_loop;
  mw_lock(loop);
  client->release_wanted = true;
  if (client->delivering > 0 && mw_in_callback(loop)) {
    free_later(client);
    mw_unlock(loop);
    return;
  }
  mw_client_touch(client);
  mw_client_hurry(client);
  while (!client->released || client->callers > 0) mw_wait_for_change(loop, MW_NEVER);
  mw_client_destroy(client);
  mw_unlock(loop);
  if (private_loop) (void)mqttwill_loop_free(loop);
}

void mw_client_touch(mqttwill_client *client) {
  mqttwill_loop *loop = client->loop;
  if (!mw_list_empty(&client->dirty) || client->released) return;
  mw_list_append(&loop->dirty, &client->dirty);
  if (loop->turner == MW_TURNER_NONE || !pthread_equal(loop->turner_thread, pthread_self()))
    mw_loop_announce(loop->loop);
}

void mw_client_hurry(mqttwill_client *client) {
  mqttwill_loop *loop = client->loop;
  if (loop->turner != MW_TURNER_NONE) {
    /* In a callback of another client this thread is the turner, and the client at hand is not in use above
     * us. */
    if (mw_in_callback(loop) && client->delivering == 0) {
      mw_list_remove(&client->dirty);
      mw_client_service(client);
    }
    return;
  }
  loop->turner = MW_TURNER_STEP;
  loop->turner_thread = pthread_self();
  mw_list_remove(&client->dirty);
  mw_client_service(client);
  mw_leave(loop);
}

/* ---- callbacks ---- */

static int set_callback(mqttwill_client *client, enum mw_callback_kind kind, mqttwill_event_callback callback,
                        void *argument) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->on[kind] = (struct mw_callback){callback, argument};
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_on_connect(mqttwill_client *client, mqttwill_event_callback callback, void *argument) {
  return set_callback(client, MW_ON_CONNECT, callback, argument);
}

int mqttwill_on_disconnect(mqttwill_client *client, mqttwill_event_callback callback, void *argument) {
  return set_callback(client, MW_ON_DISCONNECT, callback, argument);
}

int mqttwill_on_complete(mqttwill_client *client, mqttwill_event_callback callback, void *argument) {
  return set_callback(client, MW_ON_COMPLETE, callback, argument);
}

int mqttwill_on_drain(mqttwill_client *client, mqttwill_event_callback callback, void *argument) {
  return set_callback(client, MW_ON_DRAIN, callback, argument);
}

int mqttwill_on_message(mqttwill_client *client, mqttwill_message_callback callback, void *argument) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->on_message = callback;
  client->on_message_argument = argument;
  if (callback != NULL && client->inbox != NULL && client->inbox->first != NULL) mw_client_touch(client);
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_on_socket(mqttwill_client *client, mqttwill_socket_callback callback, void *argument) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->on_socket = callback;
  client->on_socket_argument = argument;
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_OK);
}

/* ---- what is true now ---- */

bool mqttwill_is_connected(mqttwill_client *client) {
  if (client == NULL) return false;
  mw_lock(client->loop);
  bool connected = client->was_open && !client->abort_wanted && client->session.phase == MW_PHASE_OPEN;
  mw_unlock(client->loop);
  return connected;
}

int mqttwill_connected_version(mqttwill_client *client) {
  if (client == NULL) return 0;
  mw_lock(client->loop);
  int version = client->was_open ? client->session.version : 0;
  mw_unlock(client->loop);
  return version;
}

unsigned mqttwill_effective_keep_alive(mqttwill_client *client) {
  if (client == NULL) return 0;
  mw_lock(client->loop);
  unsigned seconds = client->was_open ? client->session.grants.keep_alive : client->options.keep_alive;
  mw_unlock(client->loop);
  return seconds;
}

uint32_t mqttwill_effective_session_expiry(mqttwill_client *client) {
  if (client == NULL) return 0;
  mw_lock(client->loop);
  uint32_t seconds =
      client->was_open ? client->session.grants.session_expiry : client->options.session_expiry;
  mw_unlock(client->loop);
  return seconds;
}

size_t mqttwill_client_id(mqttwill_client *client, char *buffer, size_t size) {
  if (size > 0) buffer[0] = '\0';
  if (client == NULL) return 0;
  mw_lock(client->loop);
  struct mw_slice id = mw_session_client_id(&client->session);
  size_t len = id.len;
  if (size > 0) {
    size_t copied = len < size ? len : size - 1;
    if (copied > 0) memcpy(buffer, id.data, copied);
    buffer[copied] = '\0';
  }
  mw_unlock(client->loop);
  return len;
}
