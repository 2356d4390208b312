#!/usr/bin/env bash
# The whole system by compose and on Kubernetes for real, on small made-up data, with the test of every mode.
#   ON="compose kubernetes"   which engines (default: both)
#   BOUNDED=yes               what CI runs: less data, and of the tests those that start nothing anew and kill nothing
#   WARM=only                 only if the engine's images hold the present locks, so that building them takes a minute and
#                             not five
#   ENGINES=folder            its scripts `up` (prints exports of DOCKER_HOST and KUBECONFIG; `up docker` starts the Docker
#                             engine alone) and `down`. What runs on these engines under our names is deleted: a test has them.
# Needs root, docker-compose or docker compose, kubectl. Says so and ends well if an engine cannot be had; whatever
# fails after an engine has started is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
engines=${ENGINES:-../shared/cluster}
on=" ${ON:-compose kubernetes} "
started=$SECONDS
say() { echo "check-engines: $* ($((SECONDS - started)) s)"; }
not_run() {
  echo "=============================================================================="
  echo "check-engines: NOT RUN ON A REAL ENGINE: $*"
  echo "=============================================================================="
  exit 0
}
[ "$(id -u)" -eq 0 ] || not_run "needs root"
[ -x "$engines/up" ] || not_run "needs ENGINES, a folder whose script \`up\` starts a Docker engine and a cluster"
trap '"$engines/down"' EXIT
exports=$("$engines/up" docker) || not_run "the Docker engine does not start here"
eval "$exports"
images=(data-service inference-service pipeline airflow mlflow ui load-tests)
locks=("${images[@]/#/requirements/}")
locks=("${locks[@]/%/.txt}")
are_warm() {  # every image is there, and what its environment is made from is as it was then
  local image built
  for image in "${images[@]}"; do
    built=$(docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' "localhost/readmission/$image:dev" 2>/dev/null) &&
      git diff --quiet "$built" HEAD -- deploy/docker requirements/build.txt "${locks[@]}" 2>/dev/null || return 1
  done
}
[ "${WARM:-}" != only ] || are_warm || not_run "this engine has no images of these locks; making them takes five to fifteen minutes: make check-engines"
export IMAGE_TOOL=docker INSPECT_TOOL=docker CA_BUNDLE=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt} COMPOSE_HTTP_TIMEOUT=300
# Names of its own: volumes of an earlier run have other passwords.
rows=10000 tests="" restart_compose="make --no-print-directory compose-down compose-up"
restart_cluster="make --no-print-directory cluster-down && CHAIN=no make --no-print-directory cluster-up"
if [ "${BOUNDED:-}" = yes ]; then
  rows=8000 tests="not again and not survives and not killed and not locust and not logs_of" restart_compose="" restart_cluster=""
fi
export TESTS=$tests
export COMPOSE_PROJECT_NAME=readmission-check READMISSION_DATASET=synthetic READMISSION_SYNTHETIC_ROWS=${ROWS:-$rows}
export SETTINGS="READMISSION_DATASET=$READMISSION_DATASET READMISSION_SYNTHETIC_ROWS=$READMISSION_SYNTHETIC_ROWS"
target() { make --no-print-directory "$@"; }
target deploy-secrets stand-ins images
say "images are there"

if [[ $on == *" compose "* ]]; then
  target compose-down VOLUMES=delete
  target compose-up
  say "compose: every container runs"
  target check-deployment DEPLOYMENT=deploy/config/secrets DEPLOYMENT_RESTART="$restart_compose"
  target compose-down VOLUMES=delete
  say "compose: chain run, first prediction stored, tests of every mode passed${restart_compose:+; chain again, down, up again, nothing lost}"
fi

if [[ $on == *" kubernetes "* ]]; then
  exports=$("$engines/up") || not_run "the cluster does not start here (compose: as said above)"
  eval "$exports"
  target cluster-down VOLUMES=delete
  target cluster-up
  say "Kubernetes: the chain has run as pods, a champion is live"
  target check-cluster DEPLOYMENT_RESTART="$restart_cluster"
  target cluster-down VOLUMES=delete
  say "Kubernetes: pods renewed and model swapped under load${restart_cluster:+, pods killed, down, up again}: nothing lost"
fi
