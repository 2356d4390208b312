"""Score a file or table of any size on this machine: resumable, nothing stored in PostgreSQL.

Each part becomes a file that gets its name once it is whole. A run that was cut off goes on after the last whole
part, and gives the very bytes an undisturbed run gives.
"""

import csv
import io
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from readmission.contract.encounter import DIAGNOSIS_SYSTEM, ICD9CM, DiagnosisSystem
from readmission.contract.encounter_input import EncounterInput
from readmission.contract.encounter_rows import EncounterRows
from readmission.dataset.progress import Progress, no_progress
from readmission.errors import ConflictError, InvalidInputError
from readmission.model.session import StoredModel
from readmission.model.value_warnings import warn_of_values
from readmission.pipeline.score.source import Source

PART_ROWS = 10_000
_HEADER = "row,encounter_id,risk_30d,risk_any,decision,warnings\n"
_ERRORS_HEADER = "row,field,problem,allowed\n"


def score_rows(
    source: Source,
    model: StoredModel,
    output: Path,
    progress: Progress = no_progress,
    part_rows: int = PART_ROWS,
    default_system: DiagnosisSystem = ICD9CM,
) -> dict[str, Any]:
    """Write the risks of all rows to ``output``, and the rows that could not be scored beside it.

    Returns:
        Rows scored and refused, the two files, and the model's hash.

    Raises:
        ConflictError: another source or model was begun for the same output.
        InvalidInputError: the header breaks the contract.
    """
    rows = EncounterRows(source.header, ignore_target=True, default_system=default_system)
    parts = output.with_name(output.name + ".parts")
    plan = {"source": source.identity, "model_hash": model.manifest.model_hash, "part_rows": part_rows}
    _begin(parts, plan if default_system == ICD9CM else {**plan, DIAGNOSIS_SYSTEM: default_system})
    done = _count_parts(parts)
    progress("score", 0, source.whole)
    for number, (part, position) in enumerate(source.read_parts(done * part_rows, part_rows), start=done):
        answers, errors = _score_part(rows, source, model, part, number * part_rows)
        _write_whole(parts / f"{number:08}.errors", errors)
        _write_whole(parts / f"{number:08}.csv", answers)  # last: its name says that the part is done
        progress("score", position, source.whole)
    errors_file = output.with_name(output.name + ".errors.csv")
    refused = _join(parts, ".errors", errors_file, _ERRORS_HEADER)
    header = _HEADER if source.say_assumed is None else _HEADER.replace("\n", ",assumed\n")
    scored = _join(parts, ".csv", output, header)
    shutil.rmtree(parts)
    return {
        "scored": scored,
        "problems": refused,
        "output": str(output),
        "errors": str(errors_file),
        "model_hash": model.manifest.model_hash,
    }


def _begin(parts: Path, plan: dict[str, Any]) -> None:
    file = parts / "plan.json"
    if file.is_file():
        if json.loads(file.read_text()) != plan:
            raise ConflictError(f"{parts} was begun for another source, model or part size: remove it to begin anew")
        return
    parts.mkdir(parents=True, exist_ok=True)
    _write_whole(file, json.dumps(plan))


def _count_parts(parts: Path) -> int:
    number = 0
    while (parts / f"{number:08}.csv").is_file():
        number += 1
    return number


def _score_part(
    rows: EncounterRows, source: Source, model: StoredModel, part: Sequence[Any], before: int
) -> tuple[str, str]:
    numbers: list[int] = []
    inputs: list[EncounterInput] = []
    assumed: list[str] = []
    errors = io.StringIO()
    writer = csv.writer(errors, lineterminator="\n")
    for number, raw in enumerate(part, start=before + 1):
        try:
            inputs.append(rows.read(source.split(raw)))
            numbers.append(number)
            assumed.append("" if source.say_assumed is None else "," + " ".join(source.say_assumed(raw)))
        except InvalidInputError as error:
            problems = [(found.field, found.problem, found.allowed or "") for found in error.problems]
            writer.writerows((number, *problem) for problem in problems or [("", error.message, "")])
    if not inputs:
        return "", errors.getvalue()
    risks_30d, risks_any = model.predict_risks([given.encounter for given in inputs])
    threshold = model.manifest.threshold
    warned = _find_warned(model, inputs, risks_30d)
    lines = [
        f"{number},{'' if given.encounter_id is None else given.encounter_id},{soon!r},{ever!r},"
        f"{'flag' if soon >= threshold else 'no_flag'},{' '.join(fields)}{said}\n"
        for number, given, soon, ever, fields, said in zip(
            numbers, inputs, risks_30d, risks_any, warned, assumed, strict=True
        )
    ]
    return "".join(lines), errors.getvalue()


def _find_warned(model: StoredModel, inputs: Sequence[EncounterInput], risks_30d: Sequence[float]) -> list[list[str]]:
    """The fields each answer warns of."""
    found = warn_of_values(model, [given.encounter for given in inputs], risks_30d)
    return [list(dict.fromkeys(warning["field"] for warning in each)) for each in found]


def _write_whole(path: Path, text: str) -> None:
    """All of the file or none of it, even after a crash."""
    partial = path.with_suffix(path.suffix + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _join(parts: Path, suffix: str, output: Path, header: str) -> int:
    """Put the parts together; returns the number of lines without the header."""
    lines = 0
    partial = output.with_name(output.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.write(header)
        for number in range(_count_parts(parts)):
            text = (parts / f"{number:08}{suffix}").read_text(encoding="utf-8")
            lines += text.count("\n")
            file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(output)
    return lines
