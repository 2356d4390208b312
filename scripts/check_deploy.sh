#!/usr/bin/env bash
# Everything about deployments that can be checked without a cluster, a registry or a container. Fails where a tool is
# missing: it never skips.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/.venv-deploy/bin
for tool in kubectl docker-compose; do
  command -v "$tool" >/dev/null || { echo "check-deploy: $tool is missing (kubectl 1.21 or later; \`make system-deps\` brings docker-compose)" >&2; exit 2; }
done
minor=$(kubectl version --client -o json 2>/dev/null | sed -n 's/.*"minor": "\([0-9]*\).*/\1/p' | head -1)
[ "${minor:-0}" -ge 21 ] || { echo "check-deploy: kubectl 1.21 or later is needed, this is 1.${minor:-?}" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Secrets for the builds are made in a copy: nothing of a real deployment is read, nothing is left behind.
git ls-files -z --cached --others --exclude-standard deploy | xargs -0 cp --parents -t "$work"
export PYTHONPATH=$PWD/src
.venv/bin/readmission make-secrets "$work/deploy/config/secrets" >/dev/null
mkdir "$work/built"
for folder in "$work"/deploy/kubernetes/overlays/* "$work"/deploy/kubernetes/tests/*; do
  kubectl kustomize "$folder" >"$work/built/$(basename "$folder").yaml"
done
cp "$work/deploy/kubernetes/components/airflow/task-pod.yaml" "$work/built/"
"$tools/python" scripts/validate_manifests.py "$work"/built/*.yaml
"$tools/checkov" --config-file deploy/checkov.yaml --directory "$work/built"
echo "check-deploy: checkov is content"
"$tools/hadolint" --failure-threshold info deploy/docker/Dockerfile
echo "check-deploy: hadolint is content"
"$tools/check-jsonschema" --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yaml
echo "check-deploy: workflows keep their schema"
for profile in all airflow inference observability; do
  docker-compose -f "$work/deploy/compose/compose.yaml" --profile "$profile" config -q
  echo "check-deploy: compose profile $profile is well formed"
done
for script in scripts/*.sh deploy/docker/*.sh; do bash -n "$script"; done
READMISSION_BUILT_MANIFESTS="$work/built" .venv/bin/python -m pytest tests/deploy -q
