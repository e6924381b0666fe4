/* SPDX-License-Identifier: MIT
 * Who turns a loop, and that whoever it is, nothing that was started is left lying. */
#include "base/platform.h"

#include "client_world.h"

#include "loop/internal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- turning ---- */

WORLD_TEST(a_step_waits_no_longer_than_it_is_told) {
  CK_OK(mqttwill_loop_step(w->loop, 250));
  ck_assert_uint_eq(world_ms(w), 250);
  CK_OK(mqttwill_loop_step(w->loop, 0));
  ck_assert_uint_eq(world_ms(w), 250);
  ck_assert_int_eq(mqttwill_loop_timeout(w->loop), -1);
}

WORLD_TEST(the_timeout_is_zero_while_there_is_something_to_do) {
  world_connect(w);
  ck_assert_int_gt(mqttwill_loop_timeout(w->loop), 0);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  ck_assert_int_eq(mqttwill_loop_timeout(w->loop), 0);
  CK_OK(mqttwill_loop_step(w->loop, 0));
  ck_assert_int_gt(mqttwill_loop_timeout(w->loop), 0);
}

WORLD_TEST(a_loop_is_not_freed_under_its_clients) {
  ck_assert_int_eq(mqttwill_loop_free(w->loop), MQTTWILL_ERR_STATE);
  CK_OK(mqttwill_loop_free(NULL));
}

static void stop_it(struct world *w, const char *what) {
  (void)what;
  CK_OK(mqttwill_loop_stop(w->loop));
}

WORLD_TEST(running_ends_when_a_callback_stops_it) {
  w->react = stop_it;
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 1);
  world_script(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5)));
  CK_OK(mqttwill_loop_run(w->loop));
  ck_story(w, "0 connected #1 OK 00 success\n");
  w->react = NULL;
  CK_OK(mqttwill_loop_stop(w->loop));
  CK_OK(mqttwill_loop_run(w->loop)); /* it was stopped before it began */
}

WORLD_TEST(without_a_loop_every_call_is_refused) {
  (void)w;
  ck_assert_int_eq(mqttwill_loop_run(NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_loop_stop(NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_loop_start(NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_loop_step(NULL, 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_loop_fd(NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_loop_timeout(NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_loop_watch(NULL, NULL, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_ptr_null(mqttwill_loop_backend(NULL));
}

/* ---- foreign loops ---- */

static void publish_on_other(struct world *w, const char *what) {
  if (strcmp(what, "disconnected") != 0) return;
  ck_assert_int_gt((int)mqttwill_publish_async(w->argument, "a", "x", 1, 1, false, NULL), 0);
}

/* What a callback starts inside a call made from outside the loop must wake whoever watches its descriptor.
 */
WORLD_TEST(work_that_a_callback_leaves_behind_wakes_the_foreign_loop) {
  mqttwill_client *first = w->client, *other = world_client(w, "other");
  world_connect(w);
  w->client = other;
  int fd = w->peer; /* of the first */
  w->peer = -1;
  world_connect(w);
  w->client = first;
  w->argument = other;
  w->react = publish_on_other;
  w->loop->loop->foreign_fd = w->peer; /* as if it had been asked for, which a virtual clock does not allow */
  ck_assert(!atomic_load(&w->loop->loop->wake.raised));
  CK_OK(mqttwill_abort(first));
  ck_assert(atomic_load(&w->loop->loop->wake.raised));
  w->loop->loop->foreign_fd = -1;
  world_play(w, SCRIPT(READS(0x32)));
  w->react = NULL;
  mqttwill_client_free(other);
  close(fd);
}

static unsigned watched[64];
static int watches;

static void note_watch(mqttwill_loop *loop, int fd, unsigned events, void *argument) {
  (void)loop;
  ck_assert_ptr_eq(argument, watched);
  ck_assert(fd >= 0 && fd < 64);
  watched[fd] = events;
  watches++;
}

START_TEST(a_foreign_loop_without_epoll_is_told_what_to_watch)
{
  setenv("MQTTWILL_LOOP", "poll", 1);
  mqttwill_loop *loop = mqttwill_loop_new();
  unsetenv("MQTTWILL_LOOP");
  ck_assert_str_eq(mqttwill_loop_backend(loop), "poll");
  ck_assert_int_eq(mqttwill_loop_fd(loop), MQTTWILL_ERR_UNSUPPORTED);
  CK_OK(mqttwill_loop_watch(loop, note_watch, watched));
  ck_assert_int_eq(watches, 1); /* its own wake */
  struct black_hole hole;
  black_hole_open(&hole, "127.0.0.1", 0);
  mqttwill_client *client = mqttwill_client_new(loop, "dev");
  ck_assert_int_eq(mqttwill_loop_watch(loop, NULL, NULL), MQTTWILL_ERR_STATE);
  ck_assert_int_eq(mqttwill_connect_async(client, hole.url), 1);
  for (int i = 0; i < 5; i++) CK_OK(mqttwill_loop_step(loop, 0));
  unsigned writers = 0;
  for (int i = 0; i < 64; i++) writers += watched[i] == MQTTWILL_WATCH_WRITE;
  ck_assert_uint_eq(writers, 1);
  mqttwill_client_free(client);
  for (int i = 0; i < 64; i++) ck_assert_uint_ne(watched[i], MQTTWILL_WATCH_WRITE);
  CK_OK(mqttwill_loop_watch(loop, NULL, NULL));
  CK_OK(mqttwill_loop_free(loop));
  black_hole_close(&hole);
}
END_TEST

/* ---- the loop's own thread ---- */

START_TEST(the_loops_own_thread_turns_it_alone)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  CK_OK(mqttwill_loop_start(loop));
  ck_assert_int_eq(mqttwill_loop_start(loop), MQTTWILL_ERR_STATE);
  ck_assert_int_eq(mqttwill_loop_run(loop), MQTTWILL_ERR_STATE);
  ck_assert_int_eq(mqttwill_loop_step(loop, 0), MQTTWILL_ERR_STATE);
  CK_OK(mqttwill_loop_stop(loop));
  CK_OK(mqttwill_loop_step(loop, 0));
  CK_OK(mqttwill_loop_start(loop));
  CK_OK(mqttwill_loop_free(loop)); /* ends it as well */
}
END_TEST

static void stop_inside(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)event;
  CK_OK(mqttwill_loop_stop(argument));
  (void)client;
}

/* Its thread has ended then, and anybody may turn the loop again. */
START_TEST(a_loop_whose_thread_was_stopped_by_a_callback_can_be_turned_and_started)
{
  mqttwill_loop *loop = mqttwill_loop_new();
  mqttwill_client *client = mqttwill_client_new(loop, "dev");
  CK_OK(mqttwill_on_connect(client, stop_inside, loop));
  ck_assert_int_eq(mqttwill_connect_async(client, "mqtt://127.0.0.1:1"), 1); /* refused */
  CK_OK(mqttwill_loop_start(loop));
  int status;
  while ((status = mqttwill_loop_step(loop, 0)) == MQTTWILL_ERR_STATE) sched_yield();
  CK_OK(status);
  CK_OK(mqttwill_loop_start(loop));
  CK_OK(mqttwill_loop_stop(loop));
  mqttwill_client_free(client);
  CK_OK(mqttwill_loop_free(loop));
}
END_TEST

SUITE("client/loop", a_step_waits_no_longer_than_it_is_told,
      the_timeout_is_zero_while_there_is_something_to_do, a_loop_is_not_freed_under_its_clients,
      running_ends_when_a_callback_stops_it, without_a_loop_every_call_is_refused,
      work_that_a_callback_leaves_behind_wakes_the_foreign_loop,
      a_foreign_loop_without_epoll_is_told_what_to_watch, the_loops_own_thread_turns_it_alone,
      a_loop_whose_thread_was_stopped_by_a_callback_can_be_turned_and_started)
