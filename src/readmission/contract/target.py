"""Which outcomes count as readmitted: three classes, two risks.

Class order is part of the model's contract: column 0 is NO, 1 is >30, 2 is <30.
"""

CLASSES: tuple[str, str, str] = ("NO", ">30", "<30")
CLASS_INDEX: dict[str, int] = {label: index for index, label in enumerate(CLASSES)}

T1 = "risk_30d"
"""Readmitted within 30 days: class <30 against the rest."""
T2 = "risk_any"
"""Readmitted at all: classes >30 and <30 against NO."""
