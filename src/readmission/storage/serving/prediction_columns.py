"""The columns of ``serving.predictions``, declared once: statements, values and rows follow this table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

BATCH_COLUMNS = {
    "created_at": "timestamptz",
    "model_name": "text",
    "model_version": "text",
    "threshold": "float8",
}
"""Column to type: one value for a whole batch."""
ROW_COLUMNS = {
    "prediction_id": ("uuid", "prediction_ids"),
    "risk_30d": ("float8", "risks_30d"),
    "risk_any": ("float8", "risks_any"),
    "decision": ("text", "decisions"),
    "encounter_id": ("bigint", "encounter_ids"),
    "patient_nbr": ("bigint", "patient_nbrs"),
    "encounter": ("jsonb", "encounters"),
    "request_id": ("text", "request_ids"),
    "asked_by": ("text", "asked_by"),
    "warnings": ("jsonb", "warnings"),
}
"""Column to its type and the attribute of :class:`PredictionBatch` that holds its values, one a row."""
ALL = ", ".join((*BATCH_COLUMNS, *ROW_COLUMNS))
ROW = ", ".join(ROW_COLUMNS)
BATCH_VALUES = ", ".join(f"${number}::{kind}" for number, kind in enumerate(BATCH_COLUMNS.values(), start=1))
"""The values of a batch in a statement: its first parameters."""
ROWS = f"""unnest({
    ", ".join(
        f"${number}::{kind}[]" for number, (kind, _) in enumerate(ROW_COLUMNS.values(), start=len(BATCH_COLUMNS) + 1)
    )
})"""
"""The rows of a batch in a statement: the parameters after those, columns as in :data:`ROW`."""
NEXT = len(BATCH_COLUMNS) + len(ROW_COLUMNS) + 1
"""Number of the first parameter a statement has for itself."""
STORED = ALL.replace("warnings", "coalesce(warnings, '[]') AS warnings").replace("request_id, ", "")
"""What is read of a stored prediction."""


@dataclass(slots=True)
class PredictionBatch:
    """Answers of one model version made at one moment; the lists run side by side, one entry a row.

    ``created_at`` is RFC 3339 in UTC; ``encounters`` and ``warnings`` are JSON documents in UTF-8, None: no warnings.
    """

    model_name: str
    model_version: str
    threshold: float
    created_at: str
    prediction_ids: list[str] = field(default_factory=list)
    risks_30d: list[float] = field(default_factory=list)
    risks_any: list[float] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    encounter_ids: list[int | None] = field(default_factory=list)
    patient_nbrs: list[int | None] = field(default_factory=list)
    encounters: list[bytes] = field(default_factory=list)
    request_ids: list[str | None] = field(default_factory=list)
    asked_by: list[str | None] = field(default_factory=list)
    warnings: list[bytes | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A batch that an earlier release wrote to the journal names no callers and has no warnings."""
        if not self.asked_by:
            self.asked_by = [None] * len(self.prediction_ids)
        if not self.warnings:
            self.warnings = [None] * len(self.prediction_ids)

    def values(self) -> tuple[object, ...]:
        """The parameters of a statement with :data:`BATCH_VALUES` and :data:`ROWS`."""
        return (
            datetime.fromisoformat(self.created_at),
            self.model_name,
            self.model_version,
            self.threshold,
            *[getattr(self, attribute) for _, attribute in ROW_COLUMNS.values()],
        )

    def row(self, index: int) -> Mapping[str, Any]:
        """One prediction as a read of :data:`STORED` returns it."""
        stored = {name: getattr(self, name) for name in BATCH_COLUMNS}
        stored |= {name: getattr(self, attribute)[index] for name, (_, attribute) in ROW_COLUMNS.items()}
        del stored["request_id"]
        return stored | {
            "encounter": json.loads(stored["encounter"]),
            "warnings": json.loads(stored["warnings"] or b"[]"),
        }
