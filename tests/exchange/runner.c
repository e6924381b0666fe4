/* SPDX-License-Identifier: MIT
 * Plays every script of a folder in every mode, one Check test for each pair: whole, byte by byte, through a
 * socket that takes a byte at a time, with each piece of the peer's bytes cut in two at every place, and with
 * every allocation failing in turn. The scripts in red/ must fail, each for the reason in its first line:
 * they prove that the runner can say no.
 *
 *   runner [folder | script.xch ...]       default: scripts/ beside this file */
#include "memory.h"
#include "player.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCRIPTS_MAX = 4096, ALLOCATIONS_MAX = 100000 };

static struct xch_script scripts[SCRIPTS_MAX];
static size_t script_count;

/* ---- the modes ---- */

static void play(const struct xch_script *script, const struct xch_mode *mode, const char *how,
                 struct xch_outcome *outcome) {
  if (!xch_play(script, mode, outcome)) ck_abort_msg("(%s) %s", how, outcome->complaint);
}

START_TEST(whole)
{
  struct xch_outcome outcome;
  play(&scripts[_i], &(struct xch_mode){.feeding = XCH_WHOLE}, "whole", &outcome);
}
END_TEST

START_TEST(byte_by_byte)
{
  struct xch_outcome outcome;
  play(&scripts[_i], &(struct xch_mode){.feeding = XCH_BYTEWISE}, "byte by byte", &outcome);
}
END_TEST

START_TEST(through_a_slow_socket)
{
  struct xch_outcome outcome;
  play(&scripts[_i], &(struct xch_mode){.trickle = true}, "slow socket", &outcome);
}
END_TEST

/* Long pieces are cut at every place near their ends and at some between. */
static size_t next_cut(size_t at, size_t len) {
  return len > 512 && at >= 64 && at + 64 < len ? (at + 997 < len - 64 ? at + 997 : len - 64) : at + 1;
}

START_TEST(cut_in_two_everywhere)
{
  struct xch_mode mode = {.feeding = XCH_SPLIT};
  struct xch_outcome outcome;
  size_t chunks;
  do {
    size_t len = 2; /* until the first play tells */
    for (mode.split_at = 1; mode.split_at < len; mode.split_at = next_cut(mode.split_at, len)) {
      char how[64];
      snprintf(how, sizeof how, "piece %zu cut at %zu", mode.split_chunk + 1, mode.split_at);
      play(&scripts[_i], &mode, how, &outcome);
      len = outcome.chunk_len;
    }
    chunks = outcome.chunks;
  } while (++mode.split_chunk < chunks);
}
END_TEST

static void starve(const struct xch_script *script, struct xch_mode mode, const char *manner) {
  struct xch_outcome outcome;
  do {
    char how[64];
    mode.fail_at++;
    snprintf(how, sizeof how, "allocation %zu failing, %s", mode.fail_at, manner);
    play(script, &mode, how, &outcome);
    ck_assert_msg(mode.fail_at < ALLOCATIONS_MAX, "%s: the allocations do not end", script->path);
  } while (outcome.failed);
}

START_TEST(each_allocation_failing_once)
{
  starve(&scripts[_i], (struct xch_mode){.feeding = XCH_WHOLE}, "once");
  starve(&scripts[_i], (struct xch_mode){.feeding = XCH_BYTEWISE}, "once, byte by byte");
}
END_TEST

START_TEST(each_allocation_failing_for_good)
{
  starve(&scripts[_i], (struct xch_mode){.fail_for_good = true}, "for good");
  starve(&scripts[_i], (struct xch_mode){.feeding = XCH_BYTEWISE, .fail_for_good = true},
         "for good, byte by byte");
}
END_TEST

/* ---- scripts that must fail ---- */

/* What stands behind "# red: " in the first line. */
static bool expected_complaint(const char *path, char *text, size_t size) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return false;
  bool good = fgets(text, (int)size, file) != NULL && strncmp(text, "# red: ", 7) == 0;
  fclose(file);
  if (!good) return false;
  memmove(text, text + 7, strlen(text + 7) + 1);
  text[strcspn(text, "\n")] = '\0';
  return text[0] != '\0';
}

static char *red_paths[SCRIPTS_MAX];
static size_t red_count;

START_TEST(is_refused)
{
  char expected[512];
  struct xch_script script;
  struct xch_outcome outcome;
  ck_assert_msg(expected_complaint(red_paths[_i], expected, sizeof expected), "%s: no `# red:` line",
                red_paths[_i]);
  bool came_true = xch_script_read(&script, red_paths[_i], outcome.complaint, sizeof outcome.complaint) &&
                   xch_play(&script, &(struct xch_mode){.feeding = XCH_WHOLE}, &outcome);
  xch_script_free(&script);
  ck_assert_msg(!came_true, "%s came true", red_paths[_i]);
  ck_assert_msg(strstr(outcome.complaint, expected) != NULL, "%s: expected a complaint about `%s`, got: %s",
                red_paths[_i], expected, outcome.complaint);
}
END_TEST

/* ---- finding them ---- */

static char *joined(const char *folder, const char *name) {
  size_t size = strlen(folder) + strlen(name) + 2;
  char *path = malloc(size);
  if (path != NULL) snprintf(path, size, "%s/%s", folder, name);
  return path;
}

static bool is_script(const char *name) {
  size_t len = strlen(name);
  return len > 4 && strcmp(name + len - 4, ".xch") == 0;
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The scripts of a folder, sorted; 0 when there are none. */
static size_t list(const char *folder, char **paths, size_t max) {
  DIR *directory = opendir(folder);
  if (directory == NULL) return 0;
  size_t count = 0;
  for (struct dirent *entry = readdir(directory); entry != NULL && count < max; entry = readdir(directory)) {
    if (!is_script(entry->d_name)) continue;
    paths[count] = joined(folder, entry->d_name);
    if (paths[count] != NULL) count++;
  }
  closedir(directory);
  qsort(paths, count, sizeof *paths, by_name);
  return count;
}

static bool load(const char *path) {
  static char complaint[1024];
  if (script_count == SCRIPTS_MAX) return false;
  if (xch_script_read(&scripts[script_count++], path, complaint, sizeof complaint)) return true;
  fprintf(stderr, "%s\n", complaint);
  return false;
}

static bool load_folder(const char *folder) {
  static char *paths[SCRIPTS_MAX];
  size_t count = list(folder, paths, SCRIPTS_MAX);
  bool good = count > 0;
  if (!good) fprintf(stderr, "%s: no scripts\n", folder);
  for (size_t i = 0; i < count; i++) {
    good = good && load(paths[i]);
    free(paths[i]);
  }
  return good;
}

static bool find_default(void) {
  const char *top = getenv("top_srcdir"); /* set by make check */
  char *folder = joined(top != NULL ? top : ".", "tests/exchange");
  char *good_ones = folder != NULL ? joined(folder, "scripts") : NULL;
  char *red_ones = folder != NULL ? joined(folder, "red") : NULL;
  bool good = good_ones != NULL && red_ones != NULL && load_folder(good_ones);
  if (good) red_count = list(red_ones, red_paths, SCRIPTS_MAX);
  if (good && red_count == 0) fprintf(stderr, "%s: no scripts\n", red_ones);
  good = good && red_count > 0;
  free(folder);
  free(good_ones);
  free(red_ones);
  return good;
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

static Suite *make_suite(void) {
  Suite *suite = suite_create("exchange");
  for (size_t i = 0; i < script_count; i++) {
    TCase *one = tcase_create(base_name(scripts[i].path));
    int at = (int)i;
    tcase_set_timeout(one, 60);
    tcase_add_loop_test(one, whole, at, at + 1);
    tcase_add_loop_test(one, byte_by_byte, at, at + 1);
    tcase_add_loop_test(one, through_a_slow_socket, at, at + 1);
    tcase_add_loop_test(one, cut_in_two_everywhere, at, at + 1);
    tcase_add_loop_test(one, each_allocation_failing_once, at, at + 1);
    tcase_add_loop_test(one, each_allocation_failing_for_good, at, at + 1);
    suite_add_tcase(suite, one);
  }
  for (size_t i = 0; i < red_count; i++) {
    TCase *one = tcase_create(base_name(red_paths[i]));
    tcase_add_loop_test(one, is_refused, (int)i, (int)i + 1);
    suite_add_tcase(suite, one);
  }
  return suite;
}

static void forget(void) {
  for (size_t i = 0; i < script_count; i++) xch_script_free(&scripts[i]);
  for (size_t i = 0; i < red_count; i++) free(red_paths[i]);
}

int main(int argc, char **argv) {
  bool good = true;
  xch_memory_install();
  for (int i = 1; good && i < argc; i++) good = is_script(argv[i]) ? load(argv[i]) : load_folder(argv[i]);
  if (argc == 1) good = find_default();
  int failed = 1;
  if (good) {
    SRunner *runner = srunner_create(make_suite());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
  }
  forget();
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
