#!/usr/bin/env bash
# The compose files: valid for docker-compose, and as each of them promises to be.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0
wrong() {
    echo "test_config: $*" >&2
    failed=1
}

export SERVICE_PASSWORD_64_QUAYWATCH=change SERVICE_PASSWORD_64_QUAYWATCHREAD=look
config() { docker-compose -f "compose/$1" config; }

for file in compose/*.yml compose/*.yaml; do
    config "${file#compose/}" >/dev/null || wrong "$file is not valid"
done

# ---- docker-compose.yml: JSON on the host, logs that do not grow, the socket
has() { grep -qE -- "$2" <<<"$1" || wrong "$3"; }
hasnt() { ! grep -qE -- "$2" <<<"$1" || wrong "$3"; }
text=$(config docker-compose.yml)
has "$text" 'compose/status:/run/quaywatch' 'docker-compose.yml: the status folder is not mounted'
has "$text" '/var/run/docker.sock:/var/run/docker.sock' 'docker-compose.yml: the socket is not mounted'
has "$text" 'max-size: ' 'docker-compose.yml: logs are not bounded in size'
has "$text" 'max-file: ' 'docker-compose.yml: logs are not bounded in number'

# ---- coolify.yaml: Coolify's rules for a template
file=compose/coolify.yaml
for key in documentation slogan category tags logo port; do
    [ "$(grep -cE "^# ?$key: .+" $file)" = 1 ] || wrong "$file: the header line '$key' is not there once"
done
[ "$(sed -n '1,/^$/p' $file | grep -vcE '^#[^:]*: .|^$')" = 0 ] || wrong "$file: its first lines are not all header lines"
text=$(config coolify.yaml)
for key in ports container_name networks network_mode; do
    hasnt "$text" "^ +$key:" "$file: has '$key', which Coolify sets itself"
done
has "$text" 'QUAYWATCH_AUTH_TOKEN: change' "$file: AUTH_TOKEN is not SERVICE_PASSWORD_64_QUAYWATCH"
has "$text" 'QUAYWATCH_READ_TOKEN: look' "$file: READ_TOKEN is not a password of its own"
has "$text" 'healthcheck:' "$file: without a healthcheck Coolify's proxy sends nothing"

# ---- demo.yml: demo.sh reads it as docker-compose does
labels_of_demo() { compose/demo.sh --stack | awk -F '\t' '$2 == "labels" {print $1, $3}' | sort; }
labels_of_compose() {
    config demo.yml | awk '
        /^  [a-z]+:$/ { service = $1; sub(/:/, "", service) }
        /^    [a-z_]+:/ { inside = $1 == "labels:" }
        inside && /^      / { key = $1; sub(/:$/, "", key); value = $0; sub(/^ *[^ ]+: /, "", value)
            gsub(/^[\x27"]|[\x27"]$/, "", value); print service, key "=" value }' | sort
}
[ "$(compose/demo.sh --stack | grep -c $'\tcommand\t')" -ge 8 ] || wrong "demo.sh finds too few commands in demo.yml"
diff <(labels_of_compose) <(labels_of_demo) >&2 || wrong "demo.sh and docker-compose read demo.yml's labels differently"

exit $failed
