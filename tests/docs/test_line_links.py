"""Links to lines follow the code, and a link to a name that is gone is an error."""

from pathlib import Path

import pytest

from scripts.line_links import refresh_lines

CODE = """import os

LIMIT: int = 3
NAMES = ("a",)


class Pool:
    def close(self):
        pass
"""


def write(folder: Path, link: str) -> Path:
    (folder / "pool.py").write_text(CODE)
    page = folder / "page.md"
    page.write_text(f"See {link}, and [the rest](other.md#L7).")
    return page


@pytest.mark.parametrize(("name", "line"), [("LIMIT", 3), ("NAMES", 4), ("Pool", 7), ("Pool.close", 8)])
def test_a_link_gets_the_line_where_its_name_is_defined(tmp_path: Path, name: str, line: int) -> None:
    page = write(tmp_path, f"[`{name}`](pool.py#L99)")
    assert refresh_lines(page) == f"See [`{name}`](pool.py#L{line}), and [the rest](other.md#L7)."


def test_a_name_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"pool.py defines no Pool.open"):
        refresh_lines(write(tmp_path, "[`Pool.open`](pool.py#L8)"))
