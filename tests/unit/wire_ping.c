/* SPDX-License-Identifier: MIT
 * PINGREQ and PINGRESP (src/lib/wire/ping.h): MQTT 5 sections 3.12 and 3.13. */
#include "support/packet.h"
#include "support/suite.h"

START_TEST(both_are_two_bytes_in_every_version)
{
  for (uint8_t version = 3; version <= 5; version++) {
    ck_assert_int_eq(ck_whole(version, "c0 00", 0).type, MW_PINGREQ);
    ck_assert_int_eq(ck_whole(version, "d0 00", 0).type, MW_PINGRESP);
  }
}
END_TEST

START_TEST(a_body_is_malformed)
{
  ck_decodes(4, "c0 01 00", MQTTWILL_ERR_MALFORMED);
  ck_decodes(5, "d0 01 00", MQTTWILL_ERR_MALFORMED);
}
END_TEST

SUITE("wire/ping", both_are_two_bytes_in_every_version, a_body_is_malformed)
