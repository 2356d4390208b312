"""The features that open every row: counts, and what is worked out from them.

Each is declared once, with its clinical group, and written by the name it was declared under. The functions that write
them take one encounter and a row, or the columns of many and a transposed matrix: ``+``, ``/`` and
``row[FEATURE] = value`` mean the same for both, so a row and a table get the same bits.
"""

from collections.abc import Mapping
from typing import Any, Protocol

COUNTED: dict[str, str] = {}
"""Every feature declared below, in order, with its group."""


def _declare(feature: str, group: str) -> int:
    COUNTED[feature] = group
    return len(COUNTED) - 1


TIME_IN_HOSPITAL = _declare("time_in_hospital", "length_of_stay")
LAB_PROCEDURES = _declare("num_lab_procedures", "laboratory_work")
PROCEDURES = _declare("num_procedures", "procedures")
MEDICATIONS = _declare("num_medications", "medications")
OUTPATIENT = _declare("number_outpatient", "prior_use")
EMERGENCY = _declare("number_emergency", "prior_use")
INPATIENT = _declare("number_inpatient", "prior_use")
DIAGNOSES = _declare("number_diagnoses", "number_of_diagnoses")
PRIOR_VISITS = _declare("prior_visits", "prior_use")
ACUTE_PRIOR_VISITS = _declare("acute_prior_visits", "prior_use")
LABS_PER_DAY = _declare("labs_per_day", "laboratory_work")
MEDICATIONS_PER_DAY = _declare("medications_per_day", "medications")
AGE_X_INPATIENT = _declare("age_x_inpatient", "prior_use")
INPATIENT_X_DIAGNOSES = _declare("inpatient_x_diagnoses", "prior_use")
DRUGS_ON = _declare("drugs_on", "diabetes_drugs")
DRUGS_CHANGED = _declare("drugs_changed", "diabetes_drugs")
RATE_30D_MAX = _declare("rate_30d_diagnoses_max", "comorbidities")
RATE_30D_MEAN = _declare("rate_30d_diagnoses_mean", "comorbidities")
RATE_30D_MIN = _declare("rate_30d_diagnoses_min", "comorbidities")
RATE_ANY_MAX = _declare("rate_any_diagnoses_max", "comorbidities")
RATE_ANY_MEAN = _declare("rate_any_diagnoses_mean", "comorbidities")
RATE_ANY_MIN = _declare("rate_any_diagnoses_min", "comorbidities")


class Row(Protocol):
    """What features are written to: a number, or a column of them, by the feature's index."""

    def __setitem__(self, feature: int, value: Any, /) -> None:
        """Write a feature."""


def write_counts(row: Row, encounter: Mapping[str, Any], age: Any) -> None:
    """Write the counts of the stay and of the year before, and what is worked out from them.

    Args:
        row: features by index; of many encounters, a column by index.
        encounter: numbers by name; of many encounters, float64[N] by name.
        age: rank of the age band as a float, or float64[N].

    Raises:
        KeyError: a count is absent.
    """
    days = encounter["time_in_hospital"]
    labs = encounter["num_lab_procedures"]
    medications = encounter["num_medications"]
    outpatient = encounter["number_outpatient"]
    emergency = encounter["number_emergency"]
    inpatient = encounter["number_inpatient"]
    diagnoses = encounter["number_diagnoses"]
    row[TIME_IN_HOSPITAL] = days
    row[LAB_PROCEDURES] = labs
    row[PROCEDURES] = encounter["num_procedures"]
    row[MEDICATIONS] = medications
    row[OUTPATIENT] = outpatient
    row[EMERGENCY] = emergency
    row[INPATIENT] = inpatient
    row[DIAGNOSES] = diagnoses
    row[PRIOR_VISITS] = outpatient + emergency + inpatient
    row[ACUTE_PRIOR_VISITS] = emergency + inpatient
    row[LABS_PER_DAY] = labs / days
    row[MEDICATIONS_PER_DAY] = medications / days
    row[AGE_X_INPATIENT] = age * inpatient
    row[INPATIENT_X_DIAGNOSES] = inpatient * diagnoses
