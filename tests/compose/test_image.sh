#!/usr/bin/env bash
# Builds the image in a private engine and runs it by compose/docker-compose.yml, as a user would: does the status JSON
# appear on the host, do the jq examples work, is it healthy, without root, small, and does it know time
# zones? Needs root and a way to Debian's mirror.
set -u
cd "$(dirname "$0")/../.." || exit 1
limit=30000000 # bytes
engine='' slirp='' work=$(mktemp -d /tmp/quaywatch-image.XXXXXX)
cache=build/cache/debian-bookworm-slim.tar.gz

fail() {
    echo "test_image: $*" >&2
    [ ! -s "$work/build.log" ] || tail -n 15 "$work/build.log" >&2
    [ -z "${id-}" ] || docker logs --tail 15 "$id" >&2
    exit 1
}

cleanup() {
    trap '' INT TERM
    [ -z "$slirp" ] || kill "$slirp" 2>/dev/null
    [ -z "$engine" ] || compose/engine.sh down "$engine"
    rm -rf --one-file-system "$work"
    wait 2>/dev/null
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

# The base image, since there is no registry to ask, made once, then kept; as the published one is: no documents but
# licences, and a package manager that does not wait for the disk.
make_base() {
    local mirror options=(force-unsafe-io path-exclude=/usr/share/{doc,man,locale}/\* path-include=/usr/share/doc/\*/copyright)
    [ -s $cache ] && return
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | sort -u | head -1)
    mkdir -p "${cache%/*}"
    mmdebstrap --variant=minbase "${options[@]/#/--dpkgopt=}" bookworm "$work/base.tar" ${mirror:+"$mirror"} \
        >"$work/build.log" 2>&1 || fail "mmdebstrap did not succeed"
    gzip -1 <"$work/base.tar" >$cache.$$ && mv $cache.$$ $cache || fail "the base could not be stored"
    rm "$work/base.tar"
}

# A private engine whose network namespace has a way out, by which apt in the build reaches its mirror.
start_engine() {
    engine=$work/engine
    compose/engine.sh up "$engine" || fail "the private engine did not start"
    export DOCKER_HOST=unix://$engine/docker.sock
    slirp4netns --configure --mtu=1500 --disable-host-loopback "$(compose/engine.sh pid "$engine")" tap0 \
        >"$work/slirp.log" 2>&1 &
    slirp=$!
    docker import -c 'CMD ["bash"]' $cache debian:bookworm-slim >/dev/null || fail "the base could not be imported"
    within 60 compose/engine.sh run "$engine" ip link show tap0 || fail "slirp4netns made no way out"
}

build_image() {
    compose/image.sh >"$work/build.log" 2>&1 || fail "the image did not build"
    local size
    size=$(docker image inspect --format '{{.Size}}' quaywatch:latest)
    [ "$size" -le $limit ] || fail "the image has $size bytes, more than $limit"
    echo "test_image: $(tail -n 1 "$work/build.log")"
}

# Services to see: one that is well, the README's, one that nobody started, one that is sick.
start_samples() {
    compose/engine.sh image "$engine" || fail "no sample image"
    docker run -d --name sample-well --label service.name=well --label service.port=8080 \
        --label service.health.interval=1s quaywatch-demo/busybox:1 >/dev/null || fail "no sample container"
    docker run -d --name sample-api --label service.name=api --label service.port=8080 \
        quaywatch-demo/busybox:1 >/dev/null || fail "no sample container"
    docker create --name sample-down --label service.name=down --label service.port=8080 \
        quaywatch-demo/busybox:1 >/dev/null || fail "no sample container"
    docker run -d --name sample-sick --label service.name=sick --label service.port=8080 --label service.restart=no \
        --label service.health.path=/nothing --label service.health.interval=1s --label service.health.start_period=1s \
        quaywatch-demo/busybox:1 >/dev/null || fail "no sample container"
}

# Quiet hours that are now in Berlin, and an hour or two ago in UTC: only who knows the zone keeps them.
keep_quiet() {
    local minute clock=() berlin=CET-1CEST,M3.5.0,M10.5.0/3
    for minute in -30 60; do clock+=("$(TZ=$berlin date -d "@$(($(date +%s) + minute * 60))" +%H:%M)"); done
    cat >"$work/host/docker-compose.override.yml" <<END
services:
  quaywatch:
    environment:
      TZ: Europe/Berlin
      QUAYWATCH_ALERT_QUIET: "${clock[0]}-${clock[1]}"
      QUAYWATCH_ALERT_WEBHOOK: http://127.0.0.1:9/
      QUAYWATCH_ALERT_DELAY: "0"
      QUAYWATCH_ALERT_GROUP_WAIT: "0"
      QUAYWATCH_DEPLOY_SETTLE: "0"
END
}

check_quiet() {
    waits() { docker exec "$id" /quaywatch alerts --json | jq -e '.alerts[0] | .service == "sick" and .waits_for_quiet_hours'; }
    within 120 waits || fail "no alert waits for the end of Berlin's quiet hours: $(docker exec "$id" /quaywatch alerts --json)"
}

# The compose file in a folder of its own, where `status` appears beside it.
start_controller() {
    mkdir "$work/host" && cp compose/docker-compose.yml "$work/host/" && keep_quiet && cd "$work/host" || fail "no room"
    export DOCKER_SOCKET=$engine/docker.sock QUAYWATCH_AUTH_TOKEN=secret
    docker-compose -p quaywatch up -d --no-build >"$work/up.log" 2>&1 || fail "docker-compose up: $(cat "$work/up.log")"
    id=$(docker ps -q --filter label=com.docker.compose.project=quaywatch)
    [ -n "$id" ] || fail "the container is not there"
    cd "$OLDPWD" || exit 1
}

sees_samples() {
    jq -e '[.services[] | {name, status}] | contains([{name: "well", status: "healthy"}, {name: "down", status: "stopped"}])' \
        "$work/host/status/status.json"
}

# Every jq line that the documents show, run as it stands beside the folder `status`: each has to print something.
run_examples() {
    local example count=0 out
    while read -r example; do
        out=$(cd "$work/host" && bash -c "$example" 2>&1) || fail "the example fails: $example: $out"
        [ -n "$out" ] || fail "the example prints nothing: $example"
        count=$((count + 1))
    done < <(grep -hoE '(^|[# ])jq .*status/status\.json' compose/docker-compose.yml README.md 2>/dev/null |
        sed -E 's/^[# ]*//; s#[^ ]*status/status\.json#status/status.json#' | sort -u)
    [ $count -gt 0 ] || fail "no jq example was found"
    grep -q '^well healthy$' < <(cd "$work/host" && jq -r '.services[] | "\(.name) \(.status)"' status/status.json) ||
        fail "the status JSON does not name the sample"
}

check_healthy() {
    is_healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$id")" = healthy ]; }
    within 120 is_healthy ||
        fail "HEALTHCHECK: $(docker inspect --format '{{json .State.Health}}' "$id")"
}

check_user() {
    local pid uids
    pid=$(docker inspect --format '{{.State.Pid}}' "$id")
    uids=$(compose/engine.sh inside "$engine" sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status")
    [ "$uids" = "65532	65532	65532	65532" ] || fail "runs with the user ids $uids"
    [ "$(stat -c %u "$work/host/status/status.json")" = 65532 ] || fail "the status file is not uid 65532's"
    [ $((0$(stat -c %a "$work/host/status/status.json") & 4)) = 4 ] && [ $((0$(stat -c %a "$work/host/status") & 5)) = 5 ] ||
        fail "scripts of other users on the host cannot read the status file"
}

# A second one of the same scope only observes, on the host's network as well, where no host name tells who is who; the
# first goes on, and when it stops the second heals.
check_second() {
    mode() { docker exec "$1" /quaywatch status --json | jq -er .controller.mode; }
    is_mode() { [ "$(mode "$1")" = "$2" ]; }
    within 60 is_mode "$id" act || fail "the first controller does not act but $(mode "$id")"
    second=$(docker run -d --network host --label quaywatch.controller=all -e QUAYWATCH_LISTEN=127.0.0.1:8099 \
        -v "$engine/docker.sock:/var/run/docker.sock" quaywatch:latest) || fail "the second controller did not start"
    within 60 is_mode "$second" observe || fail "the second controller does not only observe: $(docker logs "$second" 2>&1 | tail -n 5)"
    is_mode "$id" act || fail "the first controller gave way to a younger one"
}

check_second_alone() {
    within 60 is_mode "$second" act || fail "the second controller does not take over"
    docker rm -f "$second" >/dev/null
}

# A stop has to be obeyed at once, without an error, and the last state stays readable.
check_stop() {
    local start=$SECONDS
    docker stop -t 20 "$id" >/dev/null
    [ $((SECONDS - start)) -lt 15 ] || fail "it did not stop within 15 s"
    [ "$(docker inspect --format '{{.State.ExitCode}}' "$id")" = 0 ] || fail "it does not end with 0"
}

make_base
start_engine
build_image
start_samples
start_controller
within 120 sees_samples || fail "the status JSON on the host does not show the samples: $(cat "$work/host/status/status.json" 2>&1)"
run_examples
check_user
check_healthy
check_quiet
check_second
check_stop
check_second_alone
