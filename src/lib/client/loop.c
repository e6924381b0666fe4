/* SPDX-License-Identifier: MIT
 * The user's loop: one lock, one condition, and at most one thread that turns. See mqttwill/loop.h and
 * decision 2 of doc/design.md. */
#include "base/platform.h"

#include "base/alloc.h"
#include "client/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* ---- life ---- */

static bool init_threads(mqttwill_loop *loop) {
  pthread_mutexattr_t lock;
  pthread_condattr_t changed;
  if (pthread_mutexattr_init(&lock) != 0) return false;
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
  /* The lock is held for moments only: spinning a little is cheaper than sleeping. */
  pthread_mutexattr_settype(&lock, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
  bool done = pthread_mutex_init(&loop->lock, &lock) == 0;
  pthread_mutexattr_destroy(&lock);
  if (!done) return false;
  done = pthread_condattr_init(&changed) == 0;
  if (done) {
    pthread_condattr_setclock(&changed, CLOCK_MONOTONIC);
    done = pthread_cond_init(&loop->changed, &changed) == 0;
    pthread_condattr_destroy(&changed);
  }
  if (!done) pthread_mutex_destroy(&loop->lock);
  return done;
}

mqttwill_loop *mw_client_loop_new(const struct mw_clock *clock) {
  mqttwill_loop *loop = mw_calloc(1, sizeof *loop);
  if (loop == NULL) return NULL;
  mw_list_init(&loop->waiters);
  mw_list_init(&loop->dirty);
  const char *backend = getenv("MQTTWILL_LOOP");
  if (backend != NULL && strcmp(backend, "poll") != 0) backend = NULL;
  if (mw_loop_new(&loop->loop, backend, clock) != MQTTWILL_OK) {
    mw_free(loop);
    return NULL;
  }
  if (init_threads(loop)) return loop;
  mw_loop_free(loop->loop);
  mw_free(loop);
  return NULL;
}

mqttwill_loop *mqttwill_loop_new(void) {
  return mw_client_loop_new(NULL);
}

static void destroy(mqttwill_loop *loop) {
  mw_resolver_free(loop->resolver);
  mw_loop_free(loop->loop);
  pthread_cond_destroy(&loop->changed);
  pthread_mutex_destroy(&loop->lock);
  mw_free(loop->scratch);
  mw_free(loop);
}

/* Ends the loop's own thread and waits until it is gone; not inside a callback. Until then it counts as
 * there, so that no other is started, whose start would take back the wish to stop. */
static void end_thread(mqttwill_loop *loop) {
  loop->stop = true;
  mw_loop_wake(loop->loop);
  if (!loop->joining) {
    loop->joining = true;
    mw_unlock(loop);
    pthread_join(loop->thread, NULL);
    mw_lock(loop);
    loop->joining = loop->has_thread = false;
    mw_tell_change(loop);
  }
  while (loop->joining) pthread_cond_wait(&loop->changed, &loop->lock);
}

int mqttwill_loop_free(mqttwill_loop *loop) {
  if (loop == NULL) return MQTTWILL_OK;
  mw_lock(loop);
  bool busy =
      loop->clients > 0 || mw_in_callback(loop) || (loop->turner != MW_TURNER_NONE && !loop->has_thread);
  if (!busy && loop->has_thread) end_thread(loop);
  mw_unlock(loop);
  if (busy) return MQTTWILL_ERR_STATE;
  destroy(loop);
  return MQTTWILL_OK;
}

const char *mqttwill_loop_backend(const mqttwill_loop *loop) {
  return loop != NULL ? mw_loop_backend(loop->loop) : NULL;
}

/* ---- one turn ---- */

bool mw_in_callback(const mqttwill_loop *loop) {
  return loop->delivering != NULL && loop->turner != MW_TURNER_NONE &&
         pthread_equal(loop->turner_thread, pthread_self());
}

static void service_dirty(mqttwill_loop *loop) {
  struct mw_list batch; /* what becomes dirty meanwhile waits for the next turn, so a turn ends */
  if (mw_list_empty(&loop->dirty)) return;
  batch = loop->dirty;
  batch.next->prev = batch.prev->next = &batch;
  mw_list_init(&loop->dirty);
  struct mw_list *node;
  while ((node = mw_list_first(&batch)) != NULL) {
    mw_list_remove(node);
    mw_client_service(MW_CONTAINER(node, mqttwill_client, dirty));
  }
}

int mw_turn(mqttwill_loop *loop, enum mw_turner turner, int limit_ms) {
  loop->turner = turner;
  loop->turner_thread = pthread_self();
  /* What is done before the wait may be all that a blocking call, or a step, is made for. */
  bool served = turner != MW_TURNER_RUNNER && !mw_list_empty(&loop->dirty);
  service_dirty(loop);
  mw_loop_prepare(loop->loop, served || !mw_list_empty(&loop->dirty) ? 0 : limit_ms);
  mw_unlock(loop);
  int status = mw_loop_wait(loop->loop);
  mw_lock(loop);
  mw_loop_collect(loop->loop);
  while (mw_loop_next(loop->loop)) {
  }
  service_dirty(loop);
  return status;
}

void mw_leave(mqttwill_loop *loop) {
  loop->turner = MW_TURNER_NONE;
  if (!mw_list_empty(&loop->dirty)) mw_loop_announce(loop->loop);
  mw_tell_change(loop);
}

void mw_tell_change(mqttwill_loop *loop) {
  pthread_cond_broadcast(&loop->changed);
}

static void wait_on_condition(mqttwill_loop *loop, uint64_t now, uint64_t deadline) {
  if (deadline == MW_NEVER) {
    pthread_cond_wait(&loop->changed, &loop->lock);
    return;
  }
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  uint64_t left = deadline - now;
  until.tv_sec += (time_t)(left / 1000);
  until.tv_nsec += (long)(left % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  (void)pthread_cond_timedwait(&loop->changed, &loop->lock, &until);
}

void mw_wait_for_change(mqttwill_loop *loop, uint64_t deadline) {
  uint64_t now = mw_now(loop);
  if (now >= deadline) return;
  if (loop->turner != MW_TURNER_NONE || loop->runners_waiting > 0) {
    wait_on_condition(loop, now, deadline);
    return;
  }
  uint64_t left = deadline - now;
  int limit = deadline == MW_NEVER ? -1 : left > INT32_MAX ? INT32_MAX : (int)left;
  (void)mw_turn(loop, MW_TURNER_WAITER, limit);
  mw_leave(loop);
}

/* ---- who turns ---- */

/* Whether the loop's thread still turns it. One that has ended (stopped by a callback, or the system refused
 * to wait) is buried here: it has nothing left to do. */
static bool has_live_thread(mqttwill_loop *loop) {
  if (loop->has_thread && loop->thread_ended && !loop->joining) {
    pthread_join(loop->thread, NULL);
    loop->has_thread = false;
  }
  return loop->has_thread;
}

/* The client of an orphaned loop is not gone yet. */
static bool is_leaving(const mqttwill_loop *loop) {
  return loop->orphan && loop->clients > 0;
}

/* Turns until stopped. With the lock. */
static int run(mqttwill_loop *loop) {
  int status = MQTTWILL_OK;
  loop->runners_waiting++;
  if (loop->turner == MW_TURNER_WAITER) mw_loop_wake(loop->loop);
  while (loop->turner == MW_TURNER_WAITER || loop->turner == MW_TURNER_STEP)
    pthread_cond_wait(&loop->changed, &loop->lock);
  loop->runners_waiting--;
  if (loop->turner != MW_TURNER_NONE) return MQTTWILL_ERR_STATE;
  while (status == MQTTWILL_OK && (!loop->stop || is_leaving(loop)))
    status = mw_turn(loop, MW_TURNER_RUNNER, -1);
  loop->stop = false;
  mw_leave(loop);
  return status;
}

int mqttwill_loop_run(mqttwill_loop *loop) {
  if (loop == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(loop);
  int status = MQTTWILL_ERR_IN_CALLBACK;
  if (!mw_in_callback(loop)) status = has_live_thread(loop) ? MQTTWILL_ERR_STATE : run(loop);
  mw_unlock(loop);
  return status;
}

int mqttwill_loop_stop(mqttwill_loop *loop) {
  if (loop == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(loop);
  loop->stop = true;
  /* Inside a callback: the thread is this one, or waits for this one to give up its turn. */
  if (loop->has_thread && !mw_in_callback(loop))
    end_thread(loop);
  else
    mw_loop_wake(loop->loop);
  mw_unlock(loop);
  return MQTTWILL_OK;
}

static void *thread_main(void *argument) {
  mqttwill_loop *loop = argument;
  mw_lock(loop);
  (void)run(loop);
  loop->thread_ended = true;
  bool orphan = loop->orphan;
  mw_unlock(loop);
  if (orphan) {
    pthread_detach(pthread_self());
    destroy(loop);
  }
  return NULL;
}

int mqttwill_loop_start(mqttwill_loop *loop) {
  if (loop == NULL) return MQTTWILL_ERR_ARGUMENT;
  sigset_t all, before;
  sigfillset(&all);
  mw_lock(loop);
  int status = MQTTWILL_ERR_STATE;
  if (!has_live_thread(loop) && loop->turner != MW_TURNER_RUNNER) {
    loop->stop = loop->thread_ended = false;
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the program's own threads */
    status = pthread_create(&loop->thread, NULL, thread_main, loop) == 0 ? MQTTWILL_OK : MQTTWILL_ERR_MEMORY;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    loop->has_thread = status == MQTTWILL_OK;
  }
  mw_unlock(loop);
  return status;
}

int mqttwill_loop_step(mqttwill_loop *loop, int timeout_ms) {
  if (loop == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(loop);
  int status = MQTTWILL_ERR_IN_CALLBACK;
  if (!mw_in_callback(loop)) {
    status = MQTTWILL_ERR_STATE;
    if (loop->turner == MW_TURNER_NONE && !has_live_thread(loop)) {
      status = mw_turn(loop, MW_TURNER_STEP, timeout_ms);
      mw_leave(loop);
    }
  }
  mw_unlock(loop);
  return status;
}

/* ---- foreign loops ---- */

int mqttwill_loop_fd(mqttwill_loop *loop) {
  if (loop == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(loop);
  int fd = mw_loop_fd(loop->loop);
  if (!mw_list_empty(&loop->dirty)) mw_loop_announce(loop->loop); /* from before there was a descriptor */
  mw_unlock(loop);
  return fd;
}

int mqttwill_loop_timeout(mqttwill_loop *loop) {
  if (loop == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(loop);
  int timeout = mw_list_empty(&loop->dirty) ? mw_loop_timeout(loop->loop) : 0;
  mw_unlock(loop);
  return timeout;
}

static void forward_watch(void *argument, int fd, unsigned events) {
  mqttwill_loop *loop = argument;
  loop->watch(loop, fd, events, loop->watch_argument);
}

int mqttwill_loop_watch(mqttwill_loop *loop, mqttwill_watch_callback callback, void *argument) {
  if (loop == NULL) return MQTTWILL_ERR_ARGUMENT;
  mw_lock(loop);
  int status = loop->clients == 0 ? MQTTWILL_OK : MQTTWILL_ERR_STATE;
  if (status == MQTTWILL_OK) {
    if (callback == NULL) mw_loop_watch(loop->loop, NULL, NULL);
    loop->watch = callback;
    loop->watch_argument = argument;
    if (callback != NULL) mw_loop_watch(loop->loop, forward_watch, loop);
  }
  mw_unlock(loop);
  return status;
}
