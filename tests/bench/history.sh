#!/bin/sh
# history.sh: what 30 days of history cost: on disk, in memory, and when somebody asks, beside the sqlite3 shell that reads
# the same rows of the same file.
. tests/bench/lib.sh

network_up
nginx_start
services=1000
[ -z "$quick" ] || services=100
file=$work/state/history.db

# ask PATH: the median of five answers, milliseconds.
ask() {
    for _ in 1 2 3 4 5; do curl -sf -o /dev/null -w '%{time_total}\n' "http://127.0.0.1:$page_port$1"; done | median | awk '{ print $1 * 1000 }'
}

# shell_ms SQL: the median of five runs by the sqlite3 shell, each in a process of its own, milliseconds without its start.
shell_ms() {
    for _ in 1 2 3 4 5; do
        printf '.timer on\n.output /dev/null\n%s;\n' "$1" | sqlite3 -readonly "$file" | awk '/^Run Time/ { s += $4 } END { print s }'
    done | median | awk '{ print $1 * 1000 }'
}

# compare WHAT PATH SQL
compare() {
    ours=$(ask "$2") theirs=$(shell_ms "$3")
    row "$1" "$(calc "$ours / ($theirs > 0 ? $theirs : 1)") × the sqlite3 shell ($(calc "$ours" 1) ms against $(calc "$theirs" 1) ms)" "$4"
}

fake_start $services
quaywatch_start QUAYWATCH_HISTORY_DAYS=0 HEALTH_CHECK_INTERVAL=10s
wait_for 120 all_are healthy $services
sleep 3
without=$(memory_kb $quaywatch VmRSS)
stop $quaywatch
quaywatch_start HEALTH_CHECK_INTERVAL=10s
wait_for 120 all_are healthy $services
stop $quaywatch
sqlite3 "$file" 'SELECT key FROM services' >"$work/keys"
# A file of its own: the first one has runs in it that the filled past would stand beside.
rm -f "$file"*
filled_s=$("$BUILD/tests/bench/history" "$file" <"$work/keys")
echo "bench: filled in $filled_s s" >&2
size=$(stat -c %s "$file")
mv "$work/state" "$work/filled"
quaywatch_state=$work/filled
file=$work/filled/history.db
quaywatch_start HEALTH_CHECK_INTERVAL=10s "QUAYWATCH_STATE_DIR=$quaywatch_state"
wait_for 120 all_are healthy $services
sleep 3
with=$(memory_kb $quaywatch VmRSS)
row "30 days of history, $services services: the file" "$(calc "$size / 1048576" 1) MiB, $(calc "$size / 1024 / $services" 0) KiB a service" "≤ 200 KiB a service"
row "the same: memory, after a start, beside none kept" "+$(calc "($with - $without) / 1024" 1) MB" "≤ 6 MB"

now=$(date +%s)
hour=$((now / 3600 * 3600)) day=$((now / 86400 * 86400))
name=$(curl -sf http://127.0.0.1:$page_port/api/v1/status | tr '{' '\n' | sed -n 's/^"name":"\([^"]*\)","key".*/\1/p' | head -1)
compare "the same: a window of 30 days of all services, with bars" "/api/v1/history?window=30d" \
    "SELECT service, sum(checks), sum(failures), sum(length(times)) FROM (SELECT * FROM hours WHERE at_s >= $((hour - 30 * 86400)) AND at_s < $((day - 29 * 86400)) UNION ALL SELECT * FROM days WHERE at_s >= $((day - 29 * 86400))) GROUP BY service; SELECT * FROM states ORDER BY service, at_ms; SELECT service, count(*) FROM restarts GROUP BY service" "≤ 2 ×"
compare "the same: a window of 24 hours of all services, with bars" "/api/v1/history?window=24h" \
    "SELECT service, sum(checks), sum(failures), sum(length(times)) FROM (SELECT * FROM minutes WHERE at_s >= $((now - 86400)) AND at_s < $((hour - 82800)) UNION ALL SELECT * FROM hours WHERE at_s >= $((hour - 82800))) GROUP BY service; SELECT * FROM states ORDER BY service, at_ms; SELECT service, count(*) FROM restarts GROUP BY service" "≤ 2 ×"
compare "the same: one service, three windows, 164 bars, its lists" "/api/v1/services/$name/history" \
    "WITH RECURSIVE m(t) AS (SELECT $((now / 1800 * 1800 - 47 * 1800)) UNION ALL SELECT t + 60 FROM m WHERE t < $now), h(t) AS (SELECT $((hour - 30 * 86400)) UNION ALL SELECT t + 3600 FROM h WHERE t < $now) SELECT sum(checks), sum(length(times)) FROM m JOIN minutes ON at_s = t AND service = 1 UNION ALL SELECT sum(checks), sum(length(times)) FROM h JOIN hours ON at_s = t AND service = 1; SELECT * FROM states WHERE service = 1; SELECT * FROM transitions WHERE service = 1 ORDER BY at_ms DESC LIMIT 100; SELECT * FROM decisions WHERE service = 1 ORDER BY at_ms DESC LIMIT 50" "≤ 3 ×"
stop $quaywatch $fake
