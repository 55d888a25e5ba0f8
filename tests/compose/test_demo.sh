#!/usr/bin/env bash
# `make demo` three times: in a private engine on a terminal, until Ctrl-C; on an engine that has other people's
# containers, without a terminal; and interrupted half-way. Each time it has to leave nothing behind. Needs root.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
work=$(mktemp -d /tmp/quaywatch-test.XXXXXX)
own=$work/own
chmod 755 "$work" # quaywatch gives up root and still has to reach its folders
export DOCKER_HOST=unix://$work/nobody.sock # whatever runs on this machine is left alone

fail() {
    echo "test_demo: $*" >&2
    exit 1
}

cleanup() {
    trap '' INT TERM
    exec 4>&-
    local pids
    pids=$(jobs -p)
    [ -z "$pids" ] || kill $pids 2>/dev/null # the demos clean up after themselves
    wait
    compose/engine.sh down "$own"
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# await SECONDS LOG TEXT: until the log shows the text.
await() {
    local end=$((SECONDS + $1))
    until grep -qsF -- "$3" "$2"; do
        [ $SECONDS -lt $end ] || fail "'$3' does not come within $1 s in: $(cat "$2")"
        sleep 0.1
    done
}

# ended PID CODE LOG: the demo ends in good time with that exit code.
ended() {
    local end=$((SECONDS + 240)) code=0
    while kill -0 "$1" 2>/dev/null; do
        [ $SECONDS -lt $end ] || fail "it does not end: $(cat "$3")"
        sleep 0.1
    done
    wait "$1" || code=$?
    [ $code = "$2" ] || fail "it ends with $code instead of $2: $(cat "$3")"
}

# nothing_left FOLDER: neither files in the folder it had for temporary ones nor processes that know of them.
nothing_left() {
    local found
    [ -z "$(ls -A "$1")" ] || fail "files are left: $(ls -A "$1")"
    found=$(grep -lsF -f <(echo "$1/") /proc/[0-9]*/cmdline /proc/[0-9]*/environ) # not finding itself
    [ -z "$found" ] || fail "processes are left: $found"
}

holds() { grep -qF -- "$2" "$1" || fail "'$2' is missing in: $(cat "$1")"; }

# ---- a terminal, a private engine, a port that is taken

on_a_terminal() {
    mkdir "$work/terminal"
    mkfifo "$work/keys"
    "$build/listen" 8080 "$work/taken" sleep 300 &
    TMPDIR=$work/terminal env --default-signal=INT script -qefc "exec compose/demo.sh" "$work/terminal.log" <"$work/keys" >/dev/null 2>&1 &
    terminal=$!
    exec 4>"$work/keys"
}

check_terminal() {
    local log=$work/terminal.log port
    await 240 "$log" "Everything stays up until Ctrl-C"
    holds "$log" "starting a private one"
    port=$(grep -o 'localhost:[0-9]*' "$log" | head -1 | cut -d: -f2)
    [ "$port" != "$(cat "$work/taken")" ] || fail "port $port is taken by someone else"
    [ "$(cat "$work/taken")" != 8080 ] || holds "$log" "Port 8080 is taken"
    curl -fsS -m 5 "http://localhost:$port/" | grep -qi '<title' || fail "there is no page at port $port"
    printf '\003' >&4
    ended $terminal 0 "$log"
    nothing_left "$work/terminal"
}

# ---- someone's engine, with a sick service of theirs, of a name that the demo has too

docker_own() { docker -H "unix://$own/docker.sock" "$@"; }
what_is_there() { docker_own ps -a --no-trunc --format '{{.ID}} {{.Names}}'; docker_own network ls -q; docker_own images -q; }
theirs() { docker_own inspect --format '{{.State.StartedAt}} {{.State.Running}}' other-web-1; }

start_own() {
    { compose/engine.sh up "$own" && compose/engine.sh image "$own"; } || fail "no engine"
    docker_own network create other >/dev/null
    docker_own run -d --name other-web-1 --network other --label com.docker.compose.project=other \
        --label com.docker.compose.service=web --label service.name=web --label service.port=8080 \
        --label service.health.path=/cgi-bin/health --label service.health.interval=1s \
        --label service.health.retries=1 --label service.health.start_period=1s quaywatch-demo/busybox:1 >/dev/null
    docker_own exec other-web-1 sick 503 || fail "no container of someone else"
    before=$(what_is_there) before_theirs=$(theirs)
}

# A session of its own, as a terminal's: so a signal reaches all of it, as Ctrl-C does.
demo_on_own() {
    mkdir "$work/$1"
    TMPDIR=$work/$1 DOCKER_HOST=unix://$own/docker.sock DEMO_ONCE=1 setsid env --default-signal=INT \
        compose/engine.sh run "$own" compose/demo.sh >"$work/$1.log" 2>&1 </dev/null &
    demo=$!
}

same_as_before() {
    [ "$(what_is_there)" = "$before" ] || fail "the engine has other things than before: $(what_is_there) instead of $before"
    [ "$(theirs)" = "$before_theirs" ] || fail "it touched a container that is not its own"
}

check_story() {
    local log=$work/once.log
    ended $demo 0 "$log"
    holds "$log" "Using the Docker that answers"
    holds "$log" "9 containers of 8 services"
    holds "$log" "was started anew"
    holds "$log" "It stays stopped."
    ! grep -q $'\e' "$log" || fail "there are colours without a terminal"
    nothing_left "$work/once"
    same_as_before
}

check_interrupt() {
    demo_on_own interrupted
    await 120 "$work/interrupted.log" "Starting a sample stack"
    sleep 0.7 # somewhere among the containers
    kill -INT -- -$demo
    ended $demo 130 "$work/interrupted.log"
    nothing_left "$work/interrupted"
    same_as_before
}

[ "$(id -u)" = 0 ] || fail "needs root"
if [ -z "${DEMO_BUILT-}" ]; then compose/demo.sh --build >/dev/null || fail "it does not build"; fi
on_a_terminal
start_own
demo_on_own once
check_story
check_interrupt
check_terminal
