#!/bin/sh
# serving.sh: requests per second of the status document, and of an export, against nginx serving the same bytes.
. tests/bench/lib.sh

network_up
nginx_start
sizes="100 1000 10000" rounds=5 seconds=2
[ -z "$quick" ] || sizes="100 1000" rounds=1 seconds=1

# rate URL [HEADER]: requests per second of 64 clients; nothing but the wanted status may come.
rate() {
    wrk -t1 -c64 --timeout 30s -d${seconds}s ${2:+-H "$2"} "$1" >"$work/wrk"
    ! grep -q 'Non-2xx\|Socket errors' "$work/wrk" || cat "$work/wrk" >&2
    awk '/^Requests\/sec/ { print $2 }' "$work/wrk"
}

# compare WHAT GOAL HEADER_OURS HEADER_NGINX [PATH FILE]: interleaved rounds, a row.
compare() {
    : >"$work/ratios"
    for _ in $(seq $rounds); do
        theirs=$(rate http://127.0.0.1:8081/"${6:-$size.json}" "$4")
        ours=$(rate http://127.0.0.1:$page_port"${5:-/api/v1/status}" "$3")
        echo "$(calc "$ours / $theirs" 3) $ours" >>"$work/ratios"
    done
    row "$1" "$(calc "$(median <"$work/ratios")") × nginx ($(cut -d' ' -f2 "$work/ratios" | median | cut -d. -f1)/s)" "$2"
}

header() { curl -sI "$1" | tr -d '\r' | sed -n "s/^ETag: //Ip"; }

for size in $sizes; do
    fake_start "$size"
    quaywatch_start HEALTH_CHECK_INTERVAL=1h
    wait_for 120 all_are healthy "$size"
    curl -sf http://127.0.0.1:$page_port/api/v1/status >"$work/www/$size.json"
    curl -sf -H 'Accept-Encoding: gzip' http://127.0.0.1:$page_port/api/v1/status >"$work/www/$size.json.gz"
    sleep 1
    plain=0.8 small=0.75
    [ "$size" != 1000 ] || small=0.85
    [ "$size" != 100 ] || small=1.0
    kib=$(($(wc -c <"$work/www/$size.json") / 1024)) zipped=$(($(wc -c <"$work/www/$size.json.gz") / 1024))
    what="/api/v1/status, $size instances"
    compare "$what, $kib KiB" "≥ $plain ×" "" ""
    compare "$what, gzip, $zipped KiB" "≥ $small ×" "Accept-Encoding: gzip" "Accept-Encoding: gzip"
    compare "$what, 304" "≥ 1.0 ×" "If-None-Match: $(header http://127.0.0.1:$page_port/api/v1/status)" \
        "If-None-Match: $(header "http://127.0.0.1:8081/$size.json")"
    path=/export/traefik file=$size.traefik.json
    wait_for 90 curl -sf http://127.0.0.1:$page_port$path -o "$work/www/$file" # not before all is checked
    kib=$(($(wc -c <"$work/www/$file") / 1024))
    compare "$path, $size instances, $kib KiB" "≥ $plain ×" "" "" $path "$file"
    compare "$path, $size instances, 304" "≥ 1.0 ×" "If-None-Match: $(header http://127.0.0.1:$page_port$path)" \
        "If-None-Match: $(header "http://127.0.0.1:8081/$file")" $path "$file"
    stop $quaywatch $fake
done
