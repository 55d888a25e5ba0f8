#!/bin/sh
# run.sh [PART…]: measures quaywatch beside its goals and beside what others do, and prints a Markdown table, which also
# stands in $BUILD/bench/results.md. Parts: latency serving fanout exports checks hanging spread memory history idle page dns (all). Needs root: everything runs in
# network namespaces of its own. BENCH_QUICK=1: small and short, to test the measuring itself.
set -eu
cd "$(dirname "$0")/../.."
export BUILD="${BUILD:-build}" LC_ALL=C
. tests/bench/lib.sh

[ "$(id -u)" = 0 ] || fail "measuring needs root (network namespaces). Call it again with sudo or as root."
make --no-print-directory BUILD="$BUILD" -j2 all "$BUILD/tests/fake_engine/fake_engine" \
    "$BUILD/tests/bench/epoll_prober" "$BUILD/tests/bench/silent" "$BUILD/tests/bench/latency" "$BUILD/tests/bench/fanout" "$BUILD/tests/bench/history" "$BUILD/tests/bench/exports" >&2

work=$(mktemp -d /tmp/quaywatch-bench.XXXXXX)
chmod 755 "$work"
trap 'compose/engine.sh down "$work/engine" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export work

mkdir -p "$BUILD/bench"
results=$BUILD/bench/results.md
model=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)
{
    echo "Measured $(date -u +%Y-%m-%d) on $(nproc) × ${model:-$(uname -m)}, Linux $(uname -r | cut -d- -f1)${quick:+, quick run}."
    echo
    echo "| what | measured | goal |"
    echo "| --- | --- | --- |"
} | tee "$results"

[ $# -gt 0 ] || set -- latency serving fanout exports checks hanging spread memory history idle page dns
for part in "$@"; do
    if [ "$part" = latency ] || [ "$part" = page ]; then
        "tests/bench/$part.sh"
    else
        # A network of its own, whose process 1 takes everything with it when it ends.
        unshare --net --pid --fork --kill-child=SIGKILL --mount-proc sh "tests/bench/$part.sh"
    fi | tee -a "$results"
done
