#!/bin/sh
# tls_servers.sh DIR: makes an authority of its own (DIR/ca.pem) and three https servers on free ports of 127.0.0.1: one with a
# certificate of that authority for app.example.com, one whose certificate has expired, one that vouches for itself. Prints
# their ports, and serves until its standard input ends.
set -eu
cd "$1"
exec 3>&1 2>log
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
# shellcheck disable=SC2086 # several words
make_own() { openssl req -x509 $key -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$2" -addext "subjectAltName=DNS:$2"; }

make_signed() {
    # shellcheck disable=SC2086
    openssl req $key -keyout "$1.key" -out "$1.csr" -subj /CN=app.example.com
    echo 'subjectAltName=DNS:app.example.com' >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem" -days "$2" -extfile "$1.ext"
}

make_own ca 'An authority'
make_own own app.example.com
make_signed good 30
make_signed old -1
for name in good old own; do
    openssl s_server -accept 127.0.0.1:0 -cert $name.pem -key $name.key -www >$name.log 2>&1 </dev/null &
    echo $! >>pids
    until grep -q ACCEPT $name.log; do sleep 0.02; done
    sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' $name.log >&3
done
cat >/dev/null
xargs kill <pids
