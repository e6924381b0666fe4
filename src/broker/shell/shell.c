/* SPDX-License-Identifier: MIT
 * See shell.h. A turn reads from whoever has sent, lets the core work, and at its end sends to everyone for
 * whom there are bytes: all packets of a turn leave in one write. */
#include "broker/shell/shell.h"

#include "base/alloc.h"
#include "broker/shell/internal.h"
#include "broker/shell/random.h"

#include <mqttwill/status.h>

#include <errno.h>

enum { ACCEPTS_PER_TURN = 256, RETRY_ACCEPT_MS = 200 };

/* ---- making and freeing ---- */

static void on_tick(struct mw_loop *loop, struct mw_timer *timer) {
  struct mw_shell *shell = MW_CONTAINER(timer, struct mw_shell, tick);
  mw_broker_tick(shell->broker, mw_loop_now(loop));
}

static void on_try_accept(struct mw_loop *loop, struct mw_timer *timer) {
  (void)loop;
  mw_shell_resume_accepting(MW_CONTAINER(timer, struct mw_shell, try_accept));
}

static int init_loop(struct mw_shell *shell, const struct mw_shell_options *options) {
  int status = mw_loop_new(&shell->loop, options->backend, options->clock);
  if (status != MQTTWILL_OK) return status;
  if (mw_timer_init(shell->loop, &shell->tick, on_tick) != MQTTWILL_OK) goto fail;
  if (mw_timer_init(shell->loop, &shell->try_accept, on_try_accept) == MQTTWILL_OK) return MQTTWILL_OK;
  mw_timer_fini(shell->loop, &shell->tick);
fail:
  mw_loop_free(shell->loop);
  return MQTTWILL_ERR_MEMORY;
}

int mw_shell_new(struct mw_shell **shell, const struct mw_shell_options *options) {
  struct mw_shell *s = mw_malloc(sizeof *s);
  if (s == NULL) return MQTTWILL_ERR_MEMORY;
  s->is_stopping = false;
  mw_list_init(&s->entrances);
  mw_list_init(&s->links);
  int status = init_loop(s, options);
  if (status != MQTTWILL_OK) {
    mw_free(s);
    return status;
  }
  struct mw_broker_hooks hooks = {options->context, mw_random, options->ended, options->will};
  s->broker = mw_broker_new(options->broker, &hooks);
  if (s->broker == NULL) {
    mw_shell_free(s);
    return MQTTWILL_ERR_MEMORY;
  }
  *shell = s;
  return MQTTWILL_OK;
}

static void close_entrances(struct mw_shell *shell) {
  struct mw_list *first;
  while ((first = mw_list_first(&shell->entrances)) != NULL) {
    struct mw_entrance *e = MW_CONTAINER(first, struct mw_entrance, node);
    mw_source_remove(shell->loop, &e->source);
    mw_listener_close(&e->listener);
    mw_list_remove(&e->node);
    mw_free(e);
  }
}

void mw_shell_free(struct mw_shell *shell) {
  if (shell == NULL) return;
  close_entrances(shell);
  mw_broker_free(shell->broker);
  struct mw_list *first;
  while ((first = mw_list_first(&shell->links)) != NULL) {
    struct mw_link *link = MW_CONTAINER(first, struct mw_link, node);
    link->peer = NULL; /* went with the broker */
    mw_link_close(link);
  }
  mw_timer_fini(shell->loop, &shell->try_accept);
  mw_timer_fini(shell->loop, &shell->tick);
  mw_loop_free(shell->loop);
  mw_free(shell);
}

/* ---- listening ---- */

/* Without descriptors or memory the connection stays in the queue: look away until there may be some. */
static void pause_accepting(struct mw_shell *shell) {
  for (struct mw_list *at = shell->entrances.next; at != &shell->entrances; at = at->next)
    mw_source_want(shell->loop, &MW_CONTAINER(at, struct mw_entrance, node)->source, 0);
  mw_timer_set(shell->loop, &shell->try_accept, mw_loop_now(shell->loop) + RETRY_ACCEPT_MS);
}

void mw_shell_resume_accepting(struct mw_shell *shell) {
  mw_timer_set(shell->loop, &shell->try_accept, MW_NEVER);
  for (struct mw_list *at = shell->entrances.next; at != &shell->entrances; at = at->next)
    mw_source_want(shell->loop, &MW_CONTAINER(at, struct mw_entrance, node)->source, MW_IO_READ);
}

static void on_connections(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  (void)loop;
  (void)events;
  struct mw_entrance *e = MW_CONTAINER(source, struct mw_entrance, source);
  for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
    int fd, status = mw_listener_accept(&e->listener, &fd, NULL);
    if (status != MQTTWILL_OK) {
      pause_accepting(e->shell);
      return;
    }
    if (fd < 0) return;
    mw_link_open(e->shell, fd);
  }
}

int mw_shell_listen(struct mw_shell *shell, struct mw_address *address) {
  struct mw_entrance *e = mw_calloc(1, sizeof *e);
  if (e == NULL) return MQTTWILL_ERR_MEMORY;
  e->shell = shell;
  mw_listener_init(&e->listener);
  mw_source_init(&e->source, on_connections);
  int status = mw_listener_open(&e->listener, address);
  if (status == MQTTWILL_OK) status = mw_listener_address(&e->listener, address);
  if (status == MQTTWILL_OK) status = mw_source_add(shell->loop, &e->source, e->listener.fd, MW_IO_READ);
  if (status != MQTTWILL_OK) {
    int error = e->listener.error != 0 ? e->listener.error : errno;
    mw_listener_close(&e->listener);
    mw_free(e);
    errno = error;
    return status;
  }
  mw_list_append(&shell->entrances, &e->node);
  return MQTTWILL_OK;
}

/* ---- the turn ---- */

/* Everybody with news is told; that may make news for others. Then the clock. */
static void settle(struct mw_shell *shell) {
  struct mw_peer *peer;
  while ((peer = mw_broker_ready(shell->broker)) != NULL) {
    struct mw_link *link = mw_peer_owner(peer);
    bool is_cut = mw_peer_wish(peer) == MW_PEER_CUT;
    if (is_cut || !link->is_blocked) mw_link_flush(link); /* a blocked one goes on when it is writable */
  }
  mw_timer_set(shell->loop, &shell->tick, mw_broker_deadline(shell->broker));
}

int mw_shell_step(struct mw_shell *shell, int limit_ms) {
  int status = mw_loop_turn(shell->loop, limit_ms);
  settle(shell);
  return status;
}

void mw_shell_stop(struct mw_shell *shell) {
  if (shell->is_stopping) return;
  shell->is_stopping = true;
  close_entrances(shell);
  mw_timer_set(shell->loop, &shell->try_accept, MW_NEVER);
  mw_broker_shutdown(shell->broker, mw_loop_now(shell->loop));
  settle(shell);
}

bool mw_shell_is_stopped(const struct mw_shell *shell) {
  return shell->is_stopping && mw_list_empty(&shell->links);
}

void mw_shell_wake(struct mw_shell *shell) {
  mw_loop_wake(shell->loop);
}

struct mw_loop *mw_shell_loop(struct mw_shell *shell) {
  return shell->loop;
}

struct mw_broker_counts mw_shell_counts(const struct mw_shell *shell) {
  return mw_broker_counts(shell->broker);
}
