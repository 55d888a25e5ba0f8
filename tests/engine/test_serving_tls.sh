#!/bin/bash
# TLS of quaywatch's own port: TLS 1.2 at least, the certificate replaced by SIGHUP under open connections, each way to be
# wrong with its sentence, the commands of this machine still served; the key read before root is given up.
set -eu
cd "$(dirname "$0")/../.."
quaywatch=${QUAYWATCH:-$PWD/build/quaywatch}
dir=$(mktemp -d /tmp/quaywatch-serving.XXXXXX)
daemon=
# shellcheck disable=SC2317 # by the trap
cleanup() {
    exec 3>&- || true
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    wait
    rm -rf "$dir"
}
trap cleanup EXIT
chmod 755 "$dir" # for whoever root becomes
mkdir -m 777 "$dir/state"

failed() {
    echo "$1"
    tail -20 "$dir/log" 2>/dev/null
    exit 1
}
until_true() { # WHAT COMMAND…
    local what=$1 tries=0
    shift
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || failed "waited in vain: $what"
        sleep 0.05
    done
}
certificate() { # NAME SUBJECT_ALT_NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=$2" \
        -keyout "$dir/$1.key" -out "$dir/$1.pem" 2>/dev/null
    chmod 600 "$dir/$1.key"
}
certificate first DNS:quay.example
certificate second 'DNS:*.quay.example'
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

touch "$dir/engine.sock" # nobody listens there; its group is kept when root is given up
# settings CERT KEY COMMAND…: becomes the command, in the environment of daemon and commands.
settings() {
    exec env -i PATH="$PATH" DOCKER_HOST="unix://$dir/engine.sock" QUAYWATCH_CONFIG=/dev/null QUAYWATCH_LOG_FORMAT=text \
        QUAYWATCH_LISTEN=127.0.0.1:"$port" QUAYWATCH_AUTH_TOKEN=change-me QUAYWATCH_TLS_CERT="$1" QUAYWATCH_TLS_KEY="$2" \
        "${@:3}"
}

# --- wrong: exit code 2, one sentence ---
refused() { # CERT KEY WANTED
    local code=0
    (settings "$1" "$2" timeout 10 "$quaywatch" run >"$dir/out" 2>&1) || code=$?
    if [ $code != 2 ] || [ "$(wc -l <"$dir/out")" != 1 ] || ! grep -q "$3" "$dir/out"; then
        cat "$dir/out"
        failed "with $1 and $2: exit code $code; wanted 2 and \"$3\""
    fi
}
refused "$dir/first.pem" "" 'TLS_KEY is not set'
refused "" "$dir/first.key" 'TLS_CERT is not set'
refused "$dir/none.pem" "$dir/first.key" 'TLS_CERT: .*none.pem'
refused "$dir/first.pem" "$dir/none.key" 'TLS_KEY: .*none.key'
refused "$dir/first.key" "$dir/first.key" 'first.key holds no certificate'
refused "$dir/first.pem" "$dir/first.pem" 'first.pem holds no private key'
refused "$dir/first.pem" "$dir/second.key" 'second.key is not the key of the certificate'

# --- right ---
cp "$dir/first.pem" "$dir/cert.pem"
cp "$dir/first.key" "$dir/key.pem" # 0600, root's: read before root is given up
settings "$dir/cert.pem" "$dir/key.pem" "$quaywatch" run 2>"$dir/log" &
daemon=$!
get() { # CA NAME ARGUMENTS…
    curl -sS --noproxy '*' --cacert "$1" --resolve "$2:$port:127.0.0.1" "${@:3}" "https://$2:$port/api/v1/status"
}
until_true 'it answers' get "$dir/first.pem" quay.example -o "$dir/body" 2>/dev/null
grep -q '"schema":1' "$dir/body" || failed "not the status document"
get "$dir/second.pem" quay.example >/dev/null 2>&1 && failed 'another certificate is trusted'
get "$dir/first.pem" quay.example --tls-max 1.2 >/dev/null || failed 'TLS 1.2 does not work'
get "$dir/first.pem" quay.example --tlsv1.3 >/dev/null || failed 'TLS 1.3 does not work'
protocol() { openssl s_client -connect 127.0.0.1:"$port" "$@" </dev/null 2>&1 || true; }
protocol -tls1_3 | grep -q 'TLSv1.3' || failed 'TLS 1.3 is not spoken'
protocol -tls1_1 -cipher DEFAULT@SECLEVEL=0 | grep -q 'Cipher is (NONE)' || failed 'TLS 1.1 is spoken'
protocol -tls1 -cipher DEFAULT@SECLEVEL=0 | grep -q 'Cipher is (NONE)' || failed 'TLS 1.0 is spoken'

# What sleeps and what streams, too.
index=$(get "$dir/first.pem" quay.example -o /dev/null -D - | sed -n 's/^X-Quaywatch-Index: \([^\r]*\).*/\1/p')
curl -sS --noproxy '*' --cacert "$dir/first.pem" --resolve "quay.example:$port:127.0.0.1" --max-time 20 \
    "https://quay.example:$port/api/v1/status?index=$index&wait=1s" | grep -q '"schema":1' || failed 'no answer to who waits'
curl -sSN --noproxy '*' --cacert "$dir/first.pem" --resolve "quay.example:$port:127.0.0.1" --max-time 60 -o "$dir/stream" \
    "https://quay.example:$port/api/v1/events?stream=1&include=status" &
stream=$!
until_true 'the stream begins' grep -qs '"full":true' "$dir/stream"
kill $stream

# A browser's page over https: its origin fits, that of the same name over http does not.
post() {
    get "$dir/first.pem" quay.example -o /dev/null -w '%{http_code}' -X POST -H 'Authorization: Bearer change-me' -H "Origin: $1" \
        --request-target /api/v1/services/nobody/reload
}
[ "$(post "https://quay.example:$port")" = 404 ] || failed 'its own origin is refused'
[ "$(post "http://quay.example:$port")" = 403 ] || failed 'the origin of another scheme is not refused'

# --- plain HTTP at this port: an end, no answer, no harm ---
curl -s --noproxy '*' --max-time 10 "http://127.0.0.1:$port/health" >"$dir/out" && failed 'plain HTTP is answered'
[ ! -s "$dir/out" ] || failed 'plain HTTP is answered'
printf 'garbage\r\n\r\n' | timeout 10 bash -c "cat >/dev/tcp/127.0.0.1/$port" || true

# --- the commands of this machine ---
command_works() {
    (settings "$dir/cert.pem" "" "$quaywatch" status --json >"$dir/out" 2>&1) || { cat "$dir/out"; failed 'status does not reach it'; }
    grep -q '"schema"' "$dir/out" || failed "status says something else: $(cat "$dir/out")"
}
command_works
(settings "$dir/second.pem" "" "$quaywatch" healthcheck >"$dir/out" 2>&1) && failed 'a daemon with another certificate is believed'
grep -q '(tls' "$dir/out" || failed "no word of TLS: $(cat "$dir/out")"

# --- SIGHUP: what is open goes on, what begins gets the new certificate ---
mkfifo "$dir/in"
openssl s_client -quiet -connect 127.0.0.1:"$port" -servername quay.example <"$dir/in" >"$dir/open" 2>/dev/null &
exec 3>"$dir/in"
request() { printf 'GET /health HTTP/1.1\r\nHost: quay.example\r\n\r\n' >&3; }
answers() { [ "$(grep -c '^HTTP/1.1 ' "$dir/open")" = "$1" ]; }
request
until_true 'the open connection answers' answers 1
owner=$(ps -o uid= -p "$daemon" | tr -d ' ')
[ "$(id -u)" != 0 ] || [ "$owner" = 65532 ] || failed "it is still $owner"
replace() { # NAME_OF_CERT NAME_OF_KEY
    cp "$dir/$1.pem" "$dir/cert.pem"
    cp "$dir/$2.key" "$dir/key.pem"
    chown "$owner" "$dir/key.pem"
    kill -HUP "$daemon"
}
said() { [ "$(grep -c "$2" "$dir/log")" -ge "$1" ]; }
replace second second
until_true 'it has the new certificate' get "$dir/second.pem" dock.quay.example -o /dev/null 2>/dev/null
request
until_true 'the open connection goes on' answers 2
command_works

# Wrong ones: a warning that says why, and the old one stays.
replace first second
until_true 'it says why' said 1 'WARN .*is not the key of the certificate.*the old certificate stays'
get "$dir/second.pem" dock.quay.example >/dev/null || failed 'the old certificate did not stay'
if [ "$owner" != 0 ]; then # it gave up root: a key of root's alone cannot be read any more
    cp "$dir/first.pem" "$dir/cert.pem"
    cp "$dir/first.key" "$dir/key.pem"
    chown 0 "$dir/key.pem"
    kill -HUP "$daemon"
    until_true 'it says why' said 1 'WARN .*TLS_KEY.*key.pem.*the old certificate stays'
fi
rm -f "$dir/cert.pem"
kill -HUP "$daemon"
until_true 'it says why' said 1 'WARN .*TLS_CERT.*cert.pem.*the old certificate stays'
get "$dir/second.pem" dock.quay.example >/dev/null || failed 'the old certificate did not stay'
request
until_true 'the open connection goes on' answers 3

kill "$daemon"
wait "$daemon" || failed 'it did not end well'
daemon=
