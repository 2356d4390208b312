#!/usr/bin/env bash
# Makes .venv-deploy from its hashed lock: with uv where it is installed, else with venv and pip.
set -euo pipefail
lock=$1
python=python3
command -v python3.11 >/dev/null && python=python3.11
if command -v uv >/dev/null; then
  [ -x .venv-deploy/bin/python ] || uv venv --quiet --python "$python" .venv-deploy
  uv pip sync --quiet --python .venv-deploy/bin/python --require-hashes "$lock"
else
  [ -x .venv-deploy/bin/python ] || "$python" -m venv .venv-deploy
  .venv-deploy/bin/python -m pip install --quiet --require-hashes -r "$lock"
fi
