/* SPDX-License-Identifier: MIT
 * UTF-8 as MQTT wants it (MQTT 5 section 1.5.4, RFC 3629): no surrogates, no overlong forms, nothing above
 * U+10FFFF. U+0000 is well-formed here and told apart, because each place names it as an error of its own. */
#ifndef MW_BASE_UTF8_H
#define MW_BASE_UTF8_H

#include "base/slice.h"

enum {
  MW_UTF8_NUL = 0x01,    /* holds U+0000 */
  MW_UTF8_CONTROL = 0x02 /* holds control characters or non-characters, which receivers may refuse */
};

/* False when ill-formed. `found` may be NULL; it gets the bits above. */
bool mw_utf8_check(struct mw_slice text, unsigned *found);

#endif
