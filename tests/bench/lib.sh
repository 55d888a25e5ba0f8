# lib.sh: what the parts of the bench share. Needs $BUILD and, but for run.sh, $work.
# shellcheck shell=sh disable=SC2034,SC2154 # used by, and set by, those that read this file
set -eu

quick=${BENCH_QUICK:+yes}
target_port=5000  # where all synthetic containers serve
page_port=8080    # quaywatch's
subnet=200

fail() {
    echo "bench: $*" >&2
    exit 1
}

row() { echo "| $1 | $2 | $3 |"; }

# The median of the numbers on stdin.
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%s\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# calc 'EXPRESSION': one number, by awk.
calc() { awk "BEGIN { printf \"%.${2:-2}f\", $1 }"; }

# Nanoseconds of processor time that a process has used, all its threads.
cpu_ns() { cat /proc/"$1"/task/*/schedstat | awk '{ n += $1 } END { printf "%.0f", n }'; }

# Nanoseconds that it was ready to run and was not let.
waited_ns() { cat /proc/"$1"/task/*/schedstat | awk '{ n += $2 } END { printf "%.0f", n }'; }

# How often it went to sleep of its own accord.
sleeps() { cat /proc/"$1"/task/*/status | awk '/^voluntary_ctxt_switches/ { n += $2 } END { print n }'; }

memory_kb() { awk -v key="$2:" '$1 == key { print $2 }' /proc/"$1"/status; }

# wait_for SECONDS COMMAND…
wait_for() {
    left=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "this did not come true: $*"
        sleep 0.1
    done
}

# Addresses 10.$subnet.0.0/16 are all this machine's, on an interface that quaywatch takes for a shared network.
network_up() {
    ip link set lo up
    ip link add bench0 type bridge
    ip addr add 10.$subnet.0.1/16 dev bench0
    ip link set bench0 up
    ip route add local 10.$subnet.0.0/16 dev lo
}

# nginx_start [LOG]: nginx with one worker: the target of checks, and the server of the files in $work/www on port 8081.
# LOG gets a line a check: Unix time, address, connections open at that time.
nginx_start() {
    mkdir -p "$work/www"
    cat >"$work/nginx.conf" <<END
worker_processes 1; daemon off; pid $work/nginx.pid; error_log stderr crit; user root;
events { worker_connections 4096; }
http {
    log_format hits '\$msec \$server_addr \$connections_active';
    access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on; open_file_cache max=100;
    types { application/json json; }
    server { listen $target_port backlog=4096 reuseport;${1:+ access_log $1 hits;} location / { return 200 '{"status":"ok"}'; } }
    server { listen 8081 backlog=4096; root $work/www; gzip_static on; }
}
END
    nginx -c "$work/nginx.conf" 2>"$work/nginx.log" &
    nginx=$!
    wait_for 10 curl -sf "http://127.0.0.1:$target_port/health"
}

# fake_start CONTAINERS [ARGUMENTS]: the synthetic engine.
fake_start() {
    "$BUILD/tests/fake_engine/fake_engine" "$work/engine.sock" "$@" --port $target_port --subnet $subnet </dev/null &
    fake=$!
    wait_for 10 curl -sf --unix-socket "$work/engine.sock" http://engine/_ping
}

# quaywatch_start [SETTINGS…]: on $page_port, and waits until it answers.
quaywatch_start() {
    rm -rf "$work/state"
    mkdir -p "$work/state"
    env -i PATH="$PATH" "DOCKER_HOST=unix://$work/engine.sock" QUAYWATCH_LISTEN=127.0.0.1:$page_port \
        "QUAYWATCH_STATE_DIR=$work/state" QUAYWATCH_STATUS_FILE= QUAYWATCH_LOG_LEVEL=warn "$@" \
        "$BUILD/quaywatch" >"$work/quaywatch.log" 2>&1 &
    quaywatch=$!
    wait_for 10 curl -sf http://127.0.0.1:$page_port/health
}

stop() {
    for process in "$@"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
}

# summary WORD: a number of the status document's summary.
summary() { curl -sf http://127.0.0.1:$page_port/services/health | tr ',{}' '\n' | sed -n "s/^\"$1\"://p" | head -1; }

all_are() { [ "$(summary "$1")" = "$2" ]; }
