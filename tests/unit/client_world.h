/* SPDX-License-Identifier: MIT
 * The world of the suites of client/: one loop under a virtual clock, a client on it, and a scripted peer on
 * a real socket of 127.0.0.1, all in one thread. When the loop would wait, the peer plays the next steps of
 * its script instead; when the peer has nothing to do either, time jumps to the next deadline. So blocking
 * calls end, nothing sleeps, and each millisecond can be asserted.
 *
 * What the callbacks of the client heard is written down line by line, the story:
 *   "1500 disconnected #0 ERR_CLOSED - PEER: the server closed the connection\n"
 * the virtual time since the start, what, the operation, status, the reason code and the text. PEER stands
 * for 127.0.0.1 and the port. */
#ifndef TESTS_UNIT_CLIENT_WORLD_H
#define TESTS_UNIT_CLIENT_WORLD_H

#include "client/internal.h"
#include "support/suite.h"

enum peer_act {
  PEER_DONE,
  PEER_ACCEPT,
  PEER_GETS,   /* just these bytes */
  PEER_READS,  /* one packet, whose first byte is `number`; it lies in world->packet then */
  PEER_SAYS,   /* these bytes */
  PEER_AT,     /* waits for this time, in ms since the start of the script */
  PEER_ENDS,   /* sends FIN, goes on reading */
  PEER_CLOSES, /* closes the socket */
  PEER_RESETS, /* the same with RST */
  PEER_SEES_FIN /* the client's end of file, and no byte before it */,
  PEER_SEES_RST
};

struct peer_step {
  enum peer_act act;
  uint64_t number;
  const char *hex;
};

#define ACCEPT                                                                                               \
  { PEER_ACCEPT, 0, NULL }
#define GETS(text)                                                                                           \
  { PEER_GETS, 0, text }
#define READS(first)                                                                                         \
  { PEER_READS, first, NULL }
#define SAYS(text)                                                                                           \
  { PEER_SAYS, 0, text }
#define AT(ms)                                                                                               \
  { PEER_AT, ms, NULL }
#define ENDS                                                                                                 \
  { PEER_ENDS, 0, NULL }
#define CLOSES                                                                                               \
  { PEER_CLOSES, 0, NULL }
#define RESETS                                                                                               \
  { PEER_RESETS, 0, NULL }
#define SEES_FIN                                                                                             \
  { PEER_SEES_FIN, 0, NULL }
#define SEES_RST                                                                                             \
  { PEER_SEES_RST, 0, NULL }
#define SCRIPT(...) ((const struct peer_step[]){__VA_ARGS__, {PEER_DONE, 0, NULL}})

/* CONNACK: MQTT 5 without properties, and 3.1.1. */
#define CONNACK_5 "20 03 00 00 00"
#define CONNACK_3 "20 02 00 00"

struct world {
  struct mw_clock clock;
  uint64_t now, start;
  mqttwill_loop *loop;
  mqttwill_client *client;
  int listener, peer;
  uint16_t port;
  char url[64];
  const struct peer_step *script;
  uint64_t script_start;
  bool acted; /* the peer did something that the client has to notice */
  bool settling, settled;
  unsigned stalled;
  struct mw_buffer inbox; /* of the peer */
  struct mw_slice packet;
  char story[8192];
  size_t story_len;
  void (*react)(struct world *w, const char *what); /* called inside each callback */
  void *argument;                                   /* the test's */
  int count;                                        /* the test's */
};

/* A listener, a loop and a client "dev" with callbacks for events; messages wait for mqttwill_receive(). */
void world_start(struct world *w);
void world_stop(struct world *w);
/* Another client with the same callbacks. */
mqttwill_client *world_client(struct world *w, const char *client_id);
void world_hear_messages(struct world *w, mqttwill_client *client);

/* From now on the peer plays this, while blocking calls wait. */
void world_script(struct world *w, const struct peer_step *script);
/* The script, to its end, and until the client has nothing to do. */
void world_play(struct world *w, const struct peer_step *script);
/* Lets time pass; what is left of the script is played. */
void world_pass(struct world *w, uint64_t ms);
/* Turns until nothing more happens; no time passes. */
void world_settle(struct world *w);
/* A connection that is up, MQTT 5 unless the client was given another version; the story is empty then. */
void world_connect(struct world *w);
/* Milliseconds since world_start(). */
uint64_t world_ms(const struct world *w);

/* The story since the last time is just this. */
void ck_story(struct world *w, const char *expected);
void world_forget(struct world *w);

/* `text` with PEER in place of its address. */
const char *world_text(const struct world *w, const char *text);

/* A call ends with this status and text, after so many virtual milliseconds. */
#define CK_ENDS(w, call, status, text, ms)                                                                   \
  do {                                                                                                       \
    uint64_t before_ = (w)->now;                                                                             \
    int got_ = (int)(call);                                                                                  \
    ck_assert_msg(got_ == (status), "%s: %s (%s), not %s", #call, mqttwill_status_name(got_),                \
                  mqttwill_error((w)->client), mqttwill_status_name(status));                                \
    ck_assert_str_eq(world_text(w, mqttwill_error((w)->client)), text);                                      \
    ck_assert_uint_eq((w)->now - before_, ms);                                                               \
  } while (0)

#define CK_OK(call) ck_assert_int_eq((call), MQTTWILL_OK)

/* A listener whose queue is full: who connects to it hears nothing. Its address is in `url`. */
struct black_hole {
  int listener, fillers[4];
  uint16_t port;
  char url[64];
};
void black_hole_open(struct black_hole *hole, const char *address, uint16_t port);
void black_hole_close(struct black_hole *hole);

/* A test with a world `w`. */
#define WORLD_TEST(name)                                                                                     \
  static void name##_in(struct world *w);                                                                    \
  START_TEST(name)                                                                                           \
  {                                                                                                          \
    static struct world world;                                                                               \
    world_start(&world);                                                                                     \
    name##_in(&world);                                                                                       \
    world_stop(&world);                                                                                      \
  }                                                                                                          \
  END_TEST                                                                                                   \
  static void name##_in(struct world *w)

#endif
