"""Open Inference Protocol v2 (KServe, Triton, MLServer clients): an encounter is a row across the input tensors.

One input a column, ``BYTES`` for codes and categories, ``INT64`` for counts and ids, shape ``[rows]`` or
``[rows, 1]``; columns that may be missing may be left out, or null in a row. Each row is stored like any prediction.
Specification: https://github.com/kserve/open-inference-protocol
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, FailFast, Field, StrictInt, StrictStr, ValidationError

from readmission.contract.encounter import COLUMNS, DIAGNOSIS_SYSTEM, DiagnosisSystem
from readmission.contract.encounter_input import EncounterInput, decode_encounter
from readmission.errors import FieldProblem, InvalidInputError, MalformedBodyError, NotEligibleError
from readmission.observability.logging import request_id
from readmission.services.inference_service.predict.answer_batches import MicroBatcher, PredictionRequest

MAX_ROWS = 256
_QUICK_BYTES = 16 * 1024
"""A request up to this size is read within a millisecond, so on the event loop."""
_DATATYPES = {
    **{column.name: "INT64" if column.is_integer else "BYTES" for column in COLUMNS if column.kind != "target"},
    DIAGNOSIS_SYSTEM: "BYTES",
}
_OUTPUTS = {"prediction_id": "BYTES", "risk_30d": "FP64", "risk_any": "FP64", "decision": "BYTES", "warnings": "BYTES"}
Cell = StrictInt | StrictStr | None


class Tensor(BaseModel):
    """One column of the encounters."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="Name of the column.", max_length=100, json_schema_extra={"enum": [*_DATATYPES]})
    shape: list[Annotated[int, Field(strict=True, ge=0)]] = Field(description="[rows] or [rows, 1].", max_length=2)
    datatype: str = Field(
        description="INT64 or BYTES, as the metadata say.",
        max_length=20,
        json_schema_extra={"enum": ["INT64", "BYTES"]},
    )
    parameters: dict[str, Any] = Field(default={}, description="Not read.")
    data: Annotated[list[Cell | list[Cell]], FailFast()] = Field(
        description="A value a row, flat or nested; null if missing."
    )


class RequestedOutput(BaseModel):
    """An output the caller wants."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, json_schema_extra={"enum": [*_OUTPUTS]})
    parameters: dict[str, Any] = Field(default={}, description="Not read: outputs are always JSON.")


class InferRequest(BaseModel):
    """Request of ``/v2/models/readmission/infer``."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, description="Sent back with the answer.", max_length=200)
    parameters: dict[str, Any] = Field(default={}, description="Not read.")
    inputs: list[Tensor] = Field(min_length=1, max_length=len(_DATATYPES))
    outputs: list[RequestedOutput] = Field(default=[], description="Default: all.", max_length=len(_OUTPUTS))


def describe_tensors() -> dict[str, list[dict[str, Any]]]:
    """Inputs and outputs, as the model metadata give them."""
    return {
        "inputs": [{"name": name, "datatype": datatype, "shape": [-1]} for name, datatype in _DATATYPES.items()],
        "outputs": [{"name": name, "datatype": datatype, "shape": [-1]} for name, datatype in _OUTPUTS.items()],
    }


async def infer(
    body: bytes,
    model_name: str,
    batcher: MicroBatcher[PredictionRequest, bytes],
    asked_by: str,
    default_system: DiagnosisSystem,
) -> dict[str, Any]:
    """Score and store every row of a caller's request; all rows, or none if one breaks the contract.

    Args:
        body: of the request.
        model_name: as the path names it.
        batcher: scores and stores.
        asked_by: name of the caller's key.
        default_system: what the diagnoses are coded in if a row does not say.

    Raises:
        MalformedBodyError: the body is not JSON.
        InvalidInputError: a tensor or a row breaks the contract; each problem names its row and field.
        UnavailableError: nothing durable can take the records.
    """
    if len(body) > _QUICK_BYTES:
        request, wanted, encounters = await asyncio.to_thread(_read, body, default_system)
    else:
        request, wanted, encounters = _read(body, default_system)
    identifier = request_id.get()
    requests = [PredictionRequest(each, identifier, asked_by) for each in encounters]
    answers = await asyncio.gather(*map(batcher.send, requests))
    rows = [json.loads(answer) for answer in answers]
    for row in rows:  # the protocol has no lists within a row
        row["warnings"] = ", ".join(dict.fromkeys(each["field"] for each in row["warnings"]))
    versions = {row["model_version"] for row in rows}
    return {
        "model_name": model_name,
        # The alias may have moved between two rows: no one version answered then, and the protocol may do without.
        **({"model_version": versions.pop()} if len(versions) == 1 else {}),
        **({} if request.id is None else {"id": request.id}),
        "outputs": [
            {"name": name, "datatype": _OUTPUTS[name], "shape": [len(rows)], "data": [row[name] for row in rows]}
            for name in wanted
        ],
    }


def _read(body: bytes, default_system: DiagnosisSystem) -> tuple[InferRequest, list[str], list[EncounterInput]]:
    """The request, the outputs it wants, and its rows."""
    request = _read_request(body)
    wanted = [output.name for output in request.outputs] or list(_OUTPUTS)
    if unknown := sorted(set(wanted) - _OUTPUTS.keys()):
        raise _refuse("outputs", f"{unknown[0]!r:.100} is not an output", ", ".join(_OUTPUTS))
    return request, wanted, _check_rows(_read_rows(request.inputs), default_system)


def _read_request(body: bytes) -> InferRequest:
    try:
        return InferRequest.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        if found[0]["type"] == "json_invalid":
            raise MalformedBodyError("The body is not JSON") from None
        problems = tuple(FieldProblem(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in found)
        raise InvalidInputError("This is not an inference request", problems) from None


def _read_rows(tensors: Sequence[Tensor]) -> list[dict[str, Cell]]:
    columns: dict[str, list[Cell]] = {}
    for tensor in tensors:
        expected = _DATATYPES.get(tensor.name)
        if expected is None:
            raise _refuse(tensor.name, "is not a column of an encounter", None)
        if tensor.name in columns:
            raise _refuse(tensor.name, "is there twice", "each column once")
        if tensor.datatype != expected:
            raise _refuse(tensor.name, "has another datatype", expected)
        values = [cell for each in tensor.data for cell in (each if isinstance(each, list) else [each])]
        if not tensor.shape or tensor.shape not in ([len(values)], [len(values), 1]):
            raise _refuse(tensor.name, "its shape is not that of its data", f"[{len(values)}] or [{len(values)}, 1]")
        columns[tensor.name] = values
    sizes = {len(values) for values in columns.values()}
    if len(sizes) != 1 or not 1 <= max(sizes) <= MAX_ROWS:
        raise _refuse("inputs", "not the same number of rows in each, or too many", f"1 to {MAX_ROWS} rows")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _check_rows(rows: Sequence[dict[str, Cell]], default_system: DiagnosisSystem) -> list[EncounterInput]:
    checked, problems = [], []
    for number, row in enumerate(rows, start=1):  # as in POST /predict/batch
        try:
            checked.append(decode_encounter(msgspec.json.encode(row), default_system))
        except NotEligibleError as error:
            problems.append(FieldProblem(f"{number}.discharge_disposition_id", error.message))
        except InvalidInputError as error:
            found = error.problems or (FieldProblem("row", error.message),)
            problems += [FieldProblem(f"{number}.{each.field}", each.problem, each.allowed) for each in found]
    if problems:
        raise InvalidInputError(f"{len(problems)} problem(s) in the rows", tuple(problems))
    return checked


def _refuse(field: str, problem: str, allowed: str | None) -> InvalidInputError:
    return InvalidInputError(f"{field[:100]}: {problem}", (FieldProblem(field[:100], problem, allowed),))
