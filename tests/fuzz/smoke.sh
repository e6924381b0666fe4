#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds every fuzz target with libFuzzer and the sanitizers, outside of the tree, and runs each for a while from
# its seeds. What it finds stays in DIRECTORY; so does the corpus, from which the next run goes on.
#   tests/fuzz/smoke.sh SECONDS [DIRECTORY]
# Exit status: 0 no target found anything, 1 one did, 77 there is no clang with libFuzzer. CLANG names the compiler.
set -eu

case ${1-} in
'' | *[!0-9]*)
  echo "usage: $0 SECONDS [DIRECTORY]" >&2
  exit 2
  ;;
esac
seconds=$1
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
if [ $# -gt 1 ]; then
  mkdir -p "$2"
  work=$(cd "$2" && pwd)
else
  work=$(mktemp -d "${TMPDIR:-/tmp}/mqttwill-fuzz.XXXXXX")
fi
clang=${CLANG:-clang}
flags="-std=c11 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all"
includes="-I$top/include -I$top/src/lib -I$top/src -I$top/tests"

# The folders that each target takes its code from.
folders_of() {
  case $1 in
  decode) echo 'lib/base lib/wire lib/will' ;;
  session) echo 'lib/base lib/wire lib/will lib/session' ;;
  broker) echo 'lib/base lib/wire lib/will broker/core' ;;
  esac
}

# The longest input worth trying.
length_of() {
  case $1 in
  decode) echo 512 ;;
  *) echo 800 ;;
  esac
}

has_libfuzzer() {
  echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d == 0 && n > 1; }' |
    $clang -x c -fsanitize=fuzzer,address,undefined -o "$work/probe" - >/dev/null 2>&1
}

build() { # TARGET
  sources=
  for folder in $(folders_of "$1"); do
    for source in "$top/src/$folder"/*.c; do sources="$sources $source"; done
  done
  # Words, all of them.
  # shellcheck disable=SC2086
  $clang $flags -fsanitize=fuzzer,address,undefined $includes "$here/fuzz_$1.c" $sources -o "$work/fuzz_$1"
}

run() { # TARGET
  mkdir -p "$work/$1"
  "$here/corpus.sh" "$1" "$work/$1-seeds"
  "$work/fuzz_$1" -max_total_time="$seconds" -max_len="$(length_of "$1")" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$work/$1-" "$work/$1" "$work/$1-seeds" >"$work/$1.log" 2>&1
}

if ! has_libfuzzer; then
  echo "$0: $clang has no libFuzzer (Debian: clang and libclang-rt-VERSION-dev)" >&2
  exit 77
fi
result=0
for target in "$here"/fuzz_*.c; do
  target=$(basename "$target" .c)
  target=${target#fuzz_}
  build "$target"
  if run "$target"; then
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$target.log")
    echo "$target: $executed inputs in $seconds s, nothing found"
  else
    result=1
    echo "$target: FAILED, see $work/$target.log"
    grep -E 'broken promise|^SUMMARY|Test unit written' "$work/$target.log" || true
  fi
done
if [ $result -eq 0 ] && [ $# -eq 1 ]; then rm -rf "$work"; fi
exit $result
