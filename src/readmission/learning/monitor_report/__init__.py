"""The drift report as one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from readmission.contract.encounter import BY_NAME
from readmission.learning.drift.columns import PSI_BOUND, SIGNIFICANCE, ColumnDrift
from readmission.learning.training_profile import ColumnProfile

_MOST_VALUES = 12


def render_monitor_report(
    title: str,
    facts: Mapping[str, object],
    columns: Sequence[ColumnDrift],
    expected: Mapping[str, ColumnProfile],
    found: Mapping[str, ColumnProfile],
) -> str:
    """Write the page.

    Args:
        title: what was compared with what.
        facts: shown on top, in order.
        columns: the comparison.
        expected: profile of the training rows.
        found: profile of the rows compared.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = (files(__package__) / "report.html").read_text(encoding="utf-8")
    ordered = sorted(columns, key=lambda column: (-int(column.drifted), -column.psi))
    return environment.from_string(template).render(
        title=title,
        facts=facts,
        columns=ordered,
        titles={name: column.title for name, column in BY_NAME.items()},
        shares={
            column.column: _shares(expected[column.column], found[column.column])
            for column in ordered
            if column.drifted and column.column in found
        },
        psi_bound=PSI_BOUND,
        significance=SIGNIFICANCE,
        widest=max([PSI_BOUND * 2, *(column.psi for column in columns)]),
    )


def _shares(expected: ColumnProfile, found: ColumnProfile) -> list[tuple[str, float, float]]:
    """The values that count for most, with their share of the training rows and of the rows compared."""
    values = expected.counts.keys() | found.counts.keys()
    shares = [
        (value, expected.counts.get(value, 0) / max(expected.rows, 1), found.counts.get(value, 0) / max(found.rows, 1))
        for value in values
    ]
    if expected.numeric:
        return sorted(
            sorted(shares, key=lambda s: -max(s[1:]))[:_MOST_VALUES],
            key=lambda s: (not s[0].isdigit(), int(s[0]) if s[0].isdigit() else 0),
        )
    return sorted(shares, key=lambda s: (-max(s[1:]), s[0]))[:_MOST_VALUES]
