"""Does an arriving CSV keep the contract: header, fields a line, and every value of every encounter."""

from pathlib import Path

from readmission.contract.encounter import COLUMNS, Column
from readmission.contract.encounter_input import check_open_code
from readmission.contract.parse import parse_text
from readmission.dataset.check_csv import read_rows
from readmission.errors import DatasetError, FieldProblem, InvalidInputError

MOST_PROBLEMS = 100
"""Problems named in one answer; checking stops there."""


def check_arrival(path: Path, name: str) -> int:
    """Check every value of a delivery.

    Returns:
        Encounters in it.

    Raises:
        InvalidInputError: names line and field of up to 100 problems; values are never repeated.
    """
    problems: list[FieldProblem] = []
    rows = 0
    try:
        with path.open("r", encoding="utf-8", newline="") as file:
            for line, fields in read_rows(file, name):
                rows += 1
                for column, text in zip(COLUMNS, fields, strict=True):
                    if problem := find_problem(column, text):
                        problems.append(FieldProblem(f"line {line}: {column.name}", problem, column.allowed_in_words))
                if len(problems) >= MOST_PROBLEMS:
                    break
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{name} is not UTF-8 text (byte {error.start})") from error
    except DatasetError as error:
        raise InvalidInputError(error.message, tuple(problems)) from error
    if problems:
        raise InvalidInputError(f"{name}: at least {len(problems)} value(s) break the contract", tuple(problems))
    return rows


def find_problem(column: Column, text: str) -> str | None:
    """What is wrong with one value of the CSV, or None."""
    try:
        value = parse_text(column, text)
    except ValueError as error:
        return str(error)
    if value is None:
        return None if column.missing_allowed else "is missing"
    if isinstance(value, int):
        return _find_number_problem(column, value)
    if column.kind == "open_code":
        return check_open_code(column, value)
    return None if value in column.allowed else "is not an allowed value"


def _find_number_problem(column: Column, value: int) -> str | None:
    if column.kind == "coded":
        return None if value in column.labels else "is not a known code"
    in_range = (column.minimum is None or value >= column.minimum) and (
        column.maximum is None or value <= column.maximum
    )
    return None if in_range else "is out of range"
