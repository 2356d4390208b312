"""The encoder's two forms, a row and a column at a time, agree to the bit."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readmission.contract.encounter import (
    BY_NAME,
    COLUMN_NAMES,
    DIAGNOSES,
    DIAGNOSIS_SYSTEM,
    ICD10CM,
    INPUT_COLUMNS,
    TARGET,
)
from readmission.errors import InvalidInputError
from readmission.features.encoder import Encoder
from readmission.features.encounter_table import EncounterTable, TableBuilder
from readmission.features.write_features import COUNTED, write_counts
from readmission.learning.cross_validation import LabelledEncounters
from tests.clean_tables import read_real_frame
from tests.made_up_model import make_encounters
from tests.real_model import DROPPED, SEED, Splits
from tests.unit.features.strategies import encounters

ODD_CODES = (
    "250", "250.1", "250.10", " 250.13 ", "250.x", "008", "8", "8.4", "v57.1", "V27", "e888", "E935", "428.0", "4280",
    "XYZ", "٣", "²", "999", "0", "", "?", None, "None", "x" * 64, "a,b", 'a"b', " ", "é", "518", "996",
)  # fmt: skip


def _make_odd(rows: int, seed: int) -> list[dict[str, Any]]:
    """Encounters of every oddity the contract lets through: spellings, missing marks, absent keys, ends of ranges."""
    draw = random.Random(seed)

    def value(name: str) -> Any:
        column = BY_NAME[name]
        if column.kind == "count":
            return draw.choice([column.minimum, column.maximum, draw.randint(column.minimum or 0, column.maximum or 0)])
        if column.kind == "coded":
            return draw.choice(sorted(column.labels))
        if column.kind == "open_code":
            return draw.choice([*ODD_CODES, f"{draw.randint(0, 999)}", f"{draw.randint(0, 999)}.{draw.randint(0, 99)}"])
        return draw.choice([*column.allowed, *((None, "?", "") if column.missing_allowed else ())])

    made = []
    for _ in range(rows):
        names = [c.name for c in INPUT_COLUMNS if c.required or c.kind == "coded" or draw.random() < 0.9]
        draw.shuffle(names)
        made.append({name: value(name) for name in names})
    return made


def _row_by_row(encoder: Encoder, rows: Sequence[Any]) -> bytes:
    return b"".join(encoder.encode_one(row).tobytes() for row in rows)


def test_ten_thousand_odd_encounters_get_the_same_bits(encoder: Encoder) -> None:
    rows = _make_odd(10_000, seed=18)
    table = EncounterTable.of(rows)
    assert encoder.transform(table).tobytes() == _row_by_row(encoder, rows)
    some = np.random.default_rng(1).permutation(len(rows))[:700]
    assert encoder.transform(table.take(some)).tobytes() == _row_by_row(encoder, [rows[row] for row in some])


@settings(deadline=None, max_examples=50)
@given(rows=st.lists(encounters, max_size=6), cut=st.integers(0, 6))
def test_drawn_encounters_get_the_same_bits(encoder: Encoder, rows: list[dict[str, Any]], cut: int) -> None:
    table = EncounterTable.of(rows)
    assert encoder.transform(table).tobytes() == encoder.transform(rows).tobytes()
    assert encoder.transform(table[cut:]).tobytes() == encoder.transform(rows[cut:]).tobytes()


@pytest.mark.parametrize("dropped", [(), ("payer_code", "diag_3", "insulin", "race", "age"), DIAGNOSES])
def test_whatever_is_dropped_the_forms_agree(train_rows: LabelledEncounters, dropped: tuple[str, ...]) -> None:
    odd = _make_odd(500, seed=3)
    learned, _ = train_rows.encode(seed=1, dropped=dropped)
    assert learned.transform(EncounterTable.of(odd)).tobytes() == _row_by_row(learned, odd)


def test_a_table_learns_what_its_rows_would(train_rows: LabelledEncounters) -> None:
    rows, labels, patients = list(train_rows.encounters), train_rows.labels, train_rows.patients
    by_row, features = Encoder.fit_transform(rows, labels, patients.tolist(), seed=2)
    by_column, same = Encoder.fit_transform(train_rows.encounters, labels, patients, seed=2)
    assert by_row.to_json() == by_column.to_json()
    assert features.tobytes() == same.tobytes()


def test_every_counted_feature_is_written_under_its_name() -> None:
    """A feature that is declared and not written, or written in another's place, is found here."""
    counts = {
        "time_in_hospital": 2, "num_lab_procedures": 30, "num_procedures": 5, "num_medications": 14,
        "number_outpatient": 100, "number_emergency": 20, "number_inpatient": 3, "number_diagnoses": 9,
    }  # fmt: skip
    written: dict[int, float] = {}
    write_counts(written, counts, 7.0)
    names = list(COUNTED)
    assert {names[index]: value for index, value in written.items()} == {
        **counts, "prior_visits": 123, "acute_prior_visits": 23, "labs_per_day": 15.0, "medications_per_day": 7.0,
        "age_x_inpatient": 21.0, "inpatient_x_diagnoses": 27,
    }  # fmt: skip


def test_a_required_column_is_named_when_absent(encoder: Encoder) -> None:
    rows = list(make_encounters(6, seed=4).encounters)
    for name in ("number_inpatient", "age"):
        with pytest.raises(InvalidInputError, match=f"{name} is required"):
            encoder.transform(EncounterTable.of([{**row, name: None} for row in rows]))
        with pytest.raises(InvalidInputError, match=f"{name} is required"):
            encoder.transform(EncounterTable.of([{k: v for k, v in row.items() if k != name} for row in rows]))
    with pytest.raises(InvalidInputError, match="age is required"):
        encoder.transform(EncounterTable.of([*rows, {**rows[0], "age": "[5-6)"}]))


def test_values_of_encounters_left_behind_do_not_count(encoder: Encoder) -> None:
    rows = list(make_encounters(4, seed=4).encounters)
    table = EncounterTable.of([{**rows[0], "age": "[5-6)", "insulin": "Twice"}, *rows[1:]])
    assert encoder.transform(table[1:]).tobytes() == encoder.transform(rows[1:]).tobytes()


def test_diagnoses_of_icd_10_are_translated_in_a_table_too(encoder: Encoder) -> None:
    codes = ["I50.9", "E11.65", "U07.1", "i509", "N18", None, "?", "428", "250.13"]
    rows = [
        {**row, "diag_1": codes[index % 9], "diag_2": codes[index % 7]}
        | ({DIAGNOSIS_SYSTEM: ICD10CM} if index % 3 else {})
        for index, row in enumerate(make_encounters(200, seed=4).encounters)
    ]
    table = EncounterTable.of(rows)
    assert encoder.transform(table).tobytes() == _row_by_row(encoder, rows)
    assert [row.get(DIAGNOSIS_SYSTEM) for row in table] == [row.get(DIAGNOSIS_SYSTEM) for row in rows]
    assert [DIAGNOSIS_SYSTEM in row for row in table[:9]] == [DIAGNOSIS_SYSTEM in row for row in rows[:9]]
    assert encoder.transform([table[4]]).tobytes() == encoder.encode_one(rows[4]).tobytes()


def test_a_table_is_its_encounters() -> None:
    rows = [{**row, "encounter_id": 10**12 + index, TARGET: "NO"} for index, row in enumerate(_make_odd(1500, seed=5))]
    table = EncounterTable.of(rows)
    expected = [
        {name: row.get(name, BY_NAME[name].default) for name in COLUMN_NAMES if name in table.columns}
        | {"encounter_id": row["encounter_id"]}
        for row in rows
    ]
    assert list(table) == expected
    assert [table[index] for index in (0, 7, -1)] == [expected[0], expected[7], expected[-1]]
    assert list(table[5:9]) == expected[5:9]
    assert list(table.take(np.array([3, 1]))) == [expected[3], expected[1]]
    with pytest.raises(IndexError):
        table[len(rows)]
    assert len(EncounterTable.of([])) == 0


def test_parts_make_the_table_of_the_whole() -> None:
    whole = EncounterTable.of(_make_odd(3000, seed=6))
    builder = TableBuilder()
    for start in range(0, 3000, 700):
        part = whole[start : start + 700]
        builder.add(len(part), {name: (each.values, each.codes) for name, each in part.columns.items()}, {})
    assert list(builder.build()) == list(whole)


@pytest.mark.timeout(900)
def test_real_encounters_get_the_same_bits(real_dataset: Path, real_splits: Splits) -> None:
    learned, _ = real_splits["train"].encode(SEED, DROPPED)
    frame = read_real_frame(real_dataset).select(COLUMN_NAMES).drop(TARGET)
    for split in real_splits.values():
        ids = split.encounters.identifiers["encounter_id"]
        own = frame.filter(frame["encounter_id"].is_in(ids.tolist())).to_dicts()
        assert learned.transform(split.encounters).tobytes() == learned.transform(own).tobytes()
