#!/usr/bin/env bash
# Makes an environment from a hashed lock: install.sh FOLDER LOCK. Leaves no pip, no cache, no compiler.
set -euo pipefail
target=$1 lock=$2
python3 -m venv --without-pip "$target"
/opt/pip/bin/pip --python "$target/bin/python" install -q --no-compile --no-deps --only-binary :all: --require-hashes -r "$lock"
site=$(echo "$target"/lib/python3*/site-packages)
# What nobody here imports: tests, headers, Arrow's RPC, onnxruntime's converters, botocore's tables of other services.
find "$site" -type d -name tests \( -path '*/numpy/*' -o -path '*/pyarrow/*' \) -prune -exec rm -rf {} +
rm -rf "$site"/onnxruntime/{transformers,quantization,tools,datasets} "$site"/pyarrow/{include,src}
rm -rf "$site"/pyarrow/*flight*
# onnxruntime carries itself twice: Python's module holds all of it, this is the copy for C programs (35 MB).
rm -f "$site"/onnxruntime/capi/libonnxruntime.so*
if [ -d "$site/botocore/data" ]; then
  find "$site/botocore/data" -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name sts ! -name 'sso*' -exec rm -rf {} +
fi
echo /opt/package >"$site/readmission.pth"
# Compiled once, checked by nothing: a read-only root starts fast. (Some packages carry templates that do not compile.)
"$target/bin/python" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$site" >/dev/null || true
