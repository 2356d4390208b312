"""Whatever is installed is checked against a hash, also what builds our own wheel; images say their version."""

import re
import subprocess
from pathlib import Path

from readmission import __version__

ROOT = Path(__file__).resolve().parents[2]
INSTALLS = (
    "deploy/docker/Dockerfile",
    "deploy/docker/install.sh",
    "deploy/docker/install_package.sh",
    "scripts/setup.sh",
)


def commands(text: str) -> list[str]:
    """Commands that install, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [line for line in joined.splitlines() if re.search(r"\bpip\S* .*\b(install|sync|wheel)\b", line)]


def test_nothing_is_installed_unhashed() -> None:
    seen = 0
    for name in INSTALLS:
        for command in commands((ROOT / name).read_text()):
            if command.lstrip().startswith(("#", "{", "echo")) or "apt-get" in command:
                continue
            seen += 1
            ours = re.search(r"--editable \.|wheel/\*\.whl|--wheel-dir wheel \.", command)
            if ours:
                assert "--no-deps" in command, (name, command)
                assert "wheel/*.whl" in command or "--no-build-isolation" in command, (name, command)
            else:
                assert "--require-hashes" in command, (name, command)
    assert seen >= 7


def test_what_builds_our_wheel_is_pinned_and_is_what_the_project_asks_for() -> None:
    lock = (ROOT / "requirements/build.txt").read_text()
    for package in ("setuptools", "wheel"):
        assert re.search(rf"^{package}==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE), package
    assert 'requires = ["setuptools>=77"]' in (ROOT / "pyproject.toml").read_text()
    assert "requirements/build.txt" in (ROOT / "scripts/lock.sh").read_text()


def test_images_are_labelled_with_the_packages_version() -> None:
    script = (ROOT / "scripts/build_images.sh").read_text()
    (found,) = re.findall(r"\$\((sed -n .*)\)", script)[:1]
    told = subprocess.run(["bash", "-c", found], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == __version__
