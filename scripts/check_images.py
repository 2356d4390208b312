"""Check built images, not the file they come from: user, labels, health check, size, and what must not be inside.

Standard library only; needs podman or docker. `make images` runs it: check_images.py IMAGE... (full names with tags).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from typing import Any

USER = "10001:10001"
LABELS = ("title", "description", "source", "licenses", "version", "revision")
MOST_MEGABYTES = {"inference-service": 350}
ENDS_BY_ITSELF = {"pipeline"}
"""No health check: nobody may ask a step that has ended."""
UNWANTED = re.compile(
    r"(^|/)(gcc|cc|g\+\+|clang|pip[0-9.]*|uv)$"  # what compiles or installs
    r"|^(root|state)/\.cache/|^var/lib/apt/lists/.|^var/cache/apt/.+\.deb$"  # caches
    r"|^opt/.*\.whl$|(^|/)\.git/|\.env$|^build/"  # what was used to build, and what was never meant to be here
)
ALLOWED = re.compile(r"^usr/(local/)?bin/pip[0-9.]*$")
"""The base image's own."""


def find_tool() -> str:
    """podman or docker, whichever is here."""
    named = os.environ.get("INSPECT_TOOL")
    found = next((tool for tool in (named, "podman", "docker") if tool and shutil.which(tool)), None)
    if found is None:
        sys.exit("check-images: needs podman or docker")
    return found


def inspect(tool: str, image: str) -> dict[str, Any]:
    """What the image says of itself."""
    done = subprocess.run([tool, "image", "inspect", image], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)[0]
    return answer


def read_files(tool: str, image: str) -> list[tarfile.TarInfo]:
    """Every file of the image, from a container that never runs."""
    container = subprocess.run([tool, "create", image], capture_output=True, text=True, check=True).stdout.strip()
    try:
        with (
            subprocess.Popen([tool, "export", container], stdout=subprocess.PIPE) as exported,
            tarfile.open(fileobj=exported.stdout, mode="r|") as archive,
        ):
            return list(archive)
    finally:
        subprocess.run([tool, "rm", container], capture_output=True, check=False)


def problems(name: str, told: dict[str, Any], files: list[tarfile.TarInfo]) -> list[str]:
    """What is wrong with an image, one line each."""
    config = told["Config"]
    labels = config.get("Labels") or {}
    found = [f"no label {label}" for label in LABELS if not labels.get(f"org.opencontainers.image.{label}")]
    if config.get("User") != USER:
        found.append(f"runs as {config.get('User') or 'root'}, not {USER}")
    health = (config.get("Healthcheck") or told.get("Healthcheck") or {}).get("Test") or ["NONE"]
    if (health == ["NONE"]) != (name in ENDS_BY_ITSELF):
        found.append(f"health check: {health}")
    megabytes = told["Size"] / 1e6
    if megabytes >= MOST_MEGABYTES.get(name, float("inf")):
        found.append(f"{megabytes:.0f} MB, and {MOST_MEGABYTES[name]} is the limit")
    for file in files:
        if file.isfile() and UNWANTED.search(file.name) and not ALLOWED.search(file.name):
            found.append(f"holds {file.name}")
        if file.isfile() and file.name.startswith("opt/") and file.mode & 0o022:
            found.append(f"{file.name} may be written by others")
        if file.isfile() and file.mode & 0o6000 and file.name.startswith("opt/"):
            found.append(f"{file.name} is setuid")
    return found


def main() -> int:
    """Check each image; 1 if one has a problem."""
    tool, bad = find_tool(), 0
    for image in sys.argv[1:]:
        name = image.rsplit("/", 1)[1].split(":")[0]
        told = inspect(tool, image)
        found = problems(name, told, read_files(tool, image))
        bad += bool(found)
        size = f"{told['Size'] / 1e6:.0f} MB"
        sys.stdout.write(f"check-images: {name}: {size}, {'as it should be' if not found else 'not as it should be'}\n")
        sys.stdout.writelines(f"  {line}\n" for line in found[:20])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
