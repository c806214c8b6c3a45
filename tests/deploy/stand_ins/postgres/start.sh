#!/bin/bash
# What the official image's entrypoint does with the settings that Fovea's compose file uses, and nothing more.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
    chown -R postgres "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
password=$(cat "$POSTGRES_PASSWORD_FILE")
[ -n "$password" ] || { echo "there is no password in POSTGRES_PASSWORD_FILE" >&2; exit 1; }

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    read -ra more <<<"${POSTGRES_INITDB_ARGS:-}"
    initdb -U "$user" --pwfile=<(echo "$password") "${more[@]}" -D "$PGDATA"
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    export PGPASSWORD=$password POSTGRES_USER=$user POSTGRES_DB=$database
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    [ "$database" = postgres ] || createdb -U "$user" "$database"
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
            *.sql) psql -v ON_ERROR_STOP=1 -U "$user" -d "$database" -f "$script" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
fi
exec "$@"
