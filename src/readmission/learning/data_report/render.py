"""The report's HTML: numbers and plots in one self-contained file."""

from collections.abc import Sequence
from importlib.resources import files

import polars as pl
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from readmission.contract.encounter import BY_NAME
from readmission.contract.origin import RunOrigin
from readmission.features.column_choice import ColumnChoice
from readmission.learning.data_report import describe


def render_data_report(
    train: pl.DataFrame, choices: Sequence[ColumnChoice], counts: dict[str, int], origin: RunOrigin
) -> str:
    """Draw and write the report.

    Args:
        train: eligible train encounters, typed.
        choices: which columns are kept, from clean.columns.
        counts: numbers shown on top, in order, by what they count.
        origin: the data and the code the report is about.

    Returns:
        HTML with everything inlined: style, plots as SVG, no scripts.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["svg"] = lambda text: Markup(text)  # noqa: S704 - drawn by us
    template = (files(__package__) / "report.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(
        origin=origin,
        counts=counts,
        first=[describe.plot_outcomes(train), describe.plot_missing(train), describe.plot_signal(choices)],
        rates=describe.plot_rates(train),
        distributions=describe.plot_distributions(train),
        choices=sorted(choices, key=lambda c: (-int(c.kept), -float(c.statistics["signal_beyond_chance_bits"]))),
        titles={name: column.title for name, column in BY_NAME.items()},
    )
