"""A small line chart as SVG: needs no script and no network, and reads well in print."""

import time
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 520, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 24
COLORS = ("#0b6e75", "#b45309", "#8e1330")
DASHES = ("", "6 3", "2 3")
Points = Sequence[tuple[float, float]]


def draw_lines(lines: Mapping[str, Points], description: str) -> str:
    """The chart: time to the right, values from 0 up; lines differ by colour and by dashes.

    Args:
        lines: name to (seconds since 1970, value); at least one point in all.
        description: read out by screen readers.
    """
    everything = [point for points in lines.values() for point in points]
    first, last = min(at for at, _ in everything), max(at for at, _ in everything)
    top = _round_up(max(value for _, value in everything))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(point: tuple[float, float]) -> str:
        x = LEFT + wide * (point[0] - first) / ((last - first) or 1)
        return f"{x:.1f},{TOP + high * (1 - point[1] / top):.1f}"

    grid = "".join(_grid_line(TOP + high * (1 - share), top * share) for share in (0, 0.5, 1))
    clock = "".join(
        f'<text x="{x}" y="{HEIGHT - 6}" text-anchor="{anchor}">{time.strftime("%H:%M:%S", time.gmtime(at))}</text>'
        for x, at, anchor in ((LEFT, first, "start"), (WIDTH - RIGHT, last, "end"))
    )
    drawn = "".join(
        f'<polyline points="{" ".join(map(place, points))}" fill="none" stroke="{COLORS[n % 3]}" stroke-width="2.2" '
        f'stroke-dasharray="{DASHES[n % 3]}" stroke-linejoin="round"/>'
        for n, points in enumerate(lines.values())
        if points
    )
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}">'
        f"{grid}{clock}{drawn}</svg>"
    )


def _grid_line(y: float, value: float) -> str:
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d5dee5"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    )


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10 ... at or above a value."""
    if value <= 0:
        return 1.0
    step = 1e-6
    while True:
        for times in (1, 2, 5):
            if value <= step * times:
                return float(f"{step * times:g}")
        step *= 10
