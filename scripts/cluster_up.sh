#!/usr/bin/env bash
# From images to a running system on the cluster KUBECONFIG names: apply, wait, run the chain. Repeatable.
#   OVERLAY=minikube      which folder of deploy/kubernetes/overlays
#   DATASET=/path/x.zip   give the data service this file (default: it fetches the published data set itself)
#   SETTINGS="A=1 B=2"    settings of all parts that differ from deploy/config
#   CHAIN=no              do not run the chain
#   AIRFLOW_PORT, INFERENCE_PORT  free ports of this machine (18080, 18000), through which the chain is followed
set -euo pipefail
cd "$(dirname "$0")/.."
command -v kubectl >/dev/null || { echo "cluster-up: kubectl is missing" >&2; exit 2; }
kubectl version >/dev/null 2>&1 || { echo "cluster-up: no cluster answers (KUBECONFIG, kubectl config current-context)" >&2; exit 2; }
k() { kubectl --namespace readmission "$@"; }
say() { echo "cluster-up: $*"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R deploy "$work"
settings=${SETTINGS:-}
[ -z "${DATASET:-}" ] || settings+=" READMISSION_DATASET=/state/given/$(basename "$DATASET")"
overlay=$work/deploy/kubernetes/overlays/applied
mkdir "$overlay"
{
  printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../%s]\n' "${OVERLAY:-minikube}"
  [ -z "$settings" ] || for map in settings task-settings; do
    [ "$map" != settings ] || echo 'configMapGenerator:'
    printf -- '- {name: %s, namespace: readmission, behavior: merge, literals: [%s]}\n' "$map" "$(echo $settings | tr ' ' ',')"
  done
} >"$overlay/kustomization.yaml"
kubectl kustomize "$overlay" >"$work/all.yaml"
# Clusters before 1.23 have two APIs by older names, and a current kubectl cannot check fields against them.
validate=true
kubectl api-versions >"$work/apis"
older() {  # name here, name there
  grep -qx "$1" "$work/apis" || { sed -i "s#^apiVersion: $1\$#apiVersion: $2#" "$work/all.yaml"; validate=false; }
}
if grep -q '^apiVersion: monitoring.coreos.com/v1$' "$work/all.yaml" && ! grep -qx monitoring.coreos.com/v1 "$work/apis"; then
  # The exporters are of use all the same.
  say "this cluster has no Prometheus operator: its ServiceMonitors and PrometheusRule are left out"
  .venv/bin/python - "$work/all.yaml" <<'PYTHON'
import sys, yaml, pathlib
path = pathlib.Path(sys.argv[1])
kept = [r for r in yaml.safe_load_all(path.read_text()) if r and not r["apiVersion"].startswith("monitoring.coreos.com/")]
path.write_text(yaml.safe_dump_all(kept))
PYTHON
fi
older autoscaling/v2 autoscaling/v2beta2
older policy/v1 policy/v1beta1
# A Job's pod never changes: out with the finished ones, so that they run again with these images.
k delete job create-stores airflow-migrate --ignore-not-found
apply() { kubectl apply --validate="$validate" -f "$1" >"$work/applied" || { cat "$work/applied"; exit 1; }; }
if [ -n "${DATASET:-}" ] && ! k get deployment data-service >/dev/null 2>&1; then
  # The volume first, the file onto it, then the service: it keeps the data set it finds at its first start.
  .venv/bin/python - "$work" "$(basename "$DATASET")" <<'PYTHON'
import sys, yaml, pathlib
work, name = pathlib.Path(sys.argv[1]), sys.argv[2]
resources = [r for r in yaml.safe_load_all((work / "all.yaml").read_text()) if r]
service = next(r for r in resources if r["kind"] == "Deployment" and r["metadata"]["name"] == "data-service")
spec = service["spec"]["template"]["spec"]
(container,) = spec["containers"]
for unused in ("envFrom", "startupProbe", "livenessProbe", "readinessProbe", "lifecycle", "ports"):
    container.pop(unused, None)
container |= {"name": "upload", "command": ["sleep", "600"]}
pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "dataset-upload", "namespace": "readmission"}, "spec": spec}
pod["spec"] |= {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0}
pod["spec"].pop("topologySpreadConstraints", None)
first = [r for r in resources if r["kind"] in ("Namespace", "ServiceAccount", "PersistentVolumeClaim", "Secret", "ConfigMap")]
(work / "first.yaml").write_text(yaml.safe_dump_all([*first, pod]))
PYTHON
  apply "$work/first.yaml"
  k wait --for condition=Ready pod/dataset-upload --timeout 3m >/dev/null
  k exec -i dataset-upload -- sh -c "mkdir -p /state/given && cat >/state/given/$(basename "$DATASET")" <"$DATASET"
  k delete pod dataset-upload --wait >/dev/null
  say "the data set is on the data service's volume"
fi
apply "$work/all.yaml"
for part in statefulset/postgres statefulset/s3; do
  ! k get "$part" >/dev/null 2>&1 || k rollout status "$part" --timeout 5m
done
k wait --for condition=complete job/create-stores job/airflow-migrate --timeout 10m
for part in mlflow data-service airflow-api-server airflow-scheduler airflow-dag-processor ui load-tests; do
  k rollout status "deployment/$part" --timeout 10m
done
[ "${CHAIN:-yes}" = yes ] || { say "ready, without a model: trigger create_tables for one"; exit 0; }
# From here as on a laptop: the chain is followed, and a first prediction asked for, through two forwarded ports.
set -m  # each forward is a process group of its own: the loop ends with what it started
forwards=()
trap 'for group in "${forwards[@]}"; do kill -- "-$group" && wait "$group" || true; done 2>/dev/null; rm -rf "$work"' EXIT
forward() {  # service, port here, port there; started again when the pod it led to is gone
  while :; do k port-forward "service/$1" "$2:$3" >/dev/null 2>&1 || sleep 1; done &
  forwards+=($!)
}
forward airflow-api-server "${AIRFLOW_PORT:-18080}" 8080
forward inference-service "${INFERENCE_PORT:-18000}" 8000
.venv/bin/readmission run-deployment deploy/config/secrets \
  --airflow "http://127.0.0.1:${AIRFLOW_PORT:-18080}" --service "http://127.0.0.1:${INFERENCE_PORT:-18000}"
k rollout status statefulset/inference-service --timeout 10m
cat <<TEXT
cluster-up: ready. From this machine (each in a shell of its own):
  kubectl -n readmission port-forward service/inference-service 8000
  kubectl -n readmission port-forward service/airflow-api-server 8080
  kubectl -n readmission port-forward service/mlflow 5050:5000
  kubectl -n readmission port-forward service/ui 7860
Airflow's passwords: deploy/config/secrets/airflow-passwords.json; MLflow's (admin) and an API key: operator.env beside it
TEXT
