#!/bin/bash
# Whether MongoDB answers `hello`, which needs no user. By the container's own address: while it is set up for the first
# time it listens on 127.0.0.1 only. `mongosh` would start a whole Node.js for it.
set -euo pipefail
exec 3<>"/dev/tcp/$HOSTNAME/27017"
printf '\x34\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0' >&3
printf '\0\0\0\0\0\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0' >&3
# the answer's header: its length, its id, then that it answers 1, with an OP_MSG
[ "$(timeout 5 head -c 16 <&3 | od -An -v -tx1 -j8 | tr -d ' \n')" = 01000000dd070000 ]
