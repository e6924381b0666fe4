/* SPDX-License-Identifier: MIT
 * One loop turns any number of clients. Who turns it is the program's choice, and nothing else changes:
 *   the program itself        mqttwill_loop_run(), or mqttwill_loop_step() again and again
 *   a foreign loop            watch mqttwill_loop_fd() for reading, level-triggered,
 *                             and call mqttwill_loop_step()
 *   a thread of the library   mqttwill_loop_start()
 *
 * A client made without a loop has one of its own with a thread that starts at the first connect. Every
 * function here may be called from any thread; at most one thread turns a loop at a time. */
#ifndef MQTTWILL_LOOP_H
#define MQTTWILL_LOOP_H

#include <mqttwill/base.h>

MQTTWILL_BEGIN_DECLS

/* NULL: out of memory or out of descriptors. */
MQTTWILL_API mqttwill_loop *mqttwill_loop_new(void);

/* Stops the loop's thread, if any. The clients of the loop must have been freed before: otherwise nothing
 * happens and MQTTWILL_ERR_STATE is the answer, as it is while another thread turns the loop. NULL is fine.
 */
MQTTWILL_API int mqttwill_loop_free(mqttwill_loop *loop);

/* Turns the loop until mqttwill_loop_stop() is called. MQTTWILL_ERR_STATE: another thread turns it already;
 * MQTTWILL_ERR_IN_CALLBACK; MQTTWILL_ERR_NETWORK: the system refused to wait. */
MQTTWILL_API int mqttwill_loop_run(mqttwill_loop *loop);

/* Ends mqttwill_loop_run() or the loop's own thread; before it has begun, it ends at once. Waits for the
 * thread, except inside a callback. From a signal handler: write to a pipe of your own instead. */
MQTTWILL_API int mqttwill_loop_stop(mqttwill_loop *loop);

/* Starts a thread that turns the loop and runs the callbacks; it blocks every signal. mqttwill_loop_stop()
 * and mqttwill_loop_free() end it. MQTTWILL_ERR_STATE: it runs already, MQTTWILL_ERR_MEMORY,
 * MQTTWILL_ERR_UNSUPPORTED where the library was built without threads. */
MQTTWILL_API int mqttwill_loop_start(mqttwill_loop *loop);

/* One turn: waits until something can be done, at most `timeout_ms` (0: not at all, -1: without end), and
 * does it. MQTTWILL_OK whether or not anything happened; MQTTWILL_ERR_STATE: another thread turns the loop;
 * MQTTWILL_ERR_IN_CALLBACK; MQTTWILL_ERR_NETWORK: the system refused to wait. */
MQTTWILL_API int mqttwill_loop_step(mqttwill_loop *loop, int timeout_ms);

/* For a foreign loop: a descriptor that is readable whenever mqttwill_loop_step(loop, 0) has work, deadlines
 * included where the system has timerfd. MQTTWILL_ERR_UNSUPPORTED without epoll: use mqttwill_loop_watch().
 */
MQTTWILL_API int mqttwill_loop_fd(mqttwill_loop *loop);

/* Milliseconds until mqttwill_loop_step() should be called even if the descriptor stays silent; 0: now; -1:
 * no deadline. Ask again after every step and every call that starts something. */
MQTTWILL_API int mqttwill_loop_timeout(mqttwill_loop *loop);

/* For foreign loops without epoll: tells each descriptor to watch. `events` is a set of MQTTWILL_WATCH_READ
 * and MQTTWILL_WATCH_WRITE, 0 when the descriptor is about to be closed. Called from whichever call changes
 * it, so it must do no more than note the change. Set it while the loop has no clients (MQTTWILL_ERR_STATE).
 */
#define MQTTWILL_WATCH_READ  0x1u
#define MQTTWILL_WATCH_WRITE 0x2u
typedef void (*mqttwill_watch_callback)(mqttwill_loop *loop, int fd, unsigned events, void *argument);
MQTTWILL_API int mqttwill_loop_watch(mqttwill_loop *loop, mqttwill_watch_callback callback, void *argument);

/* "epoll" or "poll". The environment variable MQTTWILL_LOOP=poll, read when a loop is made, chooses poll. */
MQTTWILL_API const char *mqttwill_loop_backend(const mqttwill_loop *loop);

MQTTWILL_END_DECLS

#endif
