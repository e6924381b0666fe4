# SPDX-License-Identifier: MIT
# Turns run.sh's samples (WORK|LIBRARY|WAY|result NAME NUMBER ...) into tables of medians and ratios.

function median(key,    n, i, j, swap, value) {
  n = count[key]
  for (i = 1; i <= n; i++) value[i] = sample[key, i] + 0
  for (i = 2; i <= n; i++) {
    swap = value[i]
    for (j = i - 1; j >= 1 && value[j] > swap; j--) value[j + 1] = value[j]
    value[j + 1] = swap
  }
  low = value[1]
  high = value[n]
  return n % 2 ? value[(n + 1) / 2] : (value[n / 2] + value[n / 2 + 1]) / 2
}

function keep(key, value) {
  sample[key, ++count[key]] = value
}

function short(value) {
  if (value >= 1e7) return sprintf("%.1f M", value / 1e6)
  if (value >= 1e5) return sprintf("%.2f M", value / 1e6)
  if (value >= 1e4) return sprintf("%.1f k", value / 1e3)
  return sprintf("%.0f", value)
}

function nanoseconds(value) {
  return value >= 1e4 ? sprintf("%.1f us", value / 1e3) : sprintf("%.0f ns", value)
}

function bytes(value) {
  return value < 0 ? "?" : sprintf("%.0f", value)
}

# The best rate counts where a library knows more than one way.
function best_of(work, library,    i, rate, best) {
  best = 0
  for (i = 1; i <= ways[work]; i++) {
    if (owner[work, i] != library || failed[work, i]) continue
    rate = median(work SUBSEP i SUBSEP "rate")
    if (rate > best) best = rate
  }
  return best
}

function least_processor(work, library,    i, spent, least) {
  least = 0
  for (i = 1; i <= ways[work]; i++) {
    if (owner[work, i] != library || failed[work, i]) continue
    spent = median(work SUBSEP i SUBSEP "processor_ns")
    if (least == 0 || spent < least) least = spent
  }
  return least
}

function row_name(work, i) {
  return owner[work, i] ", " way[work, i]
}

function ratio(value, base, unit) {
  if (base <= 0) return "-"
  return unit == "%" ? sprintf("%.0f %%", 100 * value / base) : sprintf("%.2f x", value / base)
}

function publish_table(work, title,    i, key, rate, limit, peer, spent, peer_spent, spread) {
  printf "\n%-32s %10s %8s %15s %12s %8s   %s\n", title, "messages/s", "of raw", "of libmosquitto", "cpu/message",
    "ratio", "least .. most"
  peer_spent = least_processor(work, "libmosquitto")
  limit = best_of(work, "raw sockets")
  peer = best_of(work, "libmosquitto")
  for (i = 1; i <= ways[work]; i++) {
    if (failed[work, i]) {
      printf "  %-30s failed: %s\n", row_name(work, i), failed[work, i]
      continue
    }
    key = work SUBSEP i SUBSEP
    rate = median(key "rate")
    spread = short(low) " .. " short(high)
    spent = median(key "processor_ns")
    printf "  %-30s %10s %8s %15s %12s %8s   %s\n", row_name(work, i), short(rate), ratio(rate, limit, "%"),
      ratio(rate, peer, "x"), nanoseconds(spent), ratio(spent, peer_spent, "x"), spread
  }
}

function client_table(work, title,    i, key, rate, limit, peer) {
  printf "\n%-32s %10s %8s %15s %12s %9s %12s %8s\n", title, "connects/s", "of raw", "of libmosquitto",
    "heap/client", "resident", "descriptors", "threads"
  limit = best_of(work, "raw sockets")
  peer = best_of(work, "libmosquitto")
  for (i = 1; i <= ways[work]; i++) {
    if (failed[work, i]) {
      printf "  %-30s failed: %s\n", row_name(work, i), failed[work, i]
      continue
    }
    key = work SUBSEP i SUBSEP
    rate = median(key "rate")
    printf "  %-30s %10s %8s %15s %12s %9s %12d %8d\n", row_name(work, i), short(rate), ratio(rate, limit, "%"),
      ratio(rate, peer, "x"), bytes(median(key "heap")), bytes(median(key "resident")), median(key "descriptors"),
      median(key "threads")
  }
}

function encode_table(work, title,    i, key) {
  printf "\n%-40s %12s %12s %8s   %s\n", "encoding, one packet", "libmqttwill", "raw code", "ratio", "bytes"
  for (i = 1; i <= ways[work]; i++) {
    key = work SUBSEP i SUBSEP
    ours = median(key "ns")
    raw = median(key "raw_ns")
    printf "  %-38s %9.1f ns %9.1f ns %8s   %d\n", way[work, i], ours, raw, ratio(ours, raw, "x"), median(key "bytes")
  }
}

{
  work = $1
  if (!(work in ways)) {
    order[++works] = work
    ways[work] = 0
  }
  if (!((work, $2, $3) in place)) {
    place[work, $2, $3] = ++ways[work]
    owner[work, ways[work]] = $2
    way[work, ways[work]] = $3
  }
  i = place[work, $2, $3]
  n = split($4, word, " ")
  if (word[1] != "result") {
    failed[work, i] = substr($4, index($4, " ") + 1)
    next
  }
  for (j = 2; j < n; j += 2) keep(work SUBSEP i SUBSEP word[j], word[j + 1])
}

END {
  for (w = 1; w <= works; w++) {
    split(order[w], word, " ")
    if (word[1] == "publish") {
      publish_table(order[w], "QoS " word[2] ", " (word[3] == 1024 ? "1 KiB" : word[3] " B"))
    } else if (word[1] == "clients") {
      client_table(order[w], word[2] " clients with wills")
    } else if (word[1] == "encode") {
      encode_table(order[w])
    }
  }
}
