"""Made-up CSV files of encounters for tests."""

import csv
import io
from typing import Any

from readmission.contract.encounter import COLUMN_NAMES
from readmission.contract.examples import EXAMPLES


def made_up_row(encounter_id: int, patient_nbr: int = 50, **changes: Any) -> list[str]:
    """One encounter as the CSV has it; changes by column name."""
    examples = list(EXAMPLES.values())
    encounter = examples[encounter_id % len(examples)] | {"readmitted": "NO"}
    encounter |= {"encounter_id": encounter_id, "patient_nbr": patient_nbr} | changes
    return ["?" if encounter.get(name) is None else str(encounter[name]) for name in COLUMN_NAMES]


def write_rows(rows: list[list[str]]) -> str:
    """Rows below the header of the data set."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(COLUMN_NAMES), *rows])
    return text.getvalue()


def csv_text(rows: int, first_id: int = 1000) -> str:
    """A file of made-up encounters, three to a patient."""
    return write_rows([made_up_row(first_id + number, 50 + number // 3) for number in range(rows)])
