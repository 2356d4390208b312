"""Bands: what a risk means for the work of today, by the live model's own average and threshold."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

VERY_HIGH_TIMES_AVERAGE = 2.5


@dataclass(frozen=True, slots=True)
class Band:
    """One band: its key (for colours), title and meaning (English)."""

    key: str
    title: str
    meaning: str


LOW = Band("low", "Low risk", "Below the average of all discharges. Usual discharge care.")
RAISED = Band(
    "raised",
    "Raised risk",
    "At or above the average, but below the level at which this model asks for action. Look at the reasons.",
)
HIGH = Band(
    "high",
    "High risk",
    "At or above the level at which this model asks for action: plan follow-up before the patient leaves.",
)
VERY_HIGH = Band(
    "very-high",
    "Very high risk",
    "At least two and a half times the average, and above the level at which this model asks for action: "
    "plan early, close follow-up before the patient leaves.",
)
BANDS = (LOW, RAISED, HIGH, VERY_HIGH)


def find_band(risk: float, threshold: float, average: float) -> Band:
    """The band of a 30-day risk.

    Args:
        risk: probability of readmission within 30 days.
        threshold: from which the model flags.
        average: mean risk of all discharges.
    """
    if risk >= threshold:
        return VERY_HIGH if risk >= VERY_HIGH_TIMES_AVERAGE * average else HIGH
    return RAISED if risk >= average else LOW


def standing(risk: float, quantiles: Sequence[float]) -> int | None:
    """How many of 100 discharges have a lower risk; None where the model does not carry its distribution.

    Args:
        risk: the patient's.
        quantiles: 0th to 100th percentile among all discharges, 101 numbers.
    """
    if len(quantiles) != 101:
        return None
    return min(max(bisect_left(quantiles, risk) - 1, 0), 99)
