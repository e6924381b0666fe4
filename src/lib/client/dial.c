/* SPDX-License-Identifier: MIT
 * From a host name to one connected socket: addresses are tried as they become known, a new one every 250 ms
 * while earlier ones have not answered, so that a dead first address cannot eat the deadline (decision 14 of
 * doc/design.md; RFC 8305 section 5). Started by operations.c; ends in mw_connection_attach() or
 * mw_connection_failed(). */
#include "base/platform.h"

#include "base/alloc.h"
#include "client/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { STAGGER_MS = 250 };

struct attempt {
  struct mw_list node; /* dial->attempts */
  struct mw_dial *dial;
  struct mw_tcp tcp;
  struct mw_source source;
  const struct mw_address *address;
};

struct mw_dial {
  mqttwill_client *client;
  struct mw_lookup lookup;
  struct mw_address **addresses; /* each in a block of its own: attempts point to them */
  size_t count, next;
  struct mw_list attempts;
  struct mw_timer stagger;
  int status, system_error; /* of the last attempt that failed */
  char text[MW_ADDRESS_TEXT_SIZE + 100];
};

static void end_attempt(struct attempt *attempt) {
  mw_source_remove(attempt->dial->client->loop->loop, &attempt->source);
  mw_transport_close(&attempt->tcp.base);
  mw_list_remove(&attempt->node);
  mw_free(attempt);
}

void mw_dial_stop(mqttwill_client *client) {
  struct mw_dial *dial = client->dial;
  if (dial == NULL) return;
  struct mw_list *node;
  while ((node = mw_list_first(&dial->attempts)) != NULL)
    end_attempt(MW_CONTAINER(node, struct attempt, node));
  if (mw_lookup_is_under_way(&dial->lookup)) mw_resolver_cancel(client->loop->resolver, &dial->lookup);
  mw_timer_fini(client->loop->loop, &dial->stagger);
  for (size_t i = 0; i < dial->count; i++) mw_free(dial->addresses[i]);
  mw_free(dial->addresses);
  mw_free(dial);
  client->dial = NULL;
}

static void give_up(struct mw_dial *dial) {
  mqttwill_client *client = dial->client;
  int status = dial->status, system_error = dial->system_error;
  char text[sizeof dial->text];
  memcpy(text, dial->text, sizeof text);
  mw_dial_stop(client);
  mw_connection_failed(client, status, system_error, text);
}

static void note_failure(struct mw_dial *dial, int status, const struct mw_address *address,
                         const struct mw_tcp *tcp) {
  const struct mw_url *url = &dial->client->server->url;
  char where[MW_ADDRESS_TEXT_SIZE], why[96];
  mw_address_text(address, where);
  dial->status = status;
  dial->system_error = mw_transport_error(&tcp->base, why, sizeof why);
  bool is_literal = strncmp(where + (where[0] == '['), url->host, strlen(url->host)) == 0;
  (void)snprintf(dial->text, sizeof dial->text, "%s%s%s", is_literal ? "" : where, is_literal ? "" : ": ",
                 why);
}

/* ---- one address ---- */

static void try_next(struct mw_dial *dial);

static void win(struct attempt *attempt) {
  mqttwill_client *client = attempt->dial->client;
  mw_source_move(client->loop->loop, &attempt->source, &client->source);
  client->tcp = attempt->tcp;
  attempt->tcp.fd = -1; /* taken: ending the attempt closes nothing */
  mw_dial_stop(client);
  mw_connection_attach(client);
}

static void attempt_ready(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  (void)loop;
  (void)events;
  struct attempt *attempt = MW_CONTAINER(source, struct attempt, source);
  struct mw_dial *dial = attempt->dial;
  bool done = false;
  int status = mw_transport_establish(&attempt->tcp.base, &done);
  if (status == MQTTWILL_OK) {
    if (done) win(attempt);
    return;
  }
  note_failure(dial, MQTTWILL_ERR_CONNECT, attempt->address, &attempt->tcp);
  end_attempt(attempt);
  try_next(dial);
}

/* The socket with everything the user wants of it. */
static int open_socket(struct attempt *attempt) {
  mqttwill_client *client = attempt->dial->client;
  struct mw_address source;
  struct mw_tcp_options options = {.user_timeout_ms = client->options.ping_timeout_ms};
  if (client->source_option != NULL) {
    if (mw_address_parse(&source, mw_slice_text(client->source_option), 0) == MQTTWILL_OK)
      options.source = &source;
    else
      options.interface = client->source_option;
  }
  int status = mw_tcp_open(&attempt->tcp, attempt->address->u.any.sa_family, &options);
  if (status != MQTTWILL_OK) return status;
  if (client->on_socket != NULL &&
      client->on_socket(client, attempt->tcp.fd, client->on_socket_argument) != 0)
    return MQTTWILL_ERR_CANCELLED;
  return mw_tcp_connect(&attempt->tcp, attempt->address);
}

static int start_attempt(struct mw_dial *dial, const struct mw_address *address) {
  struct attempt *attempt = mw_malloc(sizeof *attempt);
  if (attempt == NULL) return MQTTWILL_ERR_MEMORY;
  attempt->dial = dial;
  attempt->address = address;
  mw_tcp_init(&attempt->tcp);
  mw_source_init(&attempt->source, attempt_ready);
  mw_list_append(&dial->attempts, &attempt->node);
  int status = open_socket(attempt);
  if (status == MQTTWILL_OK) {
    unsigned wanted = mw_transport_wants(&attempt->tcp.base, MW_IO_WRITE);
    status = mw_source_add(dial->client->loop->loop, &attempt->source, attempt->tcp.fd, wanted);
    if (status == MQTTWILL_OK) return MQTTWILL_OK;
  }
  if (status == MQTTWILL_ERR_CANCELLED) {
    dial->status = MQTTWILL_ERR_CONNECT;
    (void)snprintf(dial->text, sizeof dial->text, "the program's socket callback gave the address up");
  } else if (status != MQTTWILL_ERR_MEMORY) {
    note_failure(dial, MQTTWILL_ERR_CONNECT, address, &attempt->tcp);
  }
  end_attempt(attempt);
  return status;
}

/* Starts the next address; where none is left and nothing is under way, the dial has failed. */
static void try_next(struct mw_dial *dial) {
  struct mw_loop *loop = dial->client->loop->loop;
  mw_timer_set(loop, &dial->stagger, MW_NEVER);
  while (dial->next < dial->count) {
    int status = start_attempt(dial, dial->addresses[dial->next++]);
    if (status == MQTTWILL_ERR_MEMORY) {
      dial->status = status;
      (void)snprintf(dial->text, sizeof dial->text, "%s", mqttwill_strerror(status));
    }
    if (status != MQTTWILL_OK) continue;
    mw_timer_set(loop, &dial->stagger, mw_loop_now(loop) + STAGGER_MS);
    return;
  }
  if (mw_list_empty(&dial->attempts) && !mw_lookup_is_under_way(&dial->lookup)) give_up(dial);
}

static void stagger_due(struct mw_loop *loop, struct mw_timer *timer) {
  (void)loop;
  try_next(MW_CONTAINER(timer, struct mw_dial, stagger));
}

/* ---- the name ---- */

static int add_address(struct mw_dial *dial, const struct mw_address *found) {
  struct mw_address **grown = mw_realloc(dial->addresses, (dial->count + 1) * sizeof *grown);
  if (grown == NULL) return MQTTWILL_ERR_MEMORY;
  dial->addresses = grown;
  struct mw_address *address = mw_memdup(found, sizeof *found);
  if (address == NULL) return MQTTWILL_ERR_MEMORY;
  mw_address_set_port(address, dial->client->server->url.port);
  dial->addresses[dial->count++] = address;
  return MQTTWILL_OK;
}

static void found(struct mw_lookup *lookup, const struct mw_address *addresses, size_t count) {
  struct mw_dial *dial = MW_CONTAINER(lookup, struct mw_dial, lookup);
  for (size_t i = 0; i < count; i++) {
    if (add_address(dial, &addresses[i]) == MQTTWILL_OK) continue;
    dial->status = MQTTWILL_ERR_MEMORY;
    (void)snprintf(dial->text, sizeof dial->text, "%s", mqttwill_strerror(MQTTWILL_ERR_MEMORY));
  }
  if (!mw_timer_is_set(&dial->stagger)) try_next(dial);
}

static void resolved(struct mw_lookup *lookup, int status, const char *text) {
  struct mw_dial *dial = MW_CONTAINER(lookup, struct mw_dial, lookup);
  if (status != MQTTWILL_OK && dial->count == 0) {
    dial->status = status;
    (void)snprintf(dial->text, sizeof dial->text, "%s", text);
  }
  if (dial->next == dial->count && mw_list_empty(&dial->attempts)) give_up(dial);
}

static int need_resolver(mqttwill_loop *loop) {
  if (loop->resolver != NULL) return MQTTWILL_OK;
  struct timespec
      now; /* a name is not chosen by an enemy of the program's own hash table: any seed will do */
  clock_gettime(CLOCK_REALTIME, &now);
  return mw_resolver_new(&loop->resolver, loop->loop, (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u);
}

int mw_dial_start(mqttwill_client *client) {
  mqttwill_loop *loop = client->loop;
  int status = need_resolver(loop);
  if (status != MQTTWILL_OK) return status;
  struct mw_dial *dial = mw_calloc(1, sizeof *dial);
  if (dial == NULL) return MQTTWILL_ERR_MEMORY;
  status = mw_timer_init(loop->loop, &dial->stagger, stagger_due);
  if (status != MQTTWILL_OK) {
    mw_free(dial);
    return status;
  }
  dial->client = client;
  dial->status = MQTTWILL_ERR_CONNECT;
  mw_list_init(&dial->attempts);
  mw_lookup_init(&dial->lookup, found, resolved);
  client->dial = dial;
  status = mw_resolver_lookup(loop->resolver, &dial->lookup, mw_slice_text(client->server->url.host),
                              client->system_resolver ? MW_LOOKUP_SYSTEM : 0);
  if (status != MQTTWILL_OK) mw_dial_stop(client);
  return status;
}
