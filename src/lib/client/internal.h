/* SPDX-License-Identifier: MIT
 * What the files of client/ share. A client joins a session (protocol), a dial (the way to the server), a
 * transport, the loop, and the user; one lock per loop guards them all.
 *
 *   loop.c       the lock, who turns the loop, one turn            options.c   what the user sets
 *   dial.c       name -> addresses -> one connected socket          will.c      the will the user sets
 *   connection.c bytes between socket and session, closing          operations.c what the user asks
 *   dispatch.c   the only file that calls the user                  blocking.c  the same, and waiting
 *
 * Rules: every function here is called with the loop's lock held unless it says otherwise. Only the turner
 * (the thread that turns the loop) does I/O, feeds sessions, closes transports and calls the user; the lock
 * is released around system calls and user code, and around nothing else. Other threads submit to sessions
 * and set wishes (abort, release), then mark the client dirty, which wakes the turner. */
#ifndef MW_CLIENT_INTERNAL_H
#define MW_CLIENT_INTERNAL_H

#include "base/list.h"
#include "client/url.h"
#include "loop/loop.h"
#include "resolver/resolver.h"
#include "session/session.h"
#include "transport/tcp.h"
#include "will/will.h"

#include <mqttwill/mqttwill.h>

#include <pthread.h>

/* ---- loop.c ---- */

enum mw_turner {
  MW_TURNER_NONE,
  MW_TURNER_STEP, /* mqttwill_loop_step() */
  MW_TURNER_WAITER /* a blocking call, for want of somebody else; gives way to a runner */,
  MW_TURNER_RUNNER /* mqttwill_loop_run() or the loop's thread */
};

struct mw_server { /* shared by the clients of a loop that connect to it one after the other */
  struct mw_url url;
  unsigned clients;
};

struct mqttwill_loop {
  pthread_mutex_t lock;
  pthread_cond_t changed; /* the turner left, an operation ended, a message came, a client was released */
  struct mw_loop *loop;
  struct mw_resolver *resolver; /* NULL until the first connect */
  struct mw_server *server;     /* the one that was last connected to, or NULL */
  unsigned clients;             /* how many */
  struct mw_list waiters;       /* blocking calls under way, of all clients */
  struct mw_list dirty;         /* clients with something to do */
  uint8_t *scratch;             /* lent to whichever connection is read; NULL until the first */
  enum mw_turner turner;
  pthread_t turner_thread;
  unsigned runners_waiting;
  mqttwill_client *delivering; /* the client whose callback runs, in the turner's thread */
  bool stop;
  bool has_thread;
  bool joining;      /* somebody waits for the end of that thread */
  bool thread_ended; /* and is to be joined */
  bool orphan;       /* its client was freed inside a callback: the loop's thread frees the loop */
  pthread_t thread;
  mqttwill_watch_callback watch;
  void *watch_argument;
};

enum { MW_SCRATCH = 65536 };

/* `clock`: NULL for the real one; for tests. NULL: out of memory or descriptors. No lock. */
mqttwill_loop *mw_client_loop_new(const struct mw_clock *clock);

static inline void mw_lock(mqttwill_loop *loop) {
  pthread_mutex_lock(&loop->lock);
}
static inline void mw_unlock(mqttwill_loop *loop) {
  pthread_mutex_unlock(&loop->lock);
}
static inline uint64_t mw_now(const mqttwill_loop *loop) {
  return mw_loop_now(loop->loop);
}

/* True in a thread that is inside a callback of this loop. */
bool mw_in_callback(const mqttwill_loop *loop);
/* One turn as `turner`; nobody else may be turning. MQTTWILL_OK or MQTTWILL_ERR_NETWORK. */
int mw_turn(mqttwill_loop *loop, enum mw_turner turner, int limit_ms);
/* This thread gives the turn up; what it leaves behind is announced to whoever turns next. */
void mw_leave(mqttwill_loop *loop);
/* Waits until something changed or the deadline has come, turning the loop where nobody else does. */
void mw_wait_for_change(mqttwill_loop *loop, uint64_t deadline);
void mw_tell_change(mqttwill_loop *loop);

/* ---- the client ---- */

enum mw_client_phase {
  MW_CLIENT_IDLE,
  MW_CLIENT_DIALING,  /* `dial` is there */
  MW_CLIENT_ATTACHED, /* the transport is up: the session is opening or open */
  MW_CLIENT_LINGERING /* our side is closed; the server's end of file is awaited until `deadline` */
};

/* What a program can get wrong before it connects; one row each in options.c. */
enum mw_option {
  MW_OPTION_CLIENT_ID,
  MW_OPTION_WILL,
  MW_OPTION_WILL_PROPERTY, /* plus the identifier of the property, below 0x80 */
  MW_OPTION_FIRST_OTHER = MW_OPTION_WILL_PROPERTY + 0x80,
  MW_OPTION_VERSION = MW_OPTION_FIRST_OTHER,
  MW_OPTION_PING_TIMEOUT,
  MW_OPTION_KEEP_ALIVE,
  MW_OPTION_USERNAME,
  MW_OPTION_PASSWORD,
  MW_OPTION_CONNECT_PROPERTIES,
  MW_OPTION_RECEIVE_MAXIMUM,
  MW_OPTION_MAXIMUM_PACKET_SIZE,
  MW_OPTION_OUTBOUND_LIMIT,
  MW_OPTION_SOURCE
};

struct mw_refusal { /* a refused setter, until the same option is set well or cleared */
  struct mw_refusal *next;
  int option;
  int status;
  char text[]; /* the whole sentence */
};

struct mw_outcome { /* how an operation ended */
  int64_t operation;
  int status, reason, system_error;
};

enum { MW_NOT_NOTED_NONE = -1, MW_NOT_NOTED_SEVERAL = -2 };

enum { MW_OUTCOMES = 8 };

struct mw_outcomes { /* a ring of recent failures, for those who wait late */
  struct mw_outcome ring[MW_OUTCOMES];
  unsigned count;
};

struct mw_waiter { /* a blocking call, in the list of its loop; lies on its stack */
  struct mw_list node;
  const mqttwill_client *client;
  struct mw_outcome outcome;
  bool done;
  char text[256];
};

struct mw_callback {
  mqttwill_event_callback call;
  void *argument;
};

enum mw_callback_kind { MW_ON_CONNECT, MW_ON_DISCONNECT, MW_ON_COMPLETE, MW_ON_DRAIN, MW_ON_COUNT_ };

struct mw_inbox { /* messages for mqttwill_receive() */
  mqttwill_message *first, **end;
  size_t count, bytes;
};

struct mqttwill_client {
  mqttwill_loop *loop;
  struct mw_list dirty; /* loop->dirty */
  struct mw_session session;
  struct mw_session_options options;
  struct mw_will will;
  struct mw_slice connect_properties; /* owned */
  struct mw_callback on[MW_ON_COUNT_];
  mqttwill_message_callback on_message;
  void *on_message_argument;
  mqttwill_socket_callback on_socket;
  void *on_socket_argument;
  struct mw_refusal *refusals;
  int not_noted;                /* the option whose refusal found no memory; several: every connect fails */
  struct mw_outcomes *outcomes; /* NULL until the first failure */
  int64_t forgotten;            /* the latest operation whose failure is not kept any more */
  struct mw_inbox *inbox;       /* NULL until the first message nobody is called for */
  char *source_option;          /* mqttwill_set_source() */

  /* the connection, or the attempt to get one */
  struct mw_server *server; /* NULL until the first connect */
  struct mw_dial *dial;
  struct mw_tcp tcp;
  struct mw_source source;
  struct mw_timer timer;      /* the earlier of the session's deadline and this one */
  uint64_t deadline;          /* of the connect, or of the lingering; MW_NEVER: none */
  int64_t connect_operation;  /* 0: none under way */
  int end_status, end_reason; /* how the last connection ended */
  char *end_text;             /* the same in words; may be NULL for lack of memory */
  unsigned delivering;        /* callbacks of this client that are running, one in another */
  unsigned callers;           /* blocking calls under way */
  int system_error;           /* errno of what ended the connection */
  uint32_t connect_timeout_ms;
  bool abort_wanted;

  uint8_t phase;          /* enum mw_client_phase */
  uint8_t chosen_version; /* by the user; 0: the best */
  uint8_t known_version;  /* what this server was found to speak; 0: not known */
  bool server_known;      /* session.grants are what this server granted last */
  bool clean_start_set, clean_start;
  bool system_resolver;
  bool private_loop;
  bool write_blocked;      /* the kernel took less than it was offered */
  bool was_open;           /* CONNACK came: the end is told by on_disconnect */
  bool release_wanted;     /* mqttwill_client_free() */
  bool free_when_released; /* by the turner: the client was freed inside its own callback */
  bool closing;            /* our last packet is written, `deadline` is the end of all patience */
  bool released;           /* out of the loop's hands: the memory may go */
  bool will_changed;       /* since the CONNECT of this connection */
  bool told_late;          /* the connect deadline passed: the status is TIMEOUT */
};

/* Frees the memory of a released client. */
void mw_client_destroy(mqttwill_client *client);
/* Has the turner look at a client: bytes to send, events to pull, a wish to fulfil. */
void mw_client_touch(mqttwill_client *client);
/* Does it at once where that is possible: nobody turns the loop, or this thread does, inside a callback of
 * another client. */
void mw_client_hurry(mqttwill_client *client);

/* ---- error.c: what the calling thread's last call on a client said; no lock needed ---- */

/* Notes and returns `status`; the text is that of the status, or "context: detail". */
int mw_error_set(const mqttwill_client *client, int status);
int mw_error_say(const mqttwill_client *client, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void mw_error_outcome(const mqttwill_client *client, const struct mw_outcome *outcome, const char *text);

/* ---- operations.c ---- */

/* The client is done with its server. */
void mw_server_leave(mqttwill_client *client);

/* ---- options.c ---- */

void mw_options_init(mqttwill_client *client);
void mw_options_fini(mqttwill_client *client);
/* The setters' end: remembers a refusal, or forgets an earlier one of the same option. */
int mw_option_result(mqttwill_client *client, int option, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void mw_option_forget(mqttwill_client *client, int first, int last);
/* Fills client->options for a connect with this version, or tells what does not go together. */
int mw_options_complete(mqttwill_client *client, uint8_t version);
/* What is set that only MQTT 5 can carry, in words; NULL: nothing. */
const char *mw_options_need_5(const mqttwill_client *client);
/* The version that the next CONNECT will speak first. */
uint8_t mw_options_version(const mqttwill_client *client);

/* ---- dial.c ---- */

struct mw_dial;
int mw_dial_start(mqttwill_client *client);
void mw_dial_stop(mqttwill_client *client); /* closes whatever is under way; fine when nothing is */

/* ---- connection.c ---- */

void mw_source_ready(struct mw_loop *loop, struct mw_source *source, unsigned events);
void mw_timer_due(struct mw_loop *loop, struct mw_timer *timer);
/* The dial succeeded: client->tcp is connected. */
void mw_connection_attach(mqttwill_client *client);
/* The connect ended before there was a transport. */
void mw_connection_failed(mqttwill_client *client, int status, int system_error, const char *text);
/* Everything there is to do for a client; the turner only. */
void mw_client_service(mqttwill_client *client);
/* Sets the timer to what is due first. */
void mw_client_schedule(mqttwill_client *client);

/* ---- dispatch.c ---- */

/* MQTTWILL_ERR_MEMORY: there is no room to keep a message. */
int mw_dispatch(mqttwill_client *client, const struct mw_event *event);
void mw_dispatch_connect(mqttwill_client *client, const struct mw_event *event, const char *text);
/* Messages that waited for mqttwill_receive(), now that there is a callback. */
void mw_dispatch_inbox(mqttwill_client *client);
/* The connection is gone: the messages that wait are not owed to it any more. */
void mw_inbox_settle(mqttwill_client *client);
mqttwill_message *mw_inbox_take(mqttwill_client *client); /* the oldest, or NULL */
/* The inbox has room for more. */
bool mw_inbox_has_room(const mqttwill_client *client);
void mw_inbox_fini(mqttwill_client *client);

/* ---- message.c ---- */

struct mqttwill_message {
  mqttwill_message *next; /* in an inbox */
  struct mqttwill_properties properties;
  const char *topic;
  const uint8_t *payload;
  size_t topic_length, payload_length;
  uint64_t token;
  uint8_t qos;
  bool retain, duplicate;
};

struct mqttwill_event {
  int64_t operation;
  int status, reason, system_error;
  const char *text;
  bool session_present;
  struct mqttwill_properties properties;
  struct mw_slice reasons;
};

#endif
