#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the drivers (bench_*) of every library against one sink, interleaved, and prints medians and ratios.
# See doc/bench.md; `make bench` builds what is needed and calls this in the folder of the built programs.
set -u

usage() {
  cat <<'END'
usage: run.sh [OPTION]...
  --rounds N        measure everything N times, in turn; the table shows medians (5)
  --seconds S       how long one publish measurement takes (1)
  --clients LIST    how many clients to hold, e.g. "1000 5000"
  --window N        messages that may await acknowledgement (100)
  --mqtt 4|5        3.1.1, or 5.0 (4)
  --no-pin          do not keep the sink on the last processor and everything else off it
  --only LIST       some of: publish clients encode, or of: qos0 qos1 qos2
  --library LIST    some of: raw mqttwill mosquitto paho
  --quick           1 round of 0.2 seconds and 200 clients: to see that all of it works
  --samples FILE    keep every single measurement
  --programs DIR    where the built programs are (tests/bench)
END
}

fail() {
  echo "bench: $*" >&2
  exit 1
}

rounds=5 seconds=1 counts="1000 5000" window=100 mqtt=4 only="publish clients encode" programs=tests/bench
libraries="raw mqttwill mosquitto paho" samples="" pin=yes
while [ $# -gt 0 ]; do
  case $1 in
  --help) usage; exit 0 ;;
  --quick) rounds=1 seconds=0.2 counts=200; shift; continue ;;
  --no-pin) pin=; shift; continue ;;
  --rounds | --seconds | --clients | --window | --mqtt | --only | --library | --samples | --programs)
    [ $# -ge 2 ] || fail "$1 wants a value" ;;
  *) usage >&2; exit 2 ;;
  esac
  case $1 in
  --rounds) rounds=$2 ;;
  --seconds) seconds=$2 ;;
  --clients) counts=$2 ;;
  --window) window=$2 ;;
  --mqtt) mqtt=$2 ;;
  --only) only=$2 ;;
  --library) libraries=$2 ;;
  --samples) samples=$2 ;;
  --programs) programs=$2 ;;
  esac
  shift 2
done

scratch=$(mktemp -d) || exit 1
sink=
# shellcheck disable=SC2317 # called by trap
cleanup() {
  [ -z "$sink" ] || kill "$sink" 2>/dev/null
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
log=$scratch/samples
: >"$log"

has() { # has WORD LIST
  case " $2 " in *" $1 "*) return 0 ;; esac
  return 1
}

# ---- what there is to measure ----

package_of() {
  case $1 in
  mosquitto) echo "libmosquitto-dev" ;;
  paho) echo "libpaho-mqtt-dev" ;;
  esac
}

about() { # about LIBRARY WORD
  sed -n "s/^$2 //p" "$scratch/about.$1"
}

present=
for library in $libraries; do
  program=$programs/bench_$library
  if [ ! -x "$program" ]; then
    package=$(package_of "$library")
    case $library in
    mosquitto) name=libmosquitto ;;
    paho) name="Paho C" ;;
    *) name=$library ;;
    esac
    echo "$name: not measured: bench_$library is not built${package:+ (its header was not found; Debian: $package)}" \
      >>"$scratch/absent"
    continue
  fi
  if "$program" about >"$scratch/about.$library"; then
    present="$present $library"
  else
    echo "$library: not measured: $program does not start" >>"$scratch/absent"
  fi
done
[ -n "$present" ] || fail "nothing to measure in $programs"

# ---- measuring ----

cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
on_its_own='' beside=''
[ "$cores" -gt 1 ] && command -v taskset >/dev/null || pin=
if [ -n "$pin" ]; then
  on_its_own="taskset -c $((cores - 1))"
  beside="taskset -c 0-$((cores - 2))"
fi

$on_its_own "$programs/sink" >"$scratch/sink" &
sink=$!
port=
waited=0
while [ -z "$port" ] && [ "$waited" -lt 50 ]; do
  port=$(sed -n 's/^port //p' "$scratch/sink")
  [ -n "$port" ] || sleep 0.1
  waited=$((waited + 1))
done
[ -n "$port" ] || fail "the sink does not start"

# Clock ticks that all processors together have spent on programs, or on other virtual machines; and how many of
# them were ours. Both count from an arbitrary moment.
ticks_spent() {
  awk '$1 == "cpu" { print $2 + $3 + $4 + $9 }' /proc/stat 2>/dev/null
}
ticks_of_ours() {
  times >"$scratch/times"
  awk -v hertz="$(getconf CLK_TCK)" '
    FILENAME == ARGV[1] { sum += minutes($1) + minutes($2) }
    FILENAME != ARGV[1] { sub(/.*\) /, ""); ticks += $12 + $13 }
    function minutes(text, part) { split(text, part, /[ms]/); return part[1] * 60 + part[2] }
    END { print sum * hertz + ticks }' "$scratch/times" "/proc/$sink/stat" 2>/dev/null
}
spent_before=$(ticks_spent)
ticks_of_ours >"$scratch/ours_before"
began=$(date +%s)

# One line a measurement: WORK|LIBRARY|WAY|RESULT
measure() { # measure LIBRARY WORK KIND WAYS ARGUMENT...
  library=$1 work=$2 kind=$3 ways=$4
  shift 4
  for way in $ways; do
    result=$($beside "$programs/bench_$library" "$kind" -p "$port" -V "$mqtt" -m "$way" "$@" 2>>"$scratch/errors")
    [ -n "$result" ] || result="error ended without a result; see below"
    echo "$work|$(about "$library" name)|$way|$result" >>"$log"
    [ -t 2 ] && printf '\r\033[K%s: %s, %s, %s' "$round/$rounds" "$work" "$library" "$way" >&2
  done
}

# Each round begins with another library, so that none is always first.
turned() {
  shift_by=$1
  # shellcheck disable=SC2086 # names without blanks
  set -- $present
  while [ "$shift_by" -gt 0 ]; do
    first=$1
    shift
    set -- "$@" "$first"
    shift_by=$((shift_by - 1))
  done
  echo "$@"
}

round=1
while [ "$round" -le "$rounds" ]; do
  order=$(turned $(((round - 1) % $(echo "$present" | wc -w))))
  for qos in 0 1 2; do
    has publish "$only" || has qos$qos "$only" || continue
    for size in 16 1024; do
      for library in $order; do
        measure "$library" "publish $qos $size" publish "$(about "$library" qos$qos)" \
          -q $qos -s $size -w "$window" -t "$seconds"
      done
    done
  done
  if has clients "$only"; then
    for count in $counts; do
      for library in $order; do
        measure "$library" "clients $count" clients "$(about "$library" clients)" -n "$count"
      done
    done
  fi
  if has encode "$only" && has mqttwill "$libraries"; then
    if [ -x "$programs/bench_encode" ]; then
      "$programs/bench_encode" >>"$log" 2>>"$scratch/errors" || echo "bench_encode failed" >>"$scratch/errors"
    else
      [ "$round" -gt 1 ] || echo "encoding: not measured: bench_encode is not built" >>"$scratch/absent"
    fi
  fi
  round=$((round + 1))
done
[ -t 2 ] && printf '\r\033[K' >&2
[ -z "$samples" ] || cp "$log" "$samples"

ticks_of_ours >"$scratch/ours"
others=$(awk -v spent="$(ticks_spent)" -v spent_before="$spent_before" -v cores="$cores" \
  -v seconds_passed=$(($(date +%s) - began)) -v hertz="$(getconf CLK_TCK)" '
  { ours[FILENAME] = $1 }
  END {
    if (spent == "" || seconds_passed == 0) exit
    foreign = spent - spent_before - (ours[ARGV[2]] - ours[ARGV[1]])
    printf "%.0f", 100 * (foreign > 0 ? foreign : 0) / (cores * seconds_passed * hertz)
  }' "$scratch/ours_before" "$scratch/ours")

# ---- telling ----

model=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "libmqttwill beside its peers: medians of $rounds rounds, interleaved; doc/bench.md tells how to read them"
placing="shared with the sink"
[ -z "$pin" ] || placing="the sink has one to itself"
echo "machine   $(uname -srm), $cores cores${model:+, $model}; $placing"
printf 'libraries'
for library in $present; do
  [ "$library" = raw ] || printf ' %s %s;' "$(about "$library" name)" "$(about "$library" version)"
done
echo
case $mqtt in 5) spoken=5.0 ;; *) spoken=3.1.1 ;; esac
echo "built by  ${BENCH_BUILD:-unknown}"
[ "${others:-0}" -lt 5 ] ||
  echo "WARNING   other programs took $others % of the processors meanwhile: repeat this on a quiet machine"
[ -z "${INSTRUMENTED:-}" ] || echo "WARNING   built with$INSTRUMENTED: these figures say nothing about speed"
echo "protocol  MQTT $spoken, window $window for QoS 1 and 2, $seconds s a measurement, 127.0.0.1"

awk -F'|' -f "$(dirname "$0")/table.awk" "$log"

status=0
if [ -s "$scratch/absent" ]; then
  echo
  cat "$scratch/absent"
fi
if [ -s "$scratch/errors" ]; then
  echo
  echo "what the programs complained about:"
  sort "$scratch/errors" | uniq -c | head -n 20
  status=1
fi
if grep -q '|error ' "$log"; then status=1; fi
exit $status
