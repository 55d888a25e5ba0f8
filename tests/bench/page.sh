#!/bin/sh
# page.sh: what a change of one service costs the dashboard that shows a thousand, beside drawing all anew: script, style and
# layout as Chromium counts them, with all rows on the page. Runs outside of the bench's network, since npm may have to fetch.
. tests/bench/lib.sh

tests/page/run.sh --install-only >&2
tree=$PWD rounds=40
[ -z "$quick" ] || rounds=4
(cd build/page && PAGE_DIR="$tree/$BUILD/exporter/page/" node bench.mjs 1000 $rounds) >"$work/page"
cost() { awk -v line="$1" 'NR == line { print $1 " ms, " $2 " writes to the document" }' "$work/page"; }
row "the page with 1,000 services: one of them changes" "$(cost 1)" "–"
row "the same, and its row moves to another place" "$(cost 2)" "–"
row "all 1,000 change: drawn anew" "$(cost 3) (one: $(awk 'NR == 1 { one = $1 } NR == 3 { printf "%.0f", $1 / one }' "$work/page") × less)" "one: ≥ 4 × less"
