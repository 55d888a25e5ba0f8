#!/bin/sh
# dns.sh: DNS queries per second, against dnsmasq with the same names in its hosts file.
. tests/bench/lib.sh

network_up
nginx_start
services=1000 rounds=5 seconds=2
[ -z "$quick" ] || services=100 rounds=1 seconds=1
ours_port=5301 theirs_port=5302

fake_start $services
quaywatch_start HEALTH_CHECK_INTERVAL=1h QUAYWATCH_DNS_LISTEN=127.0.0.1:$ours_port
wait_for 120 all_are healthy $services
curl -sf http://127.0.0.1:$page_port/export/hosts | awk '$1 ~ /^10\./ { print $1, $2 ".quay" }' >"$work/hosts"
awk '{ print $2, "A" }' "$work/hosts" >"$work/queries"
[ "$(wc -l <"$work/queries")" = $services ] || fail "not all services have a name"
dnsmasq --keep-in-foreground --user=root --port=$theirs_port --listen-address=127.0.0.1 --bind-interfaces --no-resolv \
    --no-hosts --addn-hosts="$work/hosts" --local=/quay/ --cache-size=10000 --local-ttl=5 --pid-file= 2>"$work/dnsmasq.log" &
dnsmasq=$!

# rate PORT [ARGUMENTS]: queries per second of 8 clients; each must get its answer.
rate() {
    port=$1
    shift
    dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -l $seconds -c 8 "$@" >"$work/dnsperf" 2>&1
    grep -q 'NOERROR.*100.00%' "$work/dnsperf" || cat "$work/dnsperf" >&2
    awk '/Queries per second/ { print $4 }' "$work/dnsperf"
}

for protocol in udp tcp; do
    wait_for 10 dig +tries=1 +time=1 @127.0.0.1 -p $theirs_port "$(head -1 "$work/queries" | cut -d' ' -f1)"
    : >"$work/ratios"
    for _ in $(seq $rounds); do
        theirs=$(rate $theirs_port -m $protocol)
        before=$(cpu_ns $quaywatch)
        ours=$(rate $ours_port -m $protocol)
        cpu=$(calc "($(cpu_ns $quaywatch) - $before) / 1000 / ($ours * $seconds)" 1)
        echo "$(calc "$ours / $theirs" 3) $ours $cpu" >>"$work/ratios"
    done
    row "DNS over $protocol, $services services, from dnsperf" \
        "$(calc "$(median <"$work/ratios")") × dnsmasq ($(cut -d' ' -f2 "$work/ratios" | median | cut -d. -f1)/s, $(cut -d' ' -f3 "$work/ratios" | median) µs of processor each)" "≥ 1.0 ×"
done
stop $dnsmasq $quaywatch $fake
