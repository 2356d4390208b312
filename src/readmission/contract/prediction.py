"""Request and response of the inference service, as pydantic models built from the column table."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from readmission.contract.codes import NOT_ELIGIBLE_DISPOSITIONS
from readmission.contract.encounter import COLUMNS, OPEN_CODE_MAX_LENGTH, OPEN_CODE_PATTERN, Column

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
    return column.pattern if column.pattern == OPEN_CODE_PATTERN else column.pattern.replace("^(?:", r"^(?:|\?|", 1)


def _pydantic_field(column: Column) -> tuple[Any, Any]:
    kind = _field_type(column)
    if column.required:
        return kind, Field(description=_description(column), title=column.title)
    return kind | None, Field(default=column.default, description=_description(column), title=column.title)


Encounter = cast(
    "type[BaseModel]",
    create_model(  # type: ignore[call-overload]
        "Encounter",
        __config__=ConfigDict(extra="forbid"),
        __doc__="One hospital stay of a patient with diabetes, as known at discharge.",
        **{column.name: _pydantic_field(column) for column in COLUMNS if column.kind != "target"},
    ),
)


class PredictionWarning(BaseModel):
    """A field whose value no training row had. The value itself is never repeated."""

    field: str = Field(description="The column.")
    warning: str = Field(description="What is the matter.")
    value_kind: ValueKind = Field(description="Kind of value the field holds.")


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
        default=[], description="Every field whose value no training row had; the model knows nothing of it."
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
