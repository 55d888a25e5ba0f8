#!/bin/sh
# A private engine's whole life leaves the machine as it was: interfaces, firewall rules, mounts, control groups, processes
# and folders; also when it is killed half-way or ended twice.
set -eu
cd "$(dirname "$0")/../.."

base=$(mktemp -d /tmp/quaywatch-isolation.XXXXXX)
dir=$base/engine
trap 'compose/engine.sh down "$dir"; rm -rf "$base"' EXIT
trap 'exit 130' INT TERM

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

# Other tests' engines live and die at the same time, in names of their own.
machine() {
    ip -o link | sed 's/^[0-9]*: \([^:]*\):.*/\1/'
    ip route
    iptables-save 2>/dev/null | grep -v '^#' | sed 's/\[[0-9:]*\]//'
    awk '{print $5}' /proc/self/mountinfo
    for folder in /run/docker /run/containerd /run/podman /run/libpod /var/lib/docker /var/lib/containerd \
        /var/lib/containers /var/lib/cni; do
        ls -d "$folder" 2>/dev/null || true
    done
    ls /etc/docker /etc/cni /etc/cni/net.d 2>/dev/null || true
    find /sys/fs/cgroup -type d \( -name 'docker*' -o -name 'libpod*' \) 2>/dev/null
}

ours() {
    # (In brackets so that grep does not find itself.)
    grep -ls "[/]${dir#/}" /proc/[0-9]*/cmdline || true
    find /sys/fs/cgroup -type d -name "quaywatch-engine-$(printf %s "$dir" | cksum | cut -d' ' -f1)" 2>/dev/null
    ls -d "$dir" 2>/dev/null || true
}

unchanged() {
    machine >"$base/after"
    diff "$base/before" "$base/after" || fail "$1: the machine differs from before"
    left=$(ours)
    [ -z "$left" ] || fail "$1: something is left: $left"
}

machine >"$base/before"

# A whole life with everything an engine does.
compose/engine.sh up "$dir"
compose/engine.sh image "$dir"
export DOCKER_HOST="unix://$dir/docker.sock"
docker network create side >/dev/null
docker run -d --name web --network side -p 8080:8080 quaywatch-demo/busybox:1 >/dev/null
[ "$(compose/engine.sh run "$dir" curl -s --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:8080/health)" = ok ] ||
    fail "the web server does not answer inside"
# A descriptor that is open here is open there.
[ "$(compose/engine.sh run "$dir" cat /dev/fd/7 7<<-END
	kept
	END
)" = kept ] || fail "run lost an inherited descriptor"
[ "$(compose/engine.sh inside "$dir" cat /proc/1/comm)" = sh ] || fail "inside does not see the engine's processes"
# A hung engine is ended like any other.
kill -STOP "$(cat "$dir/engine.pid")"
compose/engine.sh kill "$dir"
! docker version >/dev/null 2>&1 || fail "kill left the engine running"
ENGINE_ARGS=--live-restore compose/engine.sh start "$dir"
[ "$(docker inspect -f '{{.State.Running}}' web)" = true ] || fail "the container did not survive"
compose/engine.sh stop "$dir"
compose/engine.sh start "$dir"
[ "$(docker ps -aq | wc -l)" = 1 ] || fail "stop lost the data"
kill -STOP "$(cat "$dir/engine.pid")"
compose/engine.sh down "$dir"
unchanged "after down"
compose/engine.sh down "$dir"
unchanged "after a second down"

# Killed half-way, in different moments, and cleared up afterwards.
for wait in 0.05 0.15 0.3; do
    compose/engine.sh up "$dir" >/dev/null 2>&1 &
    up=$!
    sleep "$wait"
    kill -KILL $up 2>/dev/null || true
    wait $up 2>/dev/null || true
    # What it had begun may still be on its way.
    sleep 0.3
    compose/engine.sh down "$dir"
    unchanged "after a kill at $wait s"
done

# An engine that does not start says why and leaves nothing.
if ENGINE_ARGS=--no-such-flag compose/engine.sh up "$dir" 2>"$base/words"; then fail "a wrong flag is accepted"; fi
grep -q no-such-flag "$base/words" || fail "the reason is not said: $(cat "$base/words")"
unchanged "after a failed start"

# A folder of somebody else's is not touched.
mkdir "$dir"
echo mine >"$dir/file"
if compose/engine.sh up "$dir" 2>/dev/null; then fail "up takes a folder that is not empty"; fi
compose/engine.sh down "$dir"
[ "$(cat "$dir/file")" = mine ] || fail "down removed files that are not an engine's"
rm -r "$dir"

# Two side by side, with the same addresses inside.
compose/engine.sh up "$dir-a" & first=$!
compose/engine.sh up "$dir-b"
wait $first
compose/engine.sh down "$dir-a"
DOCKER_HOST="unix://$dir-b/docker.sock" docker version >/dev/null || fail "ending one engine ended the other"
compose/engine.sh down "$dir-b"
unchanged "after two at once"

# Without root: one sentence.
if command -v setpriv >/dev/null; then
    words=$(setpriv --reuid 65534 --regid 65534 --clear-groups sh compose/engine.sh up "$dir" 2>&1) && fail "up works without root"
    case $words in *root*) ;; *) fail "without root it says: $words" ;; esac
fi
echo "nothing left behind"
