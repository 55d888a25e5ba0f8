#!/bin/sh
# latency.sh: how soon quaywatch shows what a real engine does.
. tests/bench/lib.sh

engine=$work/engine
rounds=${quick:+5}
compose/engine.sh up "$engine"
compose/engine.sh image "$engine"
export DOCKER_HOST="unix://$engine/docker.sock"
docker run -d --name web --label service.name=web --label service.port=8080 --label service.health.path=/health \
    --label service.health.interval=1s quaywatch-demo/busybox:1 >/dev/null
mkdir -p "$work/state"
compose/engine.sh run "$engine" env -i PATH="$PATH" "DOCKER_HOST=$DOCKER_HOST" QUAYWATCH_LISTEN=127.0.0.1:$page_port \
    "QUAYWATCH_STATE_DIR=$work/state" QUAYWATCH_STATUS_FILE= "$BUILD/quaywatch" >"$work/quaywatch.log" 2>&1 &
quaywatch=$!
trap 'stop $quaywatch' EXIT
wait_for 20 compose/engine.sh run "$engine" curl -sf http://127.0.0.1:$page_port/health
compose/engine.sh run "$engine" "$BUILD/tests/bench/latency" "$engine/docker.sock" $page_port web web "${rounds:-60}" \
    >"$work/latency"

while read -r what since p50 p99; do
    case "$what $since" in
    "start engine") row "container started → visible in JSON, after the engine's own time" "p50 $p50 ms, p99 $p99 ms" "p50 ≤ 5 ms, p99 ≤ 15 ms" ;;
    "start event") row "the same, after a plain listener has the raw event" "p50 $p50 ms, p99 $p99 ms" "–" ;;
    "die engine") row "container died → not served any more, after the engine's own time" "p50 $p50 ms, p99 $p99 ms" "–" ;;
    "die event") row "the same, after a plain listener has the raw event" "p50 $p50 ms, p99 $p99 ms" "p50 ≤ 2 ms" ;;
    esac
done <"$work/latency"
