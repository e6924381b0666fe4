/* SPDX-License-Identifier: MIT
 * The broker on real sockets and a real clock: listeners, connections and one loop around broker/core.
 * Several may live in one process; each is turned by one thread at a time, by a program's main
 * (mqttwill-broker) or by whoever embeds it. Only mw_shell_wake() may be called from elsewhere. */
#ifndef MW_BROKER_SHELL_SHELL_H
#define MW_BROKER_SHELL_SHELL_H

#include "base/address.h"
#include "broker/core/broker.h"
#include "loop/loop.h"

struct mw_shell;

struct mw_shell_options {
  const struct mw_broker_options *broker; /* copied */
  const char *backend;                    /* of the loop; NULL: the best */
  const struct mw_clock *clock;           /* NULL: the real one; borrowed */
  void *context;                          /* of the two hooks, which may be NULL; see broker.h */
  void (*ended)(void *context, const struct mw_broker_end *end);
  void (*will)(void *context, const struct mw_will_event *event);
};

/* MQTTWILL_OK, MQTTWILL_ERR_MEMORY, or as mw_loop_new(). */
int mw_shell_new(struct mw_shell **shell, const struct mw_shell_options *options);
/* Closes everything at once, without a word; see mw_shell_stop() for the other way. NULL is fine. */
void mw_shell_free(struct mw_shell *shell);

/* Listens at `address`, and where port 0 was asked for fills in the one that was found. May be called several
 * times. MQTTWILL_OK, MQTTWILL_ERR_MEMORY, or MQTTWILL_ERR_NETWORK with the reason in errno. */
int mw_shell_listen(struct mw_shell *shell, struct mw_address *address);

/* One turn: waits up to `limit_ms` (-1: for ever), then does what there is to do. MQTTWILL_OK, or
 * MQTTWILL_ERR_NETWORK: the system refuses to wait (errno). */
int mw_shell_step(struct mw_shell *shell, int limit_ms);

/* Stops to listen, publishes the wills, says 0x8B, and lets the last bytes leave: go on with mw_shell_step()
 * until mw_shell_is_stopped(), which takes no longer than the broker's linger_ms. */
void mw_shell_stop(struct mw_shell *shell);
bool mw_shell_is_stopped(const struct mw_shell *shell);

void mw_shell_wake(
    struct mw_shell *shell); /* makes a step that waits return; any thread, not in a signal handler */
struct mw_loop *mw_shell_loop(struct mw_shell *shell);
struct mw_broker_counts mw_shell_counts(const struct mw_shell *shell);

#endif
