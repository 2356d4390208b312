"""Build the documentation as a site in build/docs-site/site, with Zensical.

The home page, docs/index.md, is the one list of pages: its sections become the site's navigation. A page it does not
list, and a link that leads nowhere, fail the build. Decisions and runbooks have lists of their own.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ROOT_PAGES = ("ARCHITECTURE.md", "GLOSSARY.md", "SECURITY.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")
LISTS = ("runbooks/README.md", "reference/decisions.md")
"""Pages whose links count as listed too."""
_LINK = re.compile(r"^- \[([^\]]+)\]\(([^)#]+)\)", re.MULTILINE)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def read_sections(home: str) -> dict[str, dict[str, str]]:
    """Sections of the home page, each with its pages: title to path."""
    parts = _SECTION.split(home)[1:]
    return {title: dict(_LINK.findall(body)) for title, body in zip(parts[::2], parts[1::2], strict=True)}


def find_unlisted() -> list[str]:
    """Pages that no reader finds from the home page."""
    listed = {
        path for pages in read_sections((DOCS / "index.md").read_text("utf-8")).values() for path in pages.values()
    }
    listed |= {str(path.relative_to(DOCS)) for page in LISTS for path in _listed_in(page)}
    found = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} - {"index.md"}
    return sorted(found - listed)


def stage(stage_folder: Path) -> None:
    """Copy the pages, and those of the repository's first folder beside them, with links that fit."""
    docs = stage_folder / "docs"
    shutil.rmtree(stage_folder, ignore_errors=True)
    shutil.copytree(DOCS, docs)
    for name in ROOT_PAGES:
        text = (ROOT / name).read_text("utf-8").replace("](docs/", "](").replace("](README.md", "](index.md")
        (docs / name).write_text(text, encoding="utf-8")
    home = docs / "index.md"
    home.write_text(home.read_text("utf-8").replace("](../", "]("), encoding="utf-8")


def write_configuration(stage_folder: Path) -> Path:
    """What Zensical reads; no font and no script comes from another address."""
    navigation: list[object] = [{"Home": "index.md"}]
    for section, pages in read_sections((DOCS / "index.md").read_text("utf-8")).items():
        below: list[object] = [{title: path.removeprefix("../")} for title, path in pages.items()]
        for path in pages.values():
            if path in LISTS:
                below += [str(found.relative_to(DOCS)) for found in _listed_in(path)]
        navigation.append({section: below})
    lines = [
        "[project]",
        'site_name = "readmission"',
        'site_description = "Which patients with diabetes leaving hospital will be back within 30 days?"',
        'site_dir = "site"',
        f"nav = {_as_toml(navigation)}",
        "use_directory_urls = false",  # so that it can be read from a folder too
        "[project.theme]",
        "font = false",
        'features = ["navigation.top", "navigation.footer", "toc.follow", "content.code.copy"]',
        "[[project.theme.palette]]",
        'media = "(prefers-color-scheme: light)"',
        'scheme = "default"',
        "[[project.theme.palette]]",
        'media = "(prefers-color-scheme: dark)"',
        'scheme = "slate"',
    ]
    file = stage_folder / "zensical.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _listed_in(page: str) -> list[Path]:
    """Pages of the documentation that a list links to, in its order."""
    links = re.findall(r"\]\(([^)#]+\.md)", (DOCS / page).read_text("utf-8"))
    return [(DOCS / page).parent.joinpath(link).resolve() for link in links]


def _as_toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_as_toml(item) for item in value) + "]"
    return json.dumps(value)


def main() -> int:
    """Build, strictly."""
    if unlisted := find_unlisted():
        sys.stderr.write(f"docs-site: docs/index.md does not list {', '.join(unlisted)}\n")
        return 1
    stage_folder = ROOT / "build" / "docs-site"
    stage(stage_folder)
    command = [str(ROOT / ".venv-docs" / "bin" / "zensical"), "build", "--clean", "--strict"]
    done = subprocess.run([*command, "--config-file", str(write_configuration(stage_folder))], check=False)
    if done.returncode == 0:
        sys.stdout.write(f"docs-site: {stage_folder}/site/index.html\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
