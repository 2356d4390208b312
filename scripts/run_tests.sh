#!/usr/bin/env bash
# The tests in their bounded form, in two runs at once: run_tests.sh "ARGUMENTS OF ONE" "ARGUMENTS OF THE OTHER"
# The second run's output follows when the first has ended. Fails if either does.
set -uo pipefail
cd "$(dirname "$0")/.."
pytest=("${PYTHON:-.venv/bin/python}" -m pytest -m "not long" --durations="${DURATIONS:-15}")
other=$(mktemp)
trap 'kill "$run" 2>/dev/null; wait "$run" 2>/dev/null; rm -f "$other"' EXIT
trap 'exit 130' INT TERM
"${pytest[@]}" $2 >"$other" 2>&1 &
run=$!
status=0
"${pytest[@]}" $1 || status=1
wait "$run" || status=1
cat "$other"
exit "$status"
