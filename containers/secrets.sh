#!/bin/sh
# Makes the secrets of docker-compose.yml, each 32 random bytes; one that is there stays as it is.
# Usage: containers/secrets.sh [FOLDER]   (default: ./secrets)
# The folder is closed to everybody else on this machine (0700). The files in it are open (0444), for the containers
# they are mounted into have users of their own; only those who may enter the folder get that far.
set -eu

folder=${1:-secrets}
umask 077
mkdir -p "$folder"
chmod 0700 "$folder"

random_word() { # letters and digits only, so that it may stand in a URL
    od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'
}

bytes_of() { # the bytes that hexadecimal digits stand for
    printf "$(printf '%s' "$1" | sed 's/../& /g' | awk '{
        for (i = 1; i <= NF; i++) {
            high = index("0123456789abcdef", substr($i, 1, 1)) - 1
            low = index("0123456789abcdef", substr($i, 2, 1)) - 1
            printf "\\%03o", high * 16 + low
        }
    }')"
}

keep() { # keep NAME: standard input becomes that secret, unless there is one
    if [ -e "$folder/$1" ]; then
        cat >/dev/null
        return
    fi
    cat >"$folder/.$1.half"
    chmod 0444 "$folder/.$1.half"
    mv "$folder/.$1.half" "$folder/$1"
    echo "made $folder/$1"
}

hashed() { # as RabbitMQ keeps a password: base64 of salt and SHA-256 of salt and password
    salt=$(od -An -v -tx1 -N4 /dev/urandom | tr -d ' \n')
    digest=$({ bytes_of "$salt"; printf '%s' "$1"; } | sha256sum | cut -d ' ' -f 1)
    bytes_of "$salt$digest" | base64
}

for name in postgres_password postgres_fovea_password rabbitmq_password mongodb_root_password mongodb_fovea_password; do
    random_word | keep "$name"
done
printf 'postgresql://fovea:%s@postgres:5432/fovea' "$(cat "$folder/postgres_fovea_password")" | keep fovea_database_url
printf 'amqp://fovea:%s@rabbitmq:5672/fovea' "$(cat "$folder/rabbitmq_password")" | keep fovea_broker_url
printf 'mongodb://fovea:%s@mongodb:27017/fovea?authSource=fovea&authMechanism=SCRAM-SHA-256' "$(cat "$folder/mongodb_fovea_password")" |
    keep fovea_mongodb_url
if [ ! -e "$folder/rabbitmq_definitions" ]; then
    keep rabbitmq_definitions <<JSON
{
  "users": [{
    "name": "fovea", "tags": ["monitoring"],
    "hashing_algorithm": "rabbit_password_hashing_sha256", "password_hash": "$(hashed "$(cat "$folder/rabbitmq_password")")"
  }],
  "vhosts": [{"name": "fovea", "default_queue_type": "quorum"}],
  "permissions": [{"user": "fovea", "vhost": "fovea", "configure": ".*", "write": ".*", "read": ".*"}]
}
JSON
fi
