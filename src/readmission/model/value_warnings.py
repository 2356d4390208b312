"""What a model does not know about encounters: values it never saw, and codes that may stand for several."""

from collections.abc import Mapping, Sequence
from typing import Any

from readmission.contract.encounter import BY_NAME, DIAGNOSES, DIAGNOSIS_SYSTEM, ICD10CM
from readmission.contract.unseen_warnings import make_warnings, warn_of_range, warn_of_unmapped
from readmission.features.diagnosis_translation import UNMAPPED
from readmission.model.session import StoredModel

Encounter = Mapping[str, Any]


def warn_of_values(
    model: StoredModel, encounters: Sequence[Encounter], risks_30d: Sequence[float]
) -> list[list[dict[str, Any]]]:
    """The warnings of each encounter, in the order of the columns.

    Args:
        model: the version that answered.
        encounters: in either coding system.
        risks_30d: what it answered.
    """
    warnings = [_warn_of_unseen(model, encounter) for encounter in encounters]
    readings = [
        (index, name, rows)
        for index, encounter in enumerate(encounters)
        if encounter.get(DIAGNOSIS_SYSTEM) == ICD10CM
        for name, rows in model.encoder.translation.list_readings(encounter).items()
    ]
    if not readings:
        return warnings
    scored = iter(model.predict_risks([row for _, _, rows in readings for row in rows])[0])
    threshold = model.manifest.threshold
    for index, name, rows in readings:
        # What was answered is one of them, if perhaps by its last bit: it was scored among other rows.
        found = [risks_30d[index], *(next(scored) for _ in rows)]
        low, high = min(found), max(found)
        warnings[index].append(warn_of_range(name, low, high, decision_depends=low < threshold <= high))
    order = {name: index for index, name in enumerate(BY_NAME)}
    return [sorted(each, key=lambda warning: order[warning["field"]]) for each in warnings]


def _warn_of_unseen(model: StoredModel, encounter: Encounter) -> list[dict[str, Any]]:
    warnings = make_warnings(model.encoder.unseen_values.find(encounter))
    if encounter.get(DIAGNOSIS_SYSTEM) != ICD10CM:
        return warnings
    translated = model.encoder.translation.translate(encounter)
    unmapped = {name for name in DIAGNOSES if translated[name] == UNMAPPED}
    return [warn_of_unmapped(each["field"]) if each["field"] in unmapped else each for each in warnings]
