/* SPDX-License-Identifier: MIT
 * An event of the session, copied out of its memory so that it can be compared when the script gets there. */
#ifndef XCH_RECORD_H
#define XCH_RECORD_H

#include "arguments.h"
#include "session/session.h"

struct xch_record {
  struct mw_event event; /* its views point into `bytes` */
  struct xch_bytes bytes;
};

void xch_record_copy(struct xch_record *record, const struct mw_event *event);
void xch_record_free(struct xch_record *record);

/* As a script would write it; the text lives until the next call. */
const char *xch_record_text(const struct xch_record *record);

/* Whether it is what an `event` statement asks for, whose first argument (the kind) has been taken as `kind`.
 * `operation` is the number behind the statement's operation name, or -1. With `poor`, memory has run short:
 * then a closed event may have lost its properties. In the arguments `as` stays. */
bool xch_record_matches(const struct xch_record *record, const char *kind, int64_t operation, bool poor,
                        struct xch_arguments *a);

const char *xch_status_text(int status); /* its name, or a number */

#endif
