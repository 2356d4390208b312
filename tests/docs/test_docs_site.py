"""Every page is found from the home page, and the navigation of the site is that list."""

import re
import tomllib
from pathlib import Path

from scripts import docs_site


def test_the_home_page_leads_to_every_page() -> None:
    assert docs_site.find_unlisted() == [], "add the page to docs/index.md (a decision: run `make docs`)"


def test_sections_hold_their_pages() -> None:
    sections = docs_site.read_sections("# Home\n\n## One\n\n- [A](a.md)\n- [B](b/b.md)\n\n## Two\n\n- [C](c.md)\n")
    assert sections == {"One": {"A": "a.md", "B": "b/b.md"}, "Two": {"C": "c.md"}}


def test_the_navigation_holds_every_page_once(tmp_path: Path) -> None:
    docs_site.stage(tmp_path)
    found = tomllib.loads(docs_site.write_configuration(tmp_path).read_text(encoding="utf-8"))
    pages = re.findall(r"'([^']+\.md)'", str(found["project"]["nav"]))
    assert sorted(pages) == sorted(set(pages))
    assert set(pages) == {str(path.relative_to(tmp_path / "docs")) for path in (tmp_path / "docs").rglob("*.md")}
    assert found["project"]["theme"]["font"] is False
