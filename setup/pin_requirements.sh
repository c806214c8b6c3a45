#!/bin/sh
# Pins what the .in files name, with hashes and without writing any registry's address. Versions that are
# pinned already stay; UPGRADE=--upgrade takes the newest of all.
set -eu
cd "$(dirname "$0")/.."
pin() {
    .tools/uv/bin/uv pip compile --quiet ${UPGRADE:-} --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links --overrides requirements-overrides.txt \
        --no-emit-package opencv-python-headless --no-emit-package torch --no-emit-package triton \
        "$1" -o "$2"
}
pin requirements.in requirements.txt
pin requirements-dev.in requirements-dev.txt
pin requirements-torch.in requirements-torch.txt
pin requirements-gpu.in requirements-gpu.txt
pin setup/uv.in setup/uv.txt
pin setup/node.in setup/node.txt
pin setup/build.in setup/build.txt
