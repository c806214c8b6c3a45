#!/bin/sh
# Sees to a Docker Engine with Compose for the deployment's tests. One that answers already is used; where there is none,
# one of our own is started from Debian's packages, in a folder of its own, and keeps running.
# Usage: eval "$(tests/deploy/engine.sh)"      prints the variables to export, and nothing else
#        tests/deploy/engine.sh stop           ends our own, if one runs, and removes its folder
# FOVEA_ENGINE_FOLDER: where it lives (default /var/tmp/fovea-engine); its disk needs about 10 GB.
# Exit code 3: this machine cannot run one, for the reason printed.
set -eu

folder=${FOVEA_ENGINE_FOLDER:-/var/tmp/fovea-engine}

cannot() {
    echo "no Docker Engine: $*" >&2
    exit 3
}

answers() {
    docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1
}

stop() {
    if [ -s "$folder/docker.pid" ]; then
        engine=$(cat "$folder/docker.pid")
        kill "$engine" 2>/dev/null || true
        for _ in $(seq 60); do
            kill -0 "$engine" 2>/dev/null || break
            sleep 0.5
        done
    fi
    [ ! -d "$folder" ] || rm -rf "$folder"
}

tell() {
    echo "export DOCKER_HOST='$DOCKER_HOST' DOCKER_CONFIG='$DOCKER_CONFIG' PATH='$PATH'"
}

use_our_own() {
    export DOCKER_HOST="unix://$folder/docker.sock" DOCKER_CONFIG="$folder/client"
    export PATH="$folder/programs/usr/bin:$folder/programs/usr/sbin:$PATH"
}

can_run_one() {
    [ "$(id -u)" = 0 ] || cannot "none answers, and only root can start one"
    command -v apt-get >/dev/null || cannot "none answers, and its packages come from Debian or Ubuntu"
    [ -d /sys/fs/cgroup ] && [ -n "$(ls /sys/fs/cgroup)" ] || cannot "this machine has no control groups mounted"
    free_kb=$(df --output=avail -k "$(dirname "$folder")" | tail -1)
    [ "$free_kb" -gt 12000000 ] || cannot "the disk of $(dirname "$folder") has less than 12 GB free"
    grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || cannot "the kernel has no overlay file system"
}

bring_programs() { # those of Debian 13, which speak Compose 2 and BuildKit, beside whatever the machine has
    [ ! -x "$folder/programs/usr/sbin/dockerd" ] || return 0
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    missing=""
    for package in iptables runc ca-certificates debian-archive-keyring; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    [ -z "$missing" ] || apt-get install -y -qq --no-install-recommends $missing
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | head -1)
    [ -n "$mirror" ] || cannot "apt knows no mirror of Debian"
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/apt/packages" "$folder/programs"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$folder/apt/sources.list"
    set -- -o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=- \
        -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache"
    apt-get "$@" update -qq
    cd "$folder/apt/packages"
    apt-get "$@" download -qq docker.io docker-cli containerd docker-compose docker-buildx tini
    for package in *.deb; do
        dpkg -x "$package" "$folder/programs"
    done
    mkdir -p "$folder/client/cli-plugins"
    ln -sf "$folder"/programs/usr/libexec/docker/cli-plugins/* "$folder/client/cli-plugins/"
}

start() {
    [ ! -s "$folder/docker.pid" ] || rm -f "$folder/docker.pid"
    setsid nohup dockerd --data-root "$folder/data" --exec-root "$folder/run" -H "$DOCKER_HOST" \
        --pidfile "$folder/docker.pid" >"$folder/engine.log" 2>&1 </dev/null &
    for _ in $(seq 120); do
        ! answers || return 0
        sleep 0.5
    done
    tail -n 5 "$folder/engine.log" >&2
    cannot "it did not start within a minute, see above"
}

if [ "${1:-}" = stop ]; then
    stop
    exit 0
fi
if answers; then
    [ -z "${DOCKER_HOST:-}${DOCKER_CONFIG:-}" ] ||
        echo "export DOCKER_HOST='${DOCKER_HOST:-}' DOCKER_CONFIG='${DOCKER_CONFIG:-}'"
    exit 0
fi
use_our_own
if ! answers; then
    can_run_one
    mkdir -p "$folder"
    bring_programs >&2
    start
fi
tell
