"""docs/reference/decisions.md: every decision record, by its title."""

import re
from pathlib import Path

DECISIONS = Path(__file__).resolve().parents[2] / "docs" / "decisions"


def render() -> str:
    """The page."""
    lines = ["# List of decisions", "", "| no. | decision |", "|---|---|"]
    for path in sorted(DECISIONS.glob("0*.md")):
        title = re.sub(r"^(\d+\.)?\s*", "", path.read_text(encoding="utf-8").splitlines()[0].removeprefix("#").strip())
        lines.append(f"| {int(path.name[:4])} | [{title}](../decisions/{path.name}) |")
    return "\n".join(lines)
