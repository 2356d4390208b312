"""Request and response of the inference service, as pydantic models built from the column table."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator

from readmission.contract.codes import NOT_ELIGIBLE_DISPOSITIONS
from readmission.contract.encounter import (
    COLUMNS,
    DIAGNOSES,
    DIAGNOSIS_PATTERNS,
    DIAGNOSIS_SYSTEM,
    ICD9CM,
    MISSING_MARKS,
    OPEN_CODE_MAX_LENGTH,
    OPEN_CODE_PATTERN,
    Column,
    DiagnosisSystem,
)

MODEL_NAME = "readmission"
Decision = Literal["flag", "no_flag"]
ValueKind = Literal["diagnosis", "code", "category", "count"]


def _description(column: Column) -> str:
    parts = [column.meaning]
    if column.unit:
        parts.append(f"Unit: {column.unit}")
    if column.labels:
        parts.append("; ".join(f"{code}: {label}" for code, label in column.labels.items()))
    if column.missing_allowed:
        parts.append("Absent, null and ? mean missing")
    if column.kind == "lab":
        parts.append("Absent, null and None mean not measured")
    if column.kind == "drug":
        parts.append("Absent, null and No mean not prescribed")
    if column.is_integer:
        parts.append("Written without a decimal point")
    if column.name == "discharge_disposition_id":
        refused = ", ".join(map(str, sorted(NOT_ELIGIBLE_DISPOSITIONS)))
        parts.append(f"{refused} are refused as not-eligible: who died or left for hospice is not scored")
    return ". ".join(parts) + "."


def _known_code(column: Column) -> Callable[[int], int]:
    def check(code: int) -> int:
        if code not in column.labels:
            raise ValueError("not a known code")
        return code

    return check


def _field_type(column: Column) -> Any:
    if column.kind in ("identifier", "count"):
        return Annotated[int, Field(strict=True, ge=column.minimum, le=column.maximum)]
    if column.kind == "coded":
        refused = NOT_ELIGIBLE_DISPOSITIONS if column.name == "discharge_disposition_id" else frozenset()
        extra: dict[str, Any] = {"enum": sorted(column.labels.keys() - refused)}
        # Not a Literal: pydantic takes true for 1 there.
        return Annotated[int, Field(strict=True, json_schema_extra=extra), AfterValidator(_known_code(column))]
    if column.kind == "open_code":
        return Annotated[str, Field(max_length=OPEN_CODE_MAX_LENGTH, pattern=_or_missing(column))]
    marks = ("?", "") if column.missing_allowed else ()
    return Literal[*column.allowed, *marks]


def _or_missing(column: Column) -> str:
    if not column.is_diagnosis:
        return OPEN_CODE_PATTERN
    shapes = (pattern.removeprefix("^(?:").removesuffix(")$") for pattern in DIAGNOSIS_PATTERNS.values())
    return f"^(?:|\\?|{'|'.join(shapes)})$"


def _pydantic_field(column: Column) -> tuple[Any, Any]:
    kind = _field_type(column)
    if column.required:
        return kind, Field(description=_description(column), title=column.title)
    return kind | None, Field(default=column.default, description=_description(column), title=column.title)


def _check_diagnoses(encounter: Any) -> Any:
    """The diagnoses are of the system that is named."""
    system: DiagnosisSystem = encounter.diagnosis_system or ICD9CM
    for name in DIAGNOSES:
        value = getattr(encounter, name)
        if value is not None and value not in MISSING_MARKS and not re.fullmatch(DIAGNOSIS_PATTERNS[system], value):
            raise ValueError(f"{name} is not a code of {system}")
    return encounter


_SYSTEM_DESCRIPTION = (
    "What the three diagnoses are coded in. Never guessed from the codes: some fit both systems. Absent and null mean"
    " the platform's setting READMISSION_DIAGNOSIS_SYSTEM, which is icd9cm unless it was changed."
)
Encounter = cast(
    "type[BaseModel]",
    create_model(  # type: ignore[call-overload]
        "Encounter",
        __config__=ConfigDict(extra="forbid"),
        __doc__="One hospital stay of a patient with diabetes, as known at discharge.",
        __validators__={"check_diagnoses": model_validator(mode="after")(_check_diagnoses)},
        **{column.name: _pydantic_field(column) for column in COLUMNS if column.kind != "target"},
        **{
            DIAGNOSIS_SYSTEM: (
                DiagnosisSystem | None,
                Field(default=None, description=_SYSTEM_DESCRIPTION, title="Diagnosis coding system"),
            )
        },
    ),
)


class PredictionWarning(BaseModel):
    """A field whose value the model does not know, or not for certain. The value itself is never repeated."""

    field: str = Field(description="The column.")
    warning: str = Field(description="What is the matter.")
    value_kind: ValueKind = Field(description="Kind of value the field holds.")
    risk_30d: tuple[float, float] | None = Field(
        default=None,
        exclude_if=lambda found: found is None,
        description="Only of a code that may stand for several: lowest and highest risk_30d over all of them.",
    )


class Prediction(BaseModel):
    """One stored answer."""

    # "model_" is pydantic's own prefix; the names are settled by the contract.
    model_config = ConfigDict(protected_namespaces=())

    prediction_id: UUID = Field(description="Identifier of this answer (UUIDv7, ordered by time).")
    risk_30d: float = Field(ge=0, le=1, description="Probability of readmission within 30 days.")
    risk_any: float = Field(ge=0, le=1, description="Probability of readmission at any later time.")
    decision: Decision = Field(description="flag where risk_30d >= threshold, else no_flag.")
    threshold: float = Field(ge=0, le=1, description="Threshold on risk_30d this version decides by.")
    model_name: str = Field(description="Registered model that answered.")
    model_version: str = Field(description="Version of the model that answered.")
    created_at: datetime = Field(description="When the answer was made (UTC, RFC 3339).")
    warnings: list[PredictionWarning] = Field(
        default=[],
        description="Every field whose value no training row had, and every diagnosis that may stand for several.",
    )


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: list["ProblemField"] = []
    more_errors: int = Field(default=0, description="Problems beyond those named in errors.")


class ProblemField(BaseModel):
    """One field that broke the contract."""

    field: str
    problem: str
    allowed: str | None = None
