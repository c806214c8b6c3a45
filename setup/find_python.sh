#!/bin/sh
# Prints a Python of version 3.11 or later that this user can run and that can make environments.
# Another one can be chosen: PYTHON=/path/to/python3.12 make run
set -eu

works() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for candidate in "${PYTHON:-python3.11}" python3.11 /usr/bin/python3.11 python3 /usr/bin/python3 python3.12 python3.13 python3.14; do
    if works "$candidate"; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Fovea needs Python 3.11 or later with venv; on Debian and Ubuntu: apt-get install python3 python3-venv" >&2
exit 1
