"""Learn the encoder's state from training rows: which values get a feature, and outcome rates."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import DIAGNOSES, INPUT_COLUMNS, MISSING_MARKS
from readmission.features.diagnosis_codes import read_category
from readmission.features.encoder_state import MISSING, POOLED_DIAGNOSES, EncoderState
from readmission.features.encounter_table import EncounterTable
from readmission.features.target_encoding import OutcomeCounts, Rates, count_outcomes, overall_rates

ONE_HOT_FIELDS = ("race", "gender", "admission_type_id", "admission_source_id", "discharge_disposition_id")
RATE_FIELDS = ("medical_specialty", "payer_code", "discharge_disposition_id")
MIN_ONE_HOT_ROWS = 150
"""A rarer value gets no feature of its own: too few rows to learn from."""


def learn_states(
    table: EncounterTable, labels: NDArray[np.int64], folds: NDArray[np.int64], dropped: Collection[str]
) -> tuple[EncoderState, list[EncoderState]]:
    """Learn from all rows, and once more without each fold.

    Returns:
        The state learned on all rows; and for each fold the state whose rates come from the others.
    """
    n_folds = int(folds.max()) + 1 if len(folds) else 1
    counts: dict[str, OutcomeCounts] = {}
    for field in RATE_FIELDS:
        if field not in dropped:
            counts[field] = count_outcomes(*_read_column(table, field, read_value), labels, folds, n_folds)
    pooled: dict[str, int] = {}
    pooled_codes, pooled_rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for field in DIAGNOSES:
        if field in dropped:
            continue
        categories, codes = _read_column(table, field, lambda code: read_category(code) or MISSING)
        counts[field] = count_outcomes(categories, codes, labels, folds, n_folds)
        renumbered = np.array([pooled.setdefault(category, len(pooled)) for category in categories], dtype=np.int64)
        present = np.flatnonzero(np.array([category != MISSING for category in categories], dtype=bool)[codes])
        pooled_codes.append(renumbered[codes[present]])
        pooled_rows.append(present)
    every_code, every_row = np.concatenate(pooled_codes), np.concatenate(pooled_rows)
    pooled_values, every_code = _in_order(list(pooled), every_code)
    counts[POOLED_DIAGNOSES] = count_outcomes(pooled_values, every_code, labels[every_row], folds[every_row], n_folds)
    one_hot = {field: _frequent_values(table, field) for field in ONE_HOT_FIELDS if field not in dropped}
    seen, ranges = _learn_seen(table, dropped)
    diagnosis_rows = counts[POOLED_DIAGNOSES].count_rows()

    def state(prior: Rates, without_fold: int | None) -> EncoderState:
        rates = {
            field: {str(value): pair for value, pair in outcomes.rates(prior, without_fold).items()}
            for field, outcomes in counts.items()
        }
        return EncoderState(tuple(sorted(dropped)), one_hot, prior, rates, seen, ranges, diagnosis_rows)

    without = [state(overall_rates(labels[folds != fold]), fold) for fold in range(n_folds)]
    return state(overall_rates(labels), None), without


def _read_column(table: EncounterTable, field: str, read: Callable[[Any], str]) -> tuple[list[str], NDArray[np.int64]]:
    """What is made of a column's values: the distinct ones in order, and the index of each row's."""
    column = table.column(field)
    index: dict[str, int] = {}
    renumbered = np.zeros(len(column.values), dtype=np.int64)
    for code in column.present():
        renumbered[code] = index.setdefault(read(column.values[code]), len(index))
    return _in_order(list(index), renumbered[column.codes])


def _in_order(values: list[str], codes: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    """Values that have rows, sorted, so that they are the same whatever the order of the rows."""
    present = np.flatnonzero(np.bincount(codes, minlength=len(values))).tolist()
    order = sorted(present, key=lambda code: values[code])
    places = np.zeros(len(values), dtype=np.int64)
    places[order] = np.arange(len(order))
    return [values[code] for code in order], places[codes]


def _learn_seen(
    table: EncounterTable, dropped: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[int, int]]]:
    """Every value of each category, but for those that ``rates`` list, and the range of each count."""
    seen: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, tuple[int, int]] = {}
    for column in INPUT_COLUMNS:
        found = table.column(column.name).count()
        if column.kind == "count":
            ranges[column.name] = (min(found), max(found))
        elif column.name not in dropped and column.name not in (*RATE_FIELDS, *DIAGNOSES):
            missing = column.default or MISSING
            read = {value if (value := read_value(each)) != MISSING else missing for each in found}
            seen[column.name] = tuple(sorted(read))
    return seen, ranges


def read_value(value: Any) -> str:
    """A category as text, as the state writes it; missing marks become one."""
    return MISSING if value is None or value in MISSING_MARKS else str(value)


def _frequent_values(table: EncounterTable, field: str) -> tuple[str, ...]:
    rows: Counter[str] = Counter()
    for value, count in table.column(field).count().items():
        rows[read_value(value)] += count
    return tuple(sorted(value for value, count in rows.items() if count >= MIN_ONE_HOT_ROWS))
