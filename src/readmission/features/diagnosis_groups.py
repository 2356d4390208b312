"""The nine groups of ICD-9-CM diagnoses used with this data set.

Source: Strack et al. (2014), table 2, doi 10.1155/2014/781670. Neoplasms are 140-239; what the table
lists besides the eight named groups is Other, as are the supplementary E and V codes.
"""

from collections.abc import Mapping

from readmission.features.diagnosis_codes import read_category

OTHER = "Other"
_DIABETES = 250
_RANGES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "Circulatory": ((390, 459), (785, 785)),
    "Respiratory": ((460, 519), (786, 786)),
    "Digestive": ((520, 579), (787, 787)),
    "Diabetes": ((_DIABETES, _DIABETES),),
    "Injury": ((800, 999),),
    "Musculoskeletal": ((710, 739),),
    "Genitourinary": ((580, 629), (788, 788)),
    "Neoplasms": ((140, 239),),
}
GROUPS: tuple[str, ...] = (*_RANGES, OTHER)
"""Every group, in the order of the source."""

_GROUP_OF_CATEGORY: Mapping[int, str] = {
    category: group for group, ranges in _RANGES.items() for low, high in ranges for category in range(low, high + 1)
}


def group_diagnosis(code: str | None) -> str | None:
    """Group of an ICD-9-CM code such as ``428``, ``250.83`` or ``V15``.

    Returns:
        One of :data:`GROUPS`; :data:`OTHER` if the code is of no named group or unreadable;
        None if the diagnosis is missing.

    >>> group_diagnosis("428.0"), group_diagnosis("250.83"), group_diagnosis(None)
    ('Circulatory', 'Diabetes', None)
    """
    if code is None:
        return None
    category = (read_category(code) or "").partition(".")[0]
    if not (category.isascii() and category.isdigit()):
        return OTHER
    return _GROUP_OF_CATEGORY.get(int(category), OTHER)
