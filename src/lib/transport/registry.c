/* SPDX-License-Identifier: MIT
 * See registry.h. */
#include "transport/registry.h"

#include "base/ascii.h"

static const struct mw_scheme schemes[] = {
    {"mqtt", 1883, MW_LAYER_TCP},
};

const struct mw_scheme *mw_scheme_find(struct mw_slice name) {
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
    if (mw_ascii_equal(name, mw_slice_text(schemes[i].name))) return &schemes[i];
  return NULL;
}
