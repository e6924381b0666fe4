/* SPDX-License-Identifier: MIT
 * What shell.c and link.c share. */
#ifndef MW_BROKER_SHELL_INTERNAL_H
#define MW_BROKER_SHELL_INTERNAL_H

#include "broker/shell/shell.h"
#include "transport/listener.h"
#include "transport/tcp.h"

enum { MW_SHELL_READ_SIZE = 65536 };

struct mw_entrance { /* one listener */
  struct mw_shell *shell;
  struct mw_listener listener;
  struct mw_source source;
  struct mw_list node;
};

struct mw_shell {
  struct mw_loop *loop;
  struct mw_broker *broker;
  struct mw_timer tick;       /* the core's deadline */
  struct mw_timer try_accept; /* after the descriptors ran out */
  struct mw_list entrances, links;
  bool is_stopping;
  uint8_t input[MW_SHELL_READ_SIZE]; /* lent to whichever link is read */
};

/* One connection: socket and peer. link.c. */
struct mw_link {
  struct mw_shell *shell;
  struct mw_peer *peer;
  struct mw_tcp tcp;
  struct mw_source source;
  struct mw_list node;
  bool is_blocked;  /* the kernel takes no more bytes for now */
  bool is_finished; /* our side is closed, the peer's end is awaited */
};

/* Takes the descriptor over, whatever happens. */
void mw_link_open(struct mw_shell *shell, int fd);
void mw_link_close(struct mw_link *link);
/* Sends what the peer's output holds, and closes where the peer is done. May close the link. */
void mw_link_flush(struct mw_link *link);
/* Descriptors may be free again: watches the listeners. */
void mw_shell_resume_accepting(struct mw_shell *shell);

#endif
