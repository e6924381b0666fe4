#!/bin/sh
# SPDX-License-Identifier: MIT
# The story of a device, told with the programs of this folder and the bundled broker over real sockets. Run by
# "make demo"; by hand: MQTTWILL_BROKER=path/to/mqttwill-broker examples/demo.sh, with top_builddir where it was built.
# Ends with 0 only if everything that it tells was seen; leaves no process and no file behind.
set -u
broker=${MQTTWILL_BROKER:-${top_builddir:-.}/src/tools/mqttwill-broker}
programs=${MQTTWILL_EXAMPLES:-${top_builddir:-.}/examples}
patience=${MQTTWILL_DEMO_PATIENCE:-10} # seconds until something that should be seen counts as not seen

dir=$(mktemp -d) || exit 1
broker_pid='' device_pid='' watcher_pid='' other_pid=''

# ---- ending, however it comes ----

cleanup() {
  trap '' EXIT HUP INT TERM
  for pid in $device_pid $other_pid $watcher_pid $broker_pid; do kill -KILL "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo
  echo "NOT SEEN: $*"
  for log in "$dir"/*.log; do
    echo "---- $(basename "$log")"
    cat "$log"
  done
  exit 1
}

# ---- looking ----

pause() { sleep 0.02 2>/dev/null || sleep 1; } # a second where sleep knows no fractions

# Waits until a line of FILE matches PATTERN.
see() { # FILE PATTERN WHAT
  end=$(($(date +%s) + patience))
  until grep -q -e "$2" "$1" 2>/dev/null; do
    if [ "$(date +%s)" -gt $end ]; then fail "$3"; fi
    pause
  done
}

# Waits for a process to end by itself; its status.
ended() { # PID WHAT
  end=$(($(date +%s) + patience))
  while kill -0 "$1" 2>/dev/null; do
    if [ "$(date +%s)" -gt $end ]; then fail "$2"; fi
    pause
  done
  wait "$1" 2>/dev/null
}

time_of_day() {
  case $(date +%3N) in
  [0-9][0-9][0-9]) date +%H:%M:%S.%3N ;;
  *) date +%H:%M:%S.000 ;; # a date(1) without milliseconds: the span then is an upper limit
  esac
}

span_ms() { # FROM TO, as time_of_day prints them
  echo "$1 $2" | awk -F '[:. ]' '{ ms = ((($5 - $1) * 60 + $6 - $2) * 60 + $7 - $3) * 1000 + $8 - $4
    print ms < 0 ? ms + 86400000 : ms }'
}

show() { sed 's/^/        /'; }

# ---- the story ----

: >"$dir/broker.log"
"$broker" --port 0 >"$dir/broker.log" 2>&1 &
broker_pid=$!
see "$dir/broker.log" '^listening mqtt://' 'the broker listening'
url=$(sed -n 's/^listening //p; q' "$dir/broker.log")
echo "1. A broker waits at $url."

"$programs/status_online" "$url" front-door >"$dir/front-door.log" 2>&1 &
device_pid=$!
see "$dir/front-door.log" 'front-door/status online' 'the device going online'
echo '2. A device connects, leaves its last will with the broker, and says that it is online:'
show <"$dir/front-door.log"

"$programs/watch_status" "$url" >"$dir/watcher.log" 2>&1 &
watcher_pid=$!
see "$dir/watcher.log" 'front-door/status online (retained)$' 'retained "online" reaching a late subscriber'
echo '3. Somebody begins to watch only now, and still hears of it, for the status is retained:'
show <"$dir/watcher.log"

killed_at=$(time_of_day)
kill -KILL "$device_pid"
wait "$device_pid" 2>/dev/null
device_pid=''
see "$dir/watcher.log" 'front-door/status offline$' '"offline" arriving for the killed device'
offline=$(grep 'front-door/status offline$' "$dir/watcher.log")
echo "4. At $killed_at the device is killed (SIGKILL). It cannot say a word: the broker publishes its will,"
echo "   and $(span_ms "$killed_at" "${offline%% *}") ms after the blow the watcher knows:"
echo "$offline" | show
see "$dir/broker.log" 'front-door.*will' 'the broker telling what became of the will'
grep 'front-door.*will' "$dir/broker.log" | sed 's/^/broker: /' | show

"$programs/status_online" "$url" back-door >"$dir/back-door.log" 2>&1 &
other_pid=$!
see "$dir/watcher.log" 'back-door/status online$' 'the second device going online'
kill -TERM "$other_pid"
ended "$other_pid" 'the second device ending' || fail 'the second device ending well'
other_pid=''
see "$dir/broker.log" 'back-door.*will' 'the broker telling what became of the second will'
# What is published now comes after whatever the broker had to say about the second device.
"$programs/sync_publish" "$url" devices/demo/status over >"$dir/over.log" 2>&1 || fail 'a message passing'
see "$dir/watcher.log" 'demo/status over$' 'a message after the goodbye'
echo '5. Another device is asked to stop (SIGTERM). It says goodbye in its own words, and the broker drops its will:'
grep back-door "$dir/watcher.log" | show
grep 'back-door.*will' "$dir/broker.log" | sed 's/^/broker: /' | show
[ "$(grep -c 'back-door/status online$' "$dir/watcher.log")" = 1 ] || fail 'one "online" of the second device'
[ "$(grep -c 'back-door/status offline$' "$dir/watcher.log")" = 1 ] || fail 'one "offline" of the second device, its own'
grep -q 'back-door.*will discarded' "$dir/broker.log" || fail 'the broker dropping the will'
[ "$(grep -c 'front-door/status offline$' "$dir/watcher.log")" = 1 ] || fail 'one will of the first device'

kill -TERM "$broker_pid"
ended "$broker_pid" 'the broker ending' || fail 'the broker ending well'
broker_pid=''
echo 'All of it was seen.'
