/* SPDX-License-Identifier: MIT
 * See system.h. The pool's mutex is taken after the loop's lock and never while calling out, except to ring
 * the bell, which takes no lock. */
#include "base/platform.h"

#include "resolver/system.h"

#include "base/alloc.h"

#include <mqttwill/status.h>

#ifdef MW_NO_THREADS

int mw_pool_new(struct mw_pool **pool, struct mw_loop *loop) {
  (void)pool;
  (void)loop;
  return MQTTWILL_ERR_UNSUPPORTED;
}

void mw_pool_free(struct mw_pool *pool) {
  (void)pool;
}

int mw_pool_ask(struct mw_pool *pool, const char *name, struct mw_query *query) {
  (void)pool;
  (void)name;
  (void)query;
  return MQTTWILL_ERR_UNSUPPORTED;
}

#else

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

enum { MOST_THREADS = 4 };

struct mw_pool {
  pthread_mutex_t mutex;
  struct mw_loop *loop;
  struct mw_bell bell;
  struct mw_list queue; /* jobs that no thread has taken yet */
  struct mw_list done;  /* jobs that the loop has not heard of yet */
  pthread_cond_t ended; /* a thread, after the pool was closed */
  unsigned threads;
  unsigned asking; /* threads that are inside getaddrinfo(), for as long as it likes */
  bool closed;     /* nothing is told any more */
  bool abandoned;  /* the loop's side is gone: the last thread frees the pool */
};

struct job {
  struct mw_list node;
  struct mw_query *query; /* only touched by the loop's side */
  struct addrinfo *found;
  int result;
  char name[];
};

static void job_free(struct job *job) {
  if (job->found != NULL) freeaddrinfo(job->found);
  mw_free(job);
}

static void jobs_free(struct mw_list *jobs) {
  struct mw_list *l;
  while ((l = mw_list_first(jobs)) != NULL) {
    mw_list_remove(l);
    job_free(MW_CONTAINER(l, struct job, node));
  }
}

static void pool_destroy(struct mw_pool *pool) {
  pthread_cond_destroy(&pool->ended);
  pthread_mutex_destroy(&pool->mutex);
  mw_free(pool);
}

/* ---- the threads' side ---- */

static void ask_system(struct job *job) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  job->result = getaddrinfo(job->name, NULL, &hints, &job->found);
  if (job->result != 0) job->found = NULL;
}

static struct job *take_job(struct mw_pool *pool) {
  struct mw_list *l = mw_list_first(&pool->queue);
  if (l == NULL) return NULL;
  mw_list_remove(l);
  return MW_CONTAINER(l, struct job, node);
}

static void *work(void *argument) {
  struct mw_pool *pool = argument;
  struct job *job;
  pthread_mutex_lock(&pool->mutex);
  while ((job = take_job(pool)) != NULL) {
    pool->asking++;
    pthread_mutex_unlock(&pool->mutex);
    ask_system(job);
    pthread_mutex_lock(&pool->mutex);
    pool->asking--;
    if (pool->closed) {
      job_free(job);
      break;
    }
    mw_list_append(&pool->done, &job->node);
    mw_bell_ring(pool->loop, &pool->bell);
  }
  bool last = --pool->threads == 0 && pool->abandoned;
  if (pool->closed) pthread_cond_signal(&pool->ended);
  pthread_mutex_unlock(&pool->mutex);
  if (last) pool_destroy(pool);
  return NULL;
}

/* With every signal blocked: a program's handlers run in its own threads. */
static bool start_thread(struct mw_pool *pool) {
  pthread_attr_t attributes;
  pthread_t thread;
  sigset_t all, before;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = pthread_create(&thread, &attributes, work, pool) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}

/* ---- the loop's side ---- */

static bool next_info(struct mw_answer *answer, struct mw_address *address) {
  const struct addrinfo *info = answer->cursor;
  for (; info != NULL; info = info->ai_next) {
    if (!mw_address_from(address, info->ai_addr, info->ai_addrlen)) continue;
    answer->cursor = info->ai_next;
    return true;
  }
  answer->cursor = NULL;
  return false;
}

static enum mw_reason reason_of(int result) {
  switch (result) {
  case 0:
    return MW_REASON_NO_ADDRESS;
  case EAI_NONAME:
    return MW_REASON_NO_SUCH_HOST;
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
  case EAI_NODATA:
    return MW_REASON_NO_ADDRESS;
#endif
  case EAI_AGAIN:
    return MW_REASON_NO_ANSWER;
  case EAI_FAIL:
    return MW_REASON_SERVER;
  case EAI_MEMORY:
    return MW_REASON_MEMORY;
  default:
    return MW_REASON_OTHER;
  }
}

static void deliver(struct mw_loop *loop, struct mw_bell *bell) {
  struct mw_pool *pool = MW_CONTAINER(bell, struct mw_pool, bell);
  (void)loop;
  for (;;) {
    pthread_mutex_lock(&pool->mutex);
    struct mw_list *l = mw_list_first(&pool->done);
    if (l != NULL) mw_list_remove(l);
    pthread_mutex_unlock(&pool->mutex);
    if (l == NULL) return;
    struct job *job = MW_CONTAINER(l, struct job, node);
    struct mw_answer answer = {next_info, job->found, reason_of(job->result), NULL};
    if (answer.reason == MW_REASON_OTHER) answer.text = gai_strerror(job->result);
    mw_query_answer(job->query, &answer);
    job_free(job);
  }
}

int mw_pool_new(struct mw_pool **pool, struct mw_loop *loop) {
  struct mw_pool *p = mw_calloc(1, sizeof *p);
  if (p == NULL) return MQTTWILL_ERR_MEMORY;
  if (pthread_mutex_init(&p->mutex, NULL) != 0) {
    mw_free(p);
    return MQTTWILL_ERR_MEMORY;
  }
  if (pthread_cond_init(&p->ended, NULL) != 0) {
    pthread_mutex_destroy(&p->mutex);
    mw_free(p);
    return MQTTWILL_ERR_MEMORY;
  }
  p->loop = loop;
  mw_list_init(&p->queue);
  mw_list_init(&p->done);
  mw_bell_init(loop, &p->bell, deliver);
  *pool = p;
  return MQTTWILL_OK;
}

/* Threads on their way out are waited for, so that nothing of the pool is left after this; only those inside
 * getaddrinfo() are not, which may take seconds. */
void mw_pool_free(struct mw_pool *pool) {
  if (pool == NULL) return;
  pthread_mutex_lock(&pool->mutex);
  mw_bell_fini(pool->loop, &pool->bell);
  pool->loop = NULL;
  pool->closed = true;
  jobs_free(&pool->queue);
  while (pool->threads > pool->asking) pthread_cond_wait(&pool->ended, &pool->mutex);
  jobs_free(&pool->done);
  bool last = pool->threads == 0;
  pool->abandoned = !last;
  pthread_mutex_unlock(&pool->mutex);
  if (last) pool_destroy(pool);
}

int mw_pool_ask(struct mw_pool *pool, const char *name, struct mw_query *query) {
  size_t size = strlen(name) + 1;
  struct job *job = mw_calloc(1, sizeof *job + size);
  if (job == NULL) return MQTTWILL_ERR_MEMORY;
  job->query = query;
  memcpy(job->name, name, size);

  pthread_mutex_lock(&pool->mutex);
  mw_list_append(&pool->queue, &job->node);
  bool started = pool->threads < MOST_THREADS && start_thread(pool);
  if (started) pool->threads++; /* before the thread can look: it needs the mutex first */
  bool served = pool->threads > 0;
  if (!served) mw_list_remove(&job->node);
  pthread_mutex_unlock(&pool->mutex);
  if (served) return MQTTWILL_OK;
  mw_free(job);
  return MQTTWILL_ERR_MEMORY;
}

#endif
