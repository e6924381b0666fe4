/* SPDX-License-Identifier: MIT
 * Plays a script against one session. README in this folder says what a script may ask for. */
#ifndef XCH_PLAYER_H
#define XCH_PLAYER_H

#include "script.h"

enum xch_feeding {
  XCH_WHOLE,    /* each < in one piece */
  XCH_BYTEWISE, /* one byte a call */
  XCH_SPLIT     /* one of them in two pieces */
};

struct xch_mode {
  enum xch_feeding feeding;
  size_t split_chunk, split_at; /* which < (from 0), and where */
  bool trickle;                 /* the socket takes a byte at a time */
  size_t fail_at;               /* the allocation that fails; 0: none */
  bool fail_for_good;           /* and all after it */
};

struct xch_outcome {
  size_t chunks;      /* how many < there were */
  size_t chunk_len;   /* of the one that mode->split_chunk names */
  size_t allocations; /* how many the session asked for */
  bool failed;        /* an allocation was refused */
  char complaint[9000];
};

/* True when the script came true, or, where an allocation was refused, ended cleanly for lack of memory. */
bool xch_play(const struct xch_script *script, const struct xch_mode *mode, struct xch_outcome *outcome);

#endif
