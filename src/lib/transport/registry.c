/* SPDX-License-Identifier: MIT
 * See registry.h. */
#include "transport/registry.h"

static const struct mw_scheme schemes[] = {
    {"mqtt", 1883, MW_LAYER_TCP},
};

static uint8_t lower(uint8_t c) {
  return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_named(const struct mw_scheme *scheme, struct mw_slice name) {
  if (strlen(scheme->name) != name.len) return false;
  for (size_t i = 0; i < name.len; i++)
    if (lower(name.data[i]) != (uint8_t)scheme->name[i]) return false;
  return true;
}

const struct mw_scheme *mw_scheme_find(struct mw_slice name) {
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
    if (is_named(&schemes[i], name)) return &schemes[i];
  return NULL;
}
