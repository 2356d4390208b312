"""Is an answer right? Each encounter's risk is asked once alone; under load it must be the same again."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any
from uuid import UUID

TOLERANCE = 1e-6
"""What serving promises. Models whose calibration was exported in float32 (before it was float64) differ by up to 1e-7
between a row alone and one among many."""
KEYS = frozenset(
    {
        *("prediction_id", "risk_30d", "risk_any", "decision", "threshold"),
        *("model_name", "model_version", "created_at", "warnings"),
    }
)
Risks = tuple[float, float]


class WrongAnswerError(Exception):
    """An answer that came in time, and is wrong."""


class RightAnswers:
    """Knows the risks of the pool's encounters for each model version, and every id seen by this process."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Risks] = {}
        self._seen: set[str] = set()
        self._lock = Lock()

    def learn(self, number: int, answer: Mapping[str, Any]) -> None:
        """Remember the risks of an encounter that was asked alone, before the load."""
        self._known[(answer["model_version"], number)] = (answer["risk_30d"], answer["risk_any"])

    def check(self, number: int, answer: Mapping[str, Any]) -> None:
        """Check one answer to the pool's encounter ``number``.

        Raises:
            WrongAnswerError: says what is wrong with it.
        """
        if set(answer) != KEYS:
            raise WrongAnswerError(f"keys {sorted(set(answer) ^ KEYS)} are missing or not expected")
        self.check_id(answer["prediction_id"])
        risks: Risks = (answer["risk_30d"], answer["risk_any"])
        # A version that went live during the run is learnt from its first answer.
        known = self._known.setdefault((answer["model_version"], number), risks)
        if max(abs(one - other) for one, other in zip(risks, known, strict=True)) > TOLERANCE:
            raise WrongAnswerError(f"encounter {number}: risks {risks}, alone they were {known}")
        expected = "flag" if risks[0] >= answer["threshold"] else "no_flag"
        if answer["decision"] != expected:
            raise WrongAnswerError(f"decision {answer['decision']}, by the threshold it is {expected}")

    def check_id(self, prediction_id: str) -> None:
        """Check that an id is a UUIDv7 nobody else got.

        Raises:
            WrongAnswerError: it is not.
        """
        if UUID(prediction_id).version != 7:
            raise WrongAnswerError("the prediction id is no UUIDv7")
        with self._lock:
            if prediction_id in self._seen:
                raise WrongAnswerError("the prediction id was given twice")
            self._seen.add(prediction_id)

    def distinct_risks(self) -> Sequence[Risks]:
        """The different risks known: one only would make every check of belonging empty."""
        return sorted(set(self._known.values()))
