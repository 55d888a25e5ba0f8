#!/bin/sh
# memory.sh: resident memory, at rest and at its peak while the first sync runs.
. tests/bench/lib.sh

network_up
nginx_start
sizes="0 1000 10000"
[ -z "$quick" ] || sizes="0 1000"

for size in $sizes; do
    fake_start "$size"
    quaywatch_start HEALTH_CHECK_INTERVAL=10s
    [ "$size" = 0 ] || wait_for 120 all_are healthy "$size"
    sleep 3
    rest=$(memory_kb $quaywatch VmRSS) peak=$(memory_kb $quaywatch VmHWM)
    goal=45
    [ "$size" != 0 ] || goal=12
    [ "$size" != 1000 ] || goal=18
    row "resident memory, $size instances" "$(calc "$rest / 1024" 1) MB, peak of the first sync +$(calc "($peak - $rest) / 1024" 1) MB" \
        "≤ $goal MB, +2 MB"
    stop $quaywatch $fake
done
