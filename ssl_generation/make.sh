#!/bin/sh
# Makes a certificate authority of your own and a server certificate that it signs; makes the certificate anew before it
# ends or when its names change, and keeps the authority.
#
# Usage: make.sh [--names NAME,…] [--authority FOLDER] [--server FOLDER] [--days N] [--renew-before N] [--every SECONDS]
#   --names         host names and addresses, by comma; localhost, 127.0.0.1 and ::1 are always among them
#   --authority     its key lives here and nowhere else: ca.key (0600), ca.pem
#   --server        for the server: certificate.pem, key.pem (0600), ca.pem
#   --days          how long a certificate is good for; 397 is the longest that browsers accept
#   --renew-before  days before its end from which on it is made anew
#   --every         stay, and look again after so many seconds
# Exit code 0; 1 something failed; 2 wrong usage. A certificate that another authority signed is left alone.
set -euf

names=${FOVEA_NAMES:-}
authority=/authority
server=/certificates
days=397
renew_before=30
every=0

usage() {
    echo "make.sh: $1 (see its first lines)" >&2
    exit 2
}

is_number() {
    case $2 in
        '' | *[!0-9]*) usage "$1 needs a number, not \"$2\"" ;;
    esac
}

while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage "$1 is unknown, or its value is missing"
    case $1 in
        --names) names=$2 ;;
        --authority) authority=$2 ;;
        --server) server=$2 ;;
        --days) is_number "$1" "$2"; days=$2 ;;
        --renew-before) is_number "$1" "$2"; renew_before=$2 ;;
        --every) is_number "$1" "$2"; every=$2 ;;
        *) usage "there is no option $1" ;;
    esac
    shift 2
done
[ "$days" -ge 1 ] && [ "$days" -le 825 ] || usage "--days is between 1 and 825"
[ "$renew_before" -lt "$days" ] || usage "--renew-before must be less than --days"

san_of() { # one name as subjectAltName has it
    case $1 in
        *:*)
            case $1 in *[!0-9a-fA-F:.]*) usage "\"$1\" is no address" ;; esac
            echo "IP:$1" ;;
        *[!0-9.]*)
            printf '%s\n' "$1" | grep -Eqx '(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*' ||
                usage "\"$1\" is no host name"
            printf 'DNS:%s\n' "$1" | tr 'A-Z' 'a-z' | sed 's/^dns/DNS/' ;;
        *)
            printf '%s\n' "$1" | grep -Eqx '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])' ||
                usage "\"$1\" is no address"
            echo "IP:$1" ;;
    esac
}

sans="DNS:localhost
IP:127.0.0.1
IP:::1"
for name in $(printf '%s' "$names" | tr ',' ' '); do
    sans="$sans
$(san_of "$name")" || exit 2
done
sans=$(printf '%s\n' "$sans" | sort -u | paste -sd, -)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 0' TERM INT
umask 077

new_key() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null ||
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

place() { # place MODE FROM TO: there from one moment to the next, under its mode
    cp "$2" "$3.half"
    chmod "$1" "$3.half"
    mv "$3.half" "$3"
}

is_good_for_days() { # is_good_for_days FILE DAYS
    openssl x509 -in "$1" -noout -checkend $(($2 * 86400)) >/dev/null 2>&1
}

make_authority() {
    [ -s "$authority/ca.key" ] && is_good_for_days "$authority/ca.pem" "$days" && return
    [ ! -e "$authority/ca.pem" ] || echo "the authority ends soon: a new one is made, to be trusted anew"
    new_key "$work/ca.key"
    # path length 0: it signs servers, never other authorities
    openssl req -x509 -new -key "$work/ca.key" -sha256 -days 3650 -out "$work/ca.pem" \
        -subj "/O=Fovea/CN=Fovea authority $(od -An -N4 -tx1 /dev/urandom | tr -d ' ')" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -addext "subjectKeyIdentifier=hash"
    place 0600 "$work/ca.key" "$authority/ca.key"
    place 0644 "$work/ca.pem" "$authority/ca.pem"
}

is_anothers() {
    [ -s "$server/certificate.pem" ] &&
        ! grep -q 'O *= *Fovea, CN *= *Fovea authority' <<EOF
$(openssl x509 -in "$server/certificate.pem" -noout -issuer 2>/dev/null)
EOF
}

public_of() { # of a certificate or of a key
    case $1 in
        *certificate.pem) openssl x509 -in "$1" -noout -pubkey ;;
        *) openssl pkey -in "$1" -pubout ;;
    esac 2>/dev/null
}

is_current() {
    certificate=$server/certificate.pem
    [ -s "$certificate" ] && [ -s "$server/key.pem" ] &&
        is_good_for_days "$certificate" "$renew_before" &&
        openssl verify -x509_strict -CAfile "$authority/ca.pem" "$certificate" >/dev/null 2>&1 &&
        [ "$(public_of "$certificate")" = "$(public_of "$server/key.pem")" ] &&
        [ "$(cat "$server/names" 2>/dev/null)" = "$sans" ]
}

sign() {
    new_key "$work/key.pem"
    openssl req -new -key "$work/key.pem" -subj "/CN=Fovea" -out "$work/request.pem"
    : >"$work/index"
    cat >"$work/ca.cnf" <<EOF
[ca]
default_ca = fovea
[fovea]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $sans
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
EOF
    # from an hour ago, for clocks that are slow
    openssl ca -batch -notext -config "$work/ca.cnf" -extensions server -in "$work/request.pem" -out "$work/certificate.pem" \
        -cert "$authority/ca.pem" -keyfile "$authority/ca.key" -days "$days" \
        -startdate "$(date -u -d '1 hour ago' +%y%m%d%H%M%SZ)" 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
    place 0600 "$work/key.pem" "$server/key.pem"
    place 0644 "$work/certificate.pem" "$server/certificate.pem"
    printf '%s\n' "$sans" >"$work/names"
    place 0644 "$work/names" "$server/names"
    echo "made a certificate for $sans, good until $(openssl x509 -in "$server/certificate.pem" -noout -enddate | cut -d= -f2)"
}

look() {
    if is_anothers; then
        echo "$server/certificate.pem is from another authority and stays as it is"
        return
    fi
    make_authority
    place 0644 "$authority/ca.pem" "$server/ca.pem"
    is_current || sign
}

mkdir -p "$authority" "$server"
look
[ ! -s "$authority/ca.pem" ] || cat <<EOF
Browsers warn until they trust your own authority. Its certificate is ca.pem:
  docker compose cp nginx:/certificates/ca.pem fovea-ca.pem
Import it as an authority (docs/operators/deploy.md), if its fingerprint is the same:
  $(openssl x509 -in "$authority/ca.pem" -noout -fingerprint -sha256)
EOF
while [ "$every" -gt 0 ]; do
    sleep "$every" &
    wait $!
    look
done
