#!/bin/sh
# hanging.sh: what targets that hang do to the checks of the others: the time between two checks of each of those, as their
# server sees it, beside the same run in which none hangs.
. tests/bench/lib.sh

network_up
nginx_start "$work/hits"
size=1000 every=20 interval=2 timeout=5 seconds=30
[ -z "$quick" ] || size=200 seconds=8
calm=$((size - size / every))

# Seconds between two checks of an address, sorted.
gaps() { awk '$2 in last { print $1 - last[$2] } { last[$2] = $1 }' "$work/hits" | sort -n; }

# measure HEALTHY: "P50 P99 MAX" of what answers.
measure() {
    fake_start $size
    # Those that hang stay in: what opens a breaker is checked once a minute only.
    quaywatch_start HEALTH_CHECK_INTERVAL=${interval}s HEALTH_CHECK_TIMEOUT=${timeout}s DRY_RUN=true \
        CIRCUIT_BREAKER_ENABLED=false
    wait_for 120 all_are healthy "$1"
    sleep $((interval * 3 + timeout))
    : >"$work/hits"
    sleep $seconds
    gaps | awk '{ v[NR] = $1 } END { printf "%.2f %.2f %.2f\n", v[int(NR / 2) + 1], v[int(NR * 0.99) + 1], v[NR] }'
    stop $quaywatch $fake
}

measure $size >"$work/without"
"$BUILD/tests/bench/silent" $size $every $target_port $subnet >"$work/silent" &
silent=$!
wait_for 5 test -s "$work/silent"
measure $calm >"$work/with"
stop $silent
read -r p50 p99 max <"$work/with"
read -r p50_without p99_without max_without <"$work/without"
row "$(cat "$work/silent") of $size targets hang for $timeout s each: time between two checks of each other one (every $interval s)" \
    "p50 $p50 s, p99 $p99 s, max $max s; none hanging: $p50_without, $p99_without, $max_without s" "≤ 0.1 s more"
