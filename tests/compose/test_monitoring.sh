#!/usr/bin/env bash
# compose/monitoring: what its programs say about their own files, and every alert tried both ways.
set -u
cd "$(dirname "$0")/../.." || exit 1
at=compose/monitoring rules=compose/monitoring/quaywatch.rules.yml cases=tests/compose/monitoring_rules.yml
board=$at/grafana/dashboards/quaywatch.json
failed=0
wrong() {
    echo "test_monitoring: $*" >&2
    failed=1
}

docker-compose -f $at/docker-compose.yml config -q || wrong "docker-compose.yml is not valid"
promtool check config $at/prometheus.yml || wrong "prometheus.yml is not valid"
promtool check rules $rules || wrong "the rules are not valid"
amtool check-config $at/alertmanager.yml || wrong "alertmanager.yml is not valid"
promtool test rules $cases || wrong "an alert does not do what it should"

# ---- pinned images, files that are there, ports of this machine only
text=$(docker-compose -f $at/docker-compose.yml config)
grep -E '^ +image: ' <<<"$text" | grep -v quaywatch: | grep -vE ':v?[0-9]+\.[0-9]+\.[0-9]+$' && wrong "an image has no exact version"
while read -r file; do
    [ -e "$file" ] || wrong "$file is mounted and does not exist"
done < <(grep -oE -- "$PWD/$at/[^:]*" <<<"$text")
grep -E 'published|[0-9]:[0-9]+(/tcp)?$' <<<"$text" | grep -E '^ *- [0-9]' | grep -v '127\.0\.0\.1' && wrong "a port is open to others"

# ---- every alert has a case in which it fires, and one in which it does not
alerts=$(sed -n 's/^ *- alert: //p' $rules)
[ "$(wc -l <<<"$alerts")" -ge 15 ] || wrong "there are too few alerts"
for alert in $alerts; do
    grep -qE "alertname: $alert, exp_alerts: \[\]" $cases || wrong "no case says when $alert is quiet"
    grep -qE "^ +alertname: $alert$" $cases || wrong "no case says when $alert fires"
done
for name in $(grep -oE 'alertname=~?"[^"]*"' $at/alertmanager.yml | sed 's/.*"\(.*\)"/\1/' | tr '|' '\n'); do
    grep -qE "^$name$" <<<"$alerts" || wrong "alertmanager.yml speaks of $name, which is no alert"
done

# ---- the dashboard: every panel has its place, a title and something to ask
jq -e '.uid | length >= 8 and length <= 40' $board >/dev/null || wrong "the dashboard's uid"
jq -e '[.panels[].id] | length == (unique | length)' $board >/dev/null || wrong "two panels have one id"
jq -e '[.panels[] | select(.type != "row")] | length >= 20 and all(.title != "" and (.targets | length > 0) and all(.targets[]; .expr != ""))' \
    $board >/dev/null || wrong "a panel has no title or asks nothing"
jq -e '[.panels[].gridPos] | all(.x >= 0 and .x + .w <= 24 and .h > 0)' $board >/dev/null || wrong "a panel is out of the grid"
jq -e '[.panels[].gridPos] as $p | [range($p | length)] | all(. as $i | [range($i)] | all(. as $k |
    ($p[$i].x >= $p[$k].x + $p[$k].w) or ($p[$k].x >= $p[$i].x + $p[$i].w) or
    ($p[$i].y >= $p[$k].y + $p[$k].h) or ($p[$k].y >= $p[$i].y + $p[$i].h)))' $board >/dev/null || wrong "two panels overlap"
exit $failed
