"""What became of a patient, reported later: the shape of ``POST /outcomes`` and of files that are loaded."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_OUTCOMES = 10_000
"""Outcomes in one request."""
Readmitted = Literal["NO", ">30", "<30"]
_ONE_ID: dict[str, Any] = {
    "oneOf": [
        {
            "title": "By prediction",
            "properties": {"prediction_id": {"type": "string"}, "encounter_id": {"type": "null"}},
            "required": ["prediction_id"],
        },
        {
            "title": "By encounter",
            "properties": {"encounter_id": {"type": "integer"}, "prediction_id": {"type": "null"}},
            "required": ["encounter_id"],
        },
    ]
}


class Outcome(BaseModel):
    """One outcome, by the prediction's id or by the encounter's."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_ONE_ID)

    prediction_id: UUID | None = Field(default=None, description="The prediction the outcome belongs to.")
    encounter_id: Annotated[int, Field(strict=True, ge=1, lt=2**63)] | None = Field(
        default=None, description="Or the encounter: every prediction stored for it gets the outcome."
    )
    readmitted: Readmitted = Field(
        description="NO: no further stay on record; <30: back within 30 days; >30: back later.", examples=["<30"]
    )

    @model_validator(mode="after")
    def _one_id(self) -> "Outcome":
        if (self.prediction_id is None) == (self.encounter_id is None):
            raise ValueError("give either prediction_id or encounter_id")
        return self


class OutcomesStored(BaseModel):
    """What was stored: reports for the first time, the same once more, and corrections (the newest counts)."""

    first: int
    duplicate: int
    correction: int
