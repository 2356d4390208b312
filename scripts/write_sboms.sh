#!/usr/bin/env bash
# One CycloneDX file for each image's lock, in build/sbom. The base image's own packages are its maker's to list.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/sbom
for image in data-service inference-service pipeline airflow mlflow ui load-tests; do
  .venv-deploy/bin/cyclonedx-py requirements "requirements/$image.txt" \
    --output-reproducible --of JSON -o "build/sbom/$image.cdx.json"
  echo "sbom: build/sbom/$image.cdx.json ($(grep -c '"bom-ref"' "build/sbom/$image.cdx.json") parts)"
done
