/* SPDX-License-Identifier: MIT
 * Descriptors on both backends: what is reported, and above all what is not reported any more. */
#include "loop_support.h"

#include <sys/resource.h>

struct probe {
  struct mw_source source;
  unsigned calls, events;
  struct mw_source *removes;
};

static void note(struct mw_loop *loop, struct mw_source *source, unsigned events) {
  struct probe *p = MW_CONTAINER(source, struct probe, source);
  p->calls++;
  p->events = events;
  if (p->removes != NULL) mw_source_remove(loop, p->removes);
}

static void probe_add(struct mw_loop *loop, struct probe *p, int fd, unsigned wanted) {
  *p = (struct probe){.calls = 0};
  mw_source_init(&p->source, note);
  ck_assert(!mw_source_is_added(&p->source));
  ck_assert_int_eq(mw_source_add(loop, &p->source, fd, wanted), MQTTWILL_OK);
  ck_assert(mw_source_is_added(&p->source));
}

EACH_BACKEND(only_what_is_ready_and_wanted_is_reported) {
  struct mw_loop *loop = new_loop(backend, NULL);
  int ends[2];
  new_pair(ends);
  struct probe p;
  probe_add(loop, &p, ends[0], MW_IO_READ);
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(p.calls, 0);

  put_byte(ends[1]);
  mw_loop_turn(loop, -1);
  ck_assert_uint_eq(p.calls, 1);
  ck_assert_uint_eq(p.events, MW_IO_READ);
  mw_loop_turn(loop, -1); /* level-triggered */
  ck_assert_uint_eq(p.calls, 2);

  mw_source_want(loop, &p.source, MW_IO_READ | MW_IO_WRITE);
  mw_loop_turn(loop, -1);
  ck_assert_uint_eq(p.events, MW_IO_READ | MW_IO_WRITE);
  mw_source_want(loop, &p.source, MW_IO_WRITE);
  mw_loop_turn(loop, -1);
  ck_assert_uint_eq(p.events, MW_IO_WRITE);
  ck_assert(!mw_loop_is_idle(loop));
  mw_source_remove(loop, &p.source);
  mw_source_remove(loop, &p.source);
  ck_assert(mw_loop_is_idle(loop));
  mw_loop_free(loop);
  close_pair(ends);
}

EACH_BACKEND(a_hang_up_reports_all_that_is_wanted) {
  struct mw_loop *loop = new_loop(backend, NULL);
  int ends[2];
  new_pair(ends);
  struct probe p;
  probe_add(loop, &p, ends[0], MW_IO_READ);
  close(ends[1]);
  mw_loop_turn(loop, -1);
  ck_assert_uint_eq(p.events, MW_IO_READ | MW_IO_ERROR);
  mw_source_want(loop, &p.source, MW_IO_WRITE);
  mw_loop_turn(loop, -1);
  ck_assert_uint_eq(p.events, MW_IO_WRITE | MW_IO_ERROR);
  mw_source_remove(loop, &p.source);
  mw_loop_free(loop);
  close(ends[0]);
}

/* Nor may it make the loop spin: after the first turn the wait goes through to its limit. */
EACH_BACKEND(a_source_that_wants_nothing_is_silent_even_when_hung_up) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  int ends[2];
  new_pair(ends);
  struct probe p;
  probe_add(loop, &p, ends[0], MW_IO_READ);
  mw_source_want(loop, &p.source, 0);
  close(ends[1]);
  mw_loop_turn(loop, 100);
  mw_loop_turn(loop, 100);
  mw_loop_turn(loop, 100);
  ck_assert_uint_eq(p.calls, 0);
  ck_assert_uint_ge(clock.waits, 2);
  mw_source_want(loop, &p.source, MW_IO_READ);
  mw_loop_turn(loop, 100);
  ck_assert_uint_eq(p.calls, 1);
  mw_source_remove(loop, &p.source);
  mw_loop_free(loop);
  close(ends[0]);
}

EACH_BACKEND(a_source_removed_by_another_callback_of_the_turn_is_not_reported) {
  struct mw_loop *loop = new_loop(backend, NULL);
  int a[2], b[2];
  new_pair(a);
  new_pair(b);
  struct probe first, second;
  probe_add(loop, &first, a[0], MW_IO_READ);
  probe_add(loop, &second, b[0], MW_IO_READ);
  put_byte(a[1]);
  put_byte(b[1]);
  first.removes = &second.source;
  second.removes = &first.source; /* whichever comes first */
  mw_loop_turn(loop, -1);
  mw_loop_turn(loop, -1);
  ck_assert(first.calls == 0 || second.calls == 0);
  ck_assert_uint_eq(first.calls + second.calls, 2); /* the survivor, twice */
  mw_source_remove(loop, &first.source);
  mw_source_remove(loop, &second.source);
  mw_loop_free(loop);
  close_pair(a);
  close_pair(b);
}

/* The event is collected; then memory, slot and descriptor number all come into use again. */
EACH_BACKEND(an_event_of_a_removed_source_does_not_reach_its_successor) {
  struct mw_loop *loop = new_loop(backend, NULL);
  int old[2], new[2];
  new_pair(old);
  new_pair(new);
  struct probe p;
  probe_add(loop, &p, old[0], MW_IO_READ);
  put_byte(old[1]);
  mw_loop_prepare(loop, -1);
  ck_assert_int_eq(mw_loop_wait(loop), MQTTWILL_OK);
  mw_loop_collect(loop);

  uint32_t slot = p.source.slot;
  mw_source_remove(loop, &p.source);
  ck_assert_int_eq(dup2(new[0], old[0]), old[0]); /* the same number, another socket */
  probe_add(loop, &p, old[0], MW_IO_READ | MW_IO_WRITE);
  ck_assert_uint_eq(p.source.slot, slot);
  while (mw_loop_next(loop)) continue;
  ck_assert_uint_eq(p.calls, 0);
  mw_loop_turn(loop, -1);
  ck_assert_uint_eq(p.calls, 1);
  ck_assert_uint_eq(p.events, MW_IO_WRITE);
  mw_source_remove(loop, &p.source);
  mw_loop_free(loop);
  close_pair(old);
  close_pair(new);
}

/* Between the wait and its delivery, too. */
EACH_BACKEND(what_is_no_longer_wanted_is_not_delivered) {
  struct mw_loop *loop = new_loop(backend, NULL);
  int ends[2];
  new_pair(ends);
  struct probe p;
  probe_add(loop, &p, ends[0], MW_IO_READ | MW_IO_WRITE);
  put_byte(ends[1]);
  mw_loop_prepare(loop, -1);
  mw_loop_wait(loop);
  mw_loop_collect(loop);
  mw_source_want(loop, &p.source, MW_IO_READ);
  while (mw_loop_next(loop)) continue;
  ck_assert_uint_eq(p.calls, 1);
  ck_assert_uint_eq(p.events, MW_IO_READ);
  mw_source_remove(loop, &p.source);
  mw_loop_free(loop);
  close_pair(ends);
}

enum { MANY = 2000 };

EACH_BACKEND(two_thousand_sockets_are_served_with_no_one_left_out) {
  struct rlimit limit;
  ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  ck_assert_uint_gt(limit.rlim_cur, 2 * MANY + 100);

  static struct probe probes[MANY];
  static int ends[MANY][2];
  struct mw_loop *loop = new_loop(backend, NULL);
  for (int i = 0; i < MANY; i++) {
    new_pair(ends[i]);
    probe_add(loop, &probes[i], ends[i][0], MW_IO_READ);
  }
  for (int i = 0; i < MANY; i += 2) mw_source_remove(loop, &probes[i].source);
  for (int i = 0; i < MANY; i += 4) probe_add(loop, &probes[i], ends[i][0], MW_IO_READ);
  for (int i = 0; i < MANY; i++) put_byte(ends[i][1]);
  unsigned turns = 0, missing = 1;
  for (; missing > 0 && turns < 100; turns++) {
    mw_loop_turn(loop, 0);
    missing = 0;
    for (int i = 0; i < MANY; i++) missing += i % 4 != 2 && probes[i].calls == 0;
  }
  ck_assert_uint_eq(missing, 0);
  for (int i = 2; i < MANY; i += 4) ck_assert_uint_eq(probes[i].calls, 0);
  for (int i = 0; i < MANY; i++) {
    mw_source_remove(loop, &probes[i].source);
    close_pair(ends[i]);
  }
  mw_loop_free(loop);
}

EACH_BACKEND(a_source_that_could_not_be_added_leaves_the_loop_as_it_was) {
  struct mw_loop *loop = new_loop(backend, NULL);
  enum { SOME = 40 };
  struct probe probes[SOME];
  int ends[SOME][2];
  unsigned failures = 0;
  for (int i = 0; i < SOME; i++) {
    new_pair(ends[i]);
    put_byte(ends[i][1]);
    probes[i] = (struct probe){.calls = 0};
    mw_source_init(&probes[i].source, note);
    for (size_t n = 1;; n++) {
      failmalloc_at(n);
      int status = mw_source_add(loop, &probes[i].source, ends[i][0], MW_IO_READ);
      if (status == MQTTWILL_OK) break;
      ck_assert_int_eq(status, MQTTWILL_ERR_MEMORY);
      ck_assert(!mw_source_is_added(&probes[i].source));
      failures++;
    }
    failmalloc_at(0);
  }
  ck_assert_uint_gt(failures, 3);
  for (int i = 0; i < 4; i++) mw_loop_turn(loop, 0);
  for (int i = 0; i < SOME; i++) {
    ck_assert_uint_gt(probes[i].calls, 0);
    mw_source_remove(loop, &probes[i].source);
    close_pair(ends[i]);
  }
  mw_loop_free(loop);
}

#ifdef MW_HAVE_EPOLL
START_TEST(a_descriptor_that_epoll_refuses_is_told)
{
  struct mw_loop *loop = new_loop("epoll", NULL);
  struct mw_source source;
  mw_source_init(&source, note);
  ck_assert_int_eq(mw_source_add(loop, &source, 100000, MW_IO_READ), MQTTWILL_ERR_NETWORK);
  ck_assert(!mw_source_is_added(&source));
  ck_assert(mw_loop_is_idle(loop));
  mw_loop_free(loop);
}
END_TEST
#else
START_TEST(a_descriptor_that_epoll_refuses_is_told)
{}
END_TEST
#endif

SUITE("loop/source", only_what_is_ready_and_wanted_is_reported, a_hang_up_reports_all_that_is_wanted,
      a_source_that_wants_nothing_is_silent_even_when_hung_up,
      a_source_removed_by_another_callback_of_the_turn_is_not_reported,
      an_event_of_a_removed_source_does_not_reach_its_successor, what_is_no_longer_wanted_is_not_delivered,
      two_thousand_sockets_are_served_with_no_one_left_out,
      a_source_that_could_not_be_added_leaves_the_loop_as_it_was, a_descriptor_that_epoll_refuses_is_told)
