"""The picture of a simulated year: estimated and realised performance, drift, retrainings."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readmission.contract.target import T1, T2
from readmission.simulation.replay import MonthResult
from readmission.storage.pipeline.monitoring import PerformanceRow

_TITLES = {T1: "Readmitted within 30 days", T2: "Readmitted at all"}
_ESTIMATED, _REALISED, _MARK = "#1f77b4", "#d95f02", "#444444"


def draw_year(results: Sequence[MonthResult], title: str, path: Path) -> None:
    """Draw months side by side and write a PNG."""
    figure = Figure(figsize=(11, 8.5), layout="constrained", dpi=120)
    rows = figure.subplots(3, 2, sharex=True, height_ratios=[3, 3, 1.2])
    for column, target in enumerate((T1, T2)):
        _draw_metric(rows[0][column], results, target, "roc_auc", "ROC AUC")
        _draw_metric(rows[1][column], results, target, "brier", "Brier score")
        rows[0][column].set_title(_TITLES[target])
    rows[0][0].legend(loc="lower left", frameon=False, fontsize=9)
    _draw_drift(rows[2][0], results)
    _draw_decisions(rows[2][1], results)
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _draw_metric(axes: Axes, results: Sequence[MonthResult], target: str, metric: str, label: str) -> None:
    for kind, colour, shift in (("estimated", _ESTIMATED, -0.08), ("realised", _REALISED, 0.08)):
        found = [(result.number, _find(getattr(result, kind), target, metric)) for result in results]
        known = [(number + shift, row) for number, row in found if row is not None]
        if known:
            middle = [row.value for _, row in known]
            low = [row.value - (row.value if row.low is None else row.low) for _, row in known]
            high = [(row.value if row.high is None else row.high) - row.value for _, row in known]
            errors = [[max(each, 0) for each in low], [max(each, 0) for each in high]]
            numbers = [number for number, _ in known]
            text = "estimated, before labels" if kind == "estimated" else "realised, labels in"
            axes.errorbar(numbers, middle, errors, fmt="o-", color=colour, capsize=3, label=text, markersize=5)
    _mark_months(axes, results)
    axes.set_ylabel(label)


def _draw_drift(axes: Axes, results: Sequence[MonthResult]) -> None:
    axes.bar([result.number for result in results], [len(result.drifted) for result in results], color="#7a7a7a")
    axes.set(ylabel="drifted\ncolumns", xlabel="month of the simulated year", xticks=[r.number for r in results])
    _mark_months(axes, results)


def _draw_decisions(axes: Axes, results: Sequence[MonthResult]) -> None:
    axes.axis("off")
    lines = ["vertical lines: training asked for at the month's end", "   solid = promoted by the gate, dotted = not"]
    shifted = [result.number for result in results if result.shifted]
    if shifted:
        lines.append(f"grey: planted shift (prior inpatient stays read 0), from month {shifted[0]}")
    axes.text(0, 0.9, "\n".join(lines), va="top", fontsize=9, transform=axes.transAxes)


def _mark_months(axes: Axes, results: Sequence[MonthResult]) -> None:
    for result in results:
        if result.decision:
            axes.axvline(
                result.number + 0.5, color=_MARK, linewidth=1, linestyle="-" if result.decision == "promoted" else ":"
            )
    shifted = [result.number for result in results if result.shifted]
    if shifted:
        axes.axvspan(shifted[0] - 0.5, results[-1].number + 0.5, color="#dddddd", zorder=0)
    axes.spines[["top", "right"]].set_visible(False)


def _find(rows: Sequence[PerformanceRow], target: str, metric: str) -> PerformanceRow | None:
    return next((row for row in rows if (row.target, row.slice, row.metric) == (target, "all", metric)), None)
