#!/usr/bin/env bash
# The whole system by compose and on Kubernetes for real, on small made-up data, with the tests of every mode.
# Needs root, docker-compose or docker compose, kubectl, and ENGINES: a folder with the scripts `up` (prints exports of
# DOCKER_HOST and KUBECONFIG; `up docker` starts the engine alone) and `down`. Says so and ends well where there is none.
# An hour and more from nothing on two cores, most of it building images: too long for .ci/run.
set -euo pipefail
cd "$(dirname "$0")/.."
engines=${ENGINES:-../shared/cluster}
if [ "$(id -u)" -ne 0 ] || [ ! -x "$engines/up" ]; then
  echo "check-engines: not run: needs root and ENGINES, a folder whose script \`up\` starts a Docker engine and a cluster"
  exit 0
fi
started=$SECONDS
say() { echo "check-engines: $* ($((SECONDS - started)) s)"; }
trap '"$engines/down"' EXIT
eval "$("$engines/up" docker)"
export IMAGE_TOOL=docker INSPECT_TOOL=docker CA_BUNDLE=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt} COMPOSE_HTTP_TIMEOUT=300
make --no-print-directory stand-ins images
say "images are there"
small=(READMISSION_DATASET=synthetic READMISSION_SYNTHETIC_ROWS=3000)
env "${small[@]}" make --no-print-directory compose-up
make --no-print-directory check-deployment DEPLOYMENT=deploy/config/secrets
make --no-print-directory compose-down
env "${small[@]}" make --no-print-directory compose-up
make --no-print-directory check-deployment DEPLOYMENT=deploy/config/secrets
make --no-print-directory compose-down
say "compose: whole chain, down, up again, nothing lost"
eval "$("$engines/up")"
SETTINGS="${small[*]}" make --no-print-directory cluster-up
make --no-print-directory check-cluster
make --no-print-directory cluster-down
say "Kubernetes: whole chain, pods renewed and killed under load, nothing lost"
