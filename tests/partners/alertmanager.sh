#!/bin/sh
# alertmanager.sh DIR: a real Alertmanager on a free port of 127.0.0.1, which holds an alert that does not say its end for
# resolved after 2 s. Prints its port, and serves until its standard input ends.
set -eu
cd "$1"
cat >am.yml <<'END'
global:
  resolve_timeout: 2s
route:
  receiver: none
receivers:
  - name: none
END
prometheus-alertmanager --config.file=am.yml --storage.path=am --web.listen-address=127.0.0.1:0 --cluster.listen-address= \
    >am.log 2>&1 </dev/null &
pid=$!
trap 'kill $pid' EXIT
until port=$(sed -n 's/.*Listening on.*address=127\.0\.0\.1:\([0-9]*\).*/\1/p' am.log) && [ -n "$port" ]; do sleep 0.05; done
echo "$port"
exec >/dev/null
cat >/dev/null
