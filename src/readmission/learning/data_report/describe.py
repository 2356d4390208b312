"""From typed train encounters to the sections of the report: numbers first, then a plot of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from readmission.contract.encounter import BY_NAME, COUNTS, INPUT_COLUMNS, NOT_MEASURED, TARGET
from readmission.contract.target import CLASSES
from readmission.features.column_choice import ColumnChoice
from readmission.features.diagnosis_groups import GROUPS
from readmission.learning.data_report import plots

_MOST_BARS = 12
_FEWEST_ROWS = 30
"""A group of fewer encounters is left out of the rates: its interval would say nothing."""
_RATES_BY = ("number_inpatient", "age", "discharge_disposition_id", "diag_1_group", "race", "gender", "A1Cresult")


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure with what to read in it."""

    title: str
    caption: str
    svg: str


def plot_outcomes(train: pl.DataFrame) -> Plot:
    """How often each outcome occurs."""
    shares = [_share(train[TARGET], label) for label in CLASSES]
    words = ("not readmitted", "after 30 days", "within 30 days")
    return Plot("Outcome", "What the models predict, as a share of all encounters.", plots.draw_shares(words, shares))


def plot_missing(train: pl.DataFrame) -> Plot:
    """Columns with missing values, and how many."""
    shares = {c.name: train[c.name].null_count() / len(train) for c in INPUT_COLUMNS if c.missing_allowed}
    shares |= {c.name: _share(train[c.name], NOT_MEASURED) for c in INPUT_COLUMNS if c.kind == "lab"}
    ordered = sorted(shares, key=lambda name: -shares[name])
    labels = [f"{_title(name)} (not measured)" if BY_NAME[name].kind == "lab" else _title(name) for name in ordered]
    caption = (
        "Columns that are not shown have no missing value. For the two tests, “not measured” is a value of its own."
    )
    return Plot("Missing values", caption, plots.draw_shares(labels, [shares[name] for name in ordered]))


def plot_signal(choices: Sequence[ColumnChoice]) -> Plot:
    """What each kept column tells about the outcome by itself."""
    bits = {c.column_name: float(c.statistics["signal_beyond_chance_bits"]) for c in choices if c.kept}
    ordered = sorted(bits, key=lambda name: -bits[name])
    most = max(bits.values(), default=1.0) or 1.0
    svg = plots.draw_shares(
        [_title(name) for name in ordered], [bits[name] / most for name in ordered], "% of the strongest column"
    )
    caption = (
        f"Mutual information with the outcome beyond chance; the strongest column tells {most:.3f} bits. "
        "Columns can tell the same thing twice, so bars do not add up."
    )
    return Plot("Signal of each column", caption, svg)


def plot_rates(train: pl.DataFrame) -> list[Plot]:
    """How often patients of each group come back within 30 days."""
    soon = (pl.col(TARGET) == CLASSES[2]).cast(pl.Float64)
    overall = float(train.select(soon.mean()).item() or 0)
    found = []
    for name in _RATES_BY:
        value = pl.col(name).clip(upper_bound=6) if name in COUNTS else pl.col(name)
        table = train.group_by(value.alias("value")).agg(rows=pl.len(), rate=soon.mean())
        table = table.filter((pl.col("rows") >= _FEWEST_ROWS) & pl.col("value").is_not_null())
        rows = _in_order(name, table.sort("rows", descending=True).head(_MOST_BARS).to_dicts(), "value")
        errors = [1.96 * (row["rate"] * (1 - row["rate"]) / row["rows"]) ** 0.5 for row in rows]
        labels = [f"{_value_label(name, row['value'])}  (n = {row['rows']:,})" for row in rows]
        svg = plots.draw_rates(labels, [row["rate"] for row in rows], errors, overall)
        caption = f"Share of encounters with 95 % interval; the line is the overall rate, {100 * overall:.1f} %."
        found.append(Plot(_title(name), caption, svg))
    return found


def plot_distributions(train: pl.DataFrame) -> list[Plot]:
    """The distribution of every input column and diagnosis group that takes more than one value."""
    names = [column.name for column in INPUT_COLUMNS if column.name not in ("diag_1", "diag_2", "diag_3")]
    return [_plot_distribution(train[name]) for name in (*names, "diag_1_group") if train[name].n_unique() > 1]


def _plot_distribution(values: pl.Series) -> Plot:
    name = values.name
    counted = values.drop_nulls().value_counts(sort=True)
    if name in COUNTS:
        svg = plots.draw_counts(counted[name].to_list(), counted["count"].to_list(), BY_NAME[name].unit or "")
        quarter, half, three = (values.quantile(q, "nearest") for q in (0.25, 0.5, 0.75))
        return Plot(_title(name), f"Median {half:.0f}, middle half {quarter:.0f} to {three:.0f}.", svg)
    rows = _in_order(name, counted.head(_MOST_BARS).to_dicts(), name)
    svg = plots.draw_shares([_value_label(name, row[name]) for row in rows], [r["count"] / len(values) for r in rows])
    more = len(counted) - len(rows)
    meaning = BY_NAME[name].meaning if name in BY_NAME else f"The nine groups of Strack et al.: {', '.join(GROUPS)}"
    return Plot(_title(name), f"{meaning}.{f' {more} rarer values are not shown.' if more else ''}", svg)


def _in_order(name: str, rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Numbers and bands in their own order; codes, which have none, as they come (the most frequent first)."""
    if name in COUNTS:
        return sorted(rows, key=lambda row: int(row[key]))
    allowed = BY_NAME[name].allowed if name in BY_NAME else ()
    return sorted(rows, key=lambda row: allowed.index(row[key])) if allowed else rows


def _share(values: pl.Series, value: str) -> float:
    return int((values == value).sum()) / len(values)


def _title(name: str) -> str:
    return BY_NAME[name].title if name in BY_NAME else f"{BY_NAME[name.removesuffix('_group')].title}, group"


def _value_label(name: str, value: object) -> str:
    if name in COUNTS:
        return f"{value} or more" if value == 6 else str(value)
    if name in BY_NAME and isinstance(value, int):
        label = BY_NAME[name].labels[value]
        return label if len(label) <= 38 else label[:36].rstrip() + " …"
    return str(value)
