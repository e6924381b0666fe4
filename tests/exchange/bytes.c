/* SPDX-License-Identifier: MIT
 * See bytes.h. */
#include "bytes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

void xch_bytes_append(struct xch_bytes *b, const void *data, size_t len) {
  if (len == 0) return;
  if (b->cap - b->len < len) {
    size_t cap = b->cap * 2 > b->len + len ? b->cap * 2 : b->len + len;
    uint8_t *grown = realloc(b->data, cap);
    if (grown == NULL) {
      fprintf(stderr, "exchange: out of memory\n");
      exit(99);
    }
    b->data = grown;
    b->cap = cap;
  }
  memcpy(b->data + b->len, data, len);
  b->len += len;
}

void xch_bytes_consume(struct xch_bytes *b, size_t len) {
  if (len == 0) return;
  memmove(b->data, b->data + len, b->len - len);
  b->len -= len;
}

void xch_bytes_free(struct xch_bytes *b) {
  free(b->data);
  *b = (struct xch_bytes){NULL, 0, 0};
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static bool quoted(struct xch_bytes *b, const char **at) {
  const char *start = *at + 1;
  const char *end = strchr(start, **at);
  if (end == NULL) return false;
  xch_bytes_append(b, start, (size_t)(end - start));
  *at = end + 1;
  return true;
}

static bool hex_word(struct xch_bytes *b, const char **at) {
  const char *start = *at;
  while (hex_digit((*at)[0]) >= 0 && hex_digit((*at)[1]) >= 0) {
    uint8_t byte = (uint8_t)(hex_digit((*at)[0]) << 4 | hex_digit((*at)[1]));
    xch_bytes_append(b, &byte, 1);
    *at += 2;
  }
  return *at != start && hex_digit(**at) < 0;
}

/* `*N` repeats what stands in `b` from `start` on. */
static bool repeated(struct xch_bytes *b, size_t start, const char **at) {
  if (**at != '*') return true;
  char *end;
  if (!isdigit((unsigned char)(*at)[1])) return false;
  unsigned long count = strtoul(*at + 1, &end, 10);
  struct xch_bytes once = {NULL, 0, 0};
  xch_bytes_append(&once, b->data + start, b->len - start);
  b->len = start;
  for (unsigned long i = 0; i < count; i++) xch_bytes_append(b, once.data, once.len);
  xch_bytes_free(&once);
  *at = end;
  return true;
}

bool xch_bytes_item(struct xch_bytes *b, const char **at) {
  size_t start = b->len;
  bool read = **at == '\'' || **at == '"' ? quoted(b, at) : hex_word(b, at);
  return read && (b->len == start || repeated(b, start, at));
}

const char *xch_show(struct mw_slice bytes, size_t max) {
  static char shown[4][3 * 256 + 32];
  static unsigned turn;
  char *text = shown[turn++ % 4];
  if (max > 256) max = 256;
  size_t count = bytes.len < max ? bytes.len : max, at = 0;
  for (size_t i = 0; i < count; i++) {
    const char *form = isgraph(bytes.data[i]) ? ".%c " : "%02x ";
    at += (size_t)sprintf(text + at, form, bytes.data[i]);
  }
  if (bytes.len == 0) return "(nothing)";
  if (bytes.len > count)
    sprintf(text + at, "... (%zu bytes)", bytes.len);
  else
    text[at - 1] = '\0';
  return text;
}

size_t xch_difference(struct mw_slice a, struct mw_slice b) {
  size_t i = 0;
  while (i < a.len && i < b.len && a.data[i] == b.data[i]) i++;
  return i;
}
