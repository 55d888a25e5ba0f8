#!/usr/bin/env bash
# demo.sh: `make demo`. Builds quaywatch, finds or starts an engine, starts the stack of demo.yml as compose project
# quaywatch-demo, lets quaywatch watch over it on http://localhost:8080 and tells a short story. Everything it made is
# removed at the end, whatever the end is, and nothing else. DEMO_ONCE=1, or no terminal: ends after the story.
# `demo.sh --build` only builds what it needs; `demo.sh --stack` only prints how it reads demo.yml.
set -u
cd "$(dirname "$0")/.." || exit 1

project=quaywatch-demo
build=${BUILD:-build}
first_port=8080
stack=compose/demo.yml
image=$project:$$
mine=quaywatch.demo=$$ # the label by which this run knows what is its own
work='' engine='' controller='' port='' starting=()
export DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock} # said aloud: the CLI would also ask its contexts
unset MAKEFLAGS MFLAGS MAKELEVEL

# ---- speaking

bold='' dim='' red='' green='' yellow='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
fi

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '  %s\n' "$*"; }

fail() {
    printf '\n%sThe demo stopped: %s%s\n' "$red" "$*" "$plain" >&2
    [ ! -s "$work/quaywatch.log" ] || { echo "The last lines of quaywatch's log:"; tail -n 5 "$work/quaywatch.log"; } >&2
    exit 1
}

colour_of() {
    case $1 in
    healthy) printf %s "$green" ;;
    unhealthy | failed) printf %s "$red" ;;
    *) printf %s "$yellow" ;;
    esac
}

# ---- waiting: always for a condition, always with an end

# within SECONDS COMMAND...: waits until COMMAND succeeds; fails when it does not in that time.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" 2>/dev/null; do
        controller_alive
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

# await SECONDS SENTENCE COMMAND...: the same, and ends the demo with the sentence.
await() {
    local seconds=$1 sentence=$2
    shift 2
    within "$seconds" "$@" || fail "$sentence"
}

controller_alive() {
    [ -z "$controller" ] || kill -0 "$controller" 2>/dev/null || fail "quaywatch ended by itself."
}

# ---- the end

containers() { docker ps -aq --no-trunc --filter "label=$mine"; }
networks() { docker network ls -q --filter "label=$mine"; }

remove_stack() {
    local tries=5 # a request that was under way when we were interrupted may still bear fruit
    while ((tries-- > 0)); do
        containers | xargs -r docker rm -fv
        networks | xargs -r docker network rm
        docker image rm "$image"
        sleep 0.2
        [ -n "$(containers)$(networks)" ] || return 0
    done
} >/dev/null 2>&1

stop_controller() {
    local end=$((SECONDS + 5))
    kill "$controller" 2>/dev/null || return 0
    while [ $SECONDS -lt $end ]; do
        kill -0 "$controller" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$controller" 2>/dev/null
}

cleanup() {
    local code=$?
    [ -z "${staying-}" ] || [ $code != 130 ] || code=0
    trap '' INT TERM HUP
    trap - EXIT
    [ -z "$work" ] && exit $code
    printf '\n%sCleaning up...%s\n' "$dim" "$plain"
    [ -z "$controller" ] || stop_controller
    if [ -n "$engine" ]; then
        compose/engine.sh down "$engine"
    elif [ -e "$work/started" ]; then
        wait "${starting[@]}" 2>/dev/null # what is being made can be removed only when it is there
        remove_stack
    fi
    rm -rf --one-file-system "$work"
    wait 2>/dev/null
    exit $code
}

# ---- the ground: programs, engine, image

# quaywatch gives up root and still has to reach its folders: some systems give root a TMPDIR that nobody else may enter.
make_work() {
    local base=${TMPDIR:-/tmp}
    [ "$(id -u)" != 0 ] || setpriv --reuid=65532 --clear-groups test -x "$base" || base=/tmp
    work=$(mktemp -d "$base/quaywatch-demo.XXXXXX") || fail "no temporary folder could be made in $base."
    chmod 755 "$work"
}

prepare() {
    step "Building quaywatch"
    tests/deps.sh build demo || fail "some packages are missing and could not be installed."
    make -s BUILD="$build" || fail "the build did not succeed."
    [ "$build/listen" -nt compose/listen.c ] ||
        ${CC:-cc} -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$build/listen" compose/listen.c ||
        fail "listen.c did not build."
    note "$build/quaywatch is ready."
}

engine_answers() { timeout 30 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

find_engine() {
    if engine_answers; then
        step "Using the Docker that answers at $DOCKER_HOST"
        return
    fi
    [ "$(id -u)" = 0 ] || become_root
    step "No Docker answers at $DOCKER_HOST: starting a private one, only for this demo"
    engine=$work/engine
    compose/engine.sh up "$engine" || fail "the private Docker Engine did not start."
    export DOCKER_HOST=unix://$engine/docker.sock
    note "It lives in namespaces of its own and leaves nothing behind."
}

# A private engine needs root: begin again as root, with what was built.
become_root() {
    command -v sudo >/dev/null || fail "no Docker answers at $DOCKER_HOST; to start a private one, call this as root."
    note "A private Docker needs root; sudo may ask for your password."
    rm -rf "$work"
    exec sudo env DEMO_BUILT=1 "DEMO_ONCE=${DEMO_ONCE-}" "NO_COLOR=${NO_COLOR-}" "DOCKER_HOST=$DOCKER_HOST" "BUILD=$build" \
        compose/demo.sh
}

# An earlier demo that was killed hard may have left its containers: they are ours to remove, unless it still runs.
# Anything else by that name belongs to someone else.
check_leftovers() {
    local id owner
    for id in $(docker ps -aq --filter "label=com.docker.compose.project=$project"); do
        owner=$(docker inspect -f '{{index .Config.Labels "quaywatch.demo"}}' "$id" 2>/dev/null)
        [ -n "$owner" ] || fail "containers of a compose project $project exist already; remove them first:
  docker rm -f \$(docker ps -aq --filter label=com.docker.compose.project=$project)"
        ! grep -qs demo.sh "/proc/$owner/cmdline" || fail "another demo is running (process $owner)."
        docker rm -fv "$id" >/dev/null
    done
    docker network ls -q --filter "label=com.docker.compose.project=$project" --filter label=quaywatch.demo |
        xargs -r docker network rm >/dev/null
}

# An image of nothing but a static busybox, so that no registry is asked.
make_image() {
    local root=$work/image applet
    mkdir -p "$root/bin" "$root/tmp" "$root/etc" || fail "no room in $work."
    cp "$(command -v busybox)" "$root/bin/busybox" || fail "busybox-static is not installed."
    for applet in sh httpd mkdir echo touch sleep test cat rm wget; do ln -s busybox "$root/bin/$applet"; done
    tar -C "$root" -c . | docker import -c 'ENV PATH=/bin' - "$image" >/dev/null ||
        fail "the engine did not take the image."
}

# ---- the stack

# Flat lines "service<TAB>key<TAB>value" of the stack's file; lists give one line an item.
stack_lines() {
    awk '
        function plain(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); gsub(/^"|"$/, "", text); return text }
        /^ *#/ || /^ *$/ { next }
        /^  [a-z]+:$/ { service = plain($0); sub(/:$/, "", service); next }
        /^    [a-z_]+:$/ { key = plain($0); sub(/:$/, "", key); next }
        /^      - / { sub(/^      - /, ""); print service "\t" key "\t" plain($0); next }
        /^ +[a-z_]+: / {
            depth = match($0, /[^ ]/)
            name = plain(substr($0, 1, index($0, ":") - 1))
            value = plain(substr($0, index($0, ":") + 1))
            print service "\t" (depth > 5 ? key "." name : name) "\t" value
        }' "$stack"
}

# run_service NAME: starts its containers with the labels that compose would set.
run_service() {
    local name=$1 key value replica replicas=1 needs='' options=() command=()
    while IFS=$'\t' read -r key value; do
        case $key in
        command) command+=("$value") ;;
        labels) options+=(--label "$value") ;;
        depends_on) needs=$needs${needs:+,}$value:service_started:false ;;
        scale) replicas=$value ;;
        restart) options+=(--restart "$value") ;;
        stop_grace_period) options+=(--stop-timeout "${value%s}") ;;
        healthcheck.test) options+=(--health-cmd "$value") ;;
        healthcheck.*) options+=("--health-${key#healthcheck.}" "$value") ;;
        image) ;;
        *) fail "$stack: demo.sh does not know '$key'." ;;
        esac
    done < <(stack_lines | sed -n "s/^$name\t//p")
    [ ${#command[@]} -gt 0 ] || fail "$stack: no command for $name."
    for ((replica = 1; replica <= replicas; replica++)); do
        docker run -d --name "$project-$name-$replica" --network "${project}_default" --network-alias "$name" \
            --label "$mine" --label com.docker.compose.project="$project" --label com.docker.compose.service="$name" \
            --label com.docker.compose.container-number="$replica" --label com.docker.compose.oneoff=False \
            --label com.docker.compose.depends_on="$needs" \
            "${options[@]}" "$image" "${command[@]}" >/dev/null || return 1
    done
}

start_stack() {
    local name services=() pid
    step "Starting a sample stack: compose project $project"
    check_leftovers
    : >"$work/started"
    make_image
    docker network create --label "$mine" --label com.docker.compose.project="$project" \
        --label com.docker.compose.network=default "${project}_default" >/dev/null || fail "no network could be made."
    readarray -t services < <(stack_lines | cut -f 1 | uniq)
    for name in "${services[@]}"; do
        run_service "$name" 2>"$work/run.$name.log" &
        starting+=($!)
    done
    for pid in "${starting[@]}"; do
        wait "$pid" || fail "a container of the stack did not start: $(cat "$work"/run.*.log)"
    done
    note "$(containers | wc -l) containers of ${#services[@]} services, made of busybox: ${services[*]}"
}

# ---- the controller

start_controller() {
    local name enter=()
    step "Starting quaywatch"
    for name in "${!QUAYWATCH_@}"; do unset "$name"; done
    mkdir "$work/state" "$work/status"
    [ -z "$engine" ] || enter=("$PWD/compose/engine.sh" run "$engine")
    # A session of its own: Ctrl-C is ours to handle, in order. Its folder is empty, so that no .env is read.
    (
        cd "$work" || exit 1
        export QUAYWATCH_SCOPE=project QUAYWATCH_SCOPE_PROJECT=$project QUAYWATCH_AUTH_TOKEN=demo \
            QUAYWATCH_SETTLE=2s QUAYWATCH_DEPLOY_SETTLE=2s QUAYWATCH_GRACEFUL_SHUTDOWN_TIMEOUT=1s \
            QUAYWATCH_LOG_FORMAT=text QUAYWATCH_STATE_DIR="$work/state" QUAYWATCH_STATUS_FILE="$work/status/status.json"
        exec setsid "$bin/listen" $first_port "$work/port" "${enter[@]}" "$bin/quaywatch"
    ) >"$work/quaywatch.log" 2>&1 </dev/null &
    controller=$!
    await 60 "no port from $first_port on could be opened." test -s "$work/port"
    port=$(cat "$work/port")
    [ "$port" = $first_port ] || note "Port $first_port is taken by another program, so quaywatch uses $port."
    await 60 "quaywatch does not answer at http://localhost:$port." status_known
    note "The page: ${bold}http://localhost:$port${plain}"
}

status() { curl -fsS -m 5 "http://127.0.0.1:$port/api/v1/status"; }
status_known() { status >/dev/null; }

# What the status JSON says of our stack: a list of its instances.
ours="[.services[].instances[] | select(.container | startswith(\"$project-\"))]"
instance() { status | jq -c "$ours | map(select(.container == \"$1\"))[0]"; }
all_healthy() {
    status | jq -e --argjson want "$(containers | wc -l)" \
        "$ours | length == \$want and all(.[]; .status == \"healthy\")" >/dev/null
}

# ---- the story

show_services() {
    local container status check target
    while IFS=$'\t' read -r container status check target; do
        printf '  %s%-10s%s %-26s %-7s %s\n' "$(colour_of "$status")" "$status" "$plain" "$container" "$check" "$target"
    done < <(status | jq -r "$ours"' | .[] | [.container, .status, .health.check, .health.target // ""] | @tsv')
}

# follow CONTAINER SECONDS SENTENCE CONDITION: prints what quaywatch finds and decides, as it changes, until the jq
# condition on the instance holds.
follow() {
    local end=$((SECONDS + $2)) now found decided last_found='' last_decided='' word
    while :; do
        now=$(instance "$1")
        found=$(jq -r '"\(.status)\t\(.health.message // "")"' <<<"$now" 2>/dev/null)
        decided=$(jq -r '.decision.sentence' <<<"$now" 2>/dev/null)
        if [ -n "$found" ] && [ "$found" != "$last_found" ]; then
            word=${found%%$'\t'*}
            printf '  %s  %s%-10s%s %s\n' "$(date +%T)" "$(colour_of "$word")" "$word" "$plain" "${found#*$'\t'}"
            last_found=$found
        fi
        if [ -n "$decided" ] && [ "$decided" != "$last_decided" ]; then
            printf '            %sdecision%s   %s\n' "$dim" "$plain" "$decided"
            last_decided=$decided
        fi
        [ -n "$now" ] && jq -e "$4" <<<"$now" >/dev/null 2>&1 && return
        controller_alive
        [ $SECONDS -lt $end ] || fail "$3"
        sleep 0.2
    done
}

started_at() { docker inspect -f '{{.State.StartedAt}}' "$1"; }

tell_what_is_up() {
    step "What is up, as the status JSON has it"
    if ! within 120 all_healthy; then
        show_services
        fail "not every container became healthy within 2 minutes."
    fi
    show_services
}

tell_sickness() {
    local victim=$project-api-1 before
    step "Now api falls sick: its workers hang, and its health answer says so"
    before=$(started_at "$victim")
    note "${dim}\$ docker exec $victim sh -c 'echo {\"status\":\"unhealthy\",...} >/www/health'$plain"
    docker exec "$victim" sh -c \
        'echo "{\"status\":\"unhealthy\",\"checks\":{\"database\":\"healthy\",\"workers\":\"unhealthy\"}}" >/www/health' ||
        fail "the container could not be made sick."
    follow "$victim" 120 "api was not healed within 2 minutes." '.status == "healthy" and .restarts.count >= 1'
    [ "$(started_at "$victim")" != "$before" ] || fail "quaywatch says it restarted api, but Docker knows nothing of it."
    note "Docker confirms it: $victim was started anew. Starting it wrote a good health file; it is healed."
}

tell_stop() {
    local stopped=$project-billing-1
    step "And when a person stops something?"
    note "${dim}\$ docker stop $stopped$plain"
    docker stop "$stopped" >/dev/null || fail "the container could not be stopped."
    follow "$stopped" 60 "quaywatch did not see within a minute that billing was stopped by hand." \
        '.status == "stopped" and .decision.action == "hold" and .decision.reason == "manual-stop"'
    sleep 2 # long enough to see a wrong restart: it would come at once
    [ "$(docker inspect -f '{{.State.Running}}' "$stopped")" = false ] ||
        fail "quaywatch started what a person had stopped."
    note "It stays stopped."
}

stay() {
    staying=1 # from here on Ctrl-C is how the demo ends
    trap 'exit 0' INT
    step "Look around: ${green}http://localhost:$port"
    note "Everything stays up until Ctrl-C. Things to try in another terminal:"
    note ""
    [ -z "$engine" ] || note "export DOCKER_HOST=$DOCKER_HOST   # the private Docker (root)"
    note "docker exec $project-worker-1 rm /tmp/alive    # a sick HEALTHCHECK"
    note "docker kill $project-web-2                     # by hand as well: stays down"
    note "docker start $project-billing-1                # back again"
    note "curl -s localhost:$port/api/v1/status | jq .summary"
    note "curl -s localhost:$port/api/v1/services/api/explain | jq"
    note "curl -s -X POST -H 'Authorization: Bearer demo' localhost:$port/api/v1/services/web/reload"
    wait "$controller"
    fail "quaywatch ended by itself."
}

main() {
    case $build in /*) bin=$build ;; *) bin=$PWD/$build ;; esac
    trap cleanup EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    [ -n "${DEMO_BUILT-}" ] || prepare
    make_work
    find_engine
    start_stack
    start_controller
    tell_what_is_up
    tell_sickness
    tell_stop
    if [ -t 1 ] && [ "${DEMO_ONCE-}" != 1 ]; then
        stay
    fi
    step "That was the demo. With a terminal, \`make demo\` stays up until Ctrl-C."
}

case ${1-} in
--build) prepare ;;
--stack) stack_lines ;;
*) main ;;
esac
