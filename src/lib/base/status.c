/* SPDX-License-Identifier: MIT
 * The texts of STATUS_MAP, for people. */
#include <mqttwill/status.h>

const char *mqttwill_strerror(int status) {
  switch (status) {
#define ROW(name, number, text)                                                                              \
  case number:                                                                                               \
    return text;
    MQTTWILL_STATUS_MAP(ROW)
#undef ROW
  default:
    return "unknown status";
  }
}

const char *mqttwill_status_name(int status) {
  switch (status) {
#define ROW(name, number, text)                                                                              \
  case number:                                                                                               \
    return "MQTTWILL_" #name;
    MQTTWILL_STATUS_MAP(ROW)
#undef ROW
  default:
    return NULL;
  }
}
