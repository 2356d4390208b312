"""Write deploy/grafana/dashboards/*.json from scripts/dashboards, or say which are stale (`--check`)."""

import importlib
import pkgutil
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import scripts.dashboards as pages  # noqa: E402

FOLDER = ROOT / "deploy" / "grafana" / "dashboards"


def render_all() -> dict[Path, str]:
    """Path of each dashboard's file and the JSON it should have."""
    rendered = {}
    for module in sorted(pkgutil.iter_modules(pages.__path__), key=lambda m: m.name):
        if module.name.startswith("_"):
            continue
        page = importlib.import_module(f"scripts.dashboards.{module.name}")
        text = JSONEncoder(sort_keys=True, indent=1).encode(page.dashboard().build())
        rendered[FOLDER / f"{module.name.replace('_', '-')}.json"] = text + "\n"
    return rendered


def stale() -> list[str]:
    """Names of the files that differ from what the code says, and of those no code makes."""
    rendered = render_all()
    differ = [
        path.name for path, text in rendered.items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    return differ + [path.name for path in FOLDER.glob("*.json") if path not in rendered]


if __name__ == "__main__":
    if "--check" in sys.argv:
        old = stale()
        sys.exit(f"stale: {', '.join(old)} (run `make dashboards`)" if old else 0)
    for target, content in render_all().items():
        target.write_text(content, encoding="utf-8")
        sys.stdout.write(f"dashboards: {target.relative_to(ROOT)}\n")
