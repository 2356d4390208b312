#!/bin/sh
# Health check of a container that also ends what hangs: check_health.sh SILENT COMMAND...
#
# Docker restarts what ends, not what is unhealthy. So once COMMAND got no answer six times in a row, from a part that had
# answered before, every process of this container but its init is killed; init then ends, and Docker starts it anew.
# SILENT is the exit code by which COMMAND says "no answer at all"; `any` if it cannot tell that from a refusal. A part
# that answers "not ready" is left alone: a restart would not bring back the database it waits for.
set -u
silent=$1 patience=6 seconds=8
shift
unanswered=${TMPDIR:-/tmp}/unanswered-checks

timeout "$seconds" "$@"
code=$?
case $code in
  0) answered=yes ;;
  124 | 137 | 143) answered=no ;;  # cut off by `timeout`: GNU's code, a kill, BusyBox's code
  "$silent") answered=no ;;
  *) if [ "$silent" = any ]; then answered=no; else answered=yes; fi ;;
esac
if [ $answered = yes ]; then
  echo 0 >"$unanswered"
elif [ -f "$unanswered" ]; then  # it answered before, so it is not merely starting
  count=$(($(cat "$unanswered") + 1))
  echo $count >"$unanswered"
  if [ $count -ge $patience ]; then
    # Anywhere but in a container with an init of its own, `kill -1` would end far too much.
    if [ "$(cat /proc/1/comm)" = docker-init ]; then
      echo "no answer to $count checks in a row: it hangs and is ended, to be started anew"
      kill -9 -1
    else
      echo "no answer to $count checks in a row; not ended: process 1 is not docker-init"
    fi
  fi
fi
exit $code
