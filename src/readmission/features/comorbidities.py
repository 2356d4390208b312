"""Conditions a person recognises, read from any of the three diagnoses.

The list follows the comorbidities of Elixhauser et al. (1998, doi 10.1097/00005650-199801000-00004) and
Charlson's index as coded for ICD-9-CM by Quan et al. (2005, doi 10.1097/01.mlr.0000182534.19832.83), cut
to what three-digit categories can tell, plus acute events that often lead back to hospital.
"""

from collections.abc import Mapping

_CATEGORIES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "heart_failure": ((398, 398), (402, 402), (428, 428)),
    "arrhythmia": ((426, 427),),
    "coronary_disease": ((410, 414),),
    "valve_disease": ((394, 397), (424, 424)),
    "hypertension": ((401, 405),),
    "stroke": ((430, 438),),
    "vascular_disease": ((440, 448), (451, 453)),
    "lung_disease": ((490, 496), (500, 508)),
    "pneumonia": ((480, 487),),
    "respiratory_failure": ((518, 518),),
    "kidney_disease": ((403, 404), (584, 586)),
    "liver_disease": ((70, 70), (570, 573)),
    "cancer": ((140, 195), (200, 208)),
    "metastatic_cancer": ((196, 199),),
    "anaemia": ((280, 285),),
    "electrolyte_disorder": ((276, 276),),
    "sepsis_or_infection": ((38, 38), (995, 996), (998, 998), (599, 599)),
    "obesity": ((278, 278),),
    "mental_illness": ((290, 302), (306, 319)),
    "substance_use": ((303, 305),),
    "skin_ulcer": ((681, 682), (707, 707), (730, 730)),
}
COMORBIDITIES: tuple[str, ...] = tuple(_CATEGORIES)
"""Every condition, in feature order."""

_BY_CATEGORY: dict[int, tuple[str, ...]] = {
    category: tuple(
        name for name, ranges in _CATEGORIES.items() if any(low <= category <= high for low, high in ranges)
    )
    for category in range(1000)
}


def find_comorbidities(category: str | None) -> tuple[str, ...]:
    """Conditions an ICD-9-CM category stands for; none for a missing, E or V code.

    >>> find_comorbidities("428"), find_comorbidities("8")
    (('heart_failure',), ())
    """
    head = (category or "").partition(".")[0]
    return _BY_CATEGORY.get(int(head), ()) if head.isascii() and head.isdigit() else ()
