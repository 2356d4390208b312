"""Late labels from a file: the verb `outcomes load`."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from readmission.contract.outcome import Outcome
from readmission.errors import FieldProblem, InvalidInputError
from readmission.storage.serving.outcomes import record_outcomes

_COLUMNS = frozenset({"prediction_id", "encounter_id", "readmitted"})
_MOST_PROBLEMS = 100


def load_outcomes(url: SecretStr | None, file: Path, asked_by: str) -> dict[str, int]:
    """Read a file whole, then store its outcomes.

    Args:
        url: libpq URL of the serving role.
        file: CSV with the columns ``prediction_id`` or ``encounter_id`` (or both, one filled a row) and
            ``readmitted``; or JSON lines of the same.
        asked_by: the user, for the history.

    Returns:
        How many were reported first, once more, or corrected.

    Raises:
        InvalidInputError: the file cannot be read, or rows break the contract; each is named by its line.
        NotFoundError: an id belongs to no stored prediction; nothing of the file is stored.
    """
    outcomes = read_outcomes(file)
    return record_outcomes(url, outcomes, f"file {file.name}", asked_by).model_dump()


def read_outcomes(file: Path) -> list[Outcome]:
    """The outcomes of a file.

    Raises:
        InvalidInputError: see :func:`load_outcomes`.
    """
    outcomes, problems = [], []
    try:
        for line, row in _read_rows(file):
            try:
                outcomes.append(Outcome.model_validate(row))
            except ValidationError as error:
                problems += [
                    FieldProblem(f"line {line}: {'.'.join(map(str, found['loc'])) or 'row'}", found["msg"])
                    for found in error.errors()
                ]
            if len(problems) >= _MOST_PROBLEMS:
                break
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{file} cannot be read: {error}") from error
    if problems:
        raise InvalidInputError(f"{file}: {len(problems)} problem(s), nothing was stored", tuple(problems))
    if not outcomes:
        raise InvalidInputError(f"{file} holds no outcomes")
    return outcomes


def _read_rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open(encoding="utf-8", newline="") as opened:
        if file.suffix in (".jsonl", ".ndjson"):
            for line, text in enumerate(opened, start=1):
                try:
                    yield line, json.loads(text)
                except (ValueError, RecursionError) as error:
                    raise InvalidInputError(f"{file}, line {line}: no JSON object: {error}") from error
            return
        reader = csv.DictReader(opened, strict=True)
        unknown = set(reader.fieldnames or ()) - _COLUMNS
        if unknown or "readmitted" not in (reader.fieldnames or ()):
            raise InvalidInputError(f"{file}: the header must name some of {', '.join(sorted(_COLUMNS))}")
        for row in reader:
            given: dict[str, Any] = {name: value for name, value in row.items() if value not in ("", None)}
            if str(given.get("encounter_id", "")).isdigit():
                given["encounter_id"] = int(given["encounter_id"])
            yield reader.line_num, given
