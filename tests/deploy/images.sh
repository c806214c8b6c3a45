#!/bin/sh
# Sees to the base images of docker-compose.yml: each is pulled, and only where that fails a stand-in is built under its
# tag from Debian's packages (tests/deploy/stand_ins). FOVEA_STAND_INS=1 does not try to pull. Then builds Fovea's own.
# Usage: tests/deploy/images.sh [--bases]   with --bases only the base images
set -eu
here=$(cd "$(dirname "$0")" && pwd)

is_here() {
    docker image inspect "$1" >/dev/null 2>&1 && return
    [ -z "${FOVEA_STAND_INS:-}" ] && timeout 120 docker pull -q "$1" >/dev/null 2>&1
}

base() { # base TAG FOLDER
    is_here "$1" && return
    suite=$(sed -n 's/^FROM debian:\(.*\)-slim$/\1/p' "$here/stand_ins/$2/Dockerfile")
    is_here "debian:$suite-slim" || "$here/stand_ins/debian.sh" "$suite"
    echo "no registry answers for $1: building a stand-in from Debian's packages"
    docker build -q -t "$1" "$here/stand_ins/$2" >/dev/null
}

base python:3.11-slim-bookworm python
base pgvector/pgvector:pg17 postgres
base rabbitmq:4.1 rabbitmq
base mongo:8.0 mongo
base nginx:1.28 nginx
[ "${1:-}" = --bases ] || docker compose -f "$here/../../docker-compose.yml" build --quiet
