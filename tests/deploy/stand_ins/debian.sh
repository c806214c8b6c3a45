#!/bin/sh
# Makes debian:bookworm-slim or debian:trixie-slim out of Debian's packages. Usage: debian.sh SUITE; as root.
set -eu
suite=$1
[ "$(id -u)" = 0 ] || { echo "only root can make debian:$suite-slim; a registry has it too" >&2; exit 3; }
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >&2
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | head -1)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >/dev/null
# Authorities that only this machine trusts (a company's, a mirror's) go into the image, so that the Dockerfiles need not
# know of them.
ALL=/etc/ssl/certs/ca-certificates.crt INTO=$root/usr/local/share/ca-certificates awk '
    function key(text) { gsub(/[ \t\r\n]/, "", text); return text }
    /-----BEGIN CERTIFICATE-----/ { one = "" }
    { one = one $0 "\n" }
    /-----END CERTIFICATE-----/ {
        if (FILENAME != ENVIRON["ALL"]) known[key(one)] = 1
        else if (!(key(one) in known)) printf "%s", one > (ENVIRON["INTO"] "/host" ++number ".crt")
    }
' /usr/share/ca-certificates/mozilla/*.crt /etc/ssl/certs/ca-certificates.crt
chroot "$root" update-ca-certificates >/dev/null 2>&1
# as slim as the official one, and so is what is installed into it
printf 'path-exclude /usr/share/%s/*\n' doc man info locale groff lintian linda >"$root/etc/dpkg/dpkg.cfg.d/slim"
printf 'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nDPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\n' \
    >"$root/etc/apt/apt.conf.d/slim"
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
for folder in doc man info locale groff lintian; do rm -rf "$root/usr/share/$folder"; done
tar -C "$root" -c . | docker import - "debian:$suite-slim" >/dev/null
