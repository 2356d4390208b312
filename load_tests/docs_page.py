"""The page in the docs that a run with ``--docs`` writes: table, picture and circumstances."""

import os
import platform
import shutil
from datetime import UTC, datetime
from pathlib import Path

from load_tests.thresholds import read_bounds
from readmission.local.programs.environment import code_commit

DOCS = Path(__file__).resolve().parents[1] / "docs"


def describe_circumstances() -> str:
    """Day, code and what the machine did before the run, for whoever compares two runs."""
    busy = f"{os.getloadavg()[0]:.1f}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {code_commit()[:12] or 'unknown'}, Python {platform.python_version()}; "
        f"load average of the minute before, with the whole platform up: {busy} (full: {os.cpu_count()}). "
        f"Bounds that were kept: {', '.join(f'{name} {bound:g}' for name, bound in read_bounds().items())}."
    )


def write_page(table: str, picture: Path, circumstances: str) -> Path:
    """Write docs/reference/load-test.md and its picture."""
    shutil.copyfile(picture, DOCS / "pictures" / "load-test.png")
    page = DOCS / "reference" / "load-test.md"
    page.write_text(
        f"""<!-- Written by `make load DOCS=1`; do not edit. -->

# Load test: the result

{table}
{circumstances}

The described system says 6 answers a second in its text; its own chart, with 1,000 users who wait 1 to 2 seconds, shows
about 5 a second and a median of 220 s. It asks for the list of models, and stores nothing. Here every answer is a
prediction that was checked (its risks are those of the same encounter asked alone) and found again in PostgreSQL.

![Answers a second, users and response times over the run](../pictures/load-test.png)

How to run it, and what makes it fail: [run a load test](../how-to/run-a-load-test.md).
""",
        encoding="utf-8",
    )
    return page
