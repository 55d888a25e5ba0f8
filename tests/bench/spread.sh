#!/bin/sh
# spread.sh: whether checks of thousands go evenly over their interval, few at a time, as their server sees it.
. tests/bench/lib.sh

network_up
nginx_start "$work/hits"
size=10000 interval=10 seconds=30
[ -z "$quick" ] || size=1000 interval=2 seconds=6

fake_start $size
quaywatch_start HEALTH_CHECK_INTERVAL=${interval}s
wait_for 120 all_are healthy $size
sleep $((interval * 2)) # the first checks come together; the next ones are spread
: >"$work/hits"
before=$(cpu_ns $quaywatch) waited_before=$(waited_ns $quaywatch)
sleep $seconds
after=$(cpu_ns $quaywatch) waited_after=$(waited_ns $quaywatch)
cp "$work/hits" "$work/window"
# Checks in each 100 ms but the first and last, which are not whole. A machine that is busy with others stops
# quaywatch now and then, and what was due meanwhile comes together: hence the 99th percentile beside the most.
awk 'NR == 1 { base = int($1) } # awk counts in whole numbers of 32 bits only
    { t = int(($1 - base) * 10); n[t]++; if (NR == 1) from = t; to = t }
    END { for (t = from + 1; t < to; t++) print n[t] + 0 }' "$work/window" | sort -n >"$work/ticks"
awk '{ v[NR] = $1; sum += $1 } END { printf "%.0f %d %d %.2f\n", sum / NR, v[int(NR * 0.99)], v[NR], v[NR] * NR / sum }' \
    "$work/ticks" >"$work/spread"
read -r mean p99 max ratio <"$work/spread"
most=$(awk '$3 > most { most = $3 } END { print most }' "$work/window")
waited=$(calc "($waited_after - $waited_before) / $seconds / 1e7" 0)
row "checks of $size instances every $interval s, in each 100 ms (quaywatch waited for a processor $waited % of the time)" \
    "$mean in the mean, p99 $p99, $max at most: $ratio ×" "≤ 1.5 ×"
row "the same, connections open at one time" "$most at most" "≤ 1024"
row "the same, processor time" "$(calc "($after - $before) / $seconds / 1e7" 1) % of one core" "≤ 100 %"
stop $quaywatch $fake
