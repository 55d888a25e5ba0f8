#!/bin/bash
# The engine over TCP with TLS: verified both ways, and each way to be wrong has its sentence.
set -eu
cd "$(dirname "$0")/../.."
quaywatch=${QUAYWATCH:-$PWD/build/quaywatch}
dir=$(mktemp -d /tmp/quaywatch-tls.XXXXXX)
trap 'compose/engine.sh down "$dir/engine"; rm -rf "$dir"' EXIT

certificate() { # NAME EXTENSIONS: signed by our authority, into a folder as DOCKER_CERT_PATH wants it
    mkdir -p "$dir/$1"
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$dir/$1/key.pem" -out "$dir/$1/request.pem" 2>/dev/null
    openssl x509 -req -in "$dir/$1/request.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca-key.pem" -CAcreateserial -days 2 \
        -extfile <(echo "$2") -out "$dir/$1/cert.pem" 2>/dev/null
    cp "$dir/ca.pem" "$dir/$1/ca.pem"
}
authority() { # KEY CERTIFICATE
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$1" -out "$2" 2>/dev/null
}
authority "$dir/ca-key.pem" "$dir/ca.pem"
certificate server "subjectAltName=IP:127.0.0.1"
certificate client "extendedKeyUsage=clientAuth"
mkdir "$dir/stranger"
cp "$dir/client/"*.pem "$dir/stranger/"
authority "$dir/other-key.pem" "$dir/stranger/ca.pem"

ENGINE_ARGS="--host tcp://127.0.0.1:2376 --tlsverify --tlscacert $dir/ca.pem --tlscert $dir/server/cert.pem --tlskey $dir/server/key.pem" \
    compose/engine.sh up "$dir/engine"

# once DOCKER_CERT_PATH DOCKER_TLS_VERIFY WANTED_CODE WANTED_TEXT
once() {
    local code=0
    compose/engine.sh run "$dir/engine" env DOCKER_HOST=tcp://127.0.0.1:2376 DOCKER_CERT_PATH="$1" DOCKER_TLS_VERIFY="$2" \
        "$quaywatch" once >"$dir/out" 2>&1 || code=$?
    if [ $code != "$3" ] || ! grep -q "$4" "$dir/out"; then
        echo "With $1 and DOCKER_TLS_VERIFY=$2: exit code $code, wanted $3 and \"$4\" in:"
        cat "$dir/out"
        exit 1
    fi
}
once "$dir/client" 1 0 '"engine":{"connected":true'
once "$dir/stranger" 1 3 'TLS failed.*DOCKER_CERT_PATH'
once "" "" 3 'DOCKER_TLS_VERIFY'
once "$dir/nothing" 1 2 "$dir/nothing"
