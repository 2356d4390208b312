#!/usr/bin/env bash
# Makes an environment of tools (.venv-deploy, or the one named second) from its hashed lock: with uv where it is installed, else with venv and pip.
set -euo pipefail
lock=$1
folder=${2:-.venv-deploy}
python=python3
command -v python3.11 >/dev/null && python=python3.11
if command -v uv >/dev/null; then
  [ -x "$folder/bin/python" ] || uv venv --quiet --python "$python" "$folder"
  uv pip sync --quiet --python "$folder/bin/python" --require-hashes "$lock"
else
  [ -x "$folder/bin/python" ] || "$python" -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --require-hashes -r "$lock"
fi
