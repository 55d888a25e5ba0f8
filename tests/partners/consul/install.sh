#!/bin/sh
# Puts the clients of Consul that tests/partners/test_consul_api.c runs into build/consul, so that what npm installs stays
# out of the tree.
set -eu
cd "$(dirname "$0")/../../.."
mkdir -p build/consul
cp tests/partners/consul/* build/consul/
cd build/consul
if ! cmp -s package-lock.json node_modules/.quaywatch-lock; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.quaywatch-lock
fi
