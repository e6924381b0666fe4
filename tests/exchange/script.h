/* SPDX-License-Identifier: MIT
 * A script as a list of statements. The parser knows the form of a line and nothing of what it asks for, so
 * that other players can use it:
 *
 *   # comment                         also behind a statement
 *   > 10 0c | 00 04 'MQTT'            the verbs > and < are followed by bytes (bytes.h)
 *     04 02 00 3c                     an indented line continues the one before
 *   verb word name=value 'text'       other verbs by arguments, positional or named
 *   fails verb ...                    marks the statement as one that must be refused
 *
 * A value is a word, a quoted text, or bytes in braces: qos=1 topic='a/b' properties={26 00 01 'a' 00 01 'b'}
 */
#ifndef XCH_SCRIPT_H
#define XCH_SCRIPT_H

#include "bytes.h"

struct xch_argument {
  char *name;             /* NULL: positional */
  char *word;             /* NULL: bytes */
  struct xch_bytes bytes; /* of a word: its characters */
};

struct xch_statement {
  unsigned line;
  bool fails;
  char *verb;
  struct xch_argument *arguments;
  size_t count;
  struct xch_bytes bytes; /* behind > and < */
};

struct xch_script {
  char *path;
  struct xch_statement *statements;
  size_t count;
};

/* False, and what is wrong in `complaint` with file and line. The script is to be freed in either case. */
bool xch_script_read(struct xch_script *script, const char *path, char *complaint, size_t size);
void xch_script_free(struct xch_script *script);

#endif
