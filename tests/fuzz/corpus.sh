#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the seeds of a fuzz target as files, one a line of corpus/TARGET.hex ("name: 10 0004 'MQTT'").
#   tests/fuzz/corpus.sh TARGET DIRECTORY
set -eu

[ $# -eq 2 ] || {
  echo "usage: $0 TARGET DIRECTORY" >&2
  exit 2
}
list=$(dirname "$0")/corpus/$1.hex
mkdir -p "$2"

# Quoted text becomes hex, then every byte an octal escape of "printf %b".
awk '
  BEGIN {
    for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i
    for (i = 0; i < 16; i++) digit[substr("0123456789abcdef", i + 1, 1)] = i
  }
  function fail(why) { print FILENAME ":" FNR ": " why > "/dev/stderr"; bad = 1; exit 1 }
  /^#/ || /^[ \t]*$/ { next }
  {
    colon = index($0, ":")
    if (colon == 0) fail("no name")
    name = substr($0, 1, colon - 1)
    rest = substr($0, colon + 1)
    out = ""
    high = -1
    quoted = 0
    for (i = 1; i <= length(rest); i++) {
      c = substr(rest, i, 1)
      if (c == "\047") quoted = !quoted
      else if (quoted) out = out sprintf("\\0%03o", code[c])
      else if (c == " " || c == "\t") { if (high >= 0) fail("half a byte") }
      else if (!(c in digit)) fail("not hex: " c)
      else if (high < 0) high = digit[c]
      else { out = out sprintf("\\0%03o", high * 16 + digit[c]); high = -1 }
    }
    if (quoted || high >= 0) fail("cut short")
    print name, out
  }
  END { exit bad }
' "$list" >"$2/.list"

while read -r name bytes; do
  printf %b "$bytes" >"$2/$name"
done <"$2/.list"
rm -f "$2/.list"
