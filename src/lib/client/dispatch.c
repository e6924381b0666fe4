/* SPDX-License-Identifier: MIT
 * The only file that calls the user. The lock is released around every callback; while one runs, its client
 * is neither fed nor closed nor freed (what is asked for meanwhile is a wish, fulfilled when it has
 * returned). Runs in the turner only. */
#include "base/alloc.h"
#include "client/internal.h"

#include <stdio.h>

/* ---- around a callback ---- */

static mqttwill_client *enter(mqttwill_client *client) {
  mqttwill_client *outer =
      client->loop->delivering; /* a callback may free another client: its callbacks run inside */
  client->loop->delivering = client;
  client->delivering++;
  mw_unlock(client->loop);
  return outer;
}

static void leave(mqttwill_client *client, mqttwill_client *outer) {
  mw_lock(client->loop);
  client->delivering--;
  client->loop->delivering = outer;
}

static void call(mqttwill_client *client, enum mw_callback_kind kind, const mqttwill_event *event) {
  struct mw_callback callback = client->on[kind];
  if (callback.call == NULL) return;
  mqttwill_client *outer = enter(client);
  callback.call(client, event, callback.argument);
  leave(client, outer);
}

/* ---- operations ---- */

static void remember_failure(mqttwill_client *client, const struct mw_outcome *outcome) {
  struct mw_outcome lost = *outcome; /* where there is no memory; else the one that gives up its place */
  if (client->outcomes == NULL) client->outcomes = mw_calloc(1, sizeof *client->outcomes);
  if (client->outcomes != NULL) {
    struct mw_outcome *place = &client->outcomes->ring[client->outcomes->count++ % MW_OUTCOMES];
    lost = *place;
    *place = *outcome;
  }
  if (lost.operation > client->forgotten) client->forgotten = lost.operation;
}

static void tell_waiters(mqttwill_client *client, const struct mw_outcome *outcome, const char *text) {
  bool told = false;
  const struct mw_list *waiters = &client->loop->waiters;
  for (struct mw_list *n = waiters->next; n != waiters; n = n->next) {
    struct mw_waiter *waiter = MW_CONTAINER(n, struct mw_waiter, node);
    if (waiter->client != client || waiter->outcome.operation != outcome->operation || waiter->done) continue;
    waiter->outcome = *outcome;
    waiter->done = told = true;
    (void)snprintf(waiter->text, sizeof waiter->text, "%s", text);
  }
  if (told) mw_tell_change(client->loop);
}

static void end_operation(mqttwill_client *client, const mqttwill_event *event) {
  const struct mw_outcome outcome = {event->operation, event->status, event->reason, event->system_error};
  if (event->operation == 0) return;
  if (event->status != MQTTWILL_OK) remember_failure(client, &outcome);
  if (!mw_list_empty(&client->loop->waiters)) tell_waiters(client, &outcome, event->text);
}

static const char *completion_text(const struct mw_event *event, char *text, size_t size) {
  const char *status = mqttwill_strerror(event->status);
  if (event->status != MQTTWILL_ERR_REASON) return status;
  struct mw_slice said = mw_property_bytes(event->properties, MQTTWILL_PROPERTY_REASON_STRING);
  (void)snprintf(text, size, "%s: %s (0x%02X)%s%.*s", status, mqttwill_reason_text(event->reason),
                 (unsigned)event->reason, said.len > 0 ? ": " : "", (int)(said.len < 100 ? said.len : 100),
                 said.len > 0 ? (const char *)said.data : "");
  return text;
}

static void on_completed(mqttwill_client *client, const struct mw_event *event) {
  bool nobody = client->on[MW_ON_COMPLETE].call == NULL && mw_list_empty(&client->loop->waiters);
  if (nobody && event->status == MQTTWILL_OK) return;
  char text[256];
  const mqttwill_event told = {
      .operation = event->operation,
      .status = event->status,
      .reason = event->reason,
      .text = completion_text(event, text, sizeof text),
      .properties = {.encoded = event->properties},
      .reasons = event->reasons,
  };
  end_operation(client, &told);
  call(client, MW_ON_COMPLETE, &told);
}

/* ---- connecting and losing ---- */

void mw_dispatch_connect(mqttwill_client *client, const struct mw_event *event, const char *text) {
  const mqttwill_event told = {
      .operation = event->operation,
      .status = event->status,
      .reason = event->reason,
      .system_error = client->system_error,
      .text = text,
      .session_present = event->session_present,
      .properties = {.encoded = event->properties},
  };
  bool ended = client->was_open && event->type == MW_EVENT_CLOSED;
  client->was_open = event->type == MW_EVENT_CONNECTED;
  client->connect_operation = 0;
  end_operation(client, &told);
  mw_tell_change(client->loop); /* whoever waits for a message learns that none will come */
  call(client, ended ? MW_ON_DISCONNECT : MW_ON_CONNECT, &told);
}

static void on_connected(mqttwill_client *client, const struct mw_event *event) {
  struct mw_event told = *event;
  told.operation = client->connect_operation;
  client->deadline = MW_NEVER;
  client->server_known = true;
  mw_dispatch_connect(client, &told, mqttwill_strerror(MQTTWILL_OK));
}

/* ---- messages ---- */

/* The topic, moved over the second byte of its length so that a NUL fits behind it: the bytes are ours, and
 * have been read. */
static const char *terminate(struct mw_slice topic) {
  char *to = (char *)(uintptr_t)topic.data - 1;
  memmove(to, topic.data, topic.len);
  to[topic.len] = '\0';
  return to;
}

static mqttwill_message as_message(const struct mw_event *event) {
  const struct mw_publish *p = &event->message;
  return (mqttwill_message){
      .properties = {.encoded = p->properties},
      .topic = terminate(p->topic),
      .payload = p->payload.data != NULL ? p->payload.data : (const uint8_t *)"",
      .topic_length = p->topic.len,
      .payload_length = p->payload.len,
      .token = event->token,
      .qos = p->qos,
      .retain = p->retain,
      .duplicate = p->duplicate,
  };
}

static void hand_over(mqttwill_client *client, const mqttwill_message *message) {
  mqttwill_message_callback callback = client->on_message; /* another thread may replace them from here on */
  void *argument = client->on_message_argument;
  mqttwill_client *outer = enter(client);
  callback(client, message, argument);
  leave(client, outer);
  if (message->token != 0 && !client->options.manual_ack)
    (void)mw_session_ack(&client->session, message->token);
}

static struct mw_inbox *inbox(mqttwill_client *client) {
  if (client->inbox == NULL && (client->inbox = mw_calloc(1, sizeof *client->inbox)) != NULL)
    client->inbox->end = &client->inbox->first;
  return client->inbox;
}

/* With Receive Maximum messages waiting a server has to stop by itself, QoS 0 aside: what else it sends are
 * answers. */
bool mw_inbox_has_room(const mqttwill_client *client) {
  const struct mw_inbox *box = client->inbox;
  const struct mw_asked *asked = &client->session.asked;
  return box == NULL || (box->count <= asked->receive_maximum && box->bytes < asked->maximum_packet_size);
}

void mw_inbox_fini(mqttwill_client *client) {
  while (client->inbox != NULL && client->inbox->first != NULL) {
    mqttwill_message *message = client->inbox->first;
    client->inbox->first = message->next;
    mqttwill_message_free(message);
  }
  mw_free(client->inbox);
  client->inbox = NULL;
}

static size_t bytes_of(const mqttwill_message *message) {
  return message->payload_length + message->topic_length + message->properties.encoded.len;
}

/* Nobody is called: it waits for mqttwill_receive(). */
static int keep(mqttwill_client *client, const mqttwill_message *message) {
  struct mw_inbox *box = inbox(client);
  mqttwill_message *copy = box != NULL ? mqttwill_message_dup(message) : NULL;
  if (copy == NULL) return MQTTWILL_ERR_MEMORY;
  *box->end = copy;
  box->end = &copy->next;
  box->count++;
  if (copy->token != 0) client->session.unread++;
  box->bytes += bytes_of(copy);
  mw_tell_change(client->loop);
  return MQTTWILL_OK;
}

/* What waits to be read has arrived as far as the protocol goes: a QoS 2 message must not come again. */
void mw_inbox_settle(mqttwill_client *client) {
  mqttwill_message *message = client->inbox != NULL ? client->inbox->first : NULL;
  client->session.unread = 0;
  for (; message != NULL; message = message->next) {
    if (message->token != 0) (void)mw_session_ack(&client->session, message->token);
    message->token = 0;
  }
}

mqttwill_message *mw_inbox_take(mqttwill_client *client) {
  struct mw_inbox *box = client->inbox;
  if (box == NULL || box->first == NULL) return NULL;
  mqttwill_message *message = box->first;
  box->first = message->next;
  if (box->first == NULL) box->end = &box->first;
  box->count--;
  if (message->token != 0) client->session.unread--;
  box->bytes -= bytes_of(message);
  message->next = NULL;
  return message;
}

void mw_dispatch_inbox(mqttwill_client *client) {
  mqttwill_message *message;
  while (client->on_message != NULL && !client->release_wanted && (message = mw_inbox_take(client)) != NULL) {
    hand_over(client, message);
    mqttwill_message_free(message);
  }
}

static int on_message(mqttwill_client *client, const struct mw_event *event) {
  const mqttwill_message message = as_message(event);
  mw_dispatch_inbox(client); /* older ones first; they may have been the last for this client */
  if (client->release_wanted) return MQTTWILL_OK;
  if (client->on_message == NULL) return keep(client, &message);
  hand_over(client, &message);
  return MQTTWILL_OK;
}

static void on_drained(mqttwill_client *client) {
  const mqttwill_event told = {.reason = -1, .text = mqttwill_strerror(MQTTWILL_OK)};
  mw_tell_change(client->loop);
  call(client, MW_ON_DRAIN, &told);
}

int mw_dispatch(mqttwill_client *client, const struct mw_event *event) {
  switch (event->type) {
  case MW_EVENT_CONNECTED:
    on_connected(client, event);
    break;
  case MW_EVENT_MESSAGE:
    return on_message(client, event);
  case MW_EVENT_COMPLETED:
    on_completed(client, event);
    break;
  case MW_EVENT_DRAINED:
    on_drained(client);
    break;
  default:
    break;
  }
  return MQTTWILL_OK;
}
