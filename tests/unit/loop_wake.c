/* SPDX-License-Identifier: MIT
 * What other threads do to a loop. A wake that got lost shows as a test that never ends. */
#include "loop_support.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

struct bench {
  struct mw_loop *loop;
  struct mw_bell bell;
  pthread_mutex_t lock;
  atomic_uint rung;
  unsigned answers, seen;
  unsigned plain; /* written before a ring, read in the answer: for ThreadSanitizer */
  struct mw_timer timer;
  struct mw_source source;
  bool fired;
};

static pthread_t start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  ck_assert_int_eq(pthread_create(&thread, NULL, body, argument), 0);
  return thread;
}

/* A thousand wakes leave one write behind: an eventfd would add them up, a pipe would line them up. */
EACH_BACKEND(many_wakes_are_one_write) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  uint64_t written[4];
  for (int i = 0; i < 1000; i++) mw_loop_wake(loop);
  ck_assert_int_eq((int)read(loop->wake.read_fd, written, sizeof written), 8);
  ck_assert_uint_eq(written[0], 1);
  ck_assert_int_lt((int)read(loop->wake.read_fd, written, sizeof written), 0);

  ck_assert(atomic_exchange(&loop->wake.raised, false));
  mw_loop_wake(loop);
  mw_loop_turn(loop, -1); /* would fail if it waited */
  ck_assert_uint_eq(clock.waits, 0);
  mw_loop_turn(loop, 50); /* and the wake is used up */
  ck_assert_uint_eq(clock.waits, 1);
  mw_loop_free(loop);
}

static void *wake_it(void *argument) {
  mw_loop_wake(argument);
  return NULL;
}

EACH_BACKEND(a_wake_from_another_thread_ends_the_wait) {
  struct mw_loop *loop = new_loop(backend, NULL);
  pthread_t thread = start_thread(wake_it, loop);
  ck_assert_int_eq(mw_loop_turn(loop, -1), MQTTWILL_OK);
  pthread_join(thread, NULL);
  mw_loop_free(loop);
}

static void answer(struct mw_loop *loop, struct mw_bell *bell) {
  struct bench *b = MW_CONTAINER(bell, struct bench, bell);
  (void)loop;
  b->answers++;
  b->seen = atomic_load(&b->rung);
}

enum { RINGS = 20000 };

static void *ring_often(void *argument) {
  struct bench *b = argument;
  for (unsigned i = 0; i < RINGS; i++) {
    atomic_fetch_add(&b->rung, 1);
    mw_bell_ring(b->loop, &b->bell);
  }
  return NULL;
}

EACH_BACKEND(no_ring_is_lost_however_they_race_with_the_answers) {
  struct bench b = {.loop = new_loop(backend, NULL)};
  atomic_init(&b.rung, 0);
  mw_bell_init(b.loop, &b.bell, answer);
  pthread_t thread = start_thread(ring_often, &b);
  while (b.seen < RINGS) ck_assert_int_eq(mw_loop_turn(b.loop, -1), MQTTWILL_OK);
  pthread_join(thread, NULL);
  ck_assert_uint_ge(b.answers, 1);
  ck_assert_uint_le(b.answers, RINGS);
  mw_bell_fini(b.loop, &b.bell);
  mw_loop_free(b.loop);
}

static void *write_and_ring(void *argument) {
  struct bench *b = argument;
  b->plain = 42;
  for (int i = 0; i < 10; i++) mw_bell_ring(b->loop, &b->bell);
  return NULL;
}

static void read_plain(struct mw_loop *loop, struct mw_bell *bell) {
  struct bench *b = MW_CONTAINER(bell, struct bench, bell);
  (void)loop;
  b->answers++;
  b->seen = b->plain;
}

EACH_BACKEND(what_was_written_before_a_ring_is_seen_in_the_answer) {
  struct bench b = {.loop = new_loop(backend, NULL)};
  mw_bell_init(b.loop, &b.bell, read_plain);
  pthread_t thread = start_thread(write_and_ring, &b);
  while (b.answers == 0) mw_loop_turn(b.loop, -1);
  ck_assert_uint_eq(b.seen, 42);
  pthread_join(thread, NULL);
  mw_bell_fini(b.loop, &b.bell);
  mw_loop_free(b.loop);
}

static void ring_again(struct mw_loop *loop, struct mw_bell *bell) {
  MW_CONTAINER(bell, struct bench, bell)->answers++;
  mw_bell_ring(loop, bell);
}

EACH_BACKEND(a_bell_rung_in_its_answer_is_answered_in_the_next_turn) {
  struct bench b = {.loop = new_loop(backend, NULL)};
  mw_bell_init(b.loop, &b.bell, ring_again);
  mw_bell_ring(b.loop, &b.bell);
  mw_loop_turn(b.loop, -1);
  ck_assert_uint_eq(b.answers, 1);
  mw_loop_turn(b.loop, -1);
  ck_assert_uint_eq(b.answers, 2);
  mw_bell_fini(b.loop, &b.bell);
  mw_loop_turn(b.loop, 0); /* rung, but gone */
  ck_assert_uint_eq(b.answers, 2);
  mw_loop_free(b.loop);
}

/* The turner as client/ has it: the lock around prepare and collect, not around the wait. */
static int locked_turn(struct bench *b) {
  pthread_mutex_lock(&b->lock);
  mw_loop_prepare(b->loop, -1);
  pthread_mutex_unlock(&b->lock);
  int status = mw_loop_wait(b->loop);
  pthread_mutex_lock(&b->lock);
  mw_loop_collect(b->loop);
  while (mw_loop_next(b->loop)) continue;
  pthread_mutex_unlock(&b->lock);
  return status;
}

/* Holds the lock and finds the turner in its wait. */
static void lock_while_waiting(struct bench *b) {
  for (;;) {
    pthread_mutex_lock(&b->lock);
    if (b->loop->waiting) return;
    pthread_mutex_unlock(&b->lock);
    sched_yield();
  }
}

static void timer_fired(struct mw_loop *loop, struct mw_timer *timer) {
  (void)loop;
  MW_CONTAINER(timer, struct bench, timer)->fired = true;
}

static void *set_timer(void *argument) {
  struct bench *b = argument;
  lock_while_waiting(b);
  mw_timer_set(b->loop, &b->timer, 0);
  pthread_mutex_unlock(&b->lock);
  return NULL;
}

EACH_BACKEND(a_deadline_set_by_another_thread_ends_the_wait_in_time) {
  struct bench b = {.loop = new_loop(backend, NULL), .lock = PTHREAD_MUTEX_INITIALIZER};
  ck_assert_int_eq(mw_timer_init(b.loop, &b.timer, timer_fired), MQTTWILL_OK);
  pthread_t thread = start_thread(set_timer, &b);
  while (!b.fired) ck_assert_int_eq(locked_turn(&b), MQTTWILL_OK);
  pthread_join(thread, NULL);
  mw_timer_fini(b.loop, &b.timer);
  mw_loop_free(b.loop);
}

static void source_ready(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  (void)loop;
  ck_assert_uint_eq(events, MW_IO_WRITE);
  MW_CONTAINER(source, struct bench, source)->fired = true;
}

static int spare_pair[2];

static void *add_source(void *argument) {
  struct bench *b = argument;
  lock_while_waiting(b);
  mw_source_init(&b->source, source_ready);
  int status = mw_source_add(b->loop, &b->source, spare_pair[0], MW_IO_READ);
  mw_source_want(b->loop, &b->source, MW_IO_WRITE);
  pthread_mutex_unlock(&b->lock);
  return status == MQTTWILL_OK ? NULL : b;
}

EACH_BACKEND(a_source_added_by_another_thread_joins_the_wait_under_way) {
  struct bench b = {.loop = new_loop(backend, NULL), .lock = PTHREAD_MUTEX_INITIALIZER};
  void *failed;
  new_pair(spare_pair);
  pthread_t thread = start_thread(add_source, &b);
  while (!b.fired) ck_assert_int_eq(locked_turn(&b), MQTTWILL_OK);
  pthread_join(thread, &failed);
  ck_assert_ptr_null(failed);
  mw_source_remove(b.loop, &b.source);
  mw_loop_free(b.loop);
  close_pair(spare_pair);
}

/* Many sources come and go while the turner waits: the poll backend changes its table under the copy in use.
 */
enum { CROWD = 64, ROUNDS = 50 };

static void *come_and_go(void *argument) {
  struct bench *b = argument;
  static struct mw_source sources[CROWD];
  static int ends[CROWD][2];
  for (int i = 0; i < CROWD; i++) {
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) != 0) return b;
    mw_source_init(&sources[i], source_ready);
  }
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < CROWD; i++) {
      pthread_mutex_lock(&b->lock);
      if (mw_source_is_added(&sources[i]))
        mw_source_remove(b->loop, &sources[i]);
      else
        mw_source_add(b->loop, &sources[i], ends[i][0], MW_IO_READ);
      pthread_mutex_unlock(&b->lock);
    }
  }
  for (int i = 0; i < CROWD; i++) close_pair(ends[i]);
  atomic_store(&b->rung, 1);
  mw_loop_wake(b->loop);
  return NULL;
}

EACH_BACKEND(sources_come_and_go_during_a_wait) {
  struct bench b = {.loop = new_loop(backend, NULL), .lock = PTHREAD_MUTEX_INITIALIZER};
  void *failed;
  atomic_init(&b.rung, 0);
  pthread_t thread = start_thread(come_and_go, &b);
  while (atomic_load(&b.rung) == 0) ck_assert_int_eq(locked_turn(&b), MQTTWILL_OK);
  pthread_join(thread, &failed);
  ck_assert_ptr_null(failed);
  ck_assert(mw_loop_is_idle(b.loop));
  mw_loop_free(b.loop);
}

SUITE("loop/wake", many_wakes_are_one_write, a_wake_from_another_thread_ends_the_wait,
      no_ring_is_lost_however_they_race_with_the_answers,
      what_was_written_before_a_ring_is_seen_in_the_answer,
      a_bell_rung_in_its_answer_is_answered_in_the_next_turn,
      a_deadline_set_by_another_thread_ends_the_wait_in_time,
      a_source_added_by_another_thread_joins_the_wait_under_way, sources_come_and_go_during_a_wait)
