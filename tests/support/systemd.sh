#!/bin/bash
# systemd.sh up DIR [stranger] | down DIR: a real systemd of its own, on a D-Bus of its own at DIR/bus, with a few units: good (runs),
# bad (failed), loop (is started again and again), slow (never gets ready), idle (not started). Needs root: it lives in
# namespaces with mounts and one control group of its own, and sees no other. Its machine knows quaywatch's own user, unless
# that shall be a stranger.
set -eu
dir=$2
group=quaywatch-units-$(printf %s "$dir" | cksum | cut -d" " -f1)

# The hierarchies of control groups that systemd keeps its books in: the one of version 2, or "name=systemd" of version 1.
books() {
    local root
    for root in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
        [ ! -e "$root/cgroup.procs" ] || echo "$root/$group"
    done
}

unit() { printf '%b' "$2" >"$dir/conf/systemd/user/$1"; }

# Mounts the books anew: in a namespace of control groups the root is what was joined before, so that nothing else is there.
mount_books() {
    local procs
    if [ -e /sys/fs/cgroup/cgroup.procs ]; then
        umount -R /sys/fs/cgroup
        mount -t cgroup2 private /sys/fs/cgroup
        procs=/sys/fs/cgroup/cgroup.procs
    else
        umount -R /sys/fs/cgroup
        mount -t tmpfs private /sys/fs/cgroup
        mkdir /sys/fs/cgroup/systemd
        mount -t cgroup -o none,name=systemd private /sys/fs/cgroup/systemd
        procs=/sys/fs/cgroup/systemd/cgroup.procs
    fi
    # Foreign processes have the number 0 here. With any of them in sight, systemd would take them for its own.
    grep -qx "$$" "$procs" && ! grep -qx 0 "$procs" || { echo "not alone in the control group"; exit 1; }
}

# Runs as the first process of the namespaces, whose end is everybody's.
inside() {
    export XDG_RUNTIME_DIR=$dir/run XDG_CONFIG_HOME=$dir/conf DBUS_SESSION_BUS_ADDRESS=unix:path=$dir/bus
    mount_books
    mkdir -p /run/systemd
    mount -t tmpfs private /run/systemd
    mkdir /run/systemd/system # systemd believes that the machine was booted with it
    cp /etc/passwd "$dir/passwd"
    [ -e "$dir/stranger" ] || echo 'quaywatch:x:65532:65534::/:/bin/false' >>"$dir/passwd"
    mount --bind "$dir/passwd" /etc/passwd
    /lib/systemd/systemd --user --unit=all.target --log-target=console &
    wait
}

case $1 in
up)
    mkdir -p "$dir/conf/systemd/user" "$dir/run"
    chmod 755 "$dir"
    [ "${3:-}" != stranger ] || touch "$dir/stranger"
    unit good.service '[Service]\nExecStart=/bin/sleep 1000\n'
    unit bad.service '[Service]\nExecStart=/bin/false\n'
    unit loop.service '[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=100\n'
    unit slow.service '[Service]\nType=notify\nExecStart=/bin/sleep 1000\nTimeoutStartSec=1000\n'
    unit idle.service '[Service]\nExecStart=/bin/sleep 1000\n'
    unit dbus.socket "[Socket]\nListenStream=$dir/bus\nSocketMode=0666\n"
    unit dbus.service "[Unit]\nRequires=dbus.socket\n[Service]\nType=notify\nExecStart=/usr/bin/dbus-daemon\
 --config-file=$dir/bus.conf --nofork --nopidfile --systemd-activation\n"
    unit all.target '[Unit]\nWants=dbus.service good.service bad.service loop.service slow.service\n'
    # As the system's bus does it: everybody may ask.
    cat >"$dir/bus.conf" <<-END
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig><type>system</type><listen>systemd:</listen><auth>EXTERNAL</auth><policy context="default">
	<allow user="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
	</policy></busconfig>
	END
    for book in $(books); do mkdir "$book"; done
    unshare --mount --pid --fork --kill-child --mount-proc "$0" join "$dir" >"$dir/log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    for _ in $(seq 200); do
        kill -0 "$(cat "$dir/pid")" 2>/dev/null || break
        state=$(busctl --address="unix:path=$dir/bus" get-property org.freedesktop.systemd1 \
            /org/freedesktop/systemd1/unit/bad_2eservice org.freedesktop.systemd1.Unit ActiveState 2>&1) || true
        [ "$state" != 's "failed"' ] || exit 0
        sleep 0.1
    done
    cat "$dir/log"
    exit 1
    ;;
join) # the first process of the namespaces goes into the group, and sees nothing above it from then on
    for book in $(books); do echo $$ >"$book/cgroup.procs"; done
    exec unshare --cgroup "$0" inside "$dir"
    ;;
inside) inside ;;
down)
    [ ! -e "$dir/pid" ] || kill -KILL "$(cat "$dir/pid")" 2>/dev/null || true
    for book in $(books); do
        for _ in $(seq 100); do
            [ -e "$book" ] || break
            find "$book" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
        done
    done
    rm -rf "$dir"
    ;;
*) echo "systemd.sh: up or down, not '$1'" >&2; exit 2 ;;
esac
