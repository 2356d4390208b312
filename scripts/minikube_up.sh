#!/usr/bin/env bash
# From nothing to a running system on minikube: profile, images, apply, wait, chain, addresses. Repeatable.
# Written and validated (`make check-deploy`), not yet run on a real minikube: docs/how-to/kubernetes-minikube.md.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${MINIKUBE_PROFILE:-readmission}
for tool in minikube kubectl; do
  command -v "$tool" >/dev/null || { echo "minikube-up: $tool is missing" >&2; exit 2; }
done
k() { kubectl --context "$profile" --namespace readmission "$@"; }
minikube status --profile "$profile" >/dev/null 2>&1 ||
  minikube start --profile "$profile" --kubernetes-version v1.32.0 --cpus "${CPUS:-4}" --memory "${MEMORY:-10g}" \
    --cni calico --addons metrics-server
archive=$(mktemp -d)
trap 'rm -rf "$archive"' EXIT
for image in data-service inference-service pipeline airflow mlflow ui load-tests; do
  name=localhost/readmission/$image:${TAG:-dev}
  if command -v buildah >/dev/null && buildah inspect --type image "$name" >/dev/null 2>&1; then
    buildah push -q "$name" "docker-archive:$archive/$image.tar:$name"
    minikube --profile "$profile" image load "$archive/$image.tar"
  else
    minikube --profile "$profile" image load "$name"
  fi
done
# A Job's pod never changes: out with the finished ones, so that they run again with these images.
k delete job create-stores airflow-migrate --ignore-not-found
kubectl --context "$profile" apply -k deploy/kubernetes/overlays/minikube
k rollout status statefulset/postgres --timeout 5m
k rollout status statefulset/s3 --timeout 5m
k wait --for condition=complete job/create-stores job/airflow-migrate --timeout 10m
for part in mlflow data-service airflow-api-server airflow-scheduler airflow-dag-processor; do
  k rollout status "deployment/$part" --timeout 10m
done
# The other DAGs follow by themselves.
k exec deployment/airflow-scheduler -- /opt/airflow-environment/bin/airflow dags trigger create_tables
echo "minikube-up: the chain runs; the inference service is ready once a champion is there"
k rollout status deployment/inference-service --timeout 60m
cat <<TEXT
minikube-up: ready. From this machine (each in a shell of its own):
  kubectl --context $profile -n readmission port-forward service/inference-service 8000
  kubectl --context $profile -n readmission port-forward service/airflow-api-server 8080
  kubectl --context $profile -n readmission port-forward service/mlflow 5050:5000
  kubectl --context $profile -n readmission port-forward service/ui 7860
Airflow's passwords: deploy/config/secrets/airflow-passwords.json; MLflow's (admin) and an API key: operator.env beside it
TEXT
