"""The nine Strack groups."""

import pytest

from readmission.features.diagnosis_groups import GROUPS, group_diagnosis


@pytest.mark.parametrize(
    ("code", "group"),
    [
        (None, None),
        ("390", "Circulatory"),
        ("459.9", "Circulatory"),
        ("785", "Circulatory"),
        ("460", "Respiratory"),
        ("786", "Respiratory"),
        ("519", "Respiratory"),
        ("574", "Digestive"),
        ("787", "Digestive"),
        ("250", "Diabetes"),
        ("250.83", "Diabetes"),
        ("251", "Other"),
        ("249", "Other"),
        ("800", "Injury"),
        ("999", "Injury"),
        ("715", "Musculoskeletal"),
        ("599", "Genitourinary"),
        ("788", "Genitourinary"),
        ("140", "Neoplasms"),
        ("239", "Neoplasms"),
        ("240", "Other"),
        ("8", "Other"),
        ("V15", "Other"),
        ("E878", "Other"),
        ("not a code", "Other"),
        ("²", "Other"),
        ("", "Other"),
    ],
)
def test_group_of_a_code(code: str | None, group: str | None) -> None:
    assert group_diagnosis(code) == group


def test_there_are_nine_groups() -> None:
    assert len(set(GROUPS)) == 9
