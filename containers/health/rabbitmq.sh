#!/bin/bash
# Whether RabbitMQ speaks AMQP: it answers a greeting with its own. `rabbitmq-diagnostics` would start a whole Erlang for it.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/5672
printf 'AMQP\x00\x00\x09\x01' >&3
[ "$(timeout 5 head -c 1 <&3 | od -An -tx1 | tr -d ' ')" = 01 ]
