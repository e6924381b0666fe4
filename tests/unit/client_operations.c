/* SPDX-License-Identifier: MIT
 * What the user asks without waiting: each kind of operation meets each way to end, and ends exactly once;
 * and what is refused before it begins, with its text. */
#include "client_world.h"

#include <stdio.h>
#include <sys/socket.h>

/* ---- every operation, every ending ---- */

enum kind { PUBLISH_0, PUBLISH_1, PUBLISH_2, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT, KINDS };
enum ending { ANSWER, ERROR_ANSWER, SERVER_CLOSES, ABORT, GOODBYE, FREE, ENDINGS };

#define OPEN 1 /* it has not ended: it waits for the next connection */
#define NONE 2 /* no such case */

static const int outcomes[KINDS][ENDINGS] = {
    [PUBLISH_0] = {MQTTWILL_OK, NONE, MQTTWILL_ERR_NETWORK, MQTTWILL_ERR_CANCELLED, MQTTWILL_ERR_CANCELLED,
                   MQTTWILL_ERR_CANCELLED},
    [PUBLISH_1] = {MQTTWILL_OK, MQTTWILL_ERR_REASON, OPEN, OPEN, OPEN, MQTTWILL_ERR_CANCELLED},
    [PUBLISH_2] = {MQTTWILL_OK, MQTTWILL_ERR_REASON, OPEN, OPEN, OPEN, MQTTWILL_ERR_CANCELLED},
    [SUBSCRIBE] = {MQTTWILL_OK, MQTTWILL_ERR_REASON, MQTTWILL_ERR_CLOSED, MQTTWILL_ERR_CANCELLED,
                   MQTTWILL_ERR_CANCELLED, MQTTWILL_ERR_CANCELLED},
    [UNSUBSCRIBE] = {MQTTWILL_OK, MQTTWILL_ERR_REASON, MQTTWILL_ERR_CLOSED, MQTTWILL_ERR_CANCELLED,
                     MQTTWILL_ERR_CANCELLED, MQTTWILL_ERR_CANCELLED},
    [DISCONNECT] = {MQTTWILL_OK, NONE, MQTTWILL_ERR_CLOSED, MQTTWILL_ERR_CANCELLED, NONE,
                    MQTTWILL_ERR_CANCELLED},
};

static int64_t start(struct world *w, enum kind kind, enum ending ending) {
  static char large[16000000];
  const char *filter = "a";
  const unsigned options = 1;
  switch (kind) {
  case PUBLISH_0: /* too large for the kernel, except where it is to arrive */
    return mqttwill_publish_async(w->client, "a", large, ending == ANSWER ? 1 : sizeof large, 0, false, NULL);
  case PUBLISH_1:
    return mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL);
  case PUBLISH_2:
    return mqttwill_publish_async(w->client, "a", "x", 1, 2, false, NULL);
  case SUBSCRIBE:
    return mqttwill_subscribe_async(w->client, &filter, &options, 1, NULL);
  case UNSUBSCRIBE:
    return mqttwill_unsubscribe_async(w->client, &filter, 1, NULL);
  default: /* something has to be in flight, or it would be done at once */
    mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL);
    return mqttwill_disconnect_async(w->client, MQTTWILL_REASON_SUCCESS, NULL, 100000);
  }
}

static void answer(struct world *w, enum kind kind) {
  switch (kind) {
  case PUBLISH_0:
    world_play(w, SCRIPT(READS(0x30)));
    break;
  case PUBLISH_1:
    world_play(w, SCRIPT(READS(0x32), SAYS("40 02 00 01")));
    break;
  case PUBLISH_2:
    world_play(w, SCRIPT(READS(0x34), SAYS("50 02 00 01"), GETS("62 02 00 01"), SAYS("70 02 00 01")));
    break;
  case SUBSCRIBE:
    world_play(w, SCRIPT(READS(0x82), SAYS("90 04 00 01 00 01")));
    break;
  case UNSUBSCRIBE:
    world_play(w, SCRIPT(READS(0xa2), SAYS("b0 04 00 01 00 00")));
    break;
  default:
    world_play(w, SCRIPT(READS(0x32), SAYS("40 02 00 01"), GETS("e0 00"), SEES_FIN, CLOSES));
    break;
  }
}

static void answer_badly(struct world *w, enum kind kind) {
  static const char *const bad[] = {[PUBLISH_1] = "40 03 00 01 97",
                                    [PUBLISH_2] = "50 03 00 01 97",
                                    [SUBSCRIBE] = "90 04 00 01 00 97",
                                    [UNSUBSCRIBE] = "b0 04 00 01 00 87"};
  world_play(w, SCRIPT(SAYS(bad[kind])));
}

static void finish(struct world *w, enum kind kind, enum ending ending) {
  world_settle(w);
  switch (ending) {
  case ANSWER:
    answer(w, kind);
    break;
  case ERROR_ANSWER:
    answer_badly(w, kind);
    break;
  case SERVER_CLOSES:
    if (kind != PUBLISH_0)
      world_play(w, SCRIPT(READS(kind == SUBSCRIBE     ? 0x82
                                 : kind == UNSUBSCRIBE ? 0xa2
                                 : kind == PUBLISH_2   ? 0x34
                                                       : 0x32)));
    world_play(w, SCRIPT(CLOSES)); /* with bytes unread this is RST */
    break;
  case ABORT:
    CK_OK(mqttwill_abort(w->client));
    break;
  case GOODBYE:
    (void)mqttwill_disconnect(w->client, 500);
    break;
  default:
    break;
  }
}

/* How often the story tells the end of an operation; the last line is copied. */
static int count_ends(const struct world *w, int64_t operation, char *line, size_t size) {
  char mark[32];
  int count = 0;
  snprintf(mark, sizeof mark, " done #%d ", (int)operation);
  for (const char *at = w->story; (at = strstr(at, mark)) != NULL; at++, count++) {
    size_t len = strcspn(at, "\n");
    snprintf(line, size, "%.*s", (int)len, at);
  }
  return count;
}

static void meet(enum kind kind, enum ending ending) {
  static struct world world;
  struct world *w = &world;
  char line[256] = "", expected[64];
  world_start(w);
  CK_OK(mqttwill_set_outbound_limit(w->client, 64000000));
  world_connect(w);
  int64_t operation = start(w, kind, ending);
  ck_assert_int_gt((int)operation, 0);
  finish(w, kind, ending);
  int outcome = outcomes[kind][ending];
  if (ending != FREE) {
    int ends = count_ends(w, operation, line, sizeof line);
    ck_assert_msg(ends == (outcome != OPEN), "operation %d, ending %d: ended %d times:\n%s", kind, ending,
                  ends, w->story);
    int waited = mqttwill_wait(w->client, operation, 10);
    ck_assert_int_eq(waited, outcome == OPEN ? MQTTWILL_ERR_TIMEOUT : outcome);
  }
  mqttwill_client_free(w->client);
  w->client = NULL;
  ck_assert_msg(count_ends(w, operation, line, sizeof line) == 1, "operation %d, ending %d:\n%s", kind,
                ending, w->story);
  snprintf(expected, sizeof expected, " done #%d %s ", (int)operation,
           mqttwill_status_name(outcome == OPEN ? MQTTWILL_ERR_CANCELLED : outcome) + strlen("MQTTWILL_"));
  ck_assert_msg(strncmp(line, expected, strlen(expected)) == 0, "operation %d, ending %d: \"%s\", not \"%s\"",
                kind, ending, line, expected);
  world_stop(w);
}

START_TEST(every_operation_ends_exactly_once_however_it_ends)
{
  for (int kind = 0; kind < KINDS; kind++)
    for (int ending = 0; ending < ENDINGS; ending++)
      if (outcomes[kind][ending] != NONE) meet((enum kind)kind, (enum ending)ending);
}
END_TEST

WORLD_TEST(an_error_answer_is_told_with_reason_and_reason_string) {
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  world_play(w, SCRIPT(READS(0x32), SAYS("40 0b 00 01 97 07 1f 00 04 'full'")));
  ck_story(w,
           "0 done #2 ERR_REASON 97 the server answered with an error reason code: quota exceeded (0x97): "
           "full\n");
}

static size_t reason_count;
static int reasons[4];

static void note_reasons(mqttwill_client *client, const mqttwill_event *event, void *argument) {
  (void)client;
  (void)argument;
  reason_count = mqttwill_event_reason_count(event);
  for (size_t i = 0; i < 4; i++) reasons[i] = mqttwill_event_reason_at(event, i);
}

WORLD_TEST(each_filter_has_its_own_answer) {
  const char *filters[] = {"a", "b/+", "c"};
  const unsigned options[] = {0, 1, 2};
  world_connect(w);
  CK_OK(mqttwill_on_complete(w->client, note_reasons, NULL));
  ck_assert_int_eq(mqttwill_subscribe_async(w->client, filters, options, 3, NULL), 2);
  world_play(w, SCRIPT(GETS("82 11 00 01 00 00 01 'a' 00 00 03 'b/+' 01 00 01 'c' 02"),
                       SAYS("90 06 00 01 00 00 87 02")));
  ck_assert_uint_eq(reason_count, 3);
  ck_assert_int_eq(reasons[0], 0);
  ck_assert_int_eq(reasons[1], 0x87);
  ck_assert_int_eq(reasons[2], 2);
  ck_assert_int_eq(reasons[3], -1);
  ck_assert_int_eq(mqttwill_wait(w->client, 2, 0), MQTTWILL_ERR_REASON);
  ck_assert_int_eq(mqttwill_error_reason(w->client), 0x87);
}

/* ---- what is refused ---- */

static void ck_refused(struct world *w, int64_t got, int status) {
  ck_assert_int_eq((int)got, status);
  ck_assert_str_eq(mqttwill_error(w->client), mqttwill_strerror(status));
}

WORLD_TEST(wrong_arguments_are_refused_with_their_status) {
  const char *filter = "a", *bad = "a#", *none = NULL;
  const unsigned one = 1, three = 3, giant = 256, handling = 0x30;
  mqttwill_client *c = w->client;
  ck_refused(w, mqttwill_publish_async(c, "a", "x", 1, 0, false, NULL), MQTTWILL_ERR_NOT_CONNECTED);
  ck_refused(w, mqttwill_subscribe_async(c, &filter, &one, 1, NULL), MQTTWILL_ERR_NOT_CONNECTED);
  ck_refused(w, mqttwill_unsubscribe_async(c, &filter, 1, NULL), MQTTWILL_ERR_NOT_CONNECTED);
  ck_refused(w, mqttwill_disconnect_async(c, MQTTWILL_REASON_SUCCESS, NULL, 1), MQTTWILL_ERR_NOT_CONNECTED);
  world_connect(w);
  ck_refused(w, mqttwill_publish_async(c, NULL, "x", 1, 0, false, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_publish_async(c, "a", NULL, 1, 0, false, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_publish_async(c, "", "x", 1, 0, false, NULL), MQTTWILL_ERR_TOPIC_EMPTY);
  ck_refused(w, mqttwill_publish_async(c, "a/+", "x", 1, 0, false, NULL), MQTTWILL_ERR_TOPIC_WILDCARD);
  ck_refused(w, mqttwill_publish_async(c, "a", "x", 1, 3, false, NULL), MQTTWILL_ERR_QOS);
  ck_refused(w, mqttwill_publish_async(c, "a", "x", 1, -1, false, NULL), MQTTWILL_ERR_QOS);
  ck_refused(w, mqttwill_publish_async(c, "a", "x", 1, 4, false, NULL), MQTTWILL_ERR_QOS);
  ck_refused(w, mqttwill_subscribe_async(c, NULL, &one, 1, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_subscribe_async(c, &filter, NULL, 1, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_subscribe_async(c, &filter, &one, 0, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_subscribe_async(c, &none, &one, 1, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_subscribe_async(c, &bad, &one, 1, NULL), MQTTWILL_ERR_FILTER);
  ck_refused(w, mqttwill_subscribe_async(c, &filter, &three, 1, NULL), MQTTWILL_ERR_QOS);
  ck_refused(w, mqttwill_subscribe_async(c, &filter, &giant, 1, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_subscribe_async(c, &filter, &handling, 1, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_unsubscribe_async(c, &bad, 1, NULL), MQTTWILL_ERR_FILTER);
  ck_refused(w, mqttwill_disconnect_async(c, (mqttwill_reason)0x8e, NULL, 1), MQTTWILL_ERR_REASON_CODE);
  ck_refused(w, mqttwill_disconnect_async(c, (mqttwill_reason)-1, NULL, 1), MQTTWILL_ERR_REASON_CODE);
  ck_refused(w, mqttwill_disconnect_async(c, (mqttwill_reason)256, NULL, 1), MQTTWILL_ERR_REASON_CODE);
  ck_refused(w, mqttwill_ack(c, 77), MQTTWILL_ERR_ARGUMENT);
  ck_refused(w, mqttwill_connect_async(c, w->url), MQTTWILL_ERR_ALREADY_CONNECTED);
  CK_OK(mqttwill_abort(c));
  world_play(w, SCRIPT(SEES_FIN)); /* nothing of all that was sent */
}

WORLD_TEST(what_only_mqtt_5_has_is_refused_below_it) {
  const char *filter = "a";
  const unsigned no_local = 4;
  CK_OK(mqttwill_set_version(w->client, MQTTWILL_MQTT_3_1_1));
  world_connect(w);
  ck_refused(w, mqttwill_disconnect_async(w->client, MQTTWILL_REASON_DISCONNECT_WITH_WILL, NULL, 1),
             MQTTWILL_ERR_VERSION);
  ck_refused(w, mqttwill_subscribe_async(w->client, &filter, &no_local, 1, NULL), MQTTWILL_ERR_VERSION);
  ck_assert(mqttwill_is_connected(w->client));
}

WORLD_TEST(without_a_client_every_call_is_refused) {
  const char *filter = "a";
  const unsigned one = 1;
  (void)w;
  ck_assert_int_eq(mqttwill_connect_async(NULL, "mqtt://a"), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_publish_async(NULL, "a", "x", 1, 0, false, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_subscribe_async(NULL, &filter, &one, 1, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_unsubscribe_async(NULL, &filter, 1, NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_disconnect_async(NULL, MQTTWILL_REASON_SUCCESS, NULL, 0), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_ack(NULL, 1), MQTTWILL_ERR_ARGUMENT);
}

/* Two goodbyes: the first one counts. */
WORLD_TEST(while_a_disconnect_waits_nothing_new_is_taken) {
  const char *filter = "a";
  const unsigned one = 1;
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  ck_assert_int_eq(mqttwill_disconnect_async(w->client, MQTTWILL_REASON_SUCCESS, NULL, 500), 3);
  ck_refused(w, mqttwill_disconnect_async(w->client, MQTTWILL_REASON_SUCCESS, NULL, 500), MQTTWILL_ERR_STATE);
  ck_refused(w, mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), MQTTWILL_ERR_STATE);
  ck_refused(w, mqttwill_subscribe_async(w->client, &filter, &one, 1, NULL), MQTTWILL_ERR_STATE);
  ck_refused(w, mqttwill_connect_async(w->client, w->url), MQTTWILL_ERR_ALREADY_CONNECTED);
  ck_assert(!mqttwill_is_connected(w->client));
}

/* ---- what waits for a connection ---- */

WORLD_TEST(what_is_published_before_connecting_goes_out_after_connack) {
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 1);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "b", "y", 1, 2, true, NULL), 2);
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 3);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS(CONNACK_5), GETS("32 07 00 01 'a' 00 01 00 'x'"),
                       GETS("35 07 00 01 'b' 00 02 00 'y'"), SAYS("40 02 00 01")));
  ck_story(w, "0 connected #3 OK 00 success\n0 done #1 OK 00 success\n");
}

WORLD_TEST(what_was_not_acknowledged_is_sent_again_when_the_session_goes_on) {
  CK_OK(mqttwill_set_session_expiry(w->client, 60));
  world_connect(w);
  ck_assert_int_eq(mqttwill_publish_async(w->client, "a", "x", 1, 1, false, NULL), 2);
  world_play(w, SCRIPT(GETS("32 07 00 01 'a' 00 01 00 'x'"), CLOSES));
  ck_story(w, "0 disconnected #0 ERR_CLOSED - PEER: the server closed the connection\n");
  ck_assert_int_eq(mqttwill_connect_async(w->client, w->url), 3);
  world_play(w, SCRIPT(ACCEPT, READS(0x10), SAYS("20 03 01 00 00"), GETS("3a 07 00 01 'a' 00 01 00 'x'"),
                       SAYS("40 02 00 01")));
  ck_story(w, "0 connected #3 OK 00 success\n0 done #2 OK 00 success\n");
}

SUITE("client/operations", every_operation_ends_exactly_once_however_it_ends,
      an_error_answer_is_told_with_reason_and_reason_string, each_filter_has_its_own_answer,
      wrong_arguments_are_refused_with_their_status, what_only_mqtt_5_has_is_refused_below_it,
      without_a_client_every_call_is_refused, while_a_disconnect_waits_nothing_new_is_taken,
      what_is_published_before_connecting_goes_out_after_connack,
      what_was_not_acknowledged_is_sent_again_when_the_session_goes_on)
