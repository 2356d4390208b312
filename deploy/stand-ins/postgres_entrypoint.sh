#!/bin/sh
# What the official image's entry point does, as far as we use it: make the cluster once, then run the server.
set -eu
[ "${1:-postgres}" = postgres ] || exec "$@"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD is not set}"
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  password=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  # shellcheck disable=SC2086 # several options in one variable, as in the official image
  initdb --username=postgres --pwfile="$password" --encoding=UTF8 --locale=C.UTF-8 ${POSTGRES_INITDB_ARGS:-} >/dev/null
  rm -f "$password"
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
fi
exec /usr/lib/postgresql/18/bin/postgres -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
