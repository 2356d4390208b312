"""What the service answers, as types.

A prediction is :class:`readmission.contract.prediction.Prediction`; the other answers are dictionaries with these keys.
Keys that a newer service adds are passed on untouched.
"""

from typing import Any, NotRequired, TypedDict


class BatchRow(TypedDict):
    """One row of a batch: a stored prediction, or ``problem``, ``detail`` and ``errors`` if it was refused."""

    row: int
    """Position in what was sent, from 1."""
    prediction_id: NotRequired[str]
    risk_30d: NotRequired[float]
    risk_any: NotRequired[float]
    decision: NotRequired[str]
    threshold: NotRequired[float]
    model_name: NotRequired[str]
    model_version: NotRequired[str]
    created_at: NotRequired[str]
    warnings: NotRequired[list[dict[str, Any]]]
    """Fields whose value no training row had, and diagnoses that may stand for several."""
    problem: NotRequired[str]
    detail: NotRequired[str]
    errors: NotRequired[list[dict[str, Any]]]


class ReasonPart(TypedDict):
    """What one group of features adds to a risk; 0.01 is one percentage point."""

    group: str
    title: str
    title_es: str
    contribution: float
    columns: dict[str, int | str | None]


class RiskParts(TypedDict):
    """One risk taken apart: ``base_risk`` and all contributions add up to ``risk``."""

    risk: float
    base_risk: float
    reasons: list[ReasonPart]


class Explanation(TypedDict):
    """Why both risks of a stored prediction are what they are."""

    prediction_id: str | None
    model_version: str
    created_at: str
    risk_30d: RiskParts
    risk_any: RiskParts


class Feedback(TypedDict):
    """What a clinician said of a prediction, as stored."""

    feedback_id: int
    prediction_id: str
    created_at: str
    verdict: str
    reason: str | None
    asked_by: str | None
    """Name of the key it came with."""
    decided: str | None
    """What was decided instead (``flag`` or ``no_flag``), where an override said so."""


class OutcomeCounts(TypedDict):
    """How many outcomes were reported for the first time, once more, and as a correction."""

    first: int
    duplicate: int
    correction: int


class Models(TypedDict):
    """The live version, all registered ones, and those the service refused."""

    model_name: str
    alias: str
    live: dict[str, Any] | None
    recorded: dict[str, Any] | None
    """The version that the record says shall answer."""
    custody_problems: list[dict[str, Any]]
    """Empty while live version, record and alias agree."""
    challenger: dict[str, Any] | None
    versions: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    registry_problem: str | None
