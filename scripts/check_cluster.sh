#!/usr/bin/env bash
# Runs the test of every mode (`make check-deployment`) against the cluster KUBECONFIG names, through port-forwards.
#   TESTS="a or b"     only the tests with such names
#   OVERLAY=minikube   what `make cluster-up` applied
set -euo pipefail
cd "$(dirname "$0")/.."
set -m  # each forward is a process group of its own: the loop ends with what it started
forwards=()
stop() { for group in "${forwards[@]}"; do kill -- "-$group" && wait "$group" || true; done 2>/dev/null; }
forward() {  # service, port here, port there; started again when a pod it led to is gone
  while :; do kubectl --namespace readmission port-forward "service/$1" "$2:$3" >/dev/null 2>&1 || sleep 1; done &
  forwards+=($!)
}
# What the component monitoring selects, if the overlay has it.
manifests=$(mktemp)
trap 'stop; rm -f "$manifests"' EXIT
kubectl kustomize "deploy/kubernetes/overlays/${OVERLAY:-minikube}" >"$manifests"
! grep -q "^kind: ServiceMonitor" "$manifests" || export DEPLOYMENT_MANIFESTS=$manifests
forward inference-service 18000 8000
forward data-service 18001 8001
forward ui 17860 7860
forward airflow-api-server 18080 8080
forward mlflow 15050 5000
forward postgres 15433 5432
DEPLOYMENT_INFERENCE=http://127.0.0.1:18000 DEPLOYMENT_DATA=http://127.0.0.1:18001 DEPLOYMENT_UI=http://127.0.0.1:17860 \
  DEPLOYMENT_AIRFLOW=http://127.0.0.1:18080 DEPLOYMENT_MLFLOW=http://127.0.0.1:15050 \
  DEPLOYMENT_POSTGRES=${DEPLOYMENT_POSTGRES:-http://127.0.0.1:15433} DEPLOYMENT_PROMETHEUS=${DEPLOYMENT_PROMETHEUS:-none} \
  DEPLOYMENT_CLUSTER=yes DEPLOYMENT="${DEPLOYMENT:-deploy/config/secrets}" \
  .venv/bin/python -m pytest tests/system/test_deployment.py tests/system/test_cluster.py -q -p no:cacheprovider ${TESTS:+-k "$TESTS"}
