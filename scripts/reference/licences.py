"""docs/reference/licences.md: what each image is made of, and under which licence."""

import re
from collections import defaultdict
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

from packaging.requirements import Requirement

LOCKS = Path(__file__).resolve().parents[2] / "requirements"
IMAGES = ("data-service", "inference-service", "pipeline", "mlflow", "airflow", "ui", "load-tests")
LINUX = {"sys_platform": "linux", "platform_machine": "x86_64", "platform_system": "Linux"}
PYTHONS = ("3.11", "3.12")
READ_IN_ITS_FILE = {"huey": "MIT", "skops": "MIT"}
"""Packages whose metadata names no licence: what their licence file says."""
_PINNED = re.compile(r"^([A-Za-z0-9._-]+==[^\\\n]+?)(?: \\)?$", re.MULTILINE)
_CLASSIFIER = "License :: OSI Approved :: "


def render() -> str:
    """Write the page."""
    used_in: dict[str, list[str]] = defaultdict(list)
    for image in (*IMAGES, "local"):
        for name in _list_packages(image):
            used_in[name].append(image)
    licences = {name: find_licence(metadata(name)) for name in sorted(used_in)}
    rows = "\n".join(f"| {name} | {licence} | {', '.join(used_in[name])} |" for name, licence in licences.items())
    copyleft = ", ".join(f"{name} ({licence})" for name, licence in licences.items() if is_copyleft(licence))
    return f"""
# Licences

readmission is Apache-2.0. These are the Python packages of its images and of `make up` (`local`), as `requirements/`
pins them, with the licence that each states in its metadata (huey and skops: in their licence file). What base images
hold is not listed.

Copyleft: {copyleft}.
They are installed unmodified and imported, never copied into our code, so anyone can replace them.

| package | licence | in |
| --- | --- | --- |
{rows}
"""


def find_licence(of: PackageMetadata) -> str:
    """The SPDX expression of a package; else its classifiers; else the first line of its licence field.

    Raises:
        ValueError: it states none, and nobody has read its licence file yet.
    """
    if expression := of.get_all("License-Expression"):
        return str(expression[0])
    if of["Name"] in READ_IN_ITS_FILE:
        return READ_IN_ITS_FILE[of["Name"]]
    classified = [
        each.removeprefix(_CLASSIFIER) for each in of.get_all("Classifier") or () if each.startswith(_CLASSIFIER)
    ]
    if classified:
        return ", ".join(classified)
    if stated := (of.get_all("License") or [""])[0].strip():
        return str(stated.splitlines()[0])
    raise ValueError(f"{of['Name']} states no licence: read its licence file and name it in READ_IN_ITS_FILE")


def is_copyleft(licence: str) -> bool:
    """Whether a licence asks that changes be shared."""
    return any(word in licence for word in ("GPL", "General Public", "MPL", "Mozilla"))


def _list_packages(lock: str) -> list[str]:
    """Packages of a lock that Linux installs, whichever of our Pythons it has."""
    pinned = [Requirement(each) for each in _PINNED.findall((LOCKS / f"{lock}.txt").read_text(encoding="utf-8"))]
    installed = [
        {each.name for each in pinned if each.marker is None or each.marker.evaluate({**LINUX, **_python(version)})}
        for version in PYTHONS
    ]
    return sorted(set.intersection(*installed))


def _python(version: str) -> dict[str, str]:
    return {"python_version": version, "python_full_version": f"{version}.0"}
