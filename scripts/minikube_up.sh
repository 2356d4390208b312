#!/usr/bin/env bash
# From nothing to a running system on minikube: profile, images, then scripts/cluster_up.sh. Repeatable.
# No minikube was at hand: this file is unrun, what it calls was run on another cluster (docs/how-to/kubernetes-minikube.md).
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${MINIKUBE_PROFILE:-readmission}
for tool in minikube kubectl; do
  command -v "$tool" >/dev/null || { echo "minikube-up: $tool is missing" >&2; exit 2; }
done
minikube status --profile "$profile" >/dev/null 2>&1 ||
  minikube start --profile "$profile" --kubernetes-version v1.32.0 --cpus "${CPUS:-2}" --memory "${MEMORY:-10g}" \
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
kubectl config use-context "$profile"
bash scripts/cluster_up.sh
