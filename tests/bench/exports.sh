#!/bin/sh
# exports.sh: how soon a change is seen at each exit of 1,000 services, and what a change costs: bytes and processor time.
. tests/bench/lib.sh

network_up
nginx_start
mkdir -m 0777 "$work/out" # quaywatch gives up root
count=1000 rounds=20
[ -z "$quick" ] || count=100 rounds=5
fake_start $count

etcd --name bench --data-dir "$work/etcd" --listen-client-urls http://127.0.0.1:12379 \
    --advertise-client-urls http://127.0.0.1:12379 --listen-peer-urls http://127.0.0.1:12380 \
    --initial-advertise-peer-urls http://127.0.0.1:12380 --initial-cluster bench=http://127.0.0.1:12380 \
    --log-level error >"$work/etcd.log" 2>&1 &
etcd=$!
wait_for 10 curl -sf http://127.0.0.1:12379/health
# HAProxy and Caddy begin with what quaywatch gives; each service gets a host for that.
quaywatch_start HEALTH_CHECK_INTERVAL=1h
wait_for 120 all_are healthy $count
curl -sf http://127.0.0.1:$page_port/api/v1/status | grep -o '"container":"[^"]*"' |
    sed 's/.*:"\(.*\)"/[\1]\nservice.hosts=\1.example.org/' >"$work/overrides"
stop $quaywatch
quaywatch_start HEALTH_CHECK_INTERVAL=1h "QUAYWATCH_OVERRIDES=$work/overrides"
wait_for 120 all_are healthy $count
{
    printf 'global\n stats socket %s mode 666 level admin\n maxconn 100\ndefaults\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n' \
        "$work/haproxy.sock"
    curl -sf http://127.0.0.1:$page_port/export/haproxy
} >"$work/haproxy.cfg"
curl -sf http://127.0.0.1:$page_port/export/caddy |
    sed 's/^{/{"admin":{"listen":"127.0.0.1:12019"},/; s/":80"/":18080"/' >"$work/caddy.json"
stop $quaywatch
haproxy -f "$work/haproxy.cfg" >"$work/haproxy.log" 2>&1 &
haproxy=$!
wait_for 20 test -S "$work/haproxy.sock"
XDG_DATA_HOME="$work/caddy" XDG_CONFIG_HOME="$work/caddy" caddy run --config "$work/caddy.json" >"$work/caddy.log" 2>&1 &
caddy=$!
wait_for 20 curl -sf http://127.0.0.1:12019/config/

# measure NAME SETTING KIND WHERE REQUEST: a quaywatch with this exit alone.
measure() {
    quaywatch_start HEALTH_CHECK_INTERVAL=1h QUAYWATCH_AUTH_TOKEN=bench-token "QUAYWATCH_OVERRIDES=$work/overrides" "$2"
    wait_for 120 all_are healthy $count
    wait_for 60 in_step
    curl -sf http://127.0.0.1:$page_port/api/v1/status |
        sed 's/.*"services":\[{"name":"\([^"]*\)".*/\1/' >"$work/service"
    read -r service <"$work/service"
    address=$(curl -sf "http://127.0.0.1:$page_port/api/v1/services/$service/status" | sed 's/.*"address":"\([^"]*\)".*/\1/')
    sent=$(written) cpu=$(cpu_ns $quaywatch)
    if [ "$1" = etcd ]; then
        first=$(printf '/quaywatch/services/%s/' "$service" | base64 -w0) last=$(printf '/quaywatch/services/%s0' "$service" | base64 -w0)
        body="{\"key\":\"$first\",\"range_end\":\"$last\",\"count_only\":true}"
        set -- "$1" "$2" "$3" "$4" "$5Content-Length: ${#body}\\n\\n$body" "$6" "$7"
    fi
    request=$(printf '%s' "$5" | sed "s/SERVICE/$service/g") mark=$(echo "${7:-ADDRESS}" | sed "s/ADDRESS/$address/")
    "$BUILD/tests/bench/exports" $page_port bench-token "$service" "$mark" $rounds "$1" "$3" "$4" "$request" >"$work/times"
    cpu=$(($(cpu_ns $quaywatch) - cpu)) sent=$(($(written) - sent))
    read -r _ out out_worst in in_worst <"$work/times"
    row "a change of one of $count services until $6 shows it" \
        "gone: p50 $out ms, p99 $out_worst ms; there again: p50 $in ms, p99 $in_worst ms; $(calc "$sent / $rounds / 2" 0) bytes and $(calc "$cpu / $rounds / 2 / 1e6" 2) ms of processor time a change" "–"
    stop $quaywatch
}

written() { curl -sf http://127.0.0.1:$page_port/api/v1/exports | tr ',{}' '\n' | awk -F: '/^"bytes"/ {sum += $2} END {printf "%d", sum}'; }
in_step() { ! curl -sf http://127.0.0.1:$page_port/api/v1/exports | grep -q '"state":"[wf]a'; }

measure none QUAYWATCH_LOG_LEVEL=warn http $page_port "GET /services/SERVICE/resolve HTTP/1.1\\nHost: q\\nConnection: close\\n\\n" "its own API"
measure file "QUAYWATCH_EXPORTS=json=$work/out/services.json" file "$work/out/services.json" "" "a file of all as JSON"
measure consul QUAYWATCH_LOG_LEVEL=warn http $page_port "GET /v1/health/service/SERVICE?passing HTTP/1.1\\nHost: q\\nConnection: close\\n\\n" "the Consul API it serves"
measure dns QUAYWATCH_DNS_LISTEN=127.0.0.1:15353 dns 15353 "SERVICE.quay" "DNS"
measure haproxy "QUAYWATCH_HAPROXY=unix://$work/haproxy.sock" unix "$work/haproxy.sock" "show servers state quaywatch-SERVICE\\n" "HAProxy" "ADDRESS 2 0"
measure etcd QUAYWATCH_ETCD=http://127.0.0.1:12379 http 12379 "POST /v3/kv/range HTTP/1.1\\nHost: q\\nConnection: close\\n" "etcd" '"count"'
measure caddy QUAYWATCH_CADDY=http://127.0.0.1:12019 http 12019 "GET /id/quaywatch-SERVICE/upstreams HTTP/1.1\\nHost: 127.0.0.1:12019\\nConnection: close\\n\\n" "Caddy"
stop $caddy $haproxy $etcd $fake
