"""Write docs/reference/serving-benchmark.md and its picture from one run."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.serving.load import Measured

_DOCS = Path(__file__).parents[2] / "docs"
_HIGH = 128


@dataclass(frozen=True)
class Row:
    """One server: its medians by number of connections, its memory (PSS) in MiB, seconds to its first answer."""

    name: str
    kind: str
    runs: dict[int, Measured]
    pss_mb: float
    ready_seconds: float


def write_page(rows: dict[str, Row], absent: dict[str, str], rounds: int, seconds: int, load: str) -> None:
    """The page with its table, the goals and how far they are met, and the plot."""
    nothing = next(row for row in rows.values() if row.kind == "yardstick")
    lines = [
        "# Serving benchmark",
        "",
        f"Written by `python -m benchmarks.serving.run --rounds {rounds} --seconds {seconds}` (`make bench-serving`) "
        f"on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {os.cpu_count()} cores shared "
        f"with the load generator ({load}), load average {os.getloadavg()[0]:.1f} at the end; medians of {rounds} "
        f"interleaved rounds of {seconds} s (five times as long where each request loads the model); every server "
        "answers with the same model file, one encounter a request. "
        "Ours stores every answer in PostgreSQL before it leaves; the others store nothing. Answers are "
        "checked against the model before each load.",
        "",
        "![Throughput](../pictures/serving-benchmark.svg)",
        "",
        "| server | req/s @32 | req/s @128 | of do nothing @32 | @128 | p50/p99 ms @32 | p50/p99 ms @128 | PSS MiB "
        "| first answer s |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_table_line(row, nothing) for row in rows.values()),
        "",
    ]
    lines += [f"* {name}: not measured; {why}" for name, why in absent.items()]
    lines += ["", "## Goals", "", "| goal | wanted | found | |", "|---|---|---|---|", *_goals(rows), ""]
    (_DOCS / "reference" / "serving-benchmark.md").write_text("\n".join(lines), encoding="utf-8")
    _plot(rows)


def _table_line(row: Row, nothing: Row) -> str:
    low, high = row.runs[32], row.runs[_HIGH]
    shares = [f"{row.runs[count].rate / nothing.runs[count].rate:.3f}" for count in (32, _HIGH)]
    return (
        f"| {row.name} | {low.rate:,.0f} | {high.rate:,.0f} | {shares[0]} | {shares[1]} | "
        f"{low.p50_ms:.1f} / {low.p99_ms:.1f} | {high.p50_ms:.1f} / {high.p99_ms:.1f} | {row.pss_mb:.0f} | "
        f"{row.ready_seconds:.1f} |"
    )


def _goals(rows: dict[str, Row]) -> list[str]:
    ours = next(row for row in rows.values() if row.kind == "ours")
    servers = [row for row in rows.values() if row.kind == "server"]
    rate = ours.runs[_HIGH].rate

    def line(goal: str, wanted: float, found: float, *, at_most: bool = False) -> str:
        met = found <= wanted if at_most else found >= wanted
        return f"| {goal} | {'at most ' if at_most else ''}{wanted:.3g} | {found:.2f} | {'met' if met else 'not met'} |"

    def times(name: str, wanted: float) -> list[str]:
        if name not in rows:
            return []
        return [line(f"times {name} @128", wanted, rate / rows[name].runs[_HIGH].rate)]

    found = [*times("do nothing", 0.5), *times("plain FastAPI", 2.5), *times("MLflow", 50)]
    found += times("model load per request", 600)
    if servers:
        best = max(servers, key=lambda row: row.runs[_HIGH].rate)
        found.append(line(f"times the best model server ({best.name}) @128", 5, rate / best.runs[_HIGH].rate))
        best_p99 = min(row.runs[32].p99_ms for row in servers)
        share = ours.runs[32].p99_ms / best_p99
        found.append(line("p99 @32 of the best model server's", 1 / 3, share, at_most=True))
    found.append(line("seconds from start to the first answer", 3, ours.ready_seconds, at_most=True))
    found += [
        line("PSS of two workers, MiB", 250, row.pss_mb, at_most=True)
        for row in rows.values()
        if row.kind == "ours, 2 workers"
    ]
    return found


def _plot(rows: dict[str, Row]) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "serving-benchmark"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 0.5 * len(rows) + 1.2))
    ordered = sorted(rows.values(), key=lambda row: row.runs[_HIGH].rate)
    colours = {"ours": "#0b6e4f", "ours, 2 workers": "#0b6e4f", "yardstick": "#9aa5b1"}
    bars = axes.barh(
        [row.name for row in ordered],
        [row.runs[_HIGH].rate for row in ordered],
        color=[colours.get(row.kind, "#3f6fb5") for row in ordered],
    )
    axes.bar_label(bars, fmt="{:,.0f}", padding=3)
    axes.set_xscale("log")
    axes.set_xlabel("requests a second, 128 connections (log scale)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.15)
    figure.tight_layout()
    figure.savefig(_DOCS / "pictures" / "serving-benchmark.svg", metadata={"Date": None})
