/* SPDX-License-Identifier: MIT
 * See hex.h. Memory comes from malloc itself: the allocator under test is somebody else's concern. */
#include "support/hex.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

struct keep {
  struct keep *next;
  uint8_t *bytes;
};

static struct keep *kept;

static uint8_t *keep_block(size_t len) {
  struct keep *k = malloc(sizeof *k);
  uint8_t *bytes = malloc(len);
  if (k == NULL || (bytes == NULL && len > 0)) ck_abort_msg("out of memory");
  *k = (struct keep){kept, bytes};
  kept = k;
  return bytes;
}

void hex_free_all(void) {
  while (kept != NULL) {
    struct keep *k = kept;
    kept = k->next;
    free(k->bytes);
    free(k);
  }
}

struct mw_slice hex_copy(struct mw_slice bytes) {
  uint8_t *copy = keep_block(bytes.len);
  if (bytes.len > 0) memcpy(copy, bytes.data, bytes.len);
  return mw_slice(copy, bytes.len);
}

static int digit(char c) {
  const char *digits = "0123456789abcdef";
  const char *at = c != 0 ? strchr(digits, c) : NULL;
  return at != NULL ? (int)(at - digits) : -1;
}

/* What was read: `len` bytes so far, the last item (a byte, a text, a group) from `item` on. `out` is NULL
 * while only counting. */
struct parse {
  const char *text; /* for messages */
  uint8_t *out;
  size_t len, item, depth;
  size_t groups[8];
};

static void emit(struct parse *p, const void *bytes, size_t len) {
  p->item = p->len;
  if (p->out != NULL && len > 0) memcpy(p->out + p->len, bytes, len);
  p->len += len;
}

static const char *repeat(struct parse *p, const char *at) {
  char *end;
  unsigned long count = strtoul(at, &end, 10);
  size_t len = p->len - p->item;
  if (end == at || count == 0) ck_abort_msg("hex: bad repetition in: %s", p->text);
  for (unsigned long i = 1; i < count; i++) {
    if (p->out != NULL && len > 0) memcpy(p->out + p->len, p->out + p->item, len);
    p->len += len;
  }
  return end;
}

static const char *parse_item(struct parse *p, const char *at) {
  if (*at == ' ' || *at == '|' || *at == '\n') return at + 1;
  if (*at == '*') return repeat(p, at + 1);
  if (*at == '(' && p->depth < sizeof p->groups / sizeof p->groups[0]) {
    p->groups[p->depth++] = p->len;
    return at + 1;
  }
  if (*at == ')' && p->depth > 0) {
    p->item = p->groups[--p->depth];
    return at + 1;
  }
  const char *end = *at == '\'' ? strchr(at + 1, '\'') : NULL;
  if (end != NULL) {
    emit(p, at + 1, (size_t)(end - at - 1));
    return end + 1;
  }
  int high = digit(at[0]), low = high >= 0 ? digit(at[1]) : -1;
  if (low < 0) ck_abort_msg("hex: cannot read \"%.8s\" in: %s", at, p->text);
  emit(p, &(uint8_t){(uint8_t)(high << 4 | low)}, 1);
  return at + 2;
}

/* With `out` NULL it only counts. */
static size_t parse(const char *text, uint8_t *out) {
  struct parse p = {.text = text, .out = out};
  for (const char *at = text; *at != 0;) at = parse_item(&p, at);
  if (p.depth != 0) ck_abort_msg("hex: a group stays open in: %s", text);
  return p.len;
}

struct mw_slice hex(const char *text) {
  size_t len = parse(text, NULL);
  uint8_t *bytes = keep_block(len);
  parse(text, bytes);
  return mw_slice(bytes, len);
}

static char *dump(struct mw_slice bytes) {
  size_t shown = bytes.len < 400 ? bytes.len : 400;
  char *text = malloc(shown * 3 + 1);
  if (text == NULL) ck_abort_msg("out of memory");
  text[0] = 0;
  for (size_t i = 0; i < shown; i++) snprintf(text + 3 * i, 4, "%02x ", bytes.data[i]);
  return text;
}

void ck_bytes_eq(struct mw_slice got, struct mw_slice expected) {
  if (mw_slice_equal(got, expected)) return;
  ck_abort_msg("%zu bytes: %s\nexpected %zu: %s", got.len, dump(got), expected.len, dump(expected));
}

void ck_hex_eq(struct mw_slice got, const char *expected) {
  ck_bytes_eq(got, hex(expected));
}
