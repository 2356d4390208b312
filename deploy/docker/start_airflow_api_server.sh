#!/bin/sh
# Airflow's simple login opens its file of passwords for writing, and a mounted secret cannot be written: it gets a copy.
# start-airflow-api-server SECRET; AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE names the copy.
set -eu
umask 077
cat "$1" >"$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
exec /opt/airflow-environment/bin/airflow api-server
