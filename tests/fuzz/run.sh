#!/bin/bash
# fuzz/run.sh BUILD SECONDS: runs every fuzz target built in BUILD/tests/fuzz for that long, two at a time, from its
# corpus. A finding is shown with its log and kept in BUILD/findings.
set -u
cd "$(dirname "$0")/../.."
export build=$1 seconds=$2

fuzz_one() {
    name=$(basename "$1" | sed 's/^fuzz_//')
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    seeds=()
    [ ! -d "tests/fuzz/corpus/$name" ] || seeds=("tests/fuzz/corpus/$name")
    # What it learns goes into the first folder; the corpus in the tree is only read.
    mkdir -p "$work/learnt" "$build/findings"
    if timeout -k 5 $((seconds + 60)) "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3072 \
        -artifact_prefix="$build/findings/$name-" -print_final_stats=1 "$work/learnt" "${seeds[@]}" \
        >"$work/log" 2>&1 </dev/null; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
        echo "ok    fuzz $name: $runs runs"
    else
        echo "FAIL  fuzz $name"
        tail -60 "$work/log"
        return 1
    fi
}
export -f fuzz_one

find "$build/tests/fuzz" -type f -name 'fuzz_*' ! -name '*.*' | sort |
    xargs -P 2 -I{} bash -c 'fuzz_one {}'
