#!/bin/sh
# deps.sh build|lint|test: installs the Debian packages that the named kind of work needs and that are missing.
set -eu

build="gcc make pkg-config libc6-dev libcurl4-openssl-dev libjson-c-dev libmicrohttpd-dev libgnutls28-dev libuv1-dev uthash-dev zlib1g-dev libsystemd-dev libyaml-dev
 libsqlite3-dev liblua5.4-dev libldns-dev esbuild node-dagre-layout"
demo="docker.io busybox-static iptables iproute2 util-linux curl procps jq"
test="$demo libcmocka-dev clang openssl libfaketime
 systemd dbus
 etcd-server etcd-client python3-consul2
 python3-grpcio python3-protobuf
 chromium-headless-shell nodejs npm
 nginx-light libnginx-mod-stream
 haproxy caddy prometheus prometheus-alertmanager
 zsh fish mandoc python3-aiosmtpd python3-yaml dnsmasq-base bind9-dnsutils
 ldnsutils knot-dnsutils unbound"
lint="clang-format clang-tidy cppcheck universal-ctags shellcheck"
engines="podman crun"
bench="etcd-server caddy nginx-light haproxy dnsperf dnsmasq-base wrk prometheus-blackbox-exporter sqlite3 chromium-headless-shell nodejs npm"
image="docker-compose mmdebstrap slirp4netns"

want=
for kind in "$@"; do
    case $kind in
    build) want="$want $build" ;;
    demo) want="$want $build $demo" ;;
    test) want="$want $build $test $image" ;;
    engines) want="$want $engines" ;;
    fuzz) want="$want $build clang" ;;
    lint) want="$want $build $lint" ;;
    bench) want="$want $build $demo $bench" ;;
    image) want="$want $image" ;;
    *) echo "deps.sh: unknown kind '$kind'; allowed: build demo test engines fuzz lint bench image" >&2; exit 2 ;;
    esac
done

# Whoever has a Docker Engine of another make (or reaches one) keeps it: docker.io would push it out.
docker_is_there() {
    command -v dockerd || [ -x /usr/sbin/dockerd ] || timeout 10 docker version --format '{{.Server.Version}}'
} >/dev/null 2>&1

# What is there without its package counts for those that people like to install themselves.
is_there() {
    case $1 in
    docker.io) docker_is_there && return ;;
    nodejs) command -v node >/dev/null && return ;;
    npm) command -v npm >/dev/null && return ;;
    esac
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

missing=
for package in $want; do
    is_there "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "This system has no apt. Install what corresponds to these Debian packages, then call make again:$missing" >&2
    exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# Services that these packages bring (docker, nginx) are not started: the tests start their own.
policy=
if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=yes
    printf '#!/bin/sh\nexit 101\n' | $sudo tee /usr/sbin/policy-rc.d >/dev/null
    $sudo chmod +x /usr/sbin/policy-rc.d
fi
status=0
{ $sudo apt-get -qq update && $sudo apt-get -qq install -y --no-install-recommends $missing; } >/tmp/quaywatch-deps.$$ 2>&1 || status=$?
[ -z "$policy" ] || $sudo rm -f /usr/sbin/policy-rc.d
[ $status = 0 ] || cat /tmp/quaywatch-deps.$$ >&2
rm -f /tmp/quaywatch-deps.$$
exit $status
