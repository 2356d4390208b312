#!/usr/bin/env bash
# Prepares a Debian or Ubuntu machine that reaches no image registry: builds a stand-in for the base image the
# Dockerfile names, from Debian packages alone. Where a registry is reachable, none of this is needed.
# Asks for root. Repeatable; a stand-in that is there is kept (REBUILD=1 makes it again).
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" -eq 0 ] || { echo "prepare: run as root (sudo $0): debootstrap and buildah's chroot need it" >&2; exit 2; }
bash scripts/system_deps.sh buildah podman runc catatonit debootstrap
base=$(sed -n 's/^ARG BASE_IMAGE=//p' deploy/docker/Dockerfile | head -1)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
if [ -z "${REBUILD:-}" ] && buildah inspect --type image "$base" >/dev/null 2>&1; then
  echo "prepare: $base is here already"; exit 0
fi
started=$SECONDS
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates,libgomp1 bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
  { tail -5 "$root.log" >&2; echo "prepare: debootstrap failed" >&2; exit 1; }
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info} "$root"/var/log/* "$root.log"
ln -sf python3 "$root/usr/bin/python"
container=$(buildah from scratch)
buildah add -q "$container" "$root" / >/dev/null
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --env LANG=C.UTF-8 \
  --cmd python3 --label readmission.stand-in=true "$container"
buildah commit -q --format docker --rm "$container" "$base" >/dev/null
echo "prepare: stand-in for $base made in $((SECONDS - started)) s (not the real image: fit for tests, never for shipping)"
