/* SPDX-License-Identifier: MIT
 * A session with everything around it that a client would be: a clock, a socket that takes its bytes, a list
 * of the events it told. Every call watches over the promises that hold for all scripts: an operation ends
 * exactly once, a connection is told to be over exactly once, the deadline never stands still, views of fed
 * bytes are not kept.
 *
 * Functions that answer bool answer false when a promise was broken; `wrong` tells which. */
#ifndef XCH_WORLD_H
#define XCH_WORLD_H

#include "record.h"

/* Where the clock starts: late enough that 32 bits or a 0 for "not set" are found out. */
#define XCH_EPOCH (UINT64_C(1) << 40)

struct xch_operation {
  const char *name; /* of the script, or NULL */
  int64_t number;
  bool ended;
};

struct xch_token {
  const char *name;
  uint64_t token;
};

struct xch_world {
  struct mw_session *session;
  uint64_t now;
  bool blocked; /* the socket takes nothing */
  bool trickle; /* the socket takes a byte at a time */
  bool manual;  /* messages are acknowledged by the script, not as soon as they are delivered */
  bool starved; /* the session told that memory ran out */
  size_t sound; /* how many of the records were told before that */
  unsigned opens, closes;
  struct xch_bytes output; /* what the socket took and no statement has asked for */
  struct xch_record *records;
  size_t record_count;
  struct xch_operation *operations;
  size_t operation_count;
  struct xch_token *tokens;
  size_t token_count;
  char wrong[8192];
};

void xch_world_init(struct xch_world *w, const struct mw_session_options *options, bool trickle);
void xch_world_fini(struct xch_world *w); /* frees; the session too */

bool xch_wrong(struct xch_world *w, const char *form, ...) __attribute__((format(printf, 2, 3)));

/* Lets everything happen that happens by itself at this time: events, bytes to the socket, due deadlines. */
bool xch_settle(struct xch_world *w);
bool xch_feed(struct xch_world *w, struct mw_slice bytes);
bool xch_clock(struct xch_world *w, uint64_t until);
bool xch_sleep(struct xch_world *w, uint64_t until);    /* the clock jumps: nothing happens on the way */
bool xch_socket_takes(struct xch_world *w, size_t len); /* while blocked */
bool xch_lost(struct xch_world *w, int status);
bool xch_abandon(struct xch_world *w, int status);

bool xch_operation_begins(struct xch_world *w, const char *name, int64_t number);
struct xch_operation *xch_operation_find(struct xch_world *w, const char *name);
const char *xch_operation_name(const struct xch_world *w, int64_t number); /* "" for none */

struct xch_record xch_record_take(struct xch_world *w); /* the first; the caller frees it */

/* The end of a script: the connection is lost, everything is abandoned; every operation must have ended then.
 * With `reopen` the session is opened once more on the way and must be able to. */
bool xch_world_ends(struct xch_world *w, bool reopen);

#endif
