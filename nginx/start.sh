#!/bin/sh
# Starts nginx in its container: writes what the environment decides, waits for the certificate, and reloads nginx when
# the certificate changes. Settings: docs/operators/deploy.md.
set -eu

run=${FOVEA_NGINX_RUN:-/tmp/nginx}
certificates=${FOVEA_CERTIFICATES_FOLDER:-/certificates}
mkdir -p "$run"

fail() {
    echo "nginx: $*" >&2
    exit 1
}

only() { # only PATTERN NAME VALUE: stops when the value could end the line it is written into
    case $3 in
        *[!$1]*) fail "$2 may not be \"$3\"" ;;
    esac
}

write_settings() {
    resolvers=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2 }' /etc/resolv.conf | tr '\n' ' ')
    api=${FOVEA_API:-api:8000}
    hosts=${FOVEA_HOSTS:-}
    names=${FOVEA_NAMES:-}
    address=${FOVEA_ADDRESS:-https://localhost}
    proxies=${FOVEA_TRUSTED_PROXIES:-}
    hsts_s=${FOVEA_HSTS_S:-0}
    port=${FOVEA_HTTPS_PORT:-8443}
    only 'A-Za-z0-9.:_-' FOVEA_API "$api"
    only ']A-Za-z0-9.:*, _[-' FOVEA_HOSTS "$hosts"
    only ']A-Za-z0-9.:*, _[-' FOVEA_NAMES "$names"
    only ']A-Za-z0-9.:/_[-' FOVEA_ADDRESS "$address"
    only '0-9a-fA-F.:/, ' FOVEA_TRUSTED_PROXIES "$proxies"
    only '0-9' FOVEA_HSTS_S "$hsts_s"
    only '0-9' FOVEA_HTTPS_PORT "$port"

    echo "resolver ${resolvers:-127.0.0.11} valid=2s ipv6=off;"
    echo "resolver_timeout 5s;"
    echo "map '' \$api { default '$api'; }"
    echo "map '' \$https_port { default '$([ "$port" = 443 ] || echo ":$port")'; }"
    echo "map '' \$hsts { default '$([ "$hsts_s" = 0 ] || echo "max-age=$hsts_s")'; }"
    echo "map \$host \$host_is_ours {"
    # As api/names.py has it: what is listed, or else the names it is known by and every address.
    echo "  hostnames;"
    echo "  default 0;"
    if [ -z "$hosts" ]; then
        echo "  '~^[0-9.]+\$' 1;"
        echo "  '~^\[[0-9a-f:.]+]\$' 1;"
        hosts=$(echo "$address" | sed -E 's,^[a-z]+://,,; s,/.*,,; s,:[0-9]+$,,')
    fi
    for host in $(printf '%s\n' localhost $(echo "$hosts,$names" | tr ',' ' ') | tr 'A-Z' 'a-z' | sort -u); do
        case $host in
            '*') echo "  '~.' 1;" ;;
            [0-9]*.[0-9]*.[0-9]*.[0-9]* | *:*) [ -n "${FOVEA_HOSTS:-}" ] && echo "  '$host' 1;" ;;
            *) echo "  '$host' 1;" ;;
        esac
    done
    echo "}"
    for proxy in $(echo "$proxies" | tr ',' ' '); do
        echo "set_real_ip_from $proxy;"
    done
    [ -z "$proxies" ] || printf 'real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n'
}

fingerprint() {
    cat "$certificates/certificate.pem" "$certificates/key.pem" 2>/dev/null | sha256sum
}

wait_for_certificate() {
    for _ in $(seq 60); do
        [ -r "$certificates/key.pem" ] && [ -r "$certificates/certificate.pem" ] && return
        sleep 1
    done
    fail "there is no certificate.pem and key.pem in $certificates that user $(id -u) may read"
}

reload_when_it_changes() {
    known=$(fingerprint)
    while sleep "${FOVEA_CERTIFICATE_LOOK_S:-60}"; do
        now=$(fingerprint)
        [ "$now" != "$known" ] || continue
        if nginx -t -q; then
            known=$now
            echo "nginx: the certificate changed, reloading" >&2
            nginx -s reload
        else
            echo "nginx: the certificate changed, but cannot be used; the one before stays" >&2
        fi
    done
}

settings=$(write_settings)
printf '%s\n' "$settings" >"$run/settings.conf"
wait_for_certificate
nginx -t -q
reload_when_it_changes &
exec nginx -g 'daemon off;'
