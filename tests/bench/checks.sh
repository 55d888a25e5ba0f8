#!/bin/sh
# checks.sh: what a check costs, at the pace of a daemon, against a small epoll prober beside it and against
# prometheus-blackbox-exporter as fast as it can, and beside HAProxy in the same seconds.
. tests/bench/lib.sh

network_up
nginx_start
sizes="1000 10000" rounds=3 seconds=20 interval=10
[ -z "$quick" ] || sizes="200 1000" rounds=1 seconds=3 interval=2

# Checks that quaywatch has counted so far.
checks() {
    curl -sf http://127.0.0.1:$page_port/metrics | awk '/^quaywatch_probes_total/ { n += $2 } END { printf "%.0f", n }'
}

# HAProxy with as many servers, each checked as often by `option httpchk`, on one thread. It needs somebody to serve.
haproxy_start() {
    {
        echo "global"
        echo "  nbthread 1"
        echo "  maxconn 1000"
        echo "defaults"
        echo "  mode http"
        echo "  timeout connect 5s"
        echo "  timeout client 5s"
        echo "  timeout server 5s"
        echo "frontend nobody"
        echo "  bind 127.0.0.1:8404"
        echo "backend all"
        echo "  option httpchk GET /health"
        awk -v size="$1" -v subnet=$subnet -v port=$target_port -v interval=$interval 'BEGIN {
            for (i = 0; i < size; i++)
                printf "  server s%d 10.%d.%d.%d:%d check inter %ds\n", i, subnet, 1 + int(i / 250), 1 + i % 250, port, interval
        }'
    } >"$work/haproxy.cfg"
    haproxy -db -f "$work/haproxy.cfg" >"$work/haproxy.log" 2>&1 &
    haproxy=$!
    sleep $interval # each has been checked once
    kill -0 $haproxy || { tail -3 "$work/haproxy.log" >&2; fail "HAProxy does not run"; }
}

# One process of Go, 16 clients who ask for one probe after another: "PROBES_PER_SECOND CPU_US_PER_PROBE".
blackbox() {
    cat >"$work/blackbox.yml" <<END
modules: {http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}
END
    GOMAXPROCS=1 prometheus-blackbox-exporter --config.file="$work/blackbox.yml" --web.listen-address=127.0.0.1:9115 \
        2>"$work/blackbox.log" &
    exporter=$!
    wait_for 10 curl -sf http://127.0.0.1:9115/-/healthy
    before=$(cpu_ns $exporter)
    wrk -t1 -c16 -d${seconds}s \
        "http://127.0.0.1:9115/probe?module=http_2xx&target=http://10.$subnet.1.1:$target_port/health" >"$work/wrk"
    after=$(cpu_ns $exporter)
    stop $exporter
    awk -v ns=$((after - before)) '/requests in/ { n = $1 } /^Requests\/sec/ { print int($2), ns / n / 1000 }' "$work/wrk"
}

first=
for size in $sizes; do
    fake_start "$size"
    quaywatch_start HEALTH_CHECK_INTERVAL=${interval}s
    wait_for 120 all_are healthy "$size"
    haproxy_start "$size"
    sleep $((interval * 3 / 2)) # the first checks come together; the next ones are spread
    : >"$work/costs"
    for _ in $(seq $rounds); do
        # Side by side, so that whatever else this machine does hits both.
        count=$(checks)
        sleep 0.5 # the metrics of thousands are work too
        before=$(cpu_ns $quaywatch) haproxy_before=$(cpu_ns $haproxy)
        "$BUILD/tests/bench/epoll_prober" "$size" $target_port ${interval}000 $seconds $subnet >"$work/epoll"
        after=$(cpu_ns $quaywatch) haproxy_after=$(cpu_ns $haproxy)
        count=$(($(checks) - count))
        read -r ended failed theirs <"$work/epoll"
        [ "$failed" = 0 ] || echo "bench: $failed of $ended checks of the epoll prober failed" >&2
        ours=$(calc "($after - $before) / $count / 1000")
        echo "$(calc "$ours / $theirs") $ours $theirs $(calc "($after - $before) / $seconds / 1e7")" \
            "$(calc "($after - $before) / ($haproxy_after - $haproxy_before)")" \
            "$(calc "($haproxy_after - $haproxy_before) / $seconds / 1e7")" >>"$work/costs"
    done
    ratio=$(median <"$work/costs") ours=$(cut -d' ' -f2 "$work/costs" | median)
    theirs=$(cut -d' ' -f3 "$work/costs" | median) share=$(cut -d' ' -f4 "$work/costs" | median)
    row "CPU of a check, $size endpoints every $interval s ($((size / interval))/s)" \
        "$(calc "$ours" 0) µs, $ratio × an epoll prober ($(calc "$theirs" 0) µs); $share % of a core" "≤ 2 ×"
    [ -z "$first" ] || row "the same, from ${sizes% *} to ${sizes#* } endpoints" "$(calc "$ours / $first") ×" "≤ 1.3 ×"
    row "the same, against HAProxy's httpchk" \
        "$(cut -d' ' -f5 "$work/costs" | median) × ($share % of a core against $(cut -d' ' -f6 "$work/costs" | median) %)" "≤ 1.0 ×"
    first=$ours
    stop $haproxy $quaywatch $fake
done
blackbox >"$work/blackbox"
read -r rate theirs <"$work/blackbox"
row "checks per core against prometheus-blackbox-exporter ($rate/s at its best)" \
    "$(calc "$theirs / $ours" 1) × ($(calc "1000000 / $ours" 0) against $(calc "1000000 / $theirs" 0))" "≥ 8 ×"
