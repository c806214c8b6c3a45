#!/bin/sh
# Pins the images that others made by their digests: what was looked at once is what runs for ever, whoever moves a tag.
# Asks the registry for the digest of each tag of docker-compose.yml and keeps it in .env; one that is pinned stays.
# Usage: containers/pin_images.sh [--update] [FILE]   (default: .env)   --update asks anew for those that are pinned
set -eu

update=
[ "${1:-}" = --update ] && update=yes && shift
file=${1:-.env}
here=$(cd "$(dirname "$0")/.." && pwd)
touch "$file"

# NAME TAG of each, as the compose file has them: ${FOVEA_MONGODB_IMAGE:-mongo:8.0}
sed -n 's/.*\${\(FOVEA_[A-Z]*_IMAGE\):-\([^}]*\)}.*/\1 \2/p' "$here/docker-compose.yml" | sort -u | while read -r name tag; do
    if [ -z "$update" ] && grep -q "^$name=.*@sha256:" "$file"; then
        continue
    fi
    told=$(docker buildx imagetools inspect "$tag") || {
        echo "$tag: the registry does not tell its digest; $file is as it was for this image" >&2
        exit 1
    }
    digest=$(echo "$told" | sed -n 's/^Digest: *//p' | head -n 1)
    case $digest in
        sha256:*) ;;
        *) echo "$tag: '$digest' is no digest" >&2 && exit 1 ;;
    esac
    { grep -v "^$name=" "$file" || true; echo "$name=$tag@$digest"; } >"$file.new"
    cat "$file.new" >"$file" # its owner and mode stay
    rm -f "$file.new"
    echo "$name=$tag@$digest"
done
