#!/bin/sh
# idle.sh: what it does while nothing is due: ten stopped containers, no checks.
. tests/bench/lib.sh

network_up
seconds=60
[ -z "$quick" ] || seconds=5

fake_start 10 --stopped
quaywatch_start HEALTH_CHECK_ENABLED=true
wait_for 20 all_are stopped 10
sleep 3
before=$(cpu_ns $quaywatch) slept=$(sleeps $quaywatch)
sleep $seconds
after=$(cpu_ns $quaywatch)
row "idle, wake-ups in $seconds s (pings on a silent event stream, one comparison a minute)" \
    "$(($(sleeps $quaywatch) - slept))" "0 besides those"
row "idle, CPU" "$(calc "($after - $before) / $seconds / 1e7" 4) %" "≤ 0.05 %"
stop $quaywatch $fake
