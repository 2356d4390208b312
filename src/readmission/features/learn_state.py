"""Learn the encoder's state from training rows: which values get a feature, and outcome rates."""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import DIAGNOSES, INPUT_COLUMNS, MISSING_MARKS
from readmission.features.diagnosis_codes import read_category
from readmission.features.encoder_state import MISSING, POOLED_DIAGNOSES, EncoderState
from readmission.features.target_encoding import OutcomeCounts, Rates, count_outcomes, overall_rates

ONE_HOT_FIELDS = ("race", "gender", "admission_type_id", "admission_source_id", "discharge_disposition_id")
RATE_FIELDS = ("medical_specialty", "payer_code", "discharge_disposition_id")
MIN_ONE_HOT_ROWS = 150
"""A rarer value gets no feature of its own: too few rows to learn from."""


def learn_states(
    encounters: Sequence[Mapping[str, Any]],
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    dropped: Collection[str],
) -> tuple[EncoderState, list[EncoderState]]:
    """Learn from all rows, and once more without each fold.

    Returns:
        The state learned on all rows; and for each fold the state whose rates come from the others.
    """
    n_folds = int(folds.max()) + 1 if len(folds) else 1
    counts: dict[str, OutcomeCounts] = {}
    for field in RATE_FIELDS:
        if field not in dropped:
            counts[field] = count_outcomes([read_value(row.get(field)) for row in encounters], labels, folds, n_folds)
    pooled: list[Hashable] = []
    pooled_rows: list[int] = []
    for field in DIAGNOSES:
        if field in dropped:
            continue
        categories = [read_category(row.get(field)) or MISSING for row in encounters]
        counts[field] = count_outcomes(categories, labels, folds, n_folds)
        present = [index for index, category in enumerate(categories) if category != MISSING]
        pooled += [categories[index] for index in present]
        pooled_rows += present
    counts[POOLED_DIAGNOSES] = count_outcomes(pooled, labels[pooled_rows], folds[pooled_rows], n_folds)
    one_hot = {field: _frequent_values(encounters, field) for field in ONE_HOT_FIELDS if field not in dropped}
    seen, ranges = _learn_seen(encounters, dropped)
    diagnosis_rows = counts[POOLED_DIAGNOSES].count_rows()

    def state(prior: Rates, without_fold: int | None) -> EncoderState:
        rates = {
            field: {str(value): pair for value, pair in table.rates(prior, without_fold).items()}
            for field, table in counts.items()
        }
        return EncoderState(tuple(sorted(dropped)), one_hot, prior, rates, seen, ranges, diagnosis_rows)

    without = [state(overall_rates(labels[folds != fold]), fold) for fold in range(n_folds)]
    return state(overall_rates(labels), None), without


def _learn_seen(
    encounters: Sequence[Mapping[str, Any]], dropped: Collection[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[int, int]]]:
    """Every value of each category, but for those that ``rates`` list, and the range of each count."""
    seen: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, tuple[int, int]] = {}
    for column in INPUT_COLUMNS:
        if column.kind == "count":
            values = [row[column.name] for row in encounters]
            ranges[column.name] = (min(values), max(values))
        elif column.name not in dropped and column.name not in (*RATE_FIELDS, *DIAGNOSES):
            missing = column.default or MISSING
            read = {value if (value := read_value(row.get(column.name))) != MISSING else missing for row in encounters}
            seen[column.name] = tuple(sorted(read))
    return seen, ranges


def read_value(value: Any) -> str:
    """A category as text, as the state writes it; missing marks become one."""
    return MISSING if value is None or value in MISSING_MARKS else str(value)


def _frequent_values(encounters: Sequence[Mapping[str, Any]], field: str) -> tuple[str, ...]:
    rows = Counter(read_value(row.get(field)) for row in encounters)
    return tuple(sorted(value for value, count in rows.items() if count >= MIN_ONE_HOT_ROWS))
