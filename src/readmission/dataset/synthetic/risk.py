"""The outcome of a synthetic encounter: a multinomial logistic function of what is known at discharge.

``logit(>30 against NO)`` and ``logit(<30 against NO)`` are sums of the terms below, times weights
fitted once on the real data (profile.json, ``risk``). Nobody is readmitted after death.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from readmission.contract.encounter import AGE_BANDS
from readmission.dataset.synthetic.bands import chapter

Columns = Mapping[str, NDArray[np.str_]]

_DIED = ("11", "19", "20", "21")
_VISITS = ("number_inpatient", "number_emergency", "number_outpatient")
_PLAIN = ("time_in_hospital", "num_medications", "num_procedures", "number_diagnoses")
_FLAGS = {
    "discharge_disposition_id": ("2", "3", "5", "6", "7", "13", "14", "15", "18", "22", "23", "28"),
    "admission_source_id": ("7", "17"),
    "diabetesMed": ("Yes",),
    "insulin": ("Down", "Steady", "Up"),
    "metformin": ("Steady",),
    "max_glu_serum": ("None",),
    "A1Cresult": ("None",),
    "medical_specialty": ("?", "Cardiology", "InternalMedicine"),
}


def compute_terms(columns: Columns) -> tuple[list[str], NDArray[np.float64]]:
    """Terms of the risk function: their names, and one row an encounter."""
    age = np.array([AGE_BANDS.index(band) for band in columns["age"]], dtype=np.float64)
    first, second = chapter(columns["diag_1"]), chapter(columns["diag_2"])
    terms = {
        "one": np.ones(len(age)),
        "age / 10": age / 10,
        "age in 20 to 39": np.isin(age, (2, 3)),
        **{f"log(1 + {name})": np.log1p(columns[name].astype(np.float64)) for name in _VISITS},
        **{f"{name} / 10": columns[name].astype(np.float64) / 10 for name in _PLAIN},
        **{f"diag_1 chapter {number}": first == number for number in range(3)},
        **{f"diag_2 chapter {number}": second == number for number in range(3)},
        **{f"{name} = {value}": columns[name] == value for name, values in _FLAGS.items() for value in values},
    }
    return list(terms), np.column_stack([np.asarray(term, dtype=np.float64) for term in terms.values()])


def compute_probabilities(columns: Columns, weights: Mapping[str, tuple[float, float]]) -> NDArray[np.float64]:
    """Probabilities of NO, >30, <30: one row an encounter, each row sums to one."""
    names, terms = compute_terms(columns)
    logits = terms @ np.array([weights[name] for name in names])
    odds = np.exp(np.column_stack([np.zeros(len(logits)), logits]))
    odds[np.isin(columns["discharge_disposition_id"], _DIED), 1:] = 0.0
    probabilities: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return probabilities
