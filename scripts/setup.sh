#!/usr/bin/env bash
# Makes .venv from a hashed lock: with uv where it is installed, else with venv and pip.
set -euo pipefail
lock=$1
python=${PYTHON:-python3}
started=$SECONDS
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
  { echo "setup: no '$python' on PATH; install Python 3.11 or 3.12 (apt install python3 python3-venv)" >&2; exit 2; }
case $version in
  3.11 | 3.12) ;;
  *)
    for candidate in python3.12 python3.11; do
      if command -v "$candidate" >/dev/null; then python=$candidate; version=${candidate#python}; break; fi
    done
    case $version in
      3.11 | 3.12) ;;
      *) echo "setup: Python $version found; 3.11 or 3.12 is needed (set PYTHON=/path/to/python3.12)" >&2; exit 2 ;;
    esac ;;
esac
free_kib=$(df -Pk . | awk 'NR==2 {print $4}')
if [ "$free_kib" -lt 6291456 ]; then
  echo "setup: $((free_kib / 1024)) MiB free here; the environment needs about 3 GiB and the platform's data 2 GiB" >&2; exit 2
fi
if [ "$(uname -s)" = Linux ] && ! "$python" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' 2>/dev/null; then
  echo "setup: libgomp1 is missing (LightGBM needs it): sudo apt-get install -y libgomp1" >&2; exit 2
fi
unset PYTHONDONTWRITEBYTECODE
echo "setup: Python $version, $(grep -c -- '==' "$lock") packages from $lock"
if command -v uv >/dev/null; then
  [ -x .venv/bin/python ] || uv venv --quiet --python "$python" .venv
  uv pip sync --quiet --python .venv/bin/python --require-hashes --compile-bytecode "$lock" requirements/build.txt
  uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
else
  [ -x .venv/bin/python ] || "$python" -m venv .venv ||
    { echo "setup: python3-venv is missing: sudo apt-get install -y python3-venv" >&2; exit 2; }
  .venv/bin/python -m pip install --quiet --progress-bar on --require-hashes -r "$lock" -r requirements/build.txt
  .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
fi
echo "setup: ready in $((SECONDS - started)) s"
