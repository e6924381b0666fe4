/* SPDX-License-Identifier: MIT
 * What the end-to-end tests share: the suite is run with each backend of the loop, the broker is a process of
 * its own, and time limits are generous ends of waiting, never pauses. These tests include nothing of the
 * project but <mqttwill/...>. */
#ifndef TESTS_E2E_E2E_H
#define TESTS_E2E_E2E_H

#include <mqttwill/mqttwill.h>

#include <check.h>

/* An operation that should end soon is given this long; nothing ever waits it out in a run that passes. */
#define SOON_MS 10000

#define assert_status(expected, call)                                                                        \
  do {                                                                                                       \
    int status_ = (int)(call);                                                                               \
    ck_assert_msg(status_ == (expected), "%s answered %d (%s), expected %s", #call, status_,                 \
                  mqttwill_strerror(status_), #expected);                                                    \
  } while (0)

/* For calls on a client: a failure shows the client's story. */
#define assert_ok(client, call)                                                                              \
  do {                                                                                                       \
    int64_t status_ = (call);                                                                                \
    ck_assert_msg(status_ >= 0, "%s answered %d (%s): %s", #call, (int)status_,                              \
                  mqttwill_strerror((int)status_), mqttwill_error(client));                                  \
  } while (0)

uint64_t now_ms(void);
void nap(void); /* 2 ms, between two looks at something that another process or thread changes */

/* Waits until `condition` holds; fails the test if that does not come about soon. */
#define await(condition)                                                                                     \
  do {                                                                                                       \
    uint64_t end_ = now_ms() + SOON_MS;                                                                      \
    while (!(condition)) {                                                                                   \
      ck_assert_msg(now_ms() < end_, "in vain: %s", #condition);                                             \
      nap();                                                                                                 \
    }                                                                                                        \
  } while (0)

/* Turns the loop until `condition` holds. */
#define turn_until(loop, condition)                                                                          \
  do {                                                                                                       \
    uint64_t end_ = now_ms() + SOON_MS;                                                                      \
    while (!(condition)) {                                                                                   \
      ck_assert_msg(now_ms() < end_, "in vain: %s", #condition);                                             \
      assert_status(MQTTWILL_OK, mqttwill_loop_step(loop, 100));                                             \
    }                                                                                                        \
  } while (0)

/* A client with a private loop, connected. `version` 0: the default. */
mqttwill_client *connect_client(const char *url, const char *id, int version);
/* The same, subscribed to `filter` and to its own fence. Messages are read with mqttwill_receive(). */
mqttwill_client *connect_watcher(const char *url, const char *id, int version, const char *filter, int qos);
void disconnect_and_free(mqttwill_client *client);

/* The next message must be just this one. */
void expect(mqttwill_client *watcher, const char *topic, const char *payload, int qos, bool retain);
void expect_bytes(mqttwill_client *watcher, const char *topic, const void *payload, size_t length, int qos,
                  bool retain);
/* Nothing more has reached the broker for this watcher: what it publishes itself comes next. */
void expect_nothing_more(mqttwill_client *watcher);

/* Runs the suite with the system's backend and again with MQTTWILL_LOOP=poll; the exit status for main(). */
int run_with_each_backend(Suite *(*make)(void));
int run_once(Suite *(*make)(void));

#endif
