#!/bin/sh
# A Docker Engine of its own, in network, mount and process namespaces of its own: killing one process removes all of it,
# and the machine's networks, firewall rules, mounts and other engines never notice. Needs root.
#
#   engine.sh up DIR            start it; its socket is DIR/docker.sock. Prints nothing when all is well
#   engine.sh image DIR         import the image quaywatch-demo/busybox:1 (a small web server that can be made sick)
#   engine.sh run DIR CMD…      run CMD in its network, where the containers can be reached; open descriptors are kept
#   engine.sh inside DIR CMD…   run CMD in all of its namespaces, where the engine's process ids and mounts are
#   engine.sh stop|kill DIR     end dockerd only, politely or at once; data and namespaces stay
#   engine.sh start DIR         dockerd again, in the same namespaces
#   engine.sh pid DIR           process id of the one that holds the namespaces
#   engine.sh down DIR          everything gone, DIR too; fine when there is nothing (left)
#
# ENGINE_KIND=podman     Podman's service instead of dockerd (at `up`)
# ENGINE_ARGS=…          more arguments for dockerd, e.g. --live-restore (at `up` and `start`)
# DOCKERD_PATH=DIR:DIR   where another engine's programs are (at `up` and `start`)
# DOCKER_MIN_API_VERSION and the rest of the environment reach dockerd as they are.
set -eu

image=quaywatch-demo/busybox:1

fail() {
    echo "engine.sh: $*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] ||
        fail "a private engine needs root (namespaces, mounts, cgroups). Call it again with sudo or as root."
}

# --- who is who -----------------------------------------------------------------------------------------------------

# The words in the holder's command line by which it is found again, also after a failure half-way.
marker() { echo "quaywatch-engine:$dir:"; }

alive() { [ -n "$1" ] && grep -qsF "$(marker)" "/proc/$1/cmdline"; }

holder() {
    pid=$(cat "$dir/holder.pid" 2>/dev/null || true)
    alive "$pid" || fail "no engine is up in $dir"
    echo "$pid"
}

answers() { [ "$(curl -s -m 2 --unix-socket "$dir/docker.sock" http://engine/_ping 2>/dev/null)" = OK ]; }

cgroup() { echo "quaywatch-engine-$(printf %s "$dir" | cksum | cut -d' ' -f1)"; }

# wait_until SECONDS COMMAND…
wait_until() {
    left=$(($1 * 20))
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.05
    done
}

# --- up and down ----------------------------------------------------------------------------------------------------

# Runs as process 1 of the namespaces: hides the places where engines write outside their data folder behind private
# ones, then reaps orphans (containers' shims) until it is killed.
hold='
set -eu
ip link set lo up
for folder in /run /var/lib; do mount -t tmpfs -o mode=755 private "$folder"; done
mkdir -p /run/etc/up /run/etc/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/up,workdir=/run/etc/work private /etc 2>/dev/null || true
# Where both versions of control groups are mounted, Podman and its runtime want to see only the first.
umount /sys/fs/cgroup/unified 2>/dev/null || true
mkdir -p /run/lock /var/lib/docker /var/lib/containers
: >"$2/ready"
while :; do sleep 86400 & wait; done
'

engine_up() {
    need_root
    for tool in unshare nsenter ip curl pgrep; do
        command -v $tool >/dev/null || fail "'$tool' is missing; 'make deps' or tests/deps.sh demo installs it"
    done
    case $dir in /run | /run/* | /var/run | /var/run/* | /var/lib | /var/lib/*)
        fail "DIR may not lie in /run or /var/lib: the engine has its own ones" ;;
    esac
    if [ -e "$dir/engine" ]; then
        engine_down
    elif [ -d "$dir" ] && [ -n "$(ls -A "$dir")" ]; then
        fail "$dir exists, is not empty and is not an engine's"
    fi
    mkdir -p "$dir"
    chmod 755 "$dir"
    echo "${ENGINE_KIND:-docker}" >"$dir/engine"
    trap 'engine_down' EXIT
    trap 'exit 130' INT TERM
    setsid unshare --net --mount --pid --fork --kill-child=SIGKILL --mount-proc --propagation private \
        sh -c "$hold" sh "$(marker)" "$dir" </dev/null >"$dir/hold.log" 2>&1 &
    outer=$!
    wait_until 10 test -e "$dir/ready" || { cat "$dir/hold.log" >&2; fail "the namespaces could not be made"; }
    pgrep -P "$outer" >"$dir/holder.pid"
    engine_start
    trap - EXIT INT TERM
}

# The processes that carry the marker: the holder, and the one outside that waits for it.
holders() {
    pattern="[q]uaywatch-engine:$(printf %s "$dir" | sed 's/[][\.*^$]/\\&/g'):"
    grep -ls -e "$pattern" /proc/[0-9]*/cmdline | cut -d/ -f3
}

nobody_holds() { [ -z "$(holders)" ]; }

remove_cgroups() {
    for group in /sys/fs/cgroup/"$(cgroup)" /sys/fs/cgroup/*/"$(cgroup)"; do
        [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || return 1
    done
}

remove_files() { rm -rf --one-file-system "$dir" 2>/dev/null; }

engine_down() {
    trap - EXIT
    need_root
    for pid in $(holders); do kill -KILL "$pid" 2>/dev/null || true; done
    end_attendant
    wait_until 10 nobody_holds || echo "engine.sh: processes of $dir do not end" >&2
    wait_until 10 remove_cgroups || echo "engine.sh: control groups named $(cgroup) stay" >&2
    [ ! -e "$dir/engine" ] || wait_until 10 remove_files || fail "$dir could not be removed"
    [ ! -d "$dir" ] || rmdir "$dir" 2>/dev/null || true # begun, but killed before it was an engine's
}

# --- the engine itself ----------------------------------------------------------------------------------------------

podman_settings() {
    cat >"$dir/containers.conf" <<'END'
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
runtime = "crun"
events_logger = "file"
END
}

engine_command() {
    if [ "$(cat "$dir/engine")" = podman ]; then
        podman_settings
        export CONTAINERS_CONF="$dir/containers.conf"
        set -- podman --root "$dir/data" --runroot /run/podman system service --time 0 "unix://$dir/docker.sock"
    else
        echo '{}' >"$dir/daemon.json"
        # shellcheck disable=SC2086 # several arguments in one variable
        set -- dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" \
            --pidfile "$dir/docker.pid" --host "unix://$dir/docker.sock" --exec-opt native.cgroupdriver=cgroupfs \
            --cgroup-parent "/$(cgroup)" --shutdown-timeout 2 ${ENGINE_ARGS:-}
    fi
    command -v "$1" >/dev/null || fail "'$1' is missing; tests/deps.sh demo engines installs it"
    # A terminal's Ctrl-C is not for the engine: whoever started it ends it.
    setsid nsenter --target "$(holder)" --net --mount --pid -- "$@" </dev/null >>"$dir/engine.log" 2>&1 &
    outer=$!
}

engine_started() { answers || ! kill -0 "$outer" 2>/dev/null; }

engine_start() {
    need_root
    holder >/dev/null
    [ -z "$(engine_pid)" ] || fail "the engine in $dir runs already"
    PATH=${DOCKERD_PATH:+$DOCKERD_PATH:}$PATH:/usr/sbin:/sbin
    # What an earlier one left when it was killed.
    rm -f "$dir/docker.pid" "$dir/docker.sock"
    engine_command
    # An engine that finds containers of a killed one first stops them, for which it takes its time.
    if ! wait_until 60 engine_started || ! answers; then
        tail -5 "$dir/engine.log" >&2
        fail "the engine in $dir did not start; its last words are above"
    fi
    pgrep -P "$outer" >"$dir/engine.pid"
    echo "$outer" >"$dir/attendant.pid"
    # Podman makes its socket for root only, dockerd for its group: quaywatch gives up root, so let it have the group.
    [ "$(cat "$dir/engine")" = docker ] || chmod 660 "$dir/docker.sock"
}

# The engine's process, empty when it does not run.
engine_pid() {
    pid=$(cat "$dir/engine.pid" 2>/dev/null || true)
    [ -z "$pid" ] || ! grep -qsF "$dir/docker.sock" "/proc/$pid/cmdline" || echo "$pid"
}

engine_ended() { [ -z "$(engine_pid)" ]; }

# The one outside the namespaces that waits for the engine ends with it by itself, unless it was stopped: when its child is
# stopped, nsenter stops too.
end_attendant() {
    pid=$(cat "$dir/attendant.pid" 2>/dev/null || true)
    [ -z "$pid" ] || ! grep -qsF "$dir/docker.sock" "/proc/$pid/cmdline" || kill -KILL "$pid" 2>/dev/null || true
}

engine_end() {
    need_root
    holder >/dev/null
    pid=$(engine_pid)
    [ -n "$pid" ] || return 0
    kill "-$1" "$pid"
    wait_until 60 engine_ended || fail "the engine in $dir does not end"
    end_attendant
}

# --- the image ------------------------------------------------------------------------------------------------------

# serve: the web server on port 8080 (or $1), ends at once on SIGTERM. /health and /cgi-bin/health answer 200; after
# `sick 503 '{"status":"unhealthy"}'` /cgi-bin/health answers so, until `well` or a restart. A number of seconds in
# /tmp/delay makes it slow.
image_files() {
    mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/www/cgi-bin"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for name in sh ash cat chmod cp date echo env false grep head hostname httpd ip kill ls mkdir mv nc nslookup ping \
        printf ps pwd rm sed sleep stat tail test touch tr true wc wget; do
        ln -s busybox "$root/bin/$name"
    done
    cat >"$root/bin/serve" <<'END'
#!/bin/sh
trap 'kill $!; exit 0' TERM INT
well
httpd -f -p "${1:-8080}" -h /www &
wait
END
    cat >"$root/bin/sick" <<'END'
#!/bin/sh
printf '%s' "${2:-}" >/tmp/body
echo "${1:-503}" >/tmp/status.new
mv /tmp/status.new /tmp/status
END
    cat >"$root/bin/well" <<'END'
#!/bin/sh
rm -f /tmp/status /tmp/body
END
    cat >"$root/www/cgi-bin/health" <<'END'
#!/bin/sh
status=200
[ ! -e /tmp/status ] || read -r status </tmp/status
[ ! -e /tmp/delay ] || sleep "$(cat /tmp/delay)"
printf 'Status: %s Answer\r\nContent-Type: application/json\r\n\r\n' "$status"
if [ -s /tmp/body ]; then cat /tmp/body; else echo '{"status":"ok"}'; fi
END
    echo ok >"$root/www/health"
    echo '<!DOCTYPE html><title>sample</title><p>A sample service.' >"$root/www/index.html"
    echo root:x:0:0:root:/:/bin/sh >"$root/etc/passwd"
    chmod 755 "$root/bin/serve" "$root/bin/sick" "$root/bin/well" "$root/www/cgi-bin/health"
}

engine_image() {
    need_root
    command -v busybox >/dev/null || fail "'busybox' is missing; tests/deps.sh demo installs busybox-static"
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    image_files
    # PATH=/bin; CMD ["serve"].
    query="fromSrc=-&repo=$image&changes=ENV%20PATH%3D%2Fbin&changes=CMD%20%5B%22serve%22%5D"
    answer=$(tar -C "$root" -c . | curl -sS --unix-socket "$dir/docker.sock" -H 'Content-Type: application/x-tar' \
        -T - -X POST "http://engine/images/create?$query")
    case $answer in *sha256:*) ;; *) fail "the image could not be imported: $answer" ;; esac
}

# --- the command line -----------------------------------------------------------------------------------------------

[ $# -ge 2 ] || { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command=$1
dir=$(realpath -m -- "$2")
shift 2
case $command in
up) engine_up ;;
down) engine_down ;;
start) engine_start ;;
stop) engine_end TERM ;;
kill) engine_end KILL ;;
image) engine_image ;;
pid) holder ;;
run)
    need_root
    pid=$(holder)
    exec nsenter --target "$pid" --net -- "$@"
    ;;
inside)
    need_root
    pid=$(holder)
    exec nsenter --target "$pid" --net --mount --pid -- "$@"
    ;;
*) fail "unknown command '$command'; allowed: up image run inside stop kill start pid down" ;;
esac
