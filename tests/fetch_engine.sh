#!/bin/bash
# fetch_engine.sh SUITE DIR: unpacks the Docker Engine of another Debian suite (trixie, sid) into DIR without touching the
# system's packages or package lists. Prints what to put into DOCKERD_PATH. Done once: later calls only print. The
# system's runc is used with it: a newer suite's needs a newer C library.
set -eu

[ $# = 2 ] || { echo "usage: fetch_engine.sh SUITE DIR" >&2; exit 2; }
suite=$1
dir=$(realpath -m -- "$2")
path=$dir/usr/bin:$dir/usr/sbin

compose=usr/libexec/docker/cli-plugins/docker-compose # the second version, which also runs by itself
# Several tests may ask at once: the first one fetches, the others wait for it.
mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock"
flock 9
if [ -e "$dir/complete" ] && [ -e "$dir/usr/bin/docker-compose" ]; then
    echo "$path"
    exit 0
fi
part=$dir.part
rm -rf "$part" "$dir"
trap 'rm -rf "$part"' EXIT
mkdir -p "$part/apt/lists/partial" "$part/apt/cache/archives/partial" "$part/tree"

# The mirror this machine uses is the one it can reach; security archives have no other suites.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -1)
[ -n "$mirror" ] || mirror=http://deb.debian.org/debian
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$part/apt/sources.list"
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$part/apt/sources.list" -o Dir::Etc::sourceparts=-
    -o "Dir::State::lists=$part/apt/lists" -o Dir::State::status=/dev/null -o "Dir::Cache=$part/apt/cache"
    -o APT::Sandbox::User=root)
"${apt[@]}" update
(cd "$part/apt" && "${apt[@]}" download docker.io docker-cli containerd docker-compose >&2)
for package in "$part"/apt/*.deb; do dpkg-deb -x "$package" "$part/tree"; done
# Only the programs: what else is in there is of no use to the tests.
rm -rf "$part/tree/usr/share" "$part/tree/etc" "$part/tree/usr/lib"
ln -sf "../${compose#usr/}" "$part/tree/usr/bin/docker-compose"
[ -x "$part/tree/$compose" ] || { echo "fetch_engine.sh: $suite has no $compose" >&2; exit 1; }
: >"$part/tree/complete"
mv "$part/tree" "$dir"
echo "$path"
