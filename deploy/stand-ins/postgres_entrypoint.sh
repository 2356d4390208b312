#!/bin/sh
# What the official image's entry point does, as far as we use it: make the cluster once, then run the server.
set -eu
case ${1:--} in -*) set -- postgres "$@" ;; esac  # options alone are the server's
[ "$1" = postgres ] || exec "$@"
shift
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  : "${POSTGRES_PASSWORD:?neither POSTGRES_PASSWORD nor POSTGRES_PASSWORD_FILE is set}"
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  password=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
  # shellcheck disable=SC2086 # several options in one variable, as in the official image
  initdb --username=postgres --pwfile="$password" --encoding=UTF8 --locale=C.UTF-8 ${POSTGRES_INITDB_ARGS:-} >/dev/null
  rm -f "$password"
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
fi
exec "$(command -v postgres)" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql "$@"
