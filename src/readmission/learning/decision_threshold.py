"""The threshold on ``risk_30d``: where the expected cost of acting equals that of not acting.

Flagging a patient who would not have come back wastes one follow-up; not flagging one who comes back
costs a readmission that follow-up might have spared. If a missed patient costs as much as ``k`` needless
follow-ups, the cost is lowest when everyone with a risk of at least 1 / (1 + k) is flagged (Elkan 2001,
"The foundations of cost-sensitive learning"; the same odds as in decision curve analysis, Vickers and
Elkin 2006). It needs calibrated risks, which ours are, and no search over data.
"""

MISSED_PATIENT_COST = 5.0
"""A missed readmission costs as much as five needless follow-ups: a choice, stated, to be made again by
whoever uses the model. With it about one patient in six is flagged (docs/explanation/threshold.md)."""


def choose_threshold(missed_patient_cost: float = MISSED_PATIENT_COST) -> float:
    """Threshold on ``risk_30d`` for a cost ratio.

    >>> choose_threshold(missed_patient_cost=4)
    0.2
    """
    return round(1.0 / (1.0 + missed_patient_cost), 6)
