"""Clinical names for groups of features: what a clinician reads when a risk is explained."""

from readmission.contract.encounter import DIAGNOSES, INPUT_COLUMNS

GROUP_TITLES: dict[str, str] = {
    "prior_use": "Stays and visits in the year before",
    "length_of_stay": "Length of stay",
    "laboratory_work": "Laboratory tests during the stay",
    "procedures": "Procedures during the stay",
    "medications": "Medications during the stay",
    "number_of_diagnoses": "Number of diagnoses",
    "primary_diagnosis": "Primary diagnosis",
    "secondary_diagnoses": "Secondary diagnoses",
    "comorbidities": "Conditions among the diagnoses",
    "age": "Age",
    "race": "Race",
    "gender": "Gender",
    "admission": "How and from where admitted",
    "discharge": "Where discharged to",
    "payer": "Payer",
    "specialty": "Specialty of the admitting physician",
    "glucose": "Serum glucose",
    "a1c": "Haemoglobin A1c",
    "insulin": "Insulin",
    "diabetes_drugs": "Other diabetes drugs and changes to them",
}

GROUP_OF_COLUMN: dict[str, str] = {
    "time_in_hospital": "length_of_stay",
    "num_lab_procedures": "laboratory_work",
    "num_procedures": "procedures",
    "num_medications": "medications",
    "number_outpatient": "prior_use",
    "number_emergency": "prior_use",
    "number_inpatient": "prior_use",
    "number_diagnoses": "number_of_diagnoses",
    "age": "age",
    "race": "race",
    "gender": "gender",
    "admission_type_id": "admission",
    "admission_source_id": "admission",
    "discharge_disposition_id": "discharge",
    "payer_code": "payer",
    "medical_specialty": "specialty",
    "max_glu_serum": "glucose",
    "A1Cresult": "a1c",
    "insulin": "insulin",
    "diag_1": "primary_diagnosis",
    "diag_2": "secondary_diagnoses",
    "diag_3": "secondary_diagnoses",
}
"""Column to group; drugs, ``change`` and ``diabetesMed`` not named here are ``diabetes_drugs``."""


def group_of_column(column: str) -> str:
    """Group of the features that come from one column alone."""
    return GROUP_OF_COLUMN.get(column, "diabetes_drugs")


def columns_of_group(group: str) -> tuple[str, ...]:
    """The columns a group's features are made of, in the contract's order."""
    if group == "comorbidities":
        return DIAGNOSES
    return tuple(column.name for column in INPUT_COLUMNS if group_of_column(column.name) == group)
