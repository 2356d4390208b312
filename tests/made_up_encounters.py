"""Rows of the data set's schema, made up from the contract alone: no real row is ever needed in a test."""

import random
from collections.abc import Sequence

from readmission.contract.encounter import COLUMN_NAMES, COLUMNS, DRUGS, Column

Row = dict[str, str]
_DIAGNOSES = ("250", "250.83", "428", "414", "276", "V15", "E878", "599", "786", "?")
_RARE_DRUGS = frozenset(DRUGS) - {"insulin", "metformin", "glipizide", "glyburide"}


def make_rows(count: int, seed: int = 1, first_id: int = 1000) -> list[Row]:
    """Encounters that keep the contract; the number of earlier inpatient stays drives the outcome."""
    draw = random.Random(seed)
    return [_make_row(draw, first_id + i) for i in range(count)]


def to_csv(rows: Sequence[Row]) -> bytes:
    """The CSV of rows, as the data service serves it."""
    lines = [",".join(COLUMN_NAMES), *(",".join(row[name] for name in COLUMN_NAMES) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _make_row(draw: random.Random, encounter_id: int) -> Row:
    row = {column.name: _make_value(column, draw) for column in COLUMNS}
    row["encounter_id"] = str(encounter_id)
    row["patient_nbr"] = str(encounter_id // 2)
    stays = min(int(draw.expovariate(1)), 9)
    row["number_inpatient"] = str(stays)
    soon, later = 0.05 + 0.08 * stays, 0.3
    chance = draw.random()
    row["readmitted"] = "<30" if chance < soon else ">30" if chance < soon + later else "NO"
    return row


def _make_value(column: Column, draw: random.Random) -> str:
    if column.name in _RARE_DRUGS:
        return "No"
    if column.kind in ("identifier", "count"):
        low = column.minimum or 0
        return str(draw.randint(low, min(column.maximum or 0, low + 12)))
    if column.kind == "coded":
        return str(draw.choice(sorted(column.labels)))
    if column.name.startswith("diag_"):
        return draw.choice(_DIAGNOSES)
    if column.kind == "open_code":
        return draw.choice(("MC", "BC", "Surgery", "?"))
    if column.name == "weight":
        return "?" if draw.random() < 0.97 else draw.choice(column.allowed)
    return draw.choice(column.allowed)
