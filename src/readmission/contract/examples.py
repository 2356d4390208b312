"""Made-up encounters that satisfy the contract: used by tests, documentation, the page and the load test.

None of them is a row of the data set.
"""

from typing import Any

from readmission.contract.encounter import DRUGS

_NO_DRUGS = dict.fromkeys(DRUGS, "No")

HOME_AFTER_SHORT_STAY: dict[str, Any] = {
    "race": "Caucasian", "gender": "Female", "age": "[50-60)", "admission_type_id": 3, "discharge_disposition_id": 1,
    "admission_source_id": 1, "time_in_hospital": 2, "medical_specialty": "Surgery-General", "payer_code": "BC",
    "num_lab_procedures": 28, "num_procedures": 1, "num_medications": 9, "number_outpatient": 0, "number_emergency": 0,
    "number_inpatient": 0, "diag_1": "574", "diag_2": "250", "diag_3": "401", "number_diagnoses": 4,
    "max_glu_serum": "None", "A1Cresult": "Norm", **_NO_DRUGS, "metformin": "Steady", "change": "No",
    "diabetesMed": "Yes",
}  # fmt: skip

FREQUENT_VISITOR: dict[str, Any] = {
    "race": "AfricanAmerican", "gender": "Male", "age": "[70-80)", "admission_type_id": 1,
    "discharge_disposition_id": 3, "admission_source_id": 7, "time_in_hospital": 9,
    "medical_specialty": "InternalMedicine", "payer_code": "MC", "num_lab_procedures": 63, "num_procedures": 2,
    "num_medications": 24, "number_outpatient": 2, "number_emergency": 3, "number_inpatient": 5, "diag_1": "428",
    "diag_2": "403", "diag_3": "250.4", "number_diagnoses": 9, "max_glu_serum": "None", "A1Cresult": ">8",
    **_NO_DRUGS, "insulin": "Up", "change": "Ch", "diabetesMed": "Yes",
}  # fmt: skip

HOME_HEALTH_AFTER_HEART_FAILURE: dict[str, Any] = {
    **FREQUENT_VISITOR, "race": "Caucasian", "gender": "Female", "age": "[80-90)", "discharge_disposition_id": 6,
    "time_in_hospital": 5, "number_inpatient": 1, "number_emergency": 0, "diag_2": "427", "diag_3": "250",
    "A1Cresult": "None", "insulin": "Steady", "change": "No",
}  # fmt: skip

YOUNG_KETOACIDOSIS: dict[str, Any] = {
    **HOME_AFTER_SHORT_STAY, "age": "[20-30)", "gender": "Male", "race": None, "admission_type_id": 1,
    "admission_source_id": 7, "time_in_hospital": 3, "diag_1": "250.13", "diag_2": "276", "diag_3": "V15",
    "number_emergency": 2, "number_inpatient": 2, "max_glu_serum": ">300", "A1Cresult": ">8", "metformin": "No",
    "insulin": "Down", "change": "Ch", "payer_code": None, "medical_specialty": None,
}  # fmt: skip

REHABILITATION_AFTER_STROKE: dict[str, Any] = {
    **FREQUENT_VISITOR, "race": "Hispanic", "discharge_disposition_id": 22, "time_in_hospital": 7, "diag_1": "434",
    "diag_2": "401", "diag_3": "250", "number_inpatient": 0, "number_emergency": 0, "number_outpatient": 0,
    "A1Cresult": ">7", "insulin": "Steady", "glyburide": "Steady", "metformin": "Steady", "change": "Ch",
}  # fmt: skip

EXAMPLES: dict[str, dict[str, Any]] = {
    "home-after-short-stay": HOME_AFTER_SHORT_STAY,
    "frequent-visitor": FREQUENT_VISITOR,
    "home-health-after-heart-failure": HOME_HEALTH_AFTER_HEART_FAILURE,
    "young-ketoacidosis": YOUNG_KETOACIDOSIS,
    "rehabilitation-after-stroke": REHABILITATION_AFTER_STROKE,
}
