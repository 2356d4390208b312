"""What the model is compared with, on the same test encounters."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC

from readmission.contract.encounter import DIAGNOSES
from readmission.features.comorbidities import find_comorbidities
from readmission.features.diagnosis_codes import read_category
from readmission.features.encoder import Encoder
from readmission.features.encounter_table import EncounterTable
from readmission.learning.candidate import Probabilities, TrainingRows
from readmission.learning.candidates import find_candidate
from readmission.learning.cross_validation import LabelledEncounters

_SVM_ROWS = 1000
_EMERGENCY = (1, 7)
_LACE_CONDITIONS = {
    "coronary_disease": 1, "stroke": 1, "vascular_disease": 1, "heart_failure": 2, "lung_disease": 2,
    "kidney_disease": 2, "cancer": 2, "liver_disease": 4, "metastatic_cancer": 6,
}  # fmt: skip


def predict_prevalence(train: LabelledEncounters, test: LabelledEncounters) -> Probabilities:
    """Everyone gets the share of each class in train."""
    shares = np.bincount(train.labels, minlength=3) / len(train.labels)
    return np.tile(shares, (len(test.labels), 1))


def score_lace(encounters: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """LACE (van Walraven et al. 2010, doi 10.1503/cmaj.091117), approximated from what these columns tell.

    Length of stay as published; acuity from the admission type; comorbidity from three diagnoses instead of
    the whole record, plus one for diabetes, and without dementia, connective tissue disease and AIDS; kidney disease as
    mild, since three digits cannot tell; emergency visits of a year instead of six months.
    """
    table = EncounterTable.of(encounters)
    length = table.column("time_in_hospital").map(_length_points)
    acute = table.column("admission_type_id").map(lambda code: 3 if code in _EMERGENCY else 0)
    has = np.zeros((len(table), len(_LACE_CONDITIONS)), dtype=bool)
    for field in DIAGNOSES:
        column = table.column(field)
        for index, name in enumerate(_LACE_CONDITIONS):
            has[:, index] |= column.map(partial(_has, name), bool)
    comorbidity = 1 + has @ np.array(list(_LACE_CONDITIONS.values()))
    emergency = table.column("number_emergency").map(lambda visits: min(4, visits))
    return np.asarray(length + acute + np.where(comorbidity < 4, comorbidity, 5) + emergency, dtype=np.float64)


def _has(condition: str, code: str | None) -> bool:
    return condition in find_comorbidities(read_category(code))


def _length_points(days: int) -> int:
    return days if days < 4 else 4 if days < 7 else 5 if days < 14 else 7


def fit_logistic(encoder: Encoder, rows: TrainingRows, test: LabelledEncounters, seed: int) -> Probabilities:
    """Logistic regression on the same features."""
    return find_candidate("logistic-regression").fit(rows, seed).predict(encoder.transform(test.encounters))


def fit_undersampled(
    encoder: Encoder, rows: TrainingRows, test: LabelledEncounters, seed: int
) -> tuple[Probabilities, Probabilities]:
    """LightGBM on one undersample with as many rows of every class: as it comes, and with the prior put back."""
    random = np.random.default_rng(seed)
    shares = np.bincount(rows.labels, minlength=3)
    chosen = np.sort(
        np.concatenate([random.choice(np.flatnonzero(rows.labels == k), shares.min(), replace=False) for k in range(3)])
    )
    sample = TrainingRows(rows.features[chosen], rows.labels[chosen], rows.patients[chosen])
    raw = find_candidate("lightgbm").fit(sample, seed).predict(encoder.transform(test.encounters))
    corrected = raw * shares
    return raw, np.asarray(corrected / corrected.sum(axis=1, keepdims=True))


def fit_svm(
    encoder: Encoder, rows: TrainingRows, test: LabelledEncounters, seed: int, positive: int
) -> NDArray[np.float64]:
    """The way of the project we follow: an SVM on 1,000 undersampled rows; its margin, which is no probability.

    Args:
        encoder: learned on train.
        rows: encoded train rows.
        test: what to score.
        seed: of the sample.
        positive: classes from this one on count as readmitted (2: within 30 days, 1: at all).
    """
    random = np.random.default_rng(seed)
    outcome = rows.labels >= positive
    each = min(_SVM_ROWS // 2, int(outcome.sum()), int((~outcome).sum()))
    chosen = np.concatenate(
        [random.choice(np.flatnonzero(outcome == side), each, replace=False) for side in (False, True)]
    )
    mean, scale = rows.features.mean(axis=0), rows.features.std(axis=0) + 1e-9
    model = SVC().fit((rows.features[chosen] - mean) / scale, outcome[chosen])
    return np.asarray(model.decision_function((encoder.transform(test.encounters) - mean) / scale))
