/* SPDX-License-Identifier: MIT
 * What the user sets before connecting: bounds, refusals that stand in the way of a connect until they are
 * mended, any order, and what does not go together. */
#include "client_world.h"

#include "will/will_check.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- each option: a value that is refused, one that mends it ---- */

struct option {
  int (*refused)(mqttwill_client *client);
  int (*good)(mqttwill_client *client);
  int status;
  const char *text;
};

#define OPTION(name, bad, well)                                                                              \
  static int bad_##name(mqttwill_client *c) {                                                                \
    return bad;                                                                                              \
  }                                                                                                          \
  static int good_##name(mqttwill_client *c) {                                                               \
    return well;                                                                                             \
  }

static const char *long_text(void) {
  static char text[65537];
  memset(text, 'x', 65536);
  return text;
}

/* A Session Expiry Interval has a function of its own. */
static int set_own_property(mqttwill_client *c) {
  struct mqttwill_properties list = {.encoded = hex("11 00 00 00 05")};
  return mqttwill_set_connect_properties(c, &list);
}

OPTION(version, mqttwill_set_version(c, 2), mqttwill_set_version(c, 0))
OPTION(version_6, mqttwill_set_version(c, 6), mqttwill_set_version(c, 5))
OPTION(version_less, mqttwill_set_version(c, -1), mqttwill_set_version(c, 5))
OPTION(keep_alive, mqttwill_set_keep_alive(c, 65536), mqttwill_set_keep_alive(c, 65535))
OPTION(ping_0, mqttwill_set_ping_timeout(c, 0), mqttwill_set_ping_timeout(c, 1))
OPTION(ping_more, mqttwill_set_ping_timeout(c, 3600001), mqttwill_set_ping_timeout(c, 3600000))
OPTION(receive_0, mqttwill_set_receive_maximum(c, 0), mqttwill_set_receive_maximum(c, 1))
OPTION(receive_more, mqttwill_set_receive_maximum(c, 65536), mqttwill_set_receive_maximum(c, 65535))
OPTION(packet_15, mqttwill_set_maximum_packet_size(c, 15), mqttwill_set_maximum_packet_size(c, 16))
OPTION(packet_more, mqttwill_set_maximum_packet_size(c, 268435461),
       mqttwill_set_maximum_packet_size(c, 268435460))
OPTION(outbound, mqttwill_set_outbound_limit(c, 0), mqttwill_set_outbound_limit(c, 1))
OPTION(username, mqttwill_set_username(c, "\xff"), mqttwill_set_username(c, "me"))
OPTION(username_long, mqttwill_set_username(c, long_text()), mqttwill_set_username(c, NULL))
OPTION(password_long, mqttwill_set_password(c, long_text(), 65536), mqttwill_set_password(c, NULL, 0))
OPTION(password_null, mqttwill_set_password(c, NULL, 1), mqttwill_set_password(c, "x", 1))
OPTION(properties, set_own_property(c), mqttwill_set_connect_properties(c, NULL))
OPTION(source, mqttwill_set_source(c, "no-such-interface"), mqttwill_set_source(c, NULL))
OPTION(source_name, mqttwill_set_source(c, "localhost"), mqttwill_set_source(c, "127.0.0.1"))
OPTION(will, mqttwill_set_will(c, "a/#", "x", 1, 0, false), mqttwill_set_will(c, "a", "x", 1, 0, false))
OPTION(will_null, mqttwill_set_will(c, NULL, "x", 1, 0, false), mqttwill_clear_will(c))
OPTION(will_payload, mqttwill_set_will(c, "a", NULL, 1, 0, false), mqttwill_clear_will(c))
OPTION(will_property, mqttwill_set_will_number(c, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM, 1),
       mqttwill_clear_will_property(c, MQTTWILL_PROPERTY_RECEIVE_MAXIMUM))
OPTION(will_value, mqttwill_set_will_number(c, MQTTWILL_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 2),
       mqttwill_clear_will(c))

#define ROW(name, status, text)                                                                              \
  { bad_##name, good_##name, status, text }

static const struct option options[] = {
    ROW(version, MQTTWILL_ERR_ARGUMENT, "version: 0, 3 (3.1), 4 (3.1.1) or 5"),
    ROW(version_6, MQTTWILL_ERR_ARGUMENT, "version: 0, 3 (3.1), 4 (3.1.1) or 5"),
    ROW(version_less, MQTTWILL_ERR_ARGUMENT, "version: 0, 3 (3.1), 4 (3.1.1) or 5"),
    ROW(keep_alive, MQTTWILL_ERR_ARGUMENT, "keep alive: 0 to 65,535 seconds"),
    ROW(ping_0, MQTTWILL_ERR_ARGUMENT, "ping timeout: 1 to 3,600,000 ms"),
    ROW(ping_more, MQTTWILL_ERR_ARGUMENT, "ping timeout: 1 to 3,600,000 ms"),
    ROW(receive_0, MQTTWILL_ERR_ARGUMENT, "receive maximum: 1 to 65,535 messages"),
    ROW(receive_more, MQTTWILL_ERR_ARGUMENT, "receive maximum: 1 to 65,535 messages"),
    ROW(packet_15, MQTTWILL_ERR_ARGUMENT, "maximum packet size: 16 to 268,435,460 bytes"),
    ROW(packet_more, MQTTWILL_ERR_ARGUMENT, "maximum packet size: 16 to 268,435,460 bytes"),
    ROW(outbound, MQTTWILL_ERR_ARGUMENT, "outbound limit: at least 1 byte"),
    ROW(username, MQTTWILL_ERR_UTF8, "user name: a string must be well-formed UTF-8 without U+0000"),
    ROW(username_long, MQTTWILL_ERR_TOO_LONG, "user name: longer than its length field can say"),
    ROW(password_long, MQTTWILL_ERR_TOO_LONG, "password: longer than its length field can say"),
    ROW(password_null, MQTTWILL_ERR_ARGUMENT, "password: invalid argument"),
    ROW(properties, MQTTWILL_ERR_PROPERTY, "properties of CONNECT: this property is not allowed here"),
    ROW(source, MQTTWILL_ERR_ARGUMENT,
        "source \"no-such-interface\": neither an address nor an interface of this system"),
    ROW(source_name, MQTTWILL_ERR_ARGUMENT,
        "source \"localhost\": neither an address nor an interface of this system"),
    ROW(will, MQTTWILL_ERR_TOPIC_WILDCARD, NULL),
    ROW(will_null, MQTTWILL_ERR_ARGUMENT, "will topic: must not be NULL"),
    ROW(will_payload, MQTTWILL_ERR_ARGUMENT, "will payload: must not be NULL"),
    ROW(will_property, MQTTWILL_ERR_PROPERTY,
        "receive maximum: not a will property of this type (MQTT 5, 3.1.3.2)"),
    ROW(will_value, MQTTWILL_ERR_PROPERTY_VALUE, NULL),
};
enum { OPTIONS = sizeof options / sizeof options[0] };

WORLD_TEST(a_refused_option_stands_in_the_way_until_it_is_mended) {
  for (size_t i = 0; i < OPTIONS; i++) {
    const struct option *o = &options[i];
    mqttwill_client *client = world_client(w, "c");
    char text[256];
    ck_assert_int_eq(o->refused(client), o->status);
    snprintf(text, sizeof text, "%s", mqttwill_error(client));
    ck_assert_msg(o->text == NULL || strcmp(text, o->text) == 0, "option %zu: \"%s\"", i, text);
    ck_assert_int_eq(mqttwill_check(client), o->status);
    ck_assert_str_eq(mqttwill_error(client), text);
    ck_assert_int_eq(mqttwill_connect(client, w->url, 100), o->status);
    ck_assert_str_eq(mqttwill_error(client), text);
    ck_assert_int_eq((int)mqttwill_connect_async(client, w->url), o->status);
    ck_assert_int_eq(client->phase, MW_CLIENT_IDLE);
    ck_assert_int_eq(o->good(client), MQTTWILL_OK);
    ck_assert_str_eq(mqttwill_error(client), "");
    ck_assert_ptr_null(client->refusals);
    int status = mqttwill_check(client);
    ck_assert_msg(status == MQTTWILL_OK, "option %zu stays refused: %s", i, mqttwill_error(client));
    mqttwill_client_free(client);
  }
}

WORLD_TEST(all_refusals_are_told_in_the_order_in_which_they_came) {
  (void)bad_keep_alive(w->client);
  (void)bad_version(w->client);
  (void)bad_source(w->client);
  (void)bad_keep_alive(w->client); /* again: now the youngest */
  ck_assert_int_eq(mqttwill_check(w->client), MQTTWILL_ERR_ARGUMENT);
  ck_assert_str_eq(
      mqttwill_error(w->client),
      "version: 0, 3 (3.1), 4 (3.1.1) or 5; source \"no-such-interface\": neither an address nor "
      "an interface of this system; keep alive: 0 to 65,535 seconds");
  CK_OK(good_source(w->client));
  CK_OK(good_version(w->client));
  ck_assert_int_eq(mqttwill_check(w->client), MQTTWILL_ERR_ARGUMENT);
  ck_assert_str_eq(mqttwill_error(w->client), "keep alive: 0 to 65,535 seconds");
  CK_OK(good_keep_alive(w->client));
  CK_OK(mqttwill_check(w->client));
}

/* More than the text has room for. */
WORLD_TEST(many_refusals_are_cut_and_the_first_counts) {
  (void)bad_username(w->client);
  for (size_t i = 0; i < OPTIONS; i++) (void)options[i].refused(w->client);
  ck_assert_int_eq(mqttwill_check(w->client), MQTTWILL_ERR_ARGUMENT); /* that of the version came first */
  ck_assert_uint_le(strlen(mqttwill_error(w->client)), 511);
}

WORLD_TEST(a_refused_value_leaves_the_old_one) {
  CK_OK(mqttwill_set_keep_alive(w->client, 7));
  ck_assert_int_eq(mqttwill_set_keep_alive(w->client, 65536), MQTTWILL_ERR_ARGUMENT);
  ck_assert_uint_eq(mqttwill_effective_keep_alive(w->client), 7);
  CK_OK(mqttwill_set_username(w->client, "me"));
  ck_assert_int_eq(mqttwill_set_username(w->client, "\xc0"), MQTTWILL_ERR_UTF8);
  ck_bytes_eq(w->client->options.username, mw_slice_text("me"));
}

WORLD_TEST(a_client_id_is_checked_and_remembered) {
  mqttwill_client *client = world_client(w, "\xff");
  ck_assert_int_eq(mqttwill_check(client), MQTTWILL_ERR_UTF8);
  ck_assert_str_eq(mqttwill_error(client), "client id: a string must be well-formed UTF-8 without U+0000");
  ck_assert_int_eq(mqttwill_connect(client, w->url, 9), MQTTWILL_ERR_UTF8);
  mqttwill_client_free(client);
  client = world_client(w, long_text());
  ck_assert_int_eq(mqttwill_check(client), MQTTWILL_ERR_TOO_LONG);
  mqttwill_client_free(client);
}

/* ---- without memory ---- */

WORLD_TEST(a_setter_without_memory_is_refused_and_mended) {
  struct mqttwill_properties list = {.encoded = hex("26 00 01 'k' 00 01 'v'")};
  failmalloc_at(1);
  ck_assert_int_eq(mqttwill_set_username(w->client, "me"), MQTTWILL_ERR_MEMORY);
  failmalloc_at(1);
  ck_assert_int_eq(mqttwill_set_password(w->client, "x", 1), MQTTWILL_ERR_MEMORY);
  failmalloc_at(1);
  ck_assert_int_eq(mqttwill_set_connect_properties(w->client, &list), MQTTWILL_ERR_MEMORY);
  failmalloc_at(1);
  ck_assert_int_eq(mqttwill_set_source(w->client, "127.0.0.1"), MQTTWILL_ERR_MEMORY);
  failmalloc_at(0);
  ck_assert_str_eq(mqttwill_error(w->client), "source \"127.0.0.1\": out of memory");
  ck_assert_int_eq(mqttwill_connect(w->client, w->url, 9), MQTTWILL_ERR_MEMORY);
  CK_OK(mqttwill_set_username(w->client, "me"));
  CK_OK(mqttwill_set_password(w->client, "x", 1));
  CK_OK(mqttwill_set_connect_properties(w->client, &list));
  CK_OK(mqttwill_set_source(w->client, "127.0.0.1"));
  CK_OK(mqttwill_check(w->client));
}

/* Not even the note of the refusal finds memory: connecting must fail all the same, until it is mended. */
WORLD_TEST(a_refusal_that_cannot_be_noted_counts_and_can_be_mended) {
  failmalloc_at(1);
  ck_assert_int_eq(mqttwill_set_keep_alive(w->client, 65536), MQTTWILL_ERR_ARGUMENT);
  failmalloc_at(0);
  ck_assert_int_eq(mqttwill_check(w->client), MQTTWILL_ERR_MEMORY);
  ck_assert_int_eq(mqttwill_connect(w->client, w->url, 9), MQTTWILL_ERR_MEMORY);
  CK_OK(mqttwill_set_version(w->client, 0)); /* another option: no */
  ck_assert_int_eq(mqttwill_check(w->client), MQTTWILL_ERR_MEMORY);
  CK_OK(mqttwill_set_keep_alive(w->client, 60));
  CK_OK(mqttwill_check(w->client));
}

/* ---- what does not go together ---- */

WORLD_TEST(what_only_mqtt_5_can_carry_conflicts_with_an_older_version_in_any_order) {
  struct mqttwill_properties list = {.encoded = hex("26 00 01 'k' 00 01 'v'")};
  static const char *const texts[] = {"a session expiry needs MQTT 5, and MQTT 3.1.1 was chosen",
                                      "a property of CONNECT needs MQTT 5, and MQTT 3.1.1 was chosen",
                                      "a will property needs MQTT 5, and MQTT 3.1.1 was chosen",
                                      "a password without user name needs MQTT 5, and MQTT 3.1.1 was chosen"};
  for (int last = 0; last < 2; last++) {
    for (int what = 0; what < 4; what++) {
      mqttwill_client *c = world_client(w, "c");
      if (!last) CK_OK(mqttwill_set_version(c, MQTTWILL_MQTT_3_1_1));
      if (what == 0) CK_OK(mqttwill_set_session_expiry(c, 1));
      if (what == 1) CK_OK(mqttwill_set_connect_properties(c, &list));
      if (what == 2) CK_OK(mqttwill_set_will_delay(c, 5));
      if (what == 2) CK_OK(mqttwill_set_will(c, "a", "x", 1, 0, false));
      if (what == 3) CK_OK(mqttwill_set_password(c, "x", 1));
      if (last) CK_OK(mqttwill_set_version(c, MQTTWILL_MQTT_3_1_1));
      ck_assert_int_eq(mqttwill_check(c), MQTTWILL_ERR_VERSION);
      ck_assert_str_eq(mqttwill_error(c), texts[what]);
      ck_assert_int_eq(mqttwill_connect(c, w->url, 9), MQTTWILL_ERR_VERSION);
      CK_OK(mqttwill_set_version(c, 0));
      CK_OK(mqttwill_check(c));
      mqttwill_client_free(c);
    }
  }
  CK_OK(mqttwill_set_version(w->client, MQTTWILL_MQTT_3_1));
  CK_OK(mqttwill_set_session_expiry(w->client, 1));
  ck_assert_int_eq(mqttwill_check(w->client), MQTTWILL_ERR_VERSION);
  ck_assert_str_eq(mqttwill_error(w->client), "a session expiry needs MQTT 5, and MQTT 3.1 was chosen");
}

WORLD_TEST(a_password_beside_a_user_name_goes_with_every_version) {
  CK_OK(mqttwill_set_password(w->client, "x", 1));
  CK_OK(mqttwill_set_username(w->client, "me"));
  CK_OK(mqttwill_set_version(w->client, MQTTWILL_MQTT_3_1_1));
  ck_assert_int_gt((int)mqttwill_connect_async(w->client, w->url), 0);
  world_play(w, SCRIPT(ACCEPT, GETS("10 16 00 04 'MQTT' 04 c2 00 3c 00 03 'dev' 00 02 'me' 00 01 'x'")));
}

/* What cannot be sent is told before anything is connected. */
WORLD_TEST(an_older_version_wants_a_client_id) {
  mqttwill_client *c = world_client(w, NULL);
  CK_OK(mqttwill_set_version(c, MQTTWILL_MQTT_3_1));
  ck_assert_int_eq(mqttwill_check(c), MQTTWILL_ERR_CLIENT_ID);
  ck_assert_int_eq(mqttwill_connect(c, w->url, 9), MQTTWILL_ERR_CLIENT_ID);
  CK_OK(mqttwill_set_version(c, MQTTWILL_MQTT_3_1_1));
  CK_OK(mqttwill_check(c));
  CK_OK(mqttwill_set_clean_start(c, false));
  ck_assert_int_eq(mqttwill_check(c), MQTTWILL_ERR_CLIENT_ID);
  CK_OK(mqttwill_set_version(c, 0));
  CK_OK(mqttwill_check(c));
  mqttwill_client_free(c);
}

/* ---- what goes into CONNECT ---- */

WORLD_TEST(the_defaults_go_into_connect) {
  ck_assert_int_gt((int)mqttwill_connect_async(w->client, w->url), 0);
  world_play(w,
             SCRIPT(ACCEPT, GETS("10 18 00 04 'MQTT' 05 02 00 3c 08 21 00 64 27 00 10 00 00 00 03 'dev'")));
}

WORLD_TEST(the_options_go_into_connect) {
  struct mqttwill_properties list = {.encoded = hex("26 00 01 'k' 00 01 'v'")};
  CK_OK(mqttwill_set_keep_alive(w->client, 9));
  CK_OK(mqttwill_set_session_expiry(w->client, 16));
  CK_OK(mqttwill_set_receive_maximum(w->client, 65535)); /* that is the default of the protocol */
  CK_OK(mqttwill_set_maximum_packet_size(w->client, 32));
  CK_OK(mqttwill_set_connect_properties(w->client, &list));
  CK_OK(mqttwill_set_username(w->client, ""));
  CK_OK(mqttwill_set_password(w->client, "", 0));
  ck_assert_int_gt((int)mqttwill_connect_async(w->client, w->url), 0);
  world_play(w, SCRIPT(ACCEPT, READS(0x10)));
  ck_bytes_eq(mw_slice(w->packet.data + 2, 10), hex("00 04 'MQTT' 05 c0 00 09"));
  CK_OK(mqttwill_abort(w->client));
  CK_OK(mqttwill_set_clean_start(w->client, true));
  CK_OK(mqttwill_set_username(w->client, NULL));
  CK_OK(mqttwill_set_password(w->client, NULL, 0));
  ck_assert_int_gt((int)mqttwill_connect_async(w->client, w->url), 0);
  world_play(w, SCRIPT(ACCEPT, READS(0x10)));
  ck_bytes_eq(mw_slice(w->packet.data + 2, 10), hex("00 04 'MQTT' 05 02 00 09"));
}

WORLD_TEST(without_a_client_setters_are_refused) {
  (void)w;
  for (size_t i = 0; i < OPTIONS; i++) {
    ck_assert_int_eq(options[i].refused(NULL), MQTTWILL_ERR_ARGUMENT);
    ck_assert_int_eq(options[i].good(NULL), MQTTWILL_ERR_ARGUMENT);
  }
  ck_assert_int_eq(mqttwill_check(NULL), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_clean_start(NULL, true), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_session_expiry(NULL, 1), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_manual_ack(NULL, true), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_connect_timeout(NULL, 1), MQTTWILL_ERR_ARGUMENT);
  ck_assert_int_eq(mqttwill_set_system_resolver(NULL, true), MQTTWILL_ERR_ARGUMENT);
}

SUITE("client/options", a_refused_option_stands_in_the_way_until_it_is_mended,
      all_refusals_are_told_in_the_order_in_which_they_came, many_refusals_are_cut_and_the_first_counts,
      a_refused_value_leaves_the_old_one, a_client_id_is_checked_and_remembered,
      a_setter_without_memory_is_refused_and_mended, a_refusal_that_cannot_be_noted_counts_and_can_be_mended,
      what_only_mqtt_5_can_carry_conflicts_with_an_older_version_in_any_order,
      a_password_beside_a_user_name_goes_with_every_version, an_older_version_wants_a_client_id,
      the_defaults_go_into_connect, the_options_go_into_connect, without_a_client_setters_are_refused)
