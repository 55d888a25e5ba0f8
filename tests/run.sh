#!/bin/bash
# run.sh [--engines system|all] [--only WORD]: the whole of `make test` on what is built in $BUILD. Engines: the system's
# Docker, or also those of newer Debian suites (the newest once more as one that refuses old clients) and Podman. Each
# engine test gets a fresh private engine. A failure is shown with its log, and in short once more at the end; the last line
# is "N passed, N failed". Whatever happens, nothing is left behind.
set -u
cd "$(dirname "$0")/.."

export BUILD=${BUILD:-build}
engines=system only=
while [ $# -gt 0 ]; do
    case $1 in
    --engines) engines=$2 ;;
    --only) only=$2 ;;
    *) echo "usage: run.sh [--engines system|all] [--only WORD]" >&2; exit 2 ;;
    esac
    shift 2
done
case $engines in
system) engine_list=(system) ;;
all) engine_list=(system trixie sid sid-strict podman) ;;
*) echo "run.sh: --engines is system or all, not '$engines'" >&2; exit 2 ;;
esac

if [ "$(id -u)" != 0 ]; then
    echo "Private engines need root (namespaces, mounts, control groups): asking sudo."
    exec sudo --preserve-env=BUILD,SANITIZE,PATH "$0" --engines "$engines" ${only:+--only "$only"}
fi

workers=$((2 * $(nproc) + 1)) # the tests wait more than they compute
started=$SECONDS
work=$(mktemp -d /tmp/quaywatch-tests.XXXXXX)
chmod 755 "$work" # quaywatch gives up root and must still reach its files
mkdir "$work/engines" "$work/groups" "$work/results" "$work/logs" "$work/failures"
export CMOCKA_MESSAGE_OUTPUT=TAP
QUAYWATCH=$(realpath -m "$BUILD/quaywatch")
export QUAYWATCH
export UBSAN_OPTIONS=print_stacktrace=1

# --- never leave anything behind ------------------------------------------------------------------------------------

end_group() { [ ! -s "$1" ] || kill -KILL -- "-$(cat "$1")" 2>/dev/null; }

cleanup() {
    trap - EXIT INT TERM HUP
    # shellcheck disable=SC2046 # one word a process
    kill $(jobs -p) 2>/dev/null
    for group in "$work"/groups/*; do end_group "$group"; done
    wait 2>/dev/null
    for dir in "$work"/engines/*; do
        [ ! -e "$dir" ] || compose/engine.sh down "$dir"
    done
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# limited SECONDS COMMAND…: runs it in a process group of its own, which ends with it whatever it has started.
limited() {
    local group="$work/groups/$BASHPID" status
    timeout -k 5 "$@" </dev/null &
    echo $! >"$group"
    wait $!
    status=$?
    end_group "$group"
    rm -f "$group"
    [ $status != 124 ] || echo "ran longer than $1 s and was ended"
    return $status
}

# --- counting -------------------------------------------------------------------------------------------------------

# report NAME PASSED FAILED SECONDS: one line now, and the figures for the sum; the log only of a failure.
report() {
    local word=ok
    [ "$3" = 0 ] || word=FAIL
    printf '%-5s %-34s %3d passed %2d failed %4d s\n' "$word" "$1" "$2" "$3" "$4"
    if [ "$3" != 0 ]; then
        sed 's/^/    | /' "$work/logs/${1//\//-}" | tail -400
        echo "$1" >"$work/failures/${1//\//-}"
    fi
    echo "$2 $3" >"$work/results/${1//\//-}"
}

# Who failed, in what, and the last words: whoever keeps only the end of the output sees it as well.
report_failures() {
    local file log
    for file in "$work"/failures/*; do
        [ -e "$file" ] || continue
        log=$work/logs/${file##*/}
        echo "FAILED $(cat "$file")"
        { grep -E '^ *not ok |^ok .*# SKIP' "$log" | head -20; echo ...; tail -30 "$log"; } | cut -c1-300 | sed 's/^/    | /'
    done
}

# Counts the log of a cmocka program that ended with status $2. Skipped tests and those that never ran have failed.
count_tap() {
    local ok bad planned
    ok=$(grep -E '^ok ' "$1" | grep -vc '# SKIP')
    bad=$(grep -cE '^not ok |^ok .*# SKIP' "$1")
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$1" | awk '{sum += $1} END {print sum + 0}')
    if [ $((ok + bad)) -lt "$planned" ] || { [ "$2" != 0 ] && [ "$bad" = 0 ]; } || [ $((ok + bad)) = 0 ]; then
        bad=$((bad + 1))
    fi
    echo "$ok $bad"
}

# Counts what `node --test` says at its end.
count_node() {
    awk -v status="$2" '/^# pass /{ok = $3} /^# (fail|cancelled|skipped|todo) /{bad += $3}
        END {if (ok + bad == 0 || (status != 0 && bad == 0)) bad++; print ok + 0, bad}' "$1"
}

# One script, one test.
count_script() { if [ "$2" = 0 ]; then echo 1 0; else echo 0 1; fi; }

# job NAME COUNT SECONDS COMMAND…
job() {
    local name=$1 count=$2 begun=$SECONDS log="$work/logs/${1//\//-}" status
    shift 2
    limited "$@" >"$log" 2>&1
    status=$?
    # shellcheck disable=SC2046 # two figures
    report "$name" $("$count" "$log" $status) $((SECONDS - begun))
}

# --- engines --------------------------------------------------------------------------------------------------------

# Puts an engine's settings into the environment.
engine_choose() {
    case $1 in
    system) ;;
    podman) export ENGINE_KIND=podman ;;
    *)
        DOCKERD_PATH=$(tests/fetch_engine.sh "${1%-strict}" "build/engines/${1%-strict}") || return 1
        export DOCKERD_PATH PATH=$DOCKERD_PATH:$PATH
        [ "$1" = "${1%-strict}" ] || export DOCKER_MIN_API_VERSION=1.44
        ;;
    esac
}

# engine_name ENGINE PROGRAM: what the test is called; partners are their own kind, as no other engine has them.
engine_name() {
    local kind=$1
    [[ $2 != */partners/* ]] || kind=partners
    echo "$kind/$(basename "$2")"
}

# engine_job ENGINE PROGRAM: an engine for this program alone.
engine_job() {
    local name log
    name=$(engine_name "$1" "$2")
    log="$work/logs/${name//\//-}"
    export ENGINE_DIR=$work/engines/${name//\//-}
    if engine_choose "$1" >"$log" 2>&1 && limited 90 compose/engine.sh up "$ENGINE_DIR" >>"$log" 2>&1 &&
        limited 60 compose/engine.sh image "$ENGINE_DIR" >>"$log" 2>&1; then
        job "$name" count_tap 400 "$2"
    else
        report "$name" 0 1 0
    fi
    compose/engine.sh down "$ENGINE_DIR"
}

# partner_programs -l | -L: those of tests/partners that want an engine, by what the compiler says they include, or not.
partner_programs() {
    # shellcheck disable=SC2046 # file names without blanks
    grep "$1" tests/support/world.h $(printf '%s\n' tests/partners/test_*.c | sed "s|\(.*\)c$|$BUILD/\1d|") |
        sed "s|^$BUILD/\(.*\)d$|\1c|"
}

# Which programs run on an engine: all on the oldest and the newest; on those between, and on the one that refuses old
# clients, what depends on the engine's version most; Podman has its own, since it is for watching only.
engine_programs() {
    case $1 in
    podman) echo tests/engine/test_podman.c ;;
    # Programs that quaywatch works together with (tests/partners) do not depend on the engine: one is enough, if any.
    system)
        find tests/engine tests/stories -name '*.c' ! -name test_podman.c
        partner_programs -l
        ;;
    sid) find tests/engine tests/stories -name '*.c' ! -name test_podman.c ;;
    *) printf 'tests/engine/test_%s.c\n' watch engine_loss heal health outside check_inside ;;
    esac | sort | sed "s|^\(.*\)\.c$|$BUILD/\1|"
}

# --- the other kinds ------------------------------------------------------------------------------------------------

replay_job() {
    local name=${1#tests/fuzz/fuzz_}
    name=${name%.c}
    # shellcheck disable=SC2046 # file names without blanks
    job "replay/$name" count_script 120 "$BUILD/tests/replay/$name" $(find "tests/fuzz/corpus/$name" -type f 2>/dev/null)
}

# node_live KIND FOLDER: the tests of tests/KIND (page, api) inside an engine's network, where a quaywatch watches real
# containers.
node_live() {
    local kind=$1 dir=$2
    set -e
    compose/engine.sh up "$dir"
    compose/engine.sh image "$dir"
    for name in shop search; do
        docker -H "unix://$dir/docker.sock" run -d --name $name --label service.name=$name --label service.port=8080 \
            quaywatch-demo/busybox:1
    done
    DOCKER_HOST=unix://$dir/docker.sock QUAYWATCH_LISTEN=127.0.0.1:8080 QUAYWATCH_CONFIG=/dev/null \
        QUAYWATCH_AUTH_TOKEN=page-token QUAYWATCH_STATE_DIR="$dir/state" QUAYWATCH_SETTLE=1s \
        compose/engine.sh run "$dir" "$QUAYWATCH" &
    # The network inside has no way out, to npm's registry neither.
    "tests/$kind/run.sh" --install-only
    QUAYWATCH_URL=http://127.0.0.1:8080 QUAYWATCH_TOKEN=page-token compose/engine.sh run "$dir" "tests/$kind/run.sh"
}
export -f node_live

node_job() {
    job "$1" count_node 300 bash -c "node_live $1 '$work/engines/$1'"
    compose/engine.sh down "$work/engines/$1"
}

# --- all of them ----------------------------------------------------------------------------------------------------

# Roughly how many seconds what takes long takes. The longest begin first, so that the end is not one of them on an idle
# machine.
seconds() {
    case $1 in
    compose/test_image.sh) echo 200 ;;
    */test_deploy | page) echo 100 ;;
    */test_check_inside | */test_dependency | */test_watch | */test_health | */test_engine_loss) echo 60 ;;
    */test_swarm | */test_heal | */test_failure | */storm | */manual_stop | demo | compose/* | api) echo 40 ;;
    unit/* | replay/*) echo 1 ;;
    *) echo 20 ;;
    esac
}

queue=()

# add NAME FUNCTION ARGUMENTS…: one more job.
add() {
    [[ $1 != *"$only"* ]] || queue+=("$(seconds "$1") ${*:2}")
}

# Each in the background, as soon as a worker is free. (Traps are the main process's; a job's own children end with their
# group.)
start_all() {
    local words
    while read -r _ words; do
        while [ "$(jobs -pr | wc -l)" -ge $workers ]; do wait -n; done
        # shellcheck disable=SC2086 # a command's words, none of which has blanks
        (trap - EXIT INT TERM HUP; $words </dev/null) &
    done < <(printf '%s\n' "${queue[@]}" | sort -srn -k1,1)
}

# Clients that npm has are there before the tests that need them: inside an engine's network is no way out.
if command -v npm >/dev/null && [[ partners/test_consul_api == *"$only"* ]]; then tests/partners/consul/install.sh >/dev/null; fi
for script in tests/engine/test_*.sh tests/compose/test_*.sh; do
    name=$(basename "$(dirname "$script")")/$(basename "$script")
    add "$name" job "$name" count_script 900 "$script"
done
add demo job demo count_script 300 env DEMO_ONCE=1 make --no-print-directory demo
if [ -e tests/page/package.json ]; then
    if command -v node >/dev/null; then
        for kind in page api; do add $kind node_job $kind; done
    elif [ -z "$only" ]; then
        echo "The tests of page and API need Node.js 20 or newer with npm; they are left out."
    fi
fi
for engine in "${engine_list[@]}"; do
    for program in $(engine_programs "$engine"); do
        add "$(engine_name "$engine" "$program")" engine_job "$engine" "$program"
    done
done
for source in $(partner_programs -L); do
    name=partners/$(basename "$source" .c)
    add "$name" job "$name" count_tap 180 "$BUILD/tests/$name"
done
for seed in 1 7 9; do
    add simulation-$seed job simulation-$seed count_tap 120 "$BUILD/simulate" --services 300 --check --seed $seed
done
for source in tests/unit/test_*.c; do
    name=unit/$(basename "$source" .c)
    add "$name" job "$name" count_tap 120 "$BUILD/tests/$name"
done
for source in tests/fuzz/fuzz_*.c; do add "replay/$(basename "$source" .c | sed s/^fuzz_//)" replay_job "$source"; done
start_all
wait

report_failures
total=$(cat "$work"/results/* 2>/dev/null | awk '{ok += $1; bad += $2} END {print ok + 0, bad + 0}')
passed=${total% *} failed=${total#* }
[ "$passed" != 0 ] || failed=$((failed + (failed == 0)))
echo "Tests took $((SECONDS - started)) s."
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
