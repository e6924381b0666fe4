# SPDX-License-Identifier: MIT
# For the test scripts of tests/e2e and tests/interop, which source this: a scratch folder, processes that end with
# the script, looking at files until something is there, and counting. POSIX sh.
set -u
examples=$top_builddir/examples
dir=$(mktemp -d) || exit 1
pids='' passed=0 failed=0 broker_number=0

cleanup() {
  trap '' EXIT HUP INT TERM
  for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Leaves the test where a program of a peer is not installed.
need() { # PROGRAM ...
  PATH=$PATH:/usr/sbin:/sbin
  for program in "$@"; do
    if command -v "$program" >/dev/null 2>&1; then continue; fi
    if [ "${MQTTWILL_REQUIRE_PEERS:-0}" = 1 ]; then
      echo "$program is not installed, and MQTTWILL_REQUIRE_PEERS=1"
      exit 1
    fi
    echo "skipped: $program is not installed (./bootstrap --peers installs it)"
    exit 77
  done
}

# Runs in the background: start NAME COMMAND ...; output in $dir/NAME, process id in $pid and in $pid_NAME.
start() {
  name=$1
  shift
  : >"$dir/$name" # at once: what an earlier process of that name wrote must not be taken for this one's
  "$@" >>"$dir/$name" 2>&1 &
  pid=$!
  pids="$pids $pid"
  eval "pid_$name=$pid"
}

pause() { sleep 0.02 2>/dev/null || sleep 1; }

# True once COMMAND is true; false if that does not come about in ten seconds.
soon() { # COMMAND ...
  end=$(($(date +%s) + 10))
  until "$@"; do
    if [ "$(date +%s)" -gt $end ]; then return 1; fi
    pause
  done
}

has() { grep -q -e "$2" "$dir/$1" 2>/dev/null; }      # NAME PATTERN
has_line() { grep -qxF -e "$2" "$dir/$1" 2>/dev/null; } # NAME LINE
has_lines() { [ "$(grep -c -e "$2" "$dir/$1")" -ge "$3" ]; } # NAME PATTERN COUNT
is_gone() { ! kill -0 "$1" 2>/dev/null; }
same() { [ "$1" = "$2" ]; }

# Ends a process that was started: stop NAME [SIGNAL]; its exit status in $status.
stop() {
  eval "pid=\$pid_$1"
  kill "-${2:-TERM}" "$pid" 2>/dev/null
  if ! soon is_gone "$pid"; then kill -KILL "$pid"; fi
  wait "$pid" 2>/dev/null
  status=$?
}

# The exit status of a process that ends by itself, in $status.
finish() { # NAME
  eval "pid=\$pid_$1"
  status=none
  if soon is_gone "$pid"; then
    wait "$pid" 2>/dev/null
    status=$?
  fi
}

# Counts one promise: check WHAT COMMAND ...
check() {
  what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $what: $*"
    for file in "$dir"/*; do
      if [ -f "$file" ]; then
        echo "---- the end of $(basename "$file")"
        tail -n 12 "$file" | cut -c 1-300
      fi
    done
  fi
}

# Starts the bundled broker; $url and $port say where.
start_broker() {
  broker_number=$((broker_number + 1))
  start "broker$broker_number" "$MQTTWILL_BROKER" --port 0
  if ! soon has "broker$broker_number" '^listening mqtt://'; then
    echo 'the broker did not start:'
    cat "$dir/broker$broker_number"
    exit 1
  fi
  url=$(sed -n 's/^listening //p; q' "$dir/broker$broker_number")
  port=${url##*:}
}

# The end of a script.
summary() {
  echo "$passed passed, $failed failed"
  [ $failed -eq 0 ]
  exit
}
