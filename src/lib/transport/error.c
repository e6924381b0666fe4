/* SPDX-License-Identifier: MIT
 * The sentence of an errno; see transport.h. */
#include "base/platform.h"

#include "transport/transport.h"

#include <stdio.h>
#include <string.h>

/* strerror_r() answers an int by POSIX and a pointer by the GNU C library; the compiler knows which. */
static inline const char *posix_text(int result, const char *buffer) {
  return result == 0 ? buffer : NULL;
}

static inline const char *gnu_text(const char *result, const char *buffer) {
  (void)buffer;
  return result;
}

void mw_error_text(int error, char *text, size_t cap) {
  char buffer[128] = "";
  const char *found = _Generic(strerror_r(error, buffer, sizeof buffer), int
                               : posix_text, default
                               : gnu_text)(strerror_r(error, buffer, sizeof buffer), buffer);
  if (cap == 0) return;
  if (found != NULL)
    snprintf(text, cap, "%s", found);
  else
    snprintf(text, cap, "error %d", error);
}
