/* SPDX-License-Identifier: MIT
 * Deadlines and the order of a turn, under a clock that only the test moves. */
#include "loop_support.h"

#include <mqttwill/base.h>

struct probe {
  struct mw_timer timer;
  char letter;
  uint64_t again;           /* set to this deadline in the callback; 0: not */
  struct mw_timer *removes; /* unset in the callback */
};

static char fired[64];
static uint64_t fired_at[64];
static size_t fired_count;

static void note(struct mw_loop *loop, struct mw_timer *timer) {
  struct probe *p = MW_CONTAINER(timer, struct probe, timer);
  ck_assert(!mw_timer_is_set(timer));
  ck_assert_uint_lt(fired_count, sizeof fired - 1);
  fired_at[fired_count] = mw_loop_now(loop);
  fired[fired_count++] = p->letter;
  fired[fired_count] = '\0';
  if (p->again != 0) mw_timer_set(loop, timer, p->again);
  if (p->removes != NULL) mw_timer_set(loop, p->removes, MW_NEVER);
}

static void start(void) {
  fired_count = 0;
  fired[0] = '\0';
}

static void probe_init(struct mw_loop *loop, struct probe *p, char letter) {
  *p = (struct probe){.letter = letter};
  ck_assert_int_eq(mw_timer_init(loop, &p->timer, note), MQTTWILL_OK);
}

EACH_BACKEND(timers_fire_in_the_order_of_their_deadlines) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  struct probe p[4];
  start();
  for (int i = 0; i < 4; i++) probe_init(loop, &p[i], (char)('a' + i));
  mw_timer_set(loop, &p[0].timer, 1300);
  mw_timer_set(loop, &p[1].timer, 1100);
  mw_timer_set(loop, &p[2].timer, 1100); /* as b, but set later */
  mw_timer_set(loop, &p[3].timer, 1200);
  ck_assert_uint_eq(mw_timer_deadline(&p[3].timer), 1200);
  for (int i = 0; i < 3; i++) mw_loop_turn(loop, -1);
  ck_assert_str_eq(fired, "bcda");
  ck_assert_uint_eq(fired_at[0], 1100);
  ck_assert_uint_eq(fired_at[2], 1200);
  ck_assert_uint_eq(fired_at[3], 1300);
  ck_assert_uint_eq(clock.waits, 3);
  ck_assert(mw_loop_is_idle(loop));
  for (int i = 0; i < 4; i++) mw_timer_fini(loop, &p[i].timer);
  mw_loop_free(loop);
}

EACH_BACKEND(a_wait_ends_at_the_callers_limit_if_no_deadline_comes_first) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  struct probe p;
  start();
  probe_init(loop, &p, 'a');
  mw_timer_set(loop, &p.timer, 1500);
  mw_loop_turn(loop, 200);
  ck_assert_uint_eq(clock.now, 1200);
  ck_assert_str_eq(fired, "");
  mw_loop_turn(loop, 0);
  ck_assert_uint_eq(clock.now, 1200);
  mw_loop_turn(loop, 900);
  ck_assert_uint_eq(clock.now, 1500);
  ck_assert_str_eq(fired, "a");
  mw_timer_fini(loop, &p.timer);
  mw_loop_free(loop);
}

EACH_BACKEND(a_timer_that_is_always_due_neither_prolongs_a_turn_nor_starves_others) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  struct probe greedy, other;
  start();
  probe_init(loop, &greedy, 'g');
  probe_init(loop, &other, 'o');
  greedy.again = 1; /* long past */
  mw_timer_set(loop, &greedy.timer, 0);
  mw_timer_set(loop, &other.timer, 1001);
  mw_loop_turn(loop, -1);
  ck_assert_str_eq(fired, "g");
  clock.now = 1010;
  mw_loop_turn(loop, -1);
  mw_loop_turn(loop, -1);
  ck_assert_str_eq(fired, "ggog");
  ck_assert_uint_eq(clock.waits, 0); /* something was due all the time */
  mw_timer_fini(loop, &greedy.timer);
  mw_timer_fini(loop, &other.timer);
  mw_loop_free(loop);
}

EACH_BACKEND(a_due_timer_that_another_callback_unsets_does_not_fire) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  struct probe first, second;
  start();
  probe_init(loop, &first, 'f');
  probe_init(loop, &second, 's');
  first.removes = &second.timer;
  mw_timer_set(loop, &first.timer, 1001);
  mw_timer_set(loop, &second.timer, 1002);
  clock.now = 2000;
  mw_loop_turn(loop, 0);
  mw_loop_turn(loop, 0);
  ck_assert_str_eq(fired, "f");
  mw_timer_fini(loop, &first.timer);
  mw_timer_fini(loop, &second.timer);
  mw_loop_free(loop);
}

EACH_BACKEND(setting_a_timer_takes_no_memory) {
  struct virtual_clock clock;
  virtual_clock_init(&clock);
  struct mw_loop *loop = new_loop(backend, &clock.clock);
  struct probe p[40];
  start();
  for (int i = 0; i < 40; i++) probe_init(loop, &p[i], (char)('A' + i));
  failmalloc_at(1);
  for (int i = 0; i < 40; i++) mw_timer_set(loop, &p[i].timer, 1100);
  ck_assert_uint_eq(failmalloc_count(), 0);
  failmalloc_at(0);
  mw_loop_turn(loop, -1);
  ck_assert_uint_eq(fired_count, 40);
  for (int i = 0; i < 40; i++) mw_timer_fini(loop, &p[i].timer);
  mw_loop_free(loop);
}

EACH_BACKEND(a_timer_without_memory_for_its_room_is_refused) {
  struct mw_loop *loop = new_loop(backend, NULL);
  struct mw_timer timer;
  failmalloc_at(1);
  ck_assert_int_eq(mw_timer_init(loop, &timer, note), MQTTWILL_ERR_MEMORY);
  failmalloc_at(0);
  ck_assert_int_eq(mw_timer_init(loop, &timer, note), MQTTWILL_OK);
  mw_timer_fini(loop, &timer);
  mw_loop_free(loop);
}

EACH_BACKEND(each_allocation_of_a_new_loop_may_fail) {
  struct mw_loop *loop = NULL;
  size_t n = 1;
  for (;; n++) {
    failmalloc_at(n);
    int status = mw_loop_new(&loop, backend, NULL);
    if (status == MQTTWILL_OK) break;
    ck_assert_int_eq(status, MQTTWILL_ERR_MEMORY);
    ck_assert_ptr_null(loop);
    ck_assert_uint_eq(failmalloc_live(), 0);
  }
  failmalloc_at(0);
  ck_assert_uint_ge(n, 3);
  ck_assert_str_eq(mw_loop_backend(loop), backend);
  mw_loop_free(loop);
}

START_TEST(an_unknown_backend_is_refused)
{
  struct mw_loop *loop = NULL;
  ck_assert_int_eq(mw_loop_new(&loop, "kqueue", NULL), MQTTWILL_ERR_UNSUPPORTED);
  ck_assert_ptr_null(loop);
  mw_loop_free(NULL);
}
END_TEST

EACH_BACKEND(every_descriptor_of_a_loop_is_close_on_exec_and_closed_with_it) {
  enum { LOOKED_AT = 256 };
  bool open_before[LOOKED_AT];
  for (int fd = 0; fd < LOOKED_AT; fd++) open_before[fd] = fcntl(fd, F_GETFD) >= 0;
  struct mw_loop *loop = new_loop(backend, NULL);
  mw_loop_fd(loop);
  unsigned own = 0;
  for (int fd = 0; fd < LOOKED_AT; fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (open_before[fd] || flags < 0) continue;
    own++;
    ck_assert_int_ne(flags & FD_CLOEXEC, 0);
  }
  ck_assert_uint_ge(own, 1);
  mw_loop_free(loop);
  for (int fd = 0; fd < LOOKED_AT; fd++) ck_assert_int_eq(fcntl(fd, F_GETFD) >= 0, open_before[fd]);
}

START_TEST(the_real_clock_never_goes_back)
{
  uint64_t last = mw_clock_now();
  ck_assert_uint_gt(last, 0);
  for (int i = 0; i < 1000; i++) {
    uint64_t now = mw_clock_now();
    ck_assert_uint_ge(now, last);
    last = now;
  }
}
END_TEST

SUITE("loop/turn", timers_fire_in_the_order_of_their_deadlines,
      a_wait_ends_at_the_callers_limit_if_no_deadline_comes_first,
      a_timer_that_is_always_due_neither_prolongs_a_turn_nor_starves_others,
      a_due_timer_that_another_callback_unsets_does_not_fire, setting_a_timer_takes_no_memory,
      a_timer_without_memory_for_its_room_is_refused, each_allocation_of_a_new_loop_may_fail,
      an_unknown_backend_is_refused, every_descriptor_of_a_loop_is_close_on_exec_and_closed_with_it,
      the_real_clock_never_goes_back)
