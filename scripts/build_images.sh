#!/usr/bin/env bash
# Builds the images with buildah, podman or docker, whichever is here: build_images.sh [IMAGE...]
# BASE_IMAGE pins the base by digest; TAG names the version; PIP_INDEX_URL and CA_BUNDLE are for special networks.
set -euo pipefail
cd "$(dirname "$0")/.."
all=(data-service inference-service pipeline airflow mlflow ui load-tests)
images=("$@"); [ ${#images[@]} -gt 0 ] || images=("${all[@]}")
tag=${TAG:-dev}
tool=${IMAGE_TOOL:-}
for candidate in buildah podman docker; do
  [ -n "$tool" ] || ! command -v "$candidate" >/dev/null || tool=$candidate
done
[ -n "$tool" ] || { echo "images: needs buildah, podman or docker" >&2; exit 2; }
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' src/readmission/__init__.py)
options=(--file deploy/docker/Dockerfile --build-arg "VERSION=${version:?no version in src/readmission/__init__.py}"
  --build-arg "REVISION=$(git rev-parse HEAD)")
[ -z "${BASE_IMAGE:-}" ] || options+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")
[ -z "${PIP_INDEX_URL:-}" ] || options+=(--build-arg "PIP_INDEX_URL=$PIP_INDEX_URL")
build=("$tool" build)
case $tool in
  buildah | podman)
    export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
    # Docker's format keeps HEALTHCHECK; one timestamp makes the same files the same layer.
    options+=(--format docker --network host --layers --timestamp 0 --ignorefile deploy/docker/Dockerfile.dockerignore)
    if [ "$tool" = buildah ]; then build=(buildah bud); options+=(--isolation "${ISOLATION:-chroot}"); fi
    if [ -n "${CA_BUNDLE:-}" ]; then
      options+=(--volume "$CA_BUNDLE:/run/ca-bundle.crt:ro" --build-arg PIP_CERT=/run/ca-bundle.crt)
    fi ;;
  docker)
    export DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0}
    options+=(--network host)
    # A base whose bundle holds the network's certificate (`make stand-ins`): pip brings one of its own otherwise.
    [ -z "${CA_BUNDLE:-}" ] || options+=(--build-arg PIP_CERT=/etc/ssl/certs/ca-certificates.crt) ;;
esac
# What docker's own builder would send is all of this folder: it reads no Dockerfile.dockerignore.
context() {
  tar -c --exclude __pycache__ --exclude '*.egg-info' pyproject.toml README.md LICENSE src dags load_tests requirements deploy/docker
}
for image in "${images[@]}"; do
  case " ${all[*]} " in *" $image "*) ;; *) echo "images: no image $image; there are ${all[*]}" >&2; exit 2 ;; esac
  started=$SECONDS
  if [ "$tool" = docker ]; then from=(-); else from=(.); fi
  context | "${build[@]}" "${options[@]}" --target "$image" --tag "localhost/readmission/$image:$tag" "${from[@]}" >"/tmp/readmission-image-$image.$$.log" 2>&1 ||
    { tail -30 "/tmp/readmission-image-$image.$$.log" >&2; echo "images: $image failed" >&2; exit 1; }
  rm -f "/tmp/readmission-image-$image.$$.log"
  size=$("$tool" images --format "{{.Size}}" "localhost/readmission/$image:$tag" 2>/dev/null | head -1)
  echo "images: localhost/readmission/$image:$tag in $((SECONDS - started)) s${size:+, $size}"
done
# What was built, not what was meant: user, labels, health check, size, no compiler and no cache.
python3 scripts/check_images.py $(printf "localhost/readmission/%s:$tag " "${images[@]}")
