#!/bin/sh
# The tests of the API's description, run in a copy under build/, so that what npm installs stays out of the tree; with
# --install-only no more than that is done. QUAYWATCH_URL names the quaywatch that they ask, QUAYWATCH_TOKEN its AUTH_TOKEN.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/api
rm -f build/api/*.mjs # of an earlier version
cp -R tests/api/. build/api/
cd build/api
if ! cmp -s package-lock.json node_modules/.quaywatch-lock; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.quaywatch-lock
fi
[ "${1:-}" != --install-only ] || exit 0
exec node --test --test-reporter=tap
