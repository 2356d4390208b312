"""Rules of the repository no linter knows: locks without addresses, no large files, no secrets, no crowded folder."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

MAX_BYTES = 1024 * 1024
MAX_MODULES = 20
"""Of a folder under src, but for its ``__init__.py``: a newcomer reads a room at a glance."""
ADDRESS = re.compile(r"://|--(extra-)?index-url|--find-links")
SECRET = re.compile(
    r"(AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|(?i:password)\s*[:=]\s*[\"'][^\"'{}$<\s]{8,}[\"'])"
)


def problems(root: Path) -> list[str]:
    """Every broken rule, one line each."""
    found: list[str] = []
    names = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout.split(b"\0")
    for name in sorted(filter(None, names)):
        path = root / name.decode()
        if not path.is_file():
            continue
        if path.stat().st_size > MAX_BYTES:
            found.append(f"{name.decode()}: larger than 1 MiB")
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        is_lock = path.parent.name == "requirements" or path.name.endswith("lock.json")
        if is_lock and ADDRESS.search(text):
            found.append(f"{name.decode()}: a lock names an index or an address")
        if path.suffix in {".py", ".yaml", ".yml", ".env", ".sh", ".toml"} and SECRET.search(text):
            found.append(f"{name.decode()}: looks like a secret")
    modules = Counter(Path(name.decode()).parent for name in names if _is_module(name.decode()))
    found += [
        f"{folder}: {count} modules, {MAX_MODULES} at most" for folder, count in modules.items() if count > MAX_MODULES
    ]
    return found


def _is_module(name: str) -> bool:
    return name.startswith("src/") and name.endswith(".py") and not name.endswith("/__init__.py")


if __name__ == "__main__":
    broken = problems(Path(__file__).resolve().parents[1])
    for line in broken:
        sys.stdout.write(line + "\n")
    sys.exit(1 if broken else 0)
