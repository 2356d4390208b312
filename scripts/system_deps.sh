#!/usr/bin/env bash
# Installs the Debian packages named, where they are missing.
set -euo pipefail
missing=()
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || { echo "system-deps: all there"; exit 0; }
sudo=""; [ "$(id -u)" -eq 0 ] || sudo=sudo
$sudo apt-get update -qq
# Debian starts a service as it installs it, on the ports the platform wants for its own: not here.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '$sudo rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod 755 "$policy"
fi
DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
if [ -d /run/systemd/system ]; then  # nor at the next start of the machine
  for package in "${missing[@]}"; do
    $sudo systemctl disable --quiet "$package" 2>/dev/null || true
  done
fi
echo "system-deps: installed ${missing[*]}"
