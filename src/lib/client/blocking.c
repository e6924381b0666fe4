/* SPDX-License-Identifier: MIT
 * The blocking calls: the asynchronous ones, and waiting. Where nobody turns the loop, the one who waits does
 * (decision 3 of doc/design.md). Any thread, but not inside a callback. */
#include "client/internal.h"
#include "client/operations.h"

static uint64_t deadline_of(const mqttwill_loop *loop, int timeout_ms) {
  return timeout_ms < 0 ? MW_NEVER : mw_now(loop) + (uint64_t)timeout_ms;
}

/* Begins a blocking call: takes the lock and notes the caller, or refuses. */
static int begin(mqttwill_client *client) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  if (!mw_in_callback(client->loop)) {
    client->callers++;
    return MQTTWILL_OK;
  }
  mw_unlock(client->loop);
  return mw_error_set(client, MQTTWILL_ERR_IN_CALLBACK);
}

/* Gives the lock back. A client that was freed meanwhile has waited for this. */
static int end(mqttwill_client *client, int status) {
  mqttwill_loop *loop = client->loop;
  client->callers--;
  if (client->release_wanted) {
    mw_tell_change(loop);
    mw_loop_wake(loop->loop);
  }
  if (client->released && client->free_when_released && client->callers == 0) mw_client_destroy(client);
  mw_unlock(loop);
  return status;
}

/* ---- operations ---- */

static bool is_pending(const mqttwill_client *client, int64_t operation) {
  return operation == client->connect_operation || mw_session_is_pending(&client->session, operation);
}

/* What became of an operation that has ended: only failures are kept, and only the last few. */
static int recall(mqttwill_client *client, int64_t operation) {
  const struct mw_outcomes *past = client->outcomes;
  if (operation > client->session.last_operation) return mw_error_set(client, MQTTWILL_ERR_ARGUMENT);
  for (unsigned i = 0; past != NULL && i < MW_OUTCOMES; i++) { /* unused ones have operation 0 */
    if (past->ring[i].operation != operation) continue;
    mw_error_outcome(client, &past->ring[i], NULL);
    return past->ring[i].status;
  }
  return mw_error_set(client, operation <= client->forgotten ? MQTTWILL_ERR_FORGOTTEN : MQTTWILL_OK);
}

static int wait_for(mqttwill_client *client, int64_t operation, uint64_t deadline) {
  if (!is_pending(client, operation)) return recall(client, operation);
  struct mw_waiter waiter = {.client = client, .outcome = {.operation = operation}};
  mw_list_append(&client->loop->waiters, &waiter.node);
  while (!waiter.done && mw_now(client->loop) < deadline) mw_wait_for_change(client->loop, deadline);
  mw_list_remove(&waiter.node);
  if (!waiter.done) return mw_error_set(client, MQTTWILL_ERR_TIMEOUT);
  mw_error_outcome(client, &waiter.outcome, waiter.text);
  return waiter.outcome.status;
}

int mqttwill_wait(mqttwill_client *client, int64_t operation, int timeout_ms) {
  if (operation < 0) return (int)operation;
  if (client != NULL && operation == 0) return mw_error_set(client, MQTTWILL_ERR_ARGUMENT);
  int status = begin(client);
  if (status != MQTTWILL_OK) return status;
  return end(client, wait_for(client, operation, deadline_of(client->loop, timeout_ms)));
}

static int finish(mqttwill_client *client, int64_t operation, uint64_t deadline) {
  return end(client, operation < 0 ? (int)operation : wait_for(client, operation, deadline));
}

/* ---- the calls ---- */

int mqttwill_connect(mqttwill_client *client, const char *url, int timeout_ms) {
  int status = client != NULL ? mw_start_private_loop(client) : MQTTWILL_ERR_ARGUMENT;
  if (status == MQTTWILL_OK) status = begin(client);
  if (status != MQTTWILL_OK) return status;
  int64_t operation = mw_connect(client, url, timeout_ms < 0 ? MW_NEVER : (uint64_t)timeout_ms);
  return finish(client, operation, MW_NEVER); /* it ends by its own deadline */
}

static int disconnect(mqttwill_client *client, mqttwill_reason reason, int timeout_ms) {
  int status = begin(client);
  if (status != MQTTWILL_OK) return status;
  int64_t operation = mw_disconnect(client, reason, NULL, timeout_ms);
  if (operation >= 0) status = wait_for(client, operation, MW_NEVER);
  /* Another thread may still be telling it; only when it has, the next connection can begin. */
  while (client->session.closed_untold) mw_wait_for_change(client->loop, MW_NEVER);
  return end(client, operation < 0 ? (int)operation : status);
}

int mqttwill_disconnect(mqttwill_client *client, int timeout_ms) {
  return disconnect(client, MQTTWILL_REASON_SUCCESS, timeout_ms);
}

int mqttwill_disconnect_with_will(mqttwill_client *client, int timeout_ms) {
  return disconnect(client, MQTTWILL_REASON_DISCONNECT_WITH_WILL, timeout_ms);
}

int mqttwill_publish(mqttwill_client *client, const char *topic, const void *payload, size_t length, int qos,
                     bool retain, int timeout_ms) {
  struct mw_publish message;
  int status = begin(client);
  if (status != MQTTWILL_OK) return status;
  if (!mw_publish_arguments(&message, topic, payload, length, qos, retain, NULL))
    return end(client, mw_error_set(client, MQTTWILL_ERR_ARGUMENT));
  uint64_t deadline = deadline_of(client->loop, timeout_ms);
  int64_t operation;
  while ((operation = mw_publish(client, &message)) == MQTTWILL_ERR_FULL && mw_now(client->loop) < deadline)
    mw_wait_for_change(client->loop, deadline);
  if (operation < 0) return end(client, mw_error_set(client, (int)operation));
  return end(client, wait_for(client, operation, deadline));
}

int mqttwill_subscribe(mqttwill_client *client, const char *filter, unsigned options, int timeout_ms) {
  int status = begin(client);
  if (status != MQTTWILL_OK) return status;
  uint64_t deadline = deadline_of(client->loop, timeout_ms);
  return finish(client, mw_subscribe(client, MW_SUBSCRIBE, &filter, &options, 1, NULL), deadline);
}

int mqttwill_unsubscribe(mqttwill_client *client, const char *filter, int timeout_ms) {
  int status = begin(client);
  if (status != MQTTWILL_OK) return status;
  uint64_t deadline = deadline_of(client->loop, timeout_ms);
  return finish(client, mw_subscribe(client, MW_UNSUBSCRIBE, &filter, NULL, 1, NULL), deadline);
}

int mqttwill_abort(mqttwill_client *client) {
  if (client == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(client->loop);
  client->callers++;
  if (client->phase != MW_CLIENT_IDLE) {
    client->abort_wanted = true;
    mw_client_touch(client);
    mw_client_hurry(client);
    while (client->abort_wanted && !mw_in_callback(client->loop)) mw_wait_for_change(client->loop, MW_NEVER);
  }
  return end(client, mw_error_set(client, MQTTWILL_OK));
}

/* ---- receiving ---- */

static bool may_receive(const mqttwill_client *client) {
  return client->phase != MW_CLIENT_IDLE && !client->release_wanted;
}

/* What ended the connection; after a disconnect of one's own, or before any connect, just that there is none.
 */
static int tell_end(const mqttwill_client *client) {
  const struct mw_outcome outcome = {
      .status = client->end_status != MQTTWILL_OK ? client->end_status : MQTTWILL_ERR_NOT_CONNECTED,
      .reason = client->end_reason,
      .system_error = client->system_error,
  };
  mw_error_outcome(client, &outcome, client->end_status != MQTTWILL_OK ? client->end_text : NULL);
  return outcome.status;
}

static int receive(mqttwill_client *client, mqttwill_message **message, uint64_t deadline) {
  if (client->on_message != NULL) return mw_error_set(client, MQTTWILL_ERR_STATE);
  while ((*message = mw_inbox_take(client)) == NULL) {
    if (!may_receive(client)) return tell_end(client);
    if (mw_now(client->loop) >= deadline) return mw_error_set(client, MQTTWILL_ERR_NO_MESSAGE);
    mw_wait_for_change(client->loop, deadline);
  }
  if ((*message)->token != 0 && !client->options.manual_ack)
    (void)mw_session_ack(&client->session, (*message)->token); /* it may have ended since */
  mw_client_touch(client);
  return mw_error_set(client, MQTTWILL_OK);
}

int mqttwill_receive(mqttwill_client *client, mqttwill_message **message, int timeout_ms) {
  if (message == NULL) return MQTTWILL_ERR_ARGUMENT;
  *message = NULL;
  int status = begin(client);
  if (status != MQTTWILL_OK) return status;
  return end(client, receive(client, message, deadline_of(client->loop, timeout_ms)));
}
