#!/usr/bin/env bash
# Takes the system off the cluster KUBECONFIG names. Volumes and what is on them stay; VOLUMES=delete deletes them too.
set -euo pipefail
kubectl version >/dev/null 2>&1 || { echo "cluster-down: no cluster answers (KUBECONFIG, kubectl config current-context)" >&2; exit 2; }
k() { kubectl --namespace readmission "$@"; }
if [ "${VOLUMES:-}" = delete ]; then
  kubectl delete namespace readmission --ignore-not-found --timeout 5m
  exit 0
fi
k delete hpa,statefulset,deployment,job --all --timeout 5m
k delete pod --selector app.kubernetes.io/name=airflow-task --ignore-not-found --timeout 2m
echo "cluster-down: stopped; the volumes stay (VOLUMES=delete make cluster-down deletes them)"
