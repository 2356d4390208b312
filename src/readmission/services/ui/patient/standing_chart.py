"""Where a risk stands among all discharges: the distribution as a curve, the patient as a mark."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

WIDTH, HEIGHT, BINS = 640, 96, 40


def draw_standing(risk: float, quantiles: Sequence[float], description: str) -> str:
    """An SVG: share of discharges by 30-day risk, the part below this patient shaded.

    Args:
        risk: the patient's, 0 to 1.
        quantiles: 0th to 100th percentile, 101 numbers.
        description: read out by screen readers.
    """
    top = max(quantiles[99], risk) * 1.05 or 1.0
    shares = _histogram(quantiles, top)
    highest = max(shares) or 1.0
    step = WIDTH / BINS
    points = [
        ((number + 0.5) * step, HEIGHT - 8 - (HEIGHT - 24) * share / highest) for number, share in enumerate(shares)
    ]
    outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(0.0, HEIGHT - 8.0), *points, (float(WIDTH), HEIGHT - 8.0)])
    at = min(risk / top, 1.0) * WIDTH
    return f"""<svg class="standing-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}"
      preserveAspectRatio="none"><defs><clipPath id="below">
      <rect x="0" y="0" width="{at:.1f}" height="{HEIGHT}"/></clipPath></defs>
      <polygon class="all" points="{outline}"/><polygon class="below" points="{outline}" clip-path="url(#below)"/>
      <line class="axis" x1="0" x2="{WIDTH}" y1="{HEIGHT - 8}" y2="{HEIGHT - 8}"/>
      <line class="patient" x1="{at:.1f}" x2="{at:.1f}" y1="4" y2="{HEIGHT - 2}"/></svg>"""


def _histogram(quantiles: Sequence[float], top: float) -> list[float]:
    """Share of discharges in each bin of risk, from percentiles: one per cent lies between two neighbours."""
    shares = [0.0] * BINS
    for low, high in pairwise(quantiles):
        first, last = (min(int(value / top * BINS), BINS - 1) for value in (low, high))
        for number in range(first, last + 1):
            shares[number] += 1 / (last - first + 1)
    smoothed = [shares[0], *shares, shares[-1]]
    return [sum(smoothed[at : at + 3]) / 3 for at in range(BINS)]
