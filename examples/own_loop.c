/* SPDX-License-Identifier: MIT
 * MQTT inside a loop of one's own: a plain poll() that waits for the library and for the keyboard. Each line
 * typed is published, each message on the topic is printed; the end of the input says goodbye.
 *
 *   own_loop mqtt://broker.example talk/kitchen
 */
#define _POSIX_C_SOURCE 200809L

#include <mqttwill/mqttwill.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 10000

struct talk {
  mqttwill_client *client;
  const char *topic;
  char *typed; /* what was read and not published yet */
  size_t length, capacity;
  bool online, blocked, at_end, over;
  int status; /* the program's answer */
};

static void fail(struct talk *talk, const char *text) {
  fprintf(stderr, "%s\n", text);
  talk->status = 1;
  talk->over = true;
}

/* ---- what mqttwill_loop_step() calls ---- */

static void on_connect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  struct talk *talk = argument;
  unsigned qos = MQTTWILL_QOS_1;
  if (mqttwill_event_status(event) != MQTTWILL_OK)
    fail(talk, mqttwill_event_text(event));
  else if (mqttwill_subscribe_async(client, &talk->topic, &qos, 1, NULL) < 0)
    fail(talk, mqttwill_error(client));
}

/* The first operation to end is the subscription; publications follow. */
static void on_complete(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  struct talk *talk = argument;
  (void)client;
  if (mqttwill_event_status(event) != MQTTWILL_OK) fail(talk, mqttwill_event_text(event));
  talk->online = true;
}

static void on_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client, (void)argument;
  fwrite(mqttwill_message_payload(message), 1, mqttwill_message_payload_length(message), stdout);
  putchar('\n');
}

static void on_drain(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client, (void)event;
  ((struct talk *)argument)->blocked = false;
}

static void on_disconnect(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  struct talk *talk = argument;
  (void)client;
  if (mqttwill_event_status(event) != MQTTWILL_OK) fail(talk, mqttwill_event_text(event));
  talk->over = true;
}

/* ---- the keyboard ---- */

static void read_typed(struct talk *talk) {
  if (talk->length == talk->capacity) { /* a longer line than ever */
    size_t capacity = talk->capacity * 2 + 4096;
    char *typed = realloc(talk->typed, capacity);
    if (typed == NULL) {
      fail(talk, "out of memory");
      return;
    }
    talk->typed = typed;
    talk->capacity = capacity;
  }
  ssize_t count = read(STDIN_FILENO, talk->typed + talk->length, talk->capacity - talk->length);
  if (count > 0) talk->length += (size_t)count;
  if (count == 0) talk->at_end = true;
  if (count < 0 && errno != EINTR && errno != EAGAIN) fail(talk, strerror(errno));
}

/* Publishes the whole lines, as far as the library's queue has room; on_drain says when it has again. */
static void publish_typed(struct talk *talk) {
  size_t done = 0;
  while (!talk->blocked && !talk->over) {
    char *line = talk->typed + done;
    char *end = done < talk->length ? memchr(line, '\n', talk->length - done) : NULL;
    if (end == NULL && talk->at_end && done < talk->length) end = talk->typed + talk->length;
    if (end == NULL) break;
    int64_t operation = mqttwill_publish_async(talk->client, talk->topic, line, (size_t)(end - line),
                                               MQTTWILL_QOS_1, false, NULL);
    if (operation == MQTTWILL_ERR_FULL) {
      talk->blocked = true;
      break;
    }
    if (operation < 0) fail(talk, mqttwill_error(talk->client));
    done = (size_t)(end - talk->typed);
    if (done < talk->length) done++; /* the end of the line; the last one may lack it */
  }
  if (done > 0) memmove(talk->typed, talk->typed + done, talk->length - done);
  talk->length -= done;
}

/* ---- the loop ---- */

static void run(struct talk *talk, mqttwill_loop *loop) {
  bool leaving = false;
  while (!talk->over) {
    bool listening = talk->online && !talk->blocked && !talk->at_end;
    struct pollfd fds[] = {{.fd = mqttwill_loop_fd(loop), .events = POLLIN},
                           {.fd = listening ? STDIN_FILENO : -1, .events = POLLIN}};
    if (poll(fds, 2, mqttwill_loop_timeout(loop)) < 0 && errno != EINTR) fail(talk, strerror(errno));
    if (mqttwill_loop_step(loop, 0) != MQTTWILL_OK) fail(talk, "the loop cannot be turned");
    if (listening && fds[1].revents != 0) read_typed(talk);
    publish_typed(talk);
    if (talk->at_end && !talk->blocked && !leaving && !talk->over) {
      leaving = true;
      if (mqttwill_disconnect_async(talk->client, MQTTWILL_REASON_SUCCESS, NULL, PATIENCE_MS) < 0)
        fail(talk, mqttwill_error(talk->client));
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: own_loop URL TOPIC\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  mqttwill_loop *loop = mqttwill_loop_new();
  struct talk talk = {.client = loop != NULL ? mqttwill_client_new(loop, NULL) : NULL, .topic = argv[2]};
  if (talk.client == NULL) {
    perror("own_loop");
    return 1;
  }
  mqttwill_on_connect(talk.client, on_connect, &talk);
  mqttwill_on_complete(talk.client, on_complete, &talk);
  mqttwill_on_message(talk.client, on_message, &talk);
  mqttwill_on_drain(talk.client, on_drain, &talk);
  mqttwill_on_disconnect(talk.client, on_disconnect, &talk);
  if (mqttwill_loop_fd(loop) < 0)
    fail(&talk, "no descriptor stands for the whole loop here: use mqttwill_loop_watch()");
  else if (mqttwill_connect_async(talk.client, argv[1]) < 0)
    fail(&talk, mqttwill_error(talk.client));
  run(&talk, loop);
  mqttwill_client_free(talk.client);
  mqttwill_loop_free(loop);
  free(talk.typed);
  return talk.status;
}
