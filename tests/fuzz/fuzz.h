/* SPDX-License-Identifier: MIT
 * What the fuzz targets share: a promise that must hold, an input that is read from the front, and an
 * allocator that fails when told and knows what is out. */
#ifndef MW_TESTS_FUZZ_H
#define MW_TESTS_FUZZ_H

#include "base/alloc.h"
#include "base/slice.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise is a crash, so that libFuzzer keeps the input. */
#define PROMISE(condition)                                                                                   \
  do {                                                                                                       \
    if (condition) break;                                                                                    \
    fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition);                          \
    abort();                                                                                                 \
  } while (0)

/* ---- input: past its end everything is 0 and empty ---- */

struct input {
  const uint8_t *at;
  size_t left;
};

static inline uint8_t take_u8(struct input *in) {
  if (in->left == 0) return 0;
  in->left--;
  return *in->at++;
}

static inline uint16_t take_u16(struct input *in) {
  unsigned high = take_u8(in);
  return (uint16_t)(high << 8 | take_u8(in));
}

static inline struct mw_slice take_bytes(struct input *in, size_t len) {
  if (len > in->left) len = in->left;
  struct mw_slice bytes = mw_slice(in->at, len);
  if (len > 0) in->at += len;
  in->left -= len;
  return bytes;
}

/* ---- memory ---- */

/* Bytes in a block of exactly their size, so that the sanitizer sees one byte too many. Never NULL. */
static inline uint8_t *exact_copy(struct mw_slice bytes) {
  uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);
  PROMISE(copy != NULL);
  if (bytes.len > 0) memcpy(copy, bytes.data, bytes.len);
  return copy;
}

static long fuzz_fails_after =
    -1; /* so many allocations more succeed, the next fails; negative: all succeed */
static long fuzz_blocks;

static inline bool fuzz_may_allocate(void) {
  if (fuzz_fails_after < 0) return true;
  return fuzz_fails_after-- > 0;
}

static inline void *fuzz_malloc(size_t size) {
  void *block = fuzz_may_allocate() ? malloc(size) : NULL;
  if (block != NULL) fuzz_blocks++;
  return block;
}

static inline void *fuzz_realloc(void *block, size_t size) {
  if (!fuzz_may_allocate()) return NULL;
  void *moved = realloc(block, size);
  if (block == NULL && moved != NULL) fuzz_blocks++;
  return moved;
}

static inline void fuzz_free(void *block) {
  fuzz_blocks--;
  free(block);
}

static inline void fuzz_memory_begin(void) {
  fuzz_fails_after = -1;
  fuzz_blocks = 0;
  PROMISE(mw_alloc_set(fuzz_malloc, fuzz_realloc, fuzz_free) == 0);
}

static inline void fuzz_memory_end(void) {
  fuzz_fails_after = -1;
  PROMISE(fuzz_blocks == 0);
}

#endif
