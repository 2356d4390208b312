"""What the hospital's numeric codes mean, in words a person can read.

Source: the code lists published with the data set (doi 10.24432/C5230J), reworded.
"""

ADMISSION_TYPES: dict[int, str] = {
    1: "Emergency",
    2: "Urgent",
    3: "Elective",
    4: "Newborn",
    5: "Not available",
    6: "Not recorded",
    7: "Trauma center",
    8: "Not mapped",
}

DISCHARGE_DISPOSITIONS: dict[int, str] = {
    1: "Discharged to home",
    2: "Transferred to another short-term hospital",
    3: "Transferred to a skilled nursing facility",
    4: "Transferred to an intermediate care facility",
    5: "Transferred to another type of inpatient care",
    6: "Discharged to home with home health service",
    7: "Left against medical advice",
    8: "Discharged to home with home IV provider",
    9: "Admitted as an inpatient to this hospital",
    10: "Neonate transferred to another hospital for aftercare",
    11: "Expired",
    12: "Still a patient, or expected back for outpatient services",
    13: "Hospice at home",
    14: "Hospice in a medical facility",
    15: "Transferred within this institution to a swing bed",
    16: "Referred to another institution for outpatient services",
    17: "Referred to this institution for outpatient services",
    18: "Not recorded",
    19: "Expired at home (Medicaid, hospice)",
    20: "Expired in a medical facility (Medicaid, hospice)",
    21: "Expired, place unknown (Medicaid, hospice)",
    22: "Transferred to a rehabilitation facility",
    23: "Transferred to a long-term care hospital",
    24: "Transferred to a Medicaid-only nursing facility",
    25: "Not mapped",
    26: "Unknown or invalid",
    27: "Transferred to a federal health care facility",
    28: "Transferred to a psychiatric hospital or unit",
    29: "Transferred to a critical access hospital",
    30: "Transferred to another type of health care institution",
}

ADMISSION_SOURCES: dict[int, str] = {
    1: "Physician referral",
    2: "Clinic referral",
    3: "HMO referral",
    4: "Transfer from a hospital",
    5: "Transfer from a skilled nursing facility",
    6: "Transfer from another health care facility",
    7: "Emergency room",
    8: "Court or law enforcement",
    9: "Not available",
    10: "Transfer from a critical access hospital",
    11: "Normal delivery",
    12: "Premature delivery",
    13: "Sick baby",
    14: "Extramural birth",
    15: "Not available (other)",
    17: "Not recorded",
    18: "Transfer from another home health agency",
    19: "Readmission to the same home health agency",
    20: "Not mapped",
    21: "Unknown or invalid",
    22: "Transfer within the hospital, separate claim",
    23: "Born inside this hospital",
    24: "Born outside this hospital",
    25: "Transfer from an ambulatory surgery center",
    26: "Transfer from hospice",
}

DEATH_DISPOSITIONS = frozenset({11, 19, 20, 21})
HOSPICE_DISPOSITIONS = frozenset({13, 14})
NOT_ELIGIBLE_DISPOSITIONS = DEATH_DISPOSITIONS | HOSPICE_DISPOSITIONS
"""Patients who died or left for hospice cannot be readmitted: out of training, refused when scoring."""
