#!/bin/sh
# The page's tests, run in a copy under build/, so that what npm installs stays out of the tree; it installs only what has
# changed, and with --install-only does no more. QUAYWATCH_URL names a quaywatch that the tests also open.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/page
rm -f build/page/*.mjs # of an earlier version
cp -R tests/page/. build/page/
PAGE_DIR=$PWD/${BUILD:-build}/exporter/page/ # what was built
export PAGE_DIR
cd build/page
if ! cmp -s package-lock.json node_modules/.quaywatch-lock; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.quaywatch-lock
fi
[ "${1:-}" != --install-only ] || exit 0
exec node --test --test-reporter=tap
