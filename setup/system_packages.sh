#!/bin/sh
# Makes sure that the programs and libraries Fovea calls are on this machine.
# Usage: setup/system_packages.sh run|test|deploy
# Looks first and installs only what is missing: by apt-get as root or with sudo that asks no password,
# else it prints the one line to run and ends with exit code 1.
set -eu

here=$(dirname "$0")
missing=""

need() { # need PACKAGE COMMAND…: the package is missing when the command fails
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

has_library() {
    PATH="$PATH:/usr/sbin:/sbin" ldconfig -p | grep -q "$1"
}

has_english() {
    tesseract --list-langs 2>/dev/null | grep -qx eng
}

has_browser() { # on Ubuntu the package called chromium is a snap, so any of its relatives will do
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_fonts() {
    find /usr/share/fonts /usr/local/share/fonts -name '*.[to]tf' 2>/dev/null | grep -q .
}

has_faketime() {
    test -n "$(ls /usr/lib/*/faketime/libfaketime.so.1)"
}

need python3-venv "$here/find_python.sh"
need ffmpeg command -v ffmpeg
need ffmpeg command -v ffprobe
need tesseract-ocr command -v tesseract
need tesseract-ocr-eng has_english
need libimage-exiftool-perl command -v exiftool
need libgl1 has_library libGL.so.1
need libglib2.0-0 has_library libglib-2.0.so.0
if [ "${1:-run}" = test ]; then
    need chromium has_browser
    need fonts-dejavu-core has_fonts
    need rabbitmq-server test -x /usr/lib/rabbitmq/bin/rabbitmq-server
fi
if [ "${1:-run}" = deploy ]; then
    need nmap command -v nmap
    need libfaketime has_faketime
fi

missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
[ -n "${missing# }" ] || exit 0

install="apt-get update && apt-get install -y --no-install-recommends ${missing% }"
case $missing in
*rabbitmq-server*) # tests start one of their own: the package's service is neither started now nor at the next boot
    policy=/usr/sbin/policy-rc.d
    install="test -e $policy || { trap \"rm -f $policy\" EXIT; printf \"#!/bin/sh\\nexit 101\\n\" >$policy; chmod 755 $policy; }
$install
code=\$?; systemctl disable -q rabbitmq-server 2>/dev/null; exit \$code"
    ;;
esac
if ! command -v apt-get >/dev/null 2>&1; then
    echo "missing: $missing(Debian's names). Install them with this machine's package manager, then try again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root="env"
elif sudo -n true >/dev/null 2>&1; then
    as_root="sudo -n env"
else
    echo "Some programs are missing, and this user may not install them. Please run, then try again:" >&2
    echo "  sudo sh -c '$install'" >&2
    exit 1
fi
echo "installing: $missing"
$as_root DEBIAN_FRONTEND=noninteractive sh -c "$install" </dev/null
