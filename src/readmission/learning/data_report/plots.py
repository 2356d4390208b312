"""The plots of the report, each a matplotlib figure turned into SVG text."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, ACCENT, SOFT, QUIET = "#1f2933", "#0b7285", "#99c9d1", "#cbd2d9"
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "readmission",  # the same data gives the same file
    "svg.fonttype": "none",  # text stays text: smaller, searchable
}


def draw_shares(labels: Sequence[str], shares: Sequence[float], unit: str = "% of encounters") -> str:
    """Horizontal bars of shares (0 to 1), the first label on top."""
    with mpl.rc_context(_STYLE):
        figure, axes = _canvas(height=0.7 + 0.24 * len(labels))
        positions = range(len(labels))
        percent = [100 * share for share in shares]
        axes.barh(positions, percent, color=ACCENT, height=0.7)
        axes.set_yticks(positions, labels)
        axes.invert_yaxis()
        axes.set_xlabel(unit)
        for position, value in zip(positions, percent, strict=True):
            axes.annotate(f"{value:.1f}", (value, position), xytext=(3, 0), textcoords="offset points", va="center")
        axes.set_xlim(0, max(max(percent, default=0) * 1.15, 1e-6))
        return _to_svg(figure)


def draw_counts(values: Sequence[int], rows: Sequence[int], label: str) -> str:
    """Vertical bars: how many encounters have each whole number."""
    with mpl.rc_context(_STYLE):
        figure, axes = _canvas(height=1.7)
        axes.bar(values, rows, color=ACCENT, width=0.9)
        axes.set_xlabel(label)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        return _to_svg(figure)


def draw_rates(labels: Sequence[str], rates: Sequence[float], errors: Sequence[float], overall: float) -> str:
    """Points with 95 % intervals against the overall rate (all 0 to 1)."""
    with mpl.rc_context(_STYLE):
        figure, axes = _canvas(height=0.7 + 0.24 * len(labels))
        positions = range(len(labels))
        axes.axvline(100 * overall, color=QUIET, linewidth=1.5, zorder=0)
        axes.errorbar(
            [100 * rate for rate in rates], positions, xerr=[100 * e for e in errors],
            fmt="o", color=ACCENT, ecolor=SOFT, elinewidth=3, markersize=5,
        )  # fmt: skip
        axes.set_yticks(positions, labels)
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel("% readmitted within 30 days")
        return _to_svg(figure)


def _canvas(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.2, height), layout="constrained")
    return figure, figure.subplots()


def _to_svg(figure: Figure) -> str:
    target = io.StringIO()
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    text = target.getvalue()
    return text[text.index("<svg") :]
