/* SPDX-License-Identifier: MIT
 * See script.h. Whatever a script has said wrong is told with its file and line. */
#include "script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static void *checked(void *block) {
  if (block == NULL) {
    fprintf(stderr, "exchange: out of memory\n");
    exit(99);
  }
  return block;
}

static char *copied(const char *text, size_t len) {
  char *copy = checked(malloc(len + 1));
  memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}

/* The comment of a line goes; a # within quotes stays. */
static void strip(char *line) {
  char quote = '\0';
  char *end = line;
  for (; *end != '\0' && (*end != '#' || quote != '\0'); end++) {
    if (quote != '\0')
      quote = *end == quote ? '\0' : quote;
    else if (*end == '\'' || *end == '"')
      quote = *end;
  }
  while (end > line && isspace((unsigned char)end[-1])) end--;
  *end = '\0';
}

static const char *skip_blanks(const char *at) {
  while (isspace((unsigned char)*at) || *at == '|') at++;
  return at;
}

static const char *word_end(const char *at, const char *stops) {
  while (*at != '\0' && !isspace((unsigned char)*at) && strchr(stops, *at) == NULL) at++;
  return at;
}

/* Bytes up to `stop`; NULL where they are ill-formed. */
static const char *read_bytes(struct xch_bytes *bytes, const char *at, char stop) {
  for (at = skip_blanks(at); *at != stop; at = skip_blanks(at)) {
    if (*at == '\0' || !xch_bytes_item(bytes, &at)) return NULL;
    if (*at != '\0' && *at != stop && !isspace((unsigned char)*at)) return NULL;
  }
  return at;
}

static const char *read_value(struct xch_argument *argument, const char *at) {
  if (*at == '{') {
    at = read_bytes(&argument->bytes, at + 1, '}');
    return at != NULL ? at + 1 : NULL;
  }
  if (*at == '\'' || *at == '"') return xch_bytes_item(&argument->bytes, &at) ? at : NULL;
  const char *end = word_end(at, "{}'\"");
  if (end == at) return NULL;
  argument->word = copied(at, (size_t)(end - at));
  xch_bytes_append(&argument->bytes, at, (size_t)(end - at));
  return end;
}

static const char *read_argument(struct xch_statement *s, const char *at) {
  s->arguments = checked(realloc(s->arguments, (s->count + 1) * sizeof *s->arguments));
  struct xch_argument *argument = &s->arguments[s->count++];
  *argument = (struct xch_argument){NULL, NULL, {NULL, 0, 0}};
  const char *end = word_end(at, "={}'\"");
  if (*end == '=') {
    argument->name = copied(at, (size_t)(end - at));
    at = end + 1;
  }
  at = read_value(argument, at);
  return at != NULL && (*at == '\0' || isspace((unsigned char)*at)) ? at : NULL;
}

/* The rest of a statement: bytes or arguments. False where it cannot be read. */
static bool read_rest(struct xch_statement *s, const char *at) {
  if (strcmp(s->verb, ">") == 0 || strcmp(s->verb, "<") == 0) return read_bytes(&s->bytes, at, '\0') != NULL;
  for (at = skip_blanks(at); *at != '\0'; at = skip_blanks(at)) {
    at = read_argument(s, at);
    if (at == NULL) return false;
  }
  return true;
}

static bool read_start(struct xch_script *script, const char *at, unsigned line) {
  script->statements = checked(realloc(script->statements, (script->count + 1) * sizeof *script->statements));
  struct xch_statement *s = &script->statements[script->count++];
  memset(s, 0, sizeof *s);
  s->line = line;
  const char *end = word_end(at, "");
  s->fails = end - at == 5 && strncmp(at, "fails", 5) == 0;
  if (s->fails) {
    at = skip_blanks(end);
    end = word_end(at, "");
  }
  s->verb = copied(at, (size_t)(end - at));
  return read_rest(s, end);
}

/* A statement whose lines are still being gathered. */
struct pending {
  struct xch_bytes text;
  unsigned line; /* 0: none */
};

/* The statement is complete: its lines, joined, are read. */
static bool finish(struct xch_script *script, struct pending *pending, const char **wrong) {
  if (pending->line == 0) return true;
  xch_bytes_append(&pending->text, "", 1);
  *wrong = "this cannot be read";
  bool good = read_start(script, (const char *)pending->text.data, pending->line);
  if (!good) return false;
  pending->text.len = 0;
  pending->line = 0;
  return true;
}

static bool read_line(struct xch_script *script, struct pending *pending, char *text, unsigned line,
                      const char **wrong) {
  strip(text);
  if (*text == '\0') return true;
  bool continues = isspace((unsigned char)*text) != 0;
  *wrong = "nothing stands before this line that it could continue";
  if (continues && pending->line == 0) return false;
  if (!continues && !finish(script, pending, wrong)) return false;
  if (!continues) pending->line = line;
  xch_bytes_append(&pending->text, text, strlen(text));
  return true;
}

static bool read_lines(struct xch_script *script, FILE *file, struct pending *pending, const char **wrong) {
  char text[4096];
  for (unsigned line = 1; fgets(text, sizeof text, file) != NULL; line++) {
    *wrong = "this line is too long";
    if (strchr(text, '\n') == NULL && !feof(file)) return false;
    if (!read_line(script, pending, text, line, wrong)) return false;
  }
  *wrong = "the file cannot be read to its end";
  return !ferror(file) && finish(script, pending, wrong);
}

bool xch_script_read(struct xch_script *script, const char *path, char *complaint, size_t size) {
  *script = (struct xch_script){copied(path, strlen(path)), NULL, 0};
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    snprintf(complaint, size, "%s: cannot be opened", path);
    return false;
  }
  struct pending pending = {{NULL, 0, 0}, 0};
  const char *wrong = "";
  bool good = read_lines(script, file, &pending, &wrong);
  if (!good) snprintf(complaint, size, "%s:%u: %s", path, pending.line, wrong);
  xch_bytes_free(&pending.text);
  fclose(file);
  return good;
}

void xch_script_free(struct xch_script *script) {
  for (size_t i = 0; i < script->count; i++) {
    struct xch_statement *s = &script->statements[i];
    for (size_t k = 0; k < s->count; k++) {
      free(s->arguments[k].name);
      free(s->arguments[k].word);
      xch_bytes_free(&s->arguments[k].bytes);
    }
    free(s->arguments);
    free(s->verb);
    xch_bytes_free(&s->bytes);
  }
  free(script->statements);
  free(script->path);
  *script = (struct xch_script){NULL, NULL, 0};
}
