"""Write the features of an encounter: counts, what is worked out from them, values of fields and doses of drugs.

The counted features open every row. Each is declared once, with its clinical group, and written by the name it was
declared under. The functions take one encounter and a row, or the columns of many and a transposed matrix: ``+``, ``/``
and ``row[FEATURE] = value`` mean the same for both, so a row and a table get the same bits. Values and doses are looked
up: a table writes them once for each combination.
"""

from collections.abc import Hashable, Iterable, Mapping, MutableSequence
from typing import Any, Protocol

NO_DRUG, SAME_DOSE = "No", "Steady"
DOSE_CHANGE = {"Down": 1.0, SAME_DOSE: 2.0, "Up": 3.0}  # NO_DRUG is 0

Cells = tuple[tuple[int, float], ...]
"""Features (position, value) that one value of one field sets."""

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


def write_fields(
    tables: Iterable[tuple[str, Mapping[Hashable, Cells], Cells]],
    encounter: Mapping[str, Any],
    row: MutableSequence[float],
) -> None:
    """Write what the value of each field sets; ``tables`` as in ``Layout.tables``."""
    get = encounter.get
    for field, table, unseen in tables:
        for position, value in table.get(get(field), unseen):
            row[position] = value


def write_drugs(drugs: Iterable[tuple[str, int]], encounter: Mapping[str, Any], row: MutableSequence[float]) -> None:
    """Write the dose of each drug, how many are given, and of how many the dose was changed."""
    get = encounter.get
    drugs_on = drugs_changed = 0
    for drug, position in drugs:
        dose = get(drug, NO_DRUG)
        if dose != NO_DRUG:
            row[position] = DOSE_CHANGE[dose]
            drugs_on += 1
            drugs_changed += dose != SAME_DOSE
    row[DRUGS_ON] = drugs_on
    row[DRUGS_CHANGED] = drugs_changed
