/* SPDX-License-Identifier: MIT
 * Messages between the library and the bundled broker: every QoS both ways, receiving without callbacks,
 * sessions that outlast a connection, subscriptions. MQTT 5 sections 3.3, 3.8 to 3.11, 4.1, 4.3, 4.4. */
#include "e2e/broker_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int versions[] = {MQTTWILL_MQTT_3_1, MQTTWILL_MQTT_3_1_1, MQTTWILL_MQTT_5};
#define VERSIONS 3

static struct broker_process broker;

static void setup(void) {
  broker_process_start(&broker);
}
static void teardown(void) {
  broker_process_stop(&broker);
}

static int lesser(int a, int b) {
  return a < b ? a : b;
}

/* _i counts versions, then the QoS published, then the QoS granted. */
START_TEST(a_message_arrives_with_the_lesser_of_both_qos)
{
  int version = versions[_i / 9], published = _i / 3 % 3, granted = _i % 3;
  mqttwill_client *reader = connect_watcher(broker.url, "reader", version, "a/b", granted);
  mqttwill_client *writer = connect_client(broker.url, "writer", version);
  assert_ok(writer, mqttwill_publish(writer, "a/b", "hello", 5, published, false, SOON_MS));
  expect(reader, "a/b", "hello", lesser(published, granted), false);
  assert_ok(writer, mqttwill_publish(writer, "a/b", NULL, 0, published, false, SOON_MS));
  expect(reader, "a/b", "", lesser(published, granted), false);
  expect_nothing_more(reader);
  disconnect_and_free(writer);
  disconnect_and_free(reader);
}
END_TEST

/* _i counts versions, then QoS. Larger than a socket buffer and than any read. */
START_TEST(a_large_message_goes_through_whole)
{
  size_t size = 900000;
  char *payload = malloc(size);
  ck_assert_ptr_nonnull(payload);
  for (size_t i = 0; i < size; i++) payload[i] = (char)(i * 31 + i / 997);
  mqttwill_client *reader = connect_watcher(broker.url, "reader", versions[_i / 3], "big", _i % 3);
  mqttwill_client *writer = connect_client(broker.url, "writer", versions[_i / 3]);
  assert_ok(writer, mqttwill_publish(writer, "big", payload, size, _i % 3, false, SOON_MS));
  expect_bytes(reader, "big", payload, size, _i % 3, false);
  disconnect_and_free(writer);
  disconnect_and_free(reader);
  free(payload);
}
END_TEST

/* More than fit into Receive Maximum, the broker's window and the queue of received messages at once. */
START_TEST(two_thousand_messages_arrive_in_order_once_each)
{
  enum { COUNT = 2000 };
  int qos = _i % 3;
  char text[16];
  mqttwill_client *reader = connect_watcher(broker.url, "reader", versions[_i / 3], "many", qos);
  mqttwill_client *writer = connect_client(broker.url, "writer", versions[_i / 3]);
  int sent = 0, received = 0;
  while (received < COUNT) {
    /* Half a window ahead, so that no broker has a reason to drop QoS 0. */
    while (sent < COUNT && sent - received < 50) {
      snprintf(text, sizeof(text), "%d", sent);
      assert_ok(writer, mqttwill_publish_async(writer, "many", text, strlen(text), qos, false, NULL));
      sent++;
    }
    snprintf(text, sizeof(text), "%d", received);
    expect(reader, "many", text, qos, false);
    received++;
  }
  expect_nothing_more(reader);
  disconnect_and_free(writer);
  disconnect_and_free(reader);
}
END_TEST

START_TEST(messages_wait_in_the_queue_of_a_reader_that_does_not_read)
{
  enum { COUNT = 500 }; /* five times Receive Maximum */
  char text[16];
  int64_t last = 0;
  mqttwill_client *reader = connect_watcher(broker.url, "reader", versions[_i], "slow", MQTTWILL_QOS_1);
  mqttwill_client *writer = connect_client(broker.url, "writer", versions[_i]);
  for (int i = 0; i < COUNT; i++) {
    snprintf(text, sizeof(text), "%d", i);
    last = mqttwill_publish_async(writer, "slow", text, strlen(text), MQTTWILL_QOS_1, false, NULL);
    assert_ok(writer, last);
  }
  assert_ok(writer, mqttwill_wait(writer, last, SOON_MS)); /* the broker has them all */
  for (int i = 0; i < COUNT; i++) {
    snprintf(text, sizeof(text), "%d", i);
    expect(reader, "slow", text, MQTTWILL_QOS_1, false);
  }
  expect_nothing_more(reader);
  disconnect_and_free(writer);
  disconnect_and_free(reader);
}
END_TEST

/* ---- receive ---- */

START_TEST(receiving_nothing_ends_at_its_deadline)
{
  mqttwill_message *message = NULL;
  mqttwill_client *reader = connect_client(broker.url, "reader", 0);
  assert_status(MQTTWILL_ERR_NO_MESSAGE, mqttwill_receive(reader, &message, 0));
  uint64_t start = now_ms();
  assert_status(MQTTWILL_ERR_NO_MESSAGE, mqttwill_receive(reader, &message, 50));
  ck_assert_uint_ge(now_ms() - start, 49);
  ck_assert_uint_lt(now_ms() - start, SOON_MS / 2);
  ck_assert_ptr_null(message);
  ck_assert(mqttwill_is_connected(reader));
  disconnect_and_free(reader);
}
END_TEST

static void ignore_message(mqttwill_client *client, const mqttwill_message *message, void *argument) {
  (void)client, (void)message, (void)argument;
}

START_TEST(receiving_beside_a_message_callback_is_refused)
{
  mqttwill_message *message = NULL;
  mqttwill_client *reader = connect_client(broker.url, "reader", 0);
  assert_ok(reader, mqttwill_on_message(reader, ignore_message, NULL));
  assert_status(MQTTWILL_ERR_STATE, mqttwill_receive(reader, &message, 1000));
  ck_assert_str_ne(mqttwill_error(reader), "");
  disconnect_and_free(reader);
}
END_TEST

START_TEST(what_waits_can_be_received_after_the_connection_has_ended)
{
  mqttwill_message *message;
  mqttwill_client *reader = connect_client(broker.url, "reader", 0);
  assert_ok(reader, mqttwill_subscribe(reader, "a", MQTTWILL_QOS_0, SOON_MS));
  assert_ok(reader, mqttwill_publish(reader, "a", "1", 1, MQTTWILL_QOS_0, false, SOON_MS));
  assert_ok(reader, mqttwill_publish(reader, "a", "2", 1, MQTTWILL_QOS_0, false, SOON_MS));
  /* Both have come back when a later answer has. */
  assert_ok(reader, mqttwill_subscribe(reader, "b", MQTTWILL_QOS_0, SOON_MS));
  assert_ok(reader, mqttwill_disconnect(reader, SOON_MS));
  expect(reader, "a", "1", MQTTWILL_QOS_0, false);
  expect(reader, "a", "2", MQTTWILL_QOS_0, false);
  assert_status(MQTTWILL_ERR_NOT_CONNECTED, mqttwill_receive(reader, &message, SOON_MS));
  mqttwill_client_free(reader);
}
END_TEST

START_TEST(a_copied_message_is_the_callers)
{
  mqttwill_message *message;
  mqttwill_client *reader = connect_watcher(broker.url, "reader", 0, "a", MQTTWILL_QOS_1);
  assert_ok(reader, mqttwill_publish(reader, "a", "text", 4, MQTTWILL_QOS_1, false, SOON_MS));
  assert_ok(reader, mqttwill_receive(reader, &message, SOON_MS));
  mqttwill_message *copy = mqttwill_message_dup(message);
  mqttwill_message_free(message);
  disconnect_and_free(reader);
  ck_assert_str_eq(mqttwill_message_topic(copy), "a");
  ck_assert_mem_eq(mqttwill_message_payload(copy), "text", 4);
  mqttwill_message_free(copy);
}
END_TEST

/* ---- sessions ---- */

/* A reader whose session outlasts its connection, in the words of its version. */
static mqttwill_client *persistent_reader(int version) {
  mqttwill_client *reader = mqttwill_client_new(NULL, "reader");
  ck_assert_ptr_nonnull(reader);
  assert_ok(reader, mqttwill_set_version(reader, version));
  if (version == MQTTWILL_MQTT_5) assert_ok(reader, mqttwill_set_session_expiry(reader, 600));
  assert_ok(reader, mqttwill_set_clean_start(reader, false));
  return reader;
}

START_TEST(a_kept_session_gets_what_was_published_meanwhile)
{
  mqttwill_client *reader = persistent_reader(versions[_i]);
  assert_ok(reader, mqttwill_connect(reader, broker.url, SOON_MS));
  assert_ok(reader, mqttwill_subscribe(reader, "a/#", MQTTWILL_QOS_2, SOON_MS));
  assert_ok(reader, mqttwill_disconnect(reader, SOON_MS));
  mqttwill_client *writer = connect_client(broker.url, "writer", 0);
  assert_ok(writer, mqttwill_publish(writer, "a/1", "one", 3, MQTTWILL_QOS_1, false, SOON_MS));
  assert_ok(writer, mqttwill_publish(writer, "a/2", "two", 3, MQTTWILL_QOS_2, false, SOON_MS));
  disconnect_and_free(writer);
  assert_ok(reader, mqttwill_connect(reader, broker.url, SOON_MS));
  expect(reader, "a/1", "one", MQTTWILL_QOS_1, false);
  expect(reader, "a/2", "two", MQTTWILL_QOS_2, false);
  disconnect_and_free(reader);
}
END_TEST

START_TEST(a_message_that_was_not_acknowledged_comes_again_as_a_duplicate)
{
  mqttwill_message *message;
  mqttwill_client *reader = persistent_reader(versions[_i]);
  assert_ok(reader, mqttwill_set_manual_ack(reader, true));
  assert_ok(reader, mqttwill_connect(reader, broker.url, SOON_MS));
  assert_ok(reader, mqttwill_subscribe(reader, "a", MQTTWILL_QOS_1, SOON_MS));
  mqttwill_client *writer = connect_client(broker.url, "writer", 0);
  assert_ok(writer, mqttwill_publish(writer, "a", "one", 3, MQTTWILL_QOS_1, false, SOON_MS));
  disconnect_and_free(writer);

  assert_ok(reader, mqttwill_receive(reader, &message, SOON_MS));
  uint64_t token = mqttwill_message_token(message);
  ck_assert_uint_ne(token, 0);
  mqttwill_message_free(message);
  assert_ok(reader, mqttwill_abort(reader));
  assert_ok(reader, mqttwill_connect(reader, broker.url, SOON_MS));
  assert_status(MQTTWILL_ERR_ARGUMENT, mqttwill_ack(reader, token)); /* of an earlier connection */

  assert_ok(reader, mqttwill_receive(reader, &message, SOON_MS));
  ck_assert(mqttwill_message_duplicate(message));
  ck_assert_mem_eq(mqttwill_message_payload(message), "one", 3);
  assert_ok(reader, mqttwill_ack(reader, mqttwill_message_token(message)));
  assert_status(MQTTWILL_ERR_ARGUMENT, mqttwill_ack(reader, mqttwill_message_token(message)));
  mqttwill_message_free(message);
  assert_ok(reader, mqttwill_disconnect(reader, SOON_MS));
  assert_ok(reader, mqttwill_connect(reader, broker.url, SOON_MS));
  assert_status(MQTTWILL_ERR_NO_MESSAGE, mqttwill_receive(reader, &message, 100));
  disconnect_and_free(reader);
}
END_TEST

START_TEST(what_is_published_while_not_connected_waits_for_the_connection)
{
  mqttwill_client *reader = connect_watcher(broker.url, "reader", 0, "a", MQTTWILL_QOS_2);
  mqttwill_client *writer = mqttwill_client_new(NULL, "writer");
  assert_ok(writer, mqttwill_set_version(writer, versions[_i]));
  assert_status(MQTTWILL_ERR_NOT_CONNECTED,
                mqttwill_publish_async(writer, "a", "zero", 4, MQTTWILL_QOS_0, false, NULL));
  int64_t one = mqttwill_publish_async(writer, "a", "one", 3, MQTTWILL_QOS_1, false, NULL);
  int64_t two = mqttwill_publish_async(writer, "a", "two", 3, MQTTWILL_QOS_2, false, NULL);
  assert_ok(writer, one);
  ck_assert_int_gt(two, one);
  assert_ok(writer, mqttwill_connect(writer, broker.url, SOON_MS));
  assert_ok(writer, mqttwill_wait(writer, one, SOON_MS));
  assert_ok(writer, mqttwill_wait(writer, two, SOON_MS));
  expect(reader, "a", "one", MQTTWILL_QOS_1, false);
  expect(reader, "a", "two", MQTTWILL_QOS_2, false);
  disconnect_and_free(writer);
  disconnect_and_free(reader);
}
END_TEST

/* ---- subscriptions ---- */

START_TEST(wildcards_match_as_they_should_and_unsubscribing_ends_it)
{
  mqttwill_client *reader = connect_watcher(broker.url, "reader", versions[_i], "a/+/c", MQTTWILL_QOS_1);
  mqttwill_client *writer = connect_client(broker.url, "writer", versions[_i]);
  assert_ok(writer, mqttwill_publish(writer, "a/b/c", "1", 1, MQTTWILL_QOS_1, false, SOON_MS));
  assert_ok(writer, mqttwill_publish(writer, "a/b/d", "2", 1, MQTTWILL_QOS_1, false, SOON_MS));
  assert_ok(writer, mqttwill_publish(writer, "a/b/b/c", "3", 1, MQTTWILL_QOS_1, false, SOON_MS));
  assert_ok(writer, mqttwill_publish(writer, "a//c", "4", 1, MQTTWILL_QOS_1, false, SOON_MS));
  expect(reader, "a/b/c", "1", MQTTWILL_QOS_1, false);
  expect(reader, "a//c", "4", MQTTWILL_QOS_1, false);
  assert_ok(reader, mqttwill_unsubscribe(reader, "a/+/c", SOON_MS));
  assert_ok(writer, mqttwill_publish(writer, "a/b/c", "5", 1, MQTTWILL_QOS_1, false, SOON_MS));
  expect_nothing_more(reader);
  disconnect_and_free(writer);
  disconnect_and_free(reader);
}
END_TEST

START_TEST(wrong_arguments_are_refused_before_anything_is_sent)
{
  mqttwill_client *client = connect_client(broker.url, "client", versions[_i]);
  assert_status(MQTTWILL_ERR_FILTER, mqttwill_subscribe(client, "a/#/b", MQTTWILL_QOS_0, SOON_MS));
  assert_status(MQTTWILL_ERR_FILTER, mqttwill_subscribe(client, "", MQTTWILL_QOS_0, SOON_MS));
  assert_status(MQTTWILL_ERR_QOS, mqttwill_subscribe(client, "a", 3, SOON_MS));
  assert_status(MQTTWILL_ERR_TOPIC_WILDCARD,
                mqttwill_publish(client, "a/+", "x", 1, MQTTWILL_QOS_0, false, SOON_MS));
  assert_status(MQTTWILL_ERR_TOPIC_EMPTY,
                mqttwill_publish(client, "", "x", 1, MQTTWILL_QOS_0, false, SOON_MS));
  assert_status(MQTTWILL_ERR_QOS, mqttwill_publish(client, "a", "x", 1, 3, false, SOON_MS));
  assert_status(MQTTWILL_ERR_ARGUMENT, mqttwill_publish(client, "a", NULL, 1, 0, false, SOON_MS));
  assert_status(MQTTWILL_ERR_ARGUMENT, mqttwill_publish(NULL, "a", "x", 1, 0, false, SOON_MS));
  ck_assert(mqttwill_is_connected(client)); /* none of it did any harm */
  disconnect_and_free(client);
}
END_TEST

START_TEST(an_operation_that_has_ended_can_still_be_waited_for)
{
  mqttwill_client *client = connect_client(broker.url, "client", 0);
  assert_status(MQTTWILL_ERR_TOPIC_EMPTY,
                mqttwill_wait(client, mqttwill_publish_async(client, "", "x", 1, 0, false, NULL), SOON_MS));
  int64_t operation = mqttwill_publish_async(client, "a", "x", 1, MQTTWILL_QOS_1, false, NULL);
  assert_ok(client, mqttwill_wait(client, operation, -1));
  assert_ok(client, mqttwill_wait(client, operation, 0));
  disconnect_and_free(client);
}
END_TEST

START_TEST(an_outbound_queue_that_is_full_says_so)
{
  char payload[1000] = {0};
  mqttwill_client *client = mqttwill_client_new(NULL, "client");
  assert_ok(client, mqttwill_set_outbound_limit(client, 5000));
  int64_t operation = 0;
  int accepted = 0;
  while (operation >= 0 && accepted < 100) {
    operation = mqttwill_publish_async(client, "a", payload, sizeof(payload), MQTTWILL_QOS_1, false, NULL);
    accepted += operation >= 0;
  }
  assert_status(MQTTWILL_ERR_FULL, operation);
  ck_assert_int_ge(accepted, 1);
  ck_assert_int_le(accepted, 5);
  assert_status(MQTTWILL_ERR_TOO_LONG,
                mqttwill_publish_async(client, "a", (char[5001]){0}, 5001, MQTTWILL_QOS_1, false, NULL));
  assert_ok(client, mqttwill_connect(client, broker.url, SOON_MS));
  /* A blocking publish waits for room. */
  for (int i = 0; i < 20; i++)
    assert_ok(client,
              mqttwill_publish(client, "a", payload, sizeof(payload), MQTTWILL_QOS_1, false, SOON_MS));
  disconnect_and_free(client);
}
END_TEST

START_TEST(properties_travel_with_a_message)
{
  const void *data;
  const char *name, *value;
  size_t length, name_length, value_length;
  mqttwill_message *message;
  mqttwill_client *reader = connect_watcher(broker.url, "reader", MQTTWILL_MQTT_5, "a", MQTTWILL_QOS_1);
  mqttwill_properties *properties = mqttwill_properties_new();
  assert_status(MQTTWILL_OK,
                mqttwill_properties_add_string(properties, MQTTWILL_PROPERTY_CONTENT_TYPE, "text/x"));
  assert_status(MQTTWILL_OK, mqttwill_properties_add_user(properties, "k", "v"));
  assert_ok(reader,
            mqttwill_wait(reader,
                          mqttwill_publish_async(reader, "a", "x", 1, MQTTWILL_QOS_1, false, properties),
                          SOON_MS));
  mqttwill_properties_free(properties);
  assert_ok(reader, mqttwill_receive(reader, &message, SOON_MS));
  const mqttwill_properties *got = mqttwill_message_properties(message);
  ck_assert(mqttwill_properties_bytes(got, MQTTWILL_PROPERTY_CONTENT_TYPE, &data, &length));
  ck_assert(length == 6 && memcmp(data, "text/x", 6) == 0);
  ck_assert(mqttwill_properties_user(got, 0, &name, &name_length, &value, &value_length));
  ck_assert(name_length == 1 && *name == 'k' && value_length == 1 && *value == 'v');
  mqttwill_message_free(message);
  disconnect_and_free(reader);
}
END_TEST

START_TEST(a_server_assigns_a_client_id_where_none_is_given)
{
  char id[100] = "";
  mqttwill_client *client = connect_client(broker.url, NULL, MQTTWILL_MQTT_5);
  size_t length = mqttwill_client_id(client, id, sizeof(id));
  ck_assert_uint_gt(length, 0);
  ck_assert_uint_eq(length, strlen(id));
  disconnect_and_free(client);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("e2e: messages");
  TCase *tc = tcase_create("messages");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, a_message_arrives_with_the_lesser_of_both_qos, 0, 9 * VERSIONS);
  tcase_add_loop_test(tc, a_large_message_goes_through_whole, 0, 3 * VERSIONS);
  tcase_add_loop_test(tc, two_thousand_messages_arrive_in_order_once_each, 0, 3 * VERSIONS);
  tcase_add_loop_test(tc, messages_wait_in_the_queue_of_a_reader_that_does_not_read, 0, VERSIONS);
  tcase_add_test(tc, receiving_nothing_ends_at_its_deadline);
  tcase_add_test(tc, receiving_beside_a_message_callback_is_refused);
  tcase_add_test(tc, what_waits_can_be_received_after_the_connection_has_ended);
  tcase_add_test(tc, a_copied_message_is_the_callers);
  tcase_add_loop_test(tc, a_kept_session_gets_what_was_published_meanwhile, 0, VERSIONS);
  tcase_add_loop_test(tc, a_message_that_was_not_acknowledged_comes_again_as_a_duplicate, 0, VERSIONS);
  tcase_add_loop_test(tc, what_is_published_while_not_connected_waits_for_the_connection, 0, VERSIONS);
  tcase_add_loop_test(tc, wildcards_match_as_they_should_and_unsubscribing_ends_it, 0, VERSIONS);
  tcase_add_loop_test(tc, wrong_arguments_are_refused_before_anything_is_sent, 0, VERSIONS);
  tcase_add_test(tc, an_operation_that_has_ended_can_still_be_waited_for);
  tcase_add_test(tc, an_outbound_queue_that_is_full_says_so);
  tcase_add_test(tc, properties_travel_with_a_message);
  tcase_add_test(tc, a_server_assigns_a_client_id_where_none_is_given);
  suite_add_tcase(s, tc);
  return s;
}

int main(void) {
  return run_with_each_backend(suite);
}
