#!/usr/bin/env bash
# Makes an environment from a hashed lock: install.sh FOLDER LOCK. Leaves no pip, no cache, no compiler.
set -euo pipefail
target=$1 lock=$2
python3 -m venv --without-pip "$target"
/opt/pip/bin/pip --python "$target/bin/python" install -q --no-compile --no-deps --only-binary :all: --require-hashes -r "$lock"
site=$(echo "$target"/lib/python3*/site-packages)
echo /opt/package >"$site/readmission.pth"
# Compiled once, checked by nothing: a read-only root starts fast. (Some packages carry templates that do not compile.)
"$target/bin/python" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$site" >/dev/null || true
