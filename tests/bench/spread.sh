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
before=$(cpu_ns $quaywatch)
sleep $seconds
after=$(cpu_ns $quaywatch)
cp "$work/hits" "$work/window"
# Checks in each 100 ms but the first and last, which are not whole.
awk 'NR == 1 { base = int($1) } # awk counts in whole numbers of 32 bits only
    { t = int(($1 - base) * 10); n[t]++; if ($3 > most) most = $3; if (NR == 1) from = t; to = t }
    END {
        for (t = from + 1; t < to; t++) { sum += n[t]; if (n[t] > max) max = n[t]; if (!n[t]) none++; ticks++ }
        printf "%.0f %.0f %.2f %d %d\n", sum / ticks, max, max * ticks / sum, none, most
    }' "$work/window" >"$work/spread"
read -r mean max ratio none most <"$work/spread"
row "checks of $size instances every $interval s, in each 100 ms" \
    "$mean in the mean, $max at most: $ratio ×; none in $none of $((seconds * 10))" "≤ 1.5 ×"
row "the same, connections open at one time" "$most at most" "≤ 1024"
row "the same, processor time" "$(calc "($after - $before) / $seconds / 1e7" 1) % of one core" "≤ 100 %"
stop $quaywatch $fake
