"""Write the features that values of fields and doses of drugs stand for.

The row form writes all of them for an encounter; the table form writes some of them for a combination of values.
"""

from collections.abc import Hashable, Iterable, Mapping, MutableSequence
from typing import Any

from readmission.features.counted_features import DRUGS_CHANGED, DRUGS_ON
from readmission.features.encoder_layout import DOSE_CHANGE, NO_DRUG, SAME_DOSE, Cells


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
