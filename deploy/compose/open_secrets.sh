#!/bin/sh
# Lets containers read the secrets mounted into them: open_secrets.sh FOLDER FILE...
#
# A file mount keeps owner and mode of the file (compose ignores uid and mode outside Swarm), and containers run as users
# of their own. So the files go to group 10001, which every container that mounts one has, and nobody else may read them.
# The owner stays, so whoever runs this machine still reads and rewrites them.
set -eu
cd "$1"
shift
for file in "$@"; do
  [ -f "$file" ] || continue  # a machine that runs a part of the system holds a part of the secrets
  chgrp 10001 "$file"
  chmod 0640 "$file"
done
