"""Send a ward's rows to ``POST /predict/batch`` and read its answers as they come."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from readmission.client import AsyncInferenceClient, BatchRow
from readmission.services.ui.risk_band import find_band

Row = dict[str, Any]
RESULT_COLUMNS = (
    "row", "encounter_id", "patient_nbr", "risk_30d", "risk_any", "decision", "band", "warnings", "model_version",
    "prediction_id",
)  # fmt: skip
_STEP_ROWS = 500


@dataclass(slots=True)
class WardResult:
    """``scored``: one list of values a row with an answer, in the order of RESULT_COLUMNS, highest risk first;
    ``problems``: one record a broken field.
    """

    scored: list[list[Any]] = field(default_factory=list)
    problems: list[Row] = field(default_factory=list)
    rows_refused: int = 0


async def score_ward(
    client: AsyncInferenceClient, rows: Sequence[Row], average: float, result: WardResult
) -> AsyncIterator[int]:
    """Score every row; a row that breaks the contract never stops the others.

    Args:
        client: of the inference service.
        rows: as the file holds them.
        average: mean 30-day risk of the live model, for the bands.
        result: filled as answers come; whole and sorted at the end.

    Yields:
        Rows done so far.

    Raises:
        ReadmissionError: the service is away or refuses the list as a whole; what was scored is stored there.
    """
    done = 0
    async for answer in client.predict_batch(rows, rows_per_request=_STEP_ROWS):
        done += 1
        _take(result, answer, rows[answer["row"] - 1], average)
        if done % _STEP_ROWS == 0:
            yield done
    result.scored.sort(key=lambda each: -each[RESULT_COLUMNS.index("risk_30d")])
    yield done


def _take(result: WardResult, answer: BatchRow, sent: Row, average: float) -> None:
    if answer.get("prediction_id"):
        known = {
            **answer,
            **{name: sent.get(name) for name in ("encounter_id", "patient_nbr")},
            "band": find_band(answer["risk_30d"], answer["threshold"], average).key,
            "warnings": list(dict.fromkeys(each["field"] for each in answer.get("warnings") or ())),
        }
        result.scored.append([known[name] for name in RESULT_COLUMNS])
        return
    result.rows_refused += 1
    errors = answer.get("errors") or [{"field": "", "problem": answer.get("detail") or answer.get("problem")}]
    for error in errors:
        result.problems.append({"row": answer["row"], "allowed": None, **error})
