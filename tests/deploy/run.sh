#!/bin/sh
# Brings a Docker Engine (its own, where there is none), builds the images and tests the deployment from outside.
# Usage: tests/deploy/run.sh short|long
#   short  up, the front door, one upload analysed end to end, a kill of the broker
#   long   the same and the pages in a browser, backup, poison, every fault while 300 files are imported, schemathesis
# Exit code 3: this machine cannot run containers, for the reason printed.
set -eu
cd "$(dirname "$0")/../.."
here=tests/deploy

variables=$("$here/engine.sh")
eval "$variables"
"$here/images.sh"

contracts=$here/test_contracts.py
whole=$here/test_whole.py
backup=$here/test_backup.py
door=$here/test_front_door.py
case "${1:-short}" in
short) set -- "$whole" "$contracts" "$door" --deselect "$door::test_nothing_makes_the_deployment_fail" ;;
long) set -- "$here/test_web.py" "$whole" "$contracts" "$backup" "$here/test_poison.py" \
    "$here/test_faults.py" "$door" ;;
*)
    echo "usage: $0 short|long" >&2
    exit 2
    ;;
esac
exec .venv/bin/python -m pytest -p no:cacheprovider -p no:randomly --timeout 3000 -rA --durations 20 -s "$@"
