#!/usr/bin/env bash
# One resolution for all (dev), and for each image the same versions, only fewer packages: what is tested is what ships.
set -euo pipefail
command -v uv >/dev/null || { echo "lock: needs uv (pip install uv)" >&2; exit 2; }
common=(--universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --quiet)
uv pip compile pyproject.toml --extra dev "${common[@]}" -o requirements/dev.txt
for extra in "$@"; do
  uv pip compile pyproject.toml --extra "$extra" "${common[@]}" -c requirements/dev.txt -o "requirements/$extra.txt"
  echo "lock: requirements/$extra.txt"
done
# Tools with pins of their own, in an environment of their own (.venv-deploy).
uv pip compile deploy/checks.in "${common[@]}" -o requirements/deploy-checks.txt
uv pip compile deploy/docs-site.in "${common[@]}" -o requirements/docs-site.txt
# What builds our own wheel: hashed as everything else, since it runs on the machine that builds the images.
uv pip compile deploy/build.in "${common[@]}" -c requirements/dev.txt -o requirements/build.txt
