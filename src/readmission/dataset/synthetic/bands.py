"""Coarse bands that one column's distribution depends on: the profile is counted, and encounters drawn, by them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import AGE_BANDS

Texts = Sequence[str] | NDArray[np.str_]
Bands = NDArray[np.int64]


def age_third(ages: Texts) -> Bands:
    """0: under 50 years, 1: 50 to 69, 2: 70 and over."""
    thirds = dict(zip(AGE_BANDS, (0, 0, 0, 0, 0, 1, 1, 2, 2, 2), strict=True))
    return np.array([thirds[age] for age in ages], dtype=np.int64)


def chapter(codes: Texts) -> Bands:
    """Of an ICD-9-CM code: 0 diabetes, 1 circulatory, 2 respiratory, 3 any other or missing."""
    return np.array([_chapter(code) for code in codes], dtype=np.int64)


def _chapter(code: str) -> int:
    category = code.partition(".")[0]
    if not category.isdecimal():
        return 3
    number = int(category)
    if number == 250:
        return 0
    if 390 <= number <= 459 or number == 785:
        return 1
    return 2 if 460 <= number <= 519 or number == 786 else 3


def stay_band(days: Texts) -> Bands:
    """Length of stay: 0 up to 2 days, 1 up to 5, 2 longer."""
    return np.digitize(np.asarray(days, dtype=np.int64), (3, 6)).astype(np.int64)


def visit_band(visits: Texts) -> Bands:
    """Visits in a year: 0, 1, 2 and more."""
    return np.minimum(np.asarray(visits, dtype=np.int64), 2)


def stays_band(stays: Texts) -> Bands:
    """Encounters of the patient in the data set: 0 for one, 1 for two, 2 for more."""
    return np.minimum(np.asarray(stays, dtype=np.int64), 3) - 1


def glucose_band(results: Texts) -> Bands:
    """Haemoglobin A1c: 0 not measured, 1 normal, 2 raised."""
    return np.array([{"None": 0, "Norm": 1}.get(result, 2) for result in results], dtype=np.int64)


PARENTS: dict[str, tuple[str, Callable[[Texts], Bands]]] = {
    "admission_source_id": ("admission_type_id", lambda ids: np.asarray(ids, dtype=np.int64) - 1),
    "discharge_disposition_id": ("age", age_third),
    "payer_code": ("age", age_third),
    "diag_1": ("age", age_third),
    "number_diagnoses": ("age", age_third),
    "A1Cresult": ("age", age_third),
    "diag_2": ("diag_1", chapter),
    "medical_specialty": ("diag_1", chapter),
    "time_in_hospital": ("diag_1", chapter),
    "diag_3": ("diag_2", chapter),
    "num_lab_procedures": ("time_in_hospital", stay_band),
    "num_procedures": ("time_in_hospital", stay_band),
    "num_medications": ("time_in_hospital", stay_band),
    "number_inpatient": ("stays", stays_band),
    "number_emergency": ("number_inpatient", visit_band),
    "number_outpatient": ("number_inpatient", visit_band),
    "regimen": ("A1Cresult", glucose_band),
}
"""Column -> the column it depends on, and the bands of that column."""

PATIENT_COLUMNS = ("race", "gender", "age")
"""Drawn once a patient."""

DRAW_ORDER = (
    "weight", "admission_type_id", "admission_source_id", "discharge_disposition_id", "diag_1", "diag_2", "diag_3",
    "time_in_hospital", "payer_code", "medical_specialty", "num_lab_procedures", "num_procedures", "num_medications",
    "number_inpatient", "number_emergency", "number_outpatient", "number_diagnoses", "max_glu_serum", "A1Cresult",
    "regimen",
)  # fmt: skip
"""Drawn once an encounter; a column comes after the one it depends on. ``regimen`` is the state of all drugs."""
