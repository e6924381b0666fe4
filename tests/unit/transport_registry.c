/* SPDX-License-Identifier: MIT
 * Schemes. */
#include "support/suite.h"
#include "transport/registry.h"

START_TEST(mqtt_is_tcp_on_port_1883)
{
  const struct mw_scheme *s = mw_scheme_find(mw_slice_text("mqtt"));
  ck_assert_ptr_nonnull(s);
  ck_assert_str_eq(s->name, "mqtt");
  ck_assert_uint_eq(s->port, 1883);
  ck_assert_uint_eq(s->layers, MW_LAYER_TCP);
}
END_TEST

START_TEST(the_case_of_a_scheme_does_not_matter)
{ ck_assert_ptr_eq(mw_scheme_find(mw_slice_text("MQtt")), mw_scheme_find(mw_slice_text("mqtt"))); }
END_TEST

START_TEST(what_is_not_known_is_not_found)
{
  const char *unknown[] = {"", "mqt", "mqttx", "http", "mqtt:", "\xcd\xd1\xd4\xd4"};
  for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
    ck_assert_ptr_null(mw_scheme_find(mw_slice_text(unknown[i])));
  ck_assert_ptr_null(mw_scheme_find(mw_slice("mqtt\0", 5)));
}
END_TEST

SUITE("transport/registry", mqtt_is_tcp_on_port_1883, the_case_of_a_scheme_does_not_matter,
      what_is_not_known_is_not_found)
