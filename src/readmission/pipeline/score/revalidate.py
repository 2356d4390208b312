"""Measure a registered model on a file of a site's own encounters with their outcomes. Nothing is stored or changed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from readmission.contract.encounter import DIAGNOSIS_SYSTEM, DiagnosisSystem
from readmission.contract.encounter_rows import EncounterRows
from readmission.contract.origin import StoredDataset
from readmission.contract.target import CLASS_INDEX, CLASSES
from readmission.dataset.progress import Progress, no_progress
from readmission.errors import FieldProblem, InvalidInputError, NotEligibleError
from readmission.features.encounter_table import EncounterTable
from readmission.learning.cross_validation import LabelledEncounters
from readmission.learning.revalidation.revalidate import (
    describe_revalidation,
    draw_revalidation,
    revalidate,
    write_report,
)
from readmission.model.session import StoredModel
from readmission.pipeline.score.source import Source, open_file

_OUTCOME = "readmitted"
_PART_ROWS = 10_000
_MOST_NAMED = 20


def revalidate_file(
    path: Path,
    version: str,
    model: StoredModel,
    output: Path,
    *,
    system: DiagnosisSystem,
    seed: int,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Measure a model on a file, and write ``revalidation.md`` with its pictures into a folder.

    Args:
        path: .csv or .parquet with the columns of an encounter and ``readmitted``.
        version: what the model is called in the registry.
        model: the model.
        output: the folder; made if it is not there.
        system: what diagnoses are coded in if a row does not say.
        seed: of resampled patients and folds.
        progress: told how far the reading is.

    Returns:
        Every figure, rows left out because the patient died or left for hospice, and the report's path.

    Raises:
        InvalidInputError: the file breaks the contract (rows and columns are named), or has too few outcomes; the
            report cannot be written.
    """
    if output.exists() and not output.is_dir():
        raise InvalidInputError(f"{output} is no folder")
    source = open_file(path)
    data, probabilities, left_out = _read(source, model, system, progress)
    dataset = StoredDataset("file", _hash(path))
    threshold = model.manifest.threshold
    found = revalidate(data, probabilities, threshold, dataset, seed)
    facts = {
        "Model": f"readmission, version {version} ({model.manifest.candidate}), flags from {threshold:.3f} on",
        "File": f"`{path.name}`, SHA-256 `{dataset.sha256}`",
        "Left out": f"{left_out} rows of patients who died or left for hospice",
    }
    report = output / "revalidation.md"
    pictures = draw_revalidation(found, data, probabilities, threshold)
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, content in pictures.items():
            (output / name).write_bytes(content)
        report.write_text(write_report(found, facts), encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{output}: the report cannot be written there ({error.strerror})") from error
    return {**describe_revalidation(found), "left_out": left_out, "version": version, "report": str(report)}


def _read(
    source: Source, model: StoredModel, system: DiagnosisSystem, progress: Progress
) -> tuple[LabelledEncounters, Any, int]:
    if _OUTCOME not in source.header:
        problem = FieldProblem(_OUTCOME, "is required", ", ".join(CLASSES))
        raise InvalidInputError("The file has no column of outcomes", (problem,))
    rows, outcome = (
        EncounterRows(source.header, ignore_target=True, default_system=system),
        source.header.index(_OUTCOME),
    )
    encounters: list[dict[str, Any]] = []
    labels, patients, probabilities = [], [], []
    problems: list[FieldProblem] = []
    broken = left_out = number = 0
    progress("revalidate", 0, source.whole)
    for part, position in source.read_parts(0, _PART_ROWS):
        started = len(encounters)
        for raw in part:
            number += 1
            try:
                values = source.split(raw)
                given = rows.read(values)
                label = CLASS_INDEX.get(str(values[outcome]))
                if label is None:
                    wrong = FieldProblem(_OUTCOME, "is not an allowed value", ", ".join(CLASSES))
                    raise InvalidInputError("The outcome is none", (wrong,))
            except NotEligibleError:
                left_out += 1
                continue
            except InvalidInputError as error:
                broken += 1
                problems.extend(_name_row(number, error) if len(problems) < _MOST_NAMED else ())
                continue
            encounters.append(given.encounter)
            labels.append(label)
            # Without a patient's number every encounter counts as a patient of its own.
            patients.append(-number if given.patient_nbr is None else given.patient_nbr)
        if not broken and len(encounters) > started:
            probabilities.append(model.score(encounters[started:]).astype(np.float64))
        progress("revalidate", position, source.whole)
    if broken:
        raise InvalidInputError(f"{broken} of {number} rows break the contract", tuple(problems[:_MOST_NAMED]))
    if not encounters:
        raise InvalidInputError(f"None of {number} rows can be scored")
    table = EncounterTable.of([{k: v for k, v in each.items() if k != DIAGNOSIS_SYSTEM} for each in encounters])
    data = LabelledEncounters(table, np.array(labels, dtype=np.int64), np.array(patients, dtype=np.int64))
    return data, np.concatenate(probabilities), left_out


def _name_row(number: int, error: InvalidInputError) -> Iterator[FieldProblem]:
    for found in error.problems or (FieldProblem("row", error.message),):
        yield FieldProblem(f"row {number}, {found.field}", found.problem, found.allowed)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
