/* SPDX-License-Identifier: MIT
 * See player.h. A statement is either an act (something is done to the session) or a check (of what the last
 * act brought about). Before every act nothing may be left that no check asked for.
 *
 * When an allocation fails, an act with a status is asked once more: refused for lack of memory it must have
 * changed nothing. An act without one tells by an event that memory ran out; what came before that must be a
 * beginning of what the script asks for. */
#include "player.h"

#include "base/heap.h"
#include "memory.h"
#include "world.h"

#include <mqttwill/status.h>

#include <stdio.h>
#include <stdlib.h>

enum { FILTERS_MAX = 4096 };

struct player {
  const struct xch_script *script;
  const struct xch_mode *mode;
  struct xch_outcome *outcome;
  struct xch_world world;
  struct mw_session_options options;
  struct mw_will_view will;
};

/* ---- asking once more ---- */

/* Whether a refused act is to be repeated: memory failed just now, and not for good. */
static bool once_more(struct player *p, int64_t result, bool *again) {
  bool more = !*again && result == MQTTWILL_ERR_MEMORY && xch_memory_failed() && !p->mode->fail_for_good;
  *again = true;
  return more;
}

/* What an act answered: as the statement asks? Out of memory for good is the end, a clean one. */
static bool answered(struct player *p, const struct xch_statement *s, struct xch_arguments *a,
                     int64_t result) {
  struct xch_world *w = &p->world;
  if (result == MQTTWILL_ERR_MEMORY && p->mode->fail_for_good && xch_memory_failed()) {
    w->starved = true;
    return true;
  }
  if (s->fails) {
    int expected = xch_take_status(a, "status", MQTTWILL_OK);
    if (result == expected) return true;
    return xch_wrong(w, "expected to be refused with %s, got %s", xch_status_text(expected),
                     xch_status_text(result > 0 ? 0 : (int)result));
  }
  if (result >= 0) return true;
  return xch_wrong(w, "refused with %s", xch_status_text((int)result));
}

/* ---- options ---- */

static bool set_option(struct player *p, struct xch_arguments *a, const char *name) {
  struct mw_session_options *o = &p->options;
  const struct {
    const char *name;
    struct mw_slice *slice;
    bool *has;
  } slices[] = {{"client_id", &o->client_id, NULL},
                {"username", &o->username, &o->has_username},
                {"password", &o->password, &o->has_password},
                {"properties", &o->properties, NULL}};
  for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
    if (strcmp(name, slices[i].name) != 0) continue;
    *slices[i].slice = xch_take_bytes(a, name, mw_slice(NULL, 0));
    if (slices[i].has != NULL) *slices[i].has = true;
    return true;
  }
  long long number = xch_take_number(a, name, 0);
  if (strcmp(name, "version") == 0) return o->version = (uint8_t)number, true;
  if (strcmp(name, "clean_start") == 0) return o->clean_start = number != 0, true;
  if (strcmp(name, "manual_ack") == 0) return p->world.manual = o->manual_ack = number != 0, true;
  if (strcmp(name, "keep_alive") == 0) return o->keep_alive = (uint16_t)number, true;
  if (strcmp(name, "receive_maximum") == 0) return o->receive_maximum = (uint16_t)number, true;
  if (strcmp(name, "ping_timeout_ms") == 0) return o->ping_timeout_ms = (uint32_t)number, true;
  if (strcmp(name, "session_expiry") == 0) return o->session_expiry = (uint32_t)number, true;
  if (strcmp(name, "maximum_packet_size") == 0) return o->maximum_packet_size = (uint32_t)number, true;
  if (strcmp(name, "outbound_limit") == 0) return o->outbound_limit = (size_t)number, true;
  return xch_wrong(&p->world, "%s is no option", name);
}

static bool act_set(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  for (size_t i = 0; i < s->count; i++) {
    if (s->arguments[i].name == NULL) return xch_wrong(&p->world, "options are written name=value");
    if (!set_option(p, a, s->arguments[i].name)) return false;
  }
  return true;
}

static bool act_will(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  if (xch_has(a, NULL)) {
    p->options.will = NULL;
    return strcmp(xch_take_word(a, NULL, ""), "none") == 0 || xch_wrong(&p->world, "`will none` or a will");
  }
  struct mw_slice nothing = mw_slice(NULL, 0);
  p->will = (struct mw_will_view){.topic = xch_take_bytes(a, "topic", nothing),
                                  .payload = xch_take_bytes(a, "payload", nothing),
                                  .properties = xch_take_bytes(a, "properties", nothing),
                                  .qos = (uint8_t)xch_take_number(a, "qos", 0),
                                  .retain = xch_take_number(a, "retain", 0) != 0};
  p->options.will = &p->will;
  return true;
}

/* ---- acts ---- */

static bool act_open(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  int status;
  bool again = false;
  do status = mw_session_open(p->world.session, p->world.now);
  while (once_more(p, status, &again));
  if (status == MQTTWILL_OK) p->world.opens++;
  return answered(p, s, a, status) && xch_settle(&p->world);
}

/* Sends the bytes of one <, cut as the mode wants it. */
static bool feed_chunk(struct player *p, struct mw_slice bytes) {
  const struct xch_mode *mode = p->mode;
  size_t number = p->outcome->chunks++;
  size_t piece = mode->feeding == XCH_BYTEWISE ? 1 : bytes.len;
  if (number == mode->split_chunk) {
    p->outcome->chunk_len = bytes.len;
    if (mode->feeding == XCH_SPLIT) piece = mode->split_at;
  }
  while (bytes.len > 0) {
    size_t len = piece < bytes.len ? piece : bytes.len;
    if (!xch_feed(&p->world, mw_slice(bytes.data, len))) return false;
    bytes = mw_slice_skip(bytes, len);
    if (mode->feeding == XCH_SPLIT) piece = bytes.len;
  }
  return true;
}

static bool act_peer(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)a;
  return feed_chunk(p, mw_slice(s->bytes.data, s->bytes.len));
}

static struct mw_slice connack(uint8_t *packet, uint8_t version, bool present, struct mw_slice properties) {
  size_t len = 0;
  packet[len++] = 0x20;
  packet[len++] = (uint8_t)(version == MW_MQTT_5 ? 3 + properties.len : 2);
  packet[len++] = present;
  packet[len++] = 0;
  if (version != MW_MQTT_5) return mw_slice(packet, len);
  packet[len++] = (uint8_t)properties.len;
  if (properties.len > 0) memcpy(packet + len, properties.data, properties.len);
  return mw_slice(packet, len + properties.len);
}

static bool connected_event(struct player *p, bool present, struct mw_slice properties) {
  struct xch_world *w = &p->world;
  if (w->record_count == 0) return xch_wrong(w, "no event came after CONNACK");
  struct xch_record got = xch_record_take(w);
  bool good = got.event.type == MW_EVENT_CONNECTED && got.event.session_present == present &&
              mw_slice_equal(got.event.properties, properties);
  if (!good) xch_wrong(w, "not connected as CONNACK says: %s", xch_record_text(&got));
  xch_record_free(&got);
  return good;
}

/* A handshake that the script has no interest in. */
static bool act_connect(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  struct xch_world *w = &p->world;
  bool present = xch_take_number(a, "session_present", 0) != 0;
  struct mw_slice properties = xch_take_bytes(a, "properties", mw_slice(NULL, 0));
  uint8_t packet[128];
  if (properties.len > 100) return xch_wrong(w, "too many properties for the short way to connect");
  if (!act_open(p, s, a)) return false;
  if (w->starved) return true;
  if (w->output.len < 2 || w->output.data[0] != 0x10)
    return xch_wrong(w, "not a CONNECT: %s", xch_show(mw_slice(w->output.data, w->output.len), 32));
  w->output.len = 0;
  if (!feed_chunk(p, connack(packet, p->options.version, present, properties))) return false;
  if (w->starved && (w->sound == 0 || w->records[0].event.type != MW_EVENT_CONNECTED)) return true;
  return connected_event(p, present, properties);
}

static bool act_at(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  return xch_clock(&p->world, XCH_EPOCH + (uint64_t)xch_take_number(a, NULL, 0));
}

static bool act_sleep(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  return xch_sleep(&p->world, XCH_EPOCH + (uint64_t)xch_take_number(a, NULL, 0));
}

static bool act_lost(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  return xch_lost(&p->world, xch_take_status(a, NULL, MQTTWILL_ERR_CLOSED));
}

static bool act_abandon(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  return xch_abandon(&p->world, xch_take_status(a, NULL, MQTTWILL_ERR_CANCELLED));
}

static bool act_socket(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  const char *what = xch_take_word(a, NULL, "");
  if (strcmp(what, "takes") == 0) return xch_socket_takes(&p->world, (size_t)xch_take_number(a, NULL, 0));
  p->world.blocked = strcmp(what, "blocked") == 0;
  if (!p->world.blocked && strcmp(what, "free") != 0)
    return xch_wrong(&p->world, "`socket blocked`, `socket free` or `socket takes N`");
  return xch_settle(&p->world);
}

/* ---- do ... ---- */

static int64_t submit_publish(struct player *p, struct xch_arguments *a) {
  struct mw_slice nothing = mw_slice(NULL, 0);
  struct mw_publish message = {.topic = xch_take_bytes(a, "topic", nothing),
                               .payload = xch_take_bytes(a, "payload", nothing),
                               .properties = xch_take_bytes(a, "properties", nothing),
                               .qos = (uint8_t)xch_take_number(a, "qos", 0),
                               .retain = xch_take_number(a, "retain", 0) != 0};
  return mw_session_publish(p->world.session, &message);
}

/* The list of filters as it stands on the wire, from repeated filter= and options= arguments. */
static int64_t submit_filters(struct player *p, struct xch_arguments *a, enum mw_packet_type type) {
  uint8_t list[FILTERS_MAX];
  size_t len = 0;
  while (xch_has(a, "filter")) {
    struct mw_slice filter = xch_take_bytes(a, "filter", mw_slice(NULL, 0));
    if (filter.len + 3 > sizeof list - len) {
      xch_wrong(&p->world, "the filters are too long for the runner");
      break;
    }
    list[len++] = (uint8_t)(filter.len >> 8);
    list[len++] = (uint8_t)(filter.len & 0xff);
    if (filter.len > 0) memcpy(list + len, filter.data, filter.len);
    len += filter.len;
    if (type == MW_SUBSCRIBE) list[len++] = (uint8_t)xch_take_number(a, "options", 0);
  }
  struct mw_subscribe request = {.type = type,
                                 .properties = xch_take_bytes(a, "properties", mw_slice(NULL, 0)),
                                 .filters = mw_slice(list, len)};
  return mw_session_subscribe(p->world.session, &request);
}

static int64_t submit_disconnect(struct player *p, struct xch_arguments *a) {
  uint8_t reason = (uint8_t)xch_take_number(a, "reason", 0);
  struct mw_slice properties = xch_take_bytes(a, "properties", mw_slice(NULL, 0));
  long long deadline = xch_take_number(a, "deadline", -1);
  return mw_session_disconnect(p->world.session, reason, properties,
                               deadline < 0 ? MW_NEVER : XCH_EPOCH + (uint64_t)deadline, p->world.now);
}

static int64_t submit_ack(struct player *p, struct xch_arguments *a) {
  const struct xch_argument *name = xch_take(a, NULL);
  uint64_t token = (uint64_t)xch_take_number(a, "token", 0);
  for (size_t i = 0; name != NULL && i < p->world.token_count; i++)
    if (strcmp(p->world.tokens[i].name, name->word) == 0) token = p->world.tokens[i].token;
  if (name != NULL && token == 0) xch_wrong(&p->world, "no message has been called %s", name->word);
  return mw_session_ack(p->world.session, token);
}

static int64_t submit(struct player *p, const char *what, struct xch_arguments *a) {
  if (strcmp(what, "publish") == 0) return submit_publish(p, a);
  if (strcmp(what, "subscribe") == 0) return submit_filters(p, a, MW_SUBSCRIBE);
  if (strcmp(what, "unsubscribe") == 0) return submit_filters(p, a, MW_UNSUBSCRIBE);
  if (strcmp(what, "disconnect") == 0) return submit_disconnect(p, a);
  if (strcmp(what, "ack") == 0) return submit_ack(p, a);
  xch_wrong(&p->world, "nothing is known about how to do `%s`", what);
  return 0;
}

static bool act_do(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  const char *what = xch_take_word(a, NULL, "");
  const char *name = xch_take_word(a, "id", NULL);
  struct xch_arguments start = *a;
  int64_t result;
  bool again = false;
  bool is_ack = strcmp(what, "ack") == 0; /* has no number; without memory the connection ends */
  do {
    *a = start;
    result = submit(p, what, a);
  } while (!is_ack && once_more(p, result, &again));
  if (is_ack && result == MQTTWILL_ERR_MEMORY && xch_memory_failed()) return xch_settle(&p->world);
  if (!answered(p, s, a, result)) return false;
  if (result >= 0 && !is_ack && !xch_operation_begins(&p->world, name, result)) return false;
  return xch_settle(&p->world);
}

/* ---- checks ---- */

static bool compare_output(struct xch_world *w, struct mw_slice expected) {
  struct mw_slice got = mw_slice(w->output.data, w->output.len);
  size_t same = xch_difference(expected, got);
  if (same < expected.len) {
    size_t from = same > 24 ? same - 24 : 0;
    return xch_wrong(w, "wrong bytes at offset %zu\n  expected: %s%s\n  got:      %s%s", same,
                     from > 0 ? "... " : "", xch_show(mw_slice_skip(expected, from), 64),
                     from > 0 ? "... " : "", xch_show(mw_slice_skip(got, from), 64));
  }
  xch_bytes_consume(&w->output, expected.len);
  return true;
}

/* Where there is no memory for a farewell, closing says enough. */
static bool goes_without_farewell(const struct player *p, struct mw_slice expected) {
  return xch_memory_failed() && p->world.output.len == 0 && mw_session_wants_close(p->world.session) &&
         expected.len > 0 && expected.data[0] == 0xe0;
}

static bool check_output(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)a;
  if (goes_without_farewell(p, mw_slice(s->bytes.data, s->bytes.len))) return true;
  return compare_output(&p->world, mw_slice(s->bytes.data, s->bytes.len));
}

static bool name_token(struct xch_world *w, const char *name, uint64_t token) {
  for (size_t i = 0; i < w->token_count; i++)
    if (w->tokens[i].token == token) return xch_wrong(w, "the token of %s is used again", w->tokens[i].name);
  struct xch_token *grown = realloc(w->tokens, (w->token_count + 1) * sizeof *grown);
  if (grown == NULL) return xch_wrong(w, "the runner is out of memory");
  w->tokens = grown;
  w->tokens[w->token_count++] = (struct xch_token){name, token};
  return true;
}

static bool compare_event(struct player *p, struct xch_arguments *a, const struct xch_record *got) {
  struct xch_world *w = &p->world;
  const char *kind = xch_take_word(a, NULL, "");
  int64_t number = -1;
  if (strcmp(kind, "completed") == 0) {
    const char *name = xch_take_word(a, NULL, "");
    const struct xch_operation *operation = xch_operation_find(w, name);
    if (operation == NULL) return xch_wrong(w, "no operation has been called `%s`", name);
    number = operation->number;
  }
  if (!xch_record_matches(got, kind, number, xch_memory_failed(), a))
    return xch_wrong(w, "another event was expected\n  got: %s %s", xch_record_text(got),
                     xch_operation_name(w, got->event.operation));
  const char *name = xch_take_word(a, "as", NULL);
  return name == NULL || name_token(w, name, got->event.token);
}

static bool check_event(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  struct xch_world *w = &p->world;
  if (w->record_count == 0) return xch_wrong(w, "an event was expected and none came");
  struct xch_record got = xch_record_take(w);
  bool good = compare_event(p, a, &got);
  xch_record_free(&got);
  return good;
}

static bool check_wants_close(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  bool expected = strcmp(xch_take_word(a, NULL, "yes"), "yes") == 0;
  if (mw_session_wants_close(p->world.session) == expected) return true;
  return xch_wrong(&p->world, "the session %s the transport to be closed",
                   expected ? "does not want" : "wants");
}

static bool check_deadline(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  uint64_t deadline = mw_session_deadline(p->world.session);
  if (strcmp(s->count > 0 && s->arguments[0].word != NULL ? s->arguments[0].word : "", "never") == 0) {
    xch_take(a, NULL);
    if (deadline == MW_NEVER) return true;
    return xch_wrong(&p->world, "there is a deadline: %llu", (unsigned long long)(deadline - XCH_EPOCH));
  }
  uint64_t expected = XCH_EPOCH + (uint64_t)xch_take_number(a, NULL, 0);
  if (deadline == expected) return true;
  if (deadline == MW_NEVER) return xch_wrong(&p->world, "there is no deadline");
  return xch_wrong(&p->world, "the deadline is %lld", (long long)(deadline - XCH_EPOCH));
}

static bool check_phase(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  static const char *const phases[] = {"closed", "opening", "open", "draining", "ended"};
  (void)s;
  const char *expected = xch_take_word(a, NULL, "");
  const char *got = phases[p->world.session->phase];
  return strcmp(expected, got) == 0 || xch_wrong(&p->world, "the phase is %s", got);
}

static bool check_grants(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  const struct mw_grants *g = &p->world.session->grants;
  const struct {
    const char *name;
    long long value;
  } grants[] = {{"maximum_qos", g->maximum_qos},
                {"retain_available", g->retain_available},
                {"wildcard_available", g->wildcard_available},
                {"identifiers_available", g->identifiers_available},
                {"shared_available", g->shared_available},
                {"session_present", g->session_present},
                {"keep_alive", g->keep_alive},
                {"receive_maximum", g->receive_maximum},
                {"topic_alias_maximum", g->topic_alias_maximum},
                {"session_expiry", g->session_expiry},
                {"maximum_packet_size", g->maximum_packet_size}};
  (void)s;
  for (size_t i = 0; i < sizeof grants / sizeof *grants; i++)
    if (xch_take_number(a, grants[i].name, grants[i].value) != grants[i].value)
      return xch_wrong(&p->world, "%s is %lld", grants[i].name, grants[i].value);
  return true;
}

static bool check_client_id(struct player *p, const struct xch_statement *s, struct xch_arguments *a) {
  (void)s;
  struct mw_slice got = p->world.session->assigned_client_id;
  return mw_slice_equal(xch_take_bytes(a, NULL, mw_slice(NULL, 0)), got) ||
         xch_wrong(&p->world, "the assigned client id is %s", xch_show(got, 64));
}

/* ---- the whole ---- */

typedef bool handler(struct player *, const struct xch_statement *, struct xch_arguments *);

static const struct verb {
  const char *name;
  bool act;
  handler *run;
} verbs[] = {{"set", true, act_set},
             {"will", true, act_will},
             {"open", true, act_open},
             {"connect", true, act_connect},
             {"<", true, act_peer},
             {"at", true, act_at},
             {"sleep", true, act_sleep},
             {"do", true, act_do},
             {"lost", true, act_lost},
             {"abandon", true, act_abandon},
             {"socket", true, act_socket},
             {">", false, check_output},
             {"event", false, check_event},
             {"wants_close", false, check_wants_close},
             {"deadline", false, check_deadline},
             {"phase", false, check_phase},
             {"grants", false, check_grants},
             {"client_id", false, check_client_id}};

static const struct verb *find_verb(const char *name) {
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (strcmp(name, verbs[i].name) == 0) return &verbs[i];
  return NULL;
}

/* Nothing may be left that nobody asked for. */
static bool nothing_is_left(struct player *p) {
  struct xch_world *w = &p->world;
  if (w->output.len > 0)
    return xch_wrong(w, "before this line the session wrote what no line asks for\n  got: %s",
                     xch_show(mw_slice(w->output.data, w->output.len), 64));
  if (w->record_count > 0)
    return xch_wrong(w, "before this line an event came that no line asks for\n  got: %s %s",
                     xch_record_text(&w->records[0]), xch_operation_name(w, w->records[0].event.operation));
  return true;
}

static bool run_statement(struct player *p, const struct xch_statement *s) {
  const struct verb *verb = find_verb(s->verb);
  if (verb == NULL) return xch_wrong(&p->world, "nothing is known about `%s`", s->verb);
  if (verb->act && !nothing_is_left(p)) return false;
  struct xch_arguments a;
  xch_arguments_init(&a, s);
  if (!verb->run(p, s, &a)) return false;
  if (p->world.starved || xch_arguments_done(&a)) return true;
  return xch_wrong(&p->world, "%s", a.wrong);
}

static bool is_disconnect(const struct player *p, struct mw_slice bytes) {
  return p->options.version == MW_MQTT_5 && bytes.len >= 2 && bytes.data[0] == 0xe0 &&
         bytes.data[1] == bytes.len - 2;
}

/* What was written until memory ran out begins what the script asks for; a farewell may follow. */
static bool output_begins(struct player *p, struct mw_slice expected) {
  struct mw_slice got = mw_slice(p->world.output.data, p->world.output.len);
  size_t same = xch_difference(expected, got);
  struct mw_slice rest = mw_slice_skip(got, same);
  if (rest.len == 0 || is_disconnect(p, rest)) return true;
  return xch_wrong(&p->world,
                   "before memory ran out wrong bytes were written at offset %zu\n"
                   "  expected: %s\n  got:      %s",
                   same, xch_show(expected, 64), xch_show(got, 64));
}

/* Memory ran out in the act before statement `next`: the checks up to the next act say what could have come.
 */
static bool starved_cleanly(struct player *p, size_t next) {
  struct xch_world *w = &p->world;
  struct xch_bytes expected = {NULL, 0, 0};
  bool good = true;
  for (size_t i = next; good && i < p->script->count; i++) {
    const struct xch_statement *s = &p->script->statements[i];
    const struct verb *verb = find_verb(s->verb);
    if (verb == NULL || verb->act) break;
    if (verb->run == check_output) xch_bytes_append(&expected, s->bytes.data, s->bytes.len);
    bool compare = verb->run == check_event && w->sound > 0;
    struct xch_arguments a;
    xch_arguments_init(&a, s);
    good = !compare || check_event(p, s, &a);
  }
  if (good && w->sound > 0)
    good = xch_wrong(w, "before memory ran out an event came that no line asks for: %s",
                     xch_record_text(&w->records[0]));
  good = good && output_begins(p, mw_slice(expected.data, expected.len));
  xch_bytes_free(&expected);
  return good;
}

static void complain(struct player *p, unsigned line) {
  snprintf(p->outcome->complaint, sizeof p->outcome->complaint, "%s:%u: %s", p->script->path, line,
           p->world.wrong);
}

static bool run_script(struct player *p) {
  const struct xch_script *script = p->script;
  for (size_t i = 0; i < script->count; i++) {
    bool good = p->world.starved ? starved_cleanly(p, i) : run_statement(p, &script->statements[i]);
    if (!good) complain(p, script->statements[i].line);
    if (!good || p->world.starved) return good;
  }
  bool good = p->world.starved ? starved_cleanly(p, script->count) : nothing_is_left(p);
  if (!good) complain(p, script->count > 0 ? script->statements[script->count - 1].line + 1 : 1);
  return good;
}

static bool run_end(struct player *p) {
  bool starved = p->world.starved;
  bool reopen = starved && !p->mode->fail_for_good;
  if (reopen) xch_memory_relent();
  bool good = xch_world_ends(&p->world, reopen);
  if (!good) complain(p, 0);
  return good;
}

/* Plain: whatever a script does not set shows nowhere on the wire. */
static const struct mw_session_options plain = {.version = MW_MQTT_5,
                                                .clean_start = true,
                                                .keep_alive = 60,
                                                .receive_maximum = 65535,
                                                .ping_timeout_ms = 10000,
                                                .maximum_packet_size = MW_MAX_PACKET,
                                                .outbound_limit = 1 << 20,
                                                .client_id = {(const uint8_t *)"c", 1}};

bool xch_play(const struct xch_script *script, const struct xch_mode *mode, struct xch_outcome *outcome) {
  struct player *p = calloc(1, sizeof *p);
  memset(outcome, 0, sizeof *outcome);
  if (p == NULL) return false;
  p->script = script;
  p->mode = mode;
  p->outcome = outcome;
  p->options = plain;
  xch_world_init(&p->world, &p->options, mode->trickle);
  xch_memory_start(mode->fail_at, mode->fail_for_good);
  bool good = run_script(p) && run_end(p);
  outcome->allocations = xch_memory_allocations();
  outcome->failed = xch_memory_failed();
  xch_world_fini(&p->world);
  if (good && xch_memory_live() != 0) {
    xch_wrong(&p->world, "%zu blocks of memory were not freed", xch_memory_live());
    complain(p, 0);
    good = false;
  }
  free(p);
  return good;
}
