#!/bin/sh
# fanout.sh: one event to the last of 500 clients that listen, beside a bare loop of write() to 500 sockets.
. tests/bench/lib.sh

network_up
nginx_start
clients=500 rounds=100
[ -z "$quick" ] || rounds=10
fake_start 1000
quaywatch_start HEALTH_CHECK_INTERVAL=1h QUAYWATCH_AUTH_TOKEN=bench-token
wait_for 120 all_are healthy 1000
service=$(curl -sf http://127.0.0.1:$page_port/api/v1/status | sed -n 's/.*"services":\[{"name":"\([^"]*\)".*/\1/p')
for what in events status; do
    "$BUILD/tests/bench/fanout" $page_port $quaywatch bench-token "$service" $what $clients $rounds >"$work/fanout"
    read -r _ p50 p99 cpu <<END
$(grep "^$what" "$work/fanout")
END
    read -r _ floor _ floor_cpu <<END
$(grep ^floor "$work/fanout")
END
    [ $what = events ] && name="an event" || name="a change of the status document (1000 services)"
    row "$name, from the request to the last of $clients who listen" \
        "p50 $p50 ms, p99 $p99 ms (a bare loop of write(): $floor ms)" "–"
    row "the same, processor time" "$cpu ms, $(calc "$cpu / $floor_cpu" 2) × a bare loop of write() ($floor_cpu ms)" "≤ 2 ×"
done
stop $quaywatch $fake
