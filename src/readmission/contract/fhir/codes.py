"""Codes of FHIR, HL7, NUBC, LOINC, RxNorm and NUCC that say something of an encounter, and what the data set calls it.

A code that is not here is not guessed.
"""

from readmission.contract.encounter import DRUGS, ICD9CM, ICD10CM, DiagnosisSystem

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ICD_SYSTEMS: dict[str, DiagnosisSystem] = {
    "http://hl7.org/fhir/sid/icd-10-cm": ICD10CM,
    "http://hl7.org/fhir/sid/icd-9-cm": ICD9CM,
    "http://hl7.org/fhir/sid/icd-9-cm/diagnosis": ICD9CM,
    "urn:oid:2.16.840.1.113883.6.90": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.103": ICD9CM,
}
HBA1C_CODES = frozenset({"4548-4"})
GLUCOSE_CODES = frozenset({"2345-7", "2339-0"})
LABORATORY = "laboratory"

INPATIENT_CLASSES = frozenset({"IMP", "ACUTE", "NONAC", "SS"})
EMERGENCY_CLASSES = frozenset({"EMER"})
OUTPATIENT_CLASSES = frozenset({"AMB", "VR", "HH", "FLD", "OBSENC"})
DEAD_STATUSES = frozenset({"planned", "cancelled", "entered-in-error"})
"""Of an encounter that never was, or not yet."""

US_CORE_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
US_CORE_ETHNICITY = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"
HISPANIC = "2135-2"
RACES: dict[str, str] = {
    "2106-3": "Caucasian",
    "2054-5": "AfricanAmerican",
    "2028-9": "Asian",
    "2076-8": "Other",
    "1002-5": "Other",
    "2131-1": "Other",
}
GENDERS: dict[str, str] = {"female": "Female", "male": "Male"}

_NUBC = "https://www.nubc.org/CodeSystem"
_HL7 = "http://terminology.hl7.org/CodeSystem"

_STATUS = {
    "01": 1, "02": 2, "03": 3, "04": 4, "05": 5, "06": 6, "07": 7, "08": 8, "09": 9, "20": 11, "30": 12, "40": 19,
    "41": 20, "42": 21, "43": 27, "50": 13, "51": 14, "61": 15, "62": 22, "63": 23, "64": 24, "65": 28, "66": 29,
    "70": 30, "81": 1, "82": 2, "83": 3, "84": 4, "85": 5, "86": 6, "88": 27, "89": 15, "90": 22, "91": 23, "92": 24,
    "93": 28, "94": 29, "95": 30,
}  # fmt: skip
"""Patient discharge status of the uniform bill; 81 to 95 are the same places with a planned readmission."""
DISPOSITIONS: dict[str, dict[str, int]] = {
    f"{_HL7}/discharge-disposition": {
        "home": 1, "alt-home": 1, "other-hcf": 30, "hosp": 14, "long": 23, "aadvice": 7, "exp": 11, "psy": 28,
        "rehab": 22, "snf": 3,
    },
    f"{_NUBC}/PatDischargeStatus": _STATUS,
    "http://www.nubc.org/patient-discharge": _STATUS,
    f"{_HL7}/v2-0112": {code.lstrip("0"): value for code, value in _STATUS.items() if int(code) < 10} | _STATUS,
}  # fmt: skip
NOT_RECORDED_DISPOSITION = 18
EXPIRED = 11

ADMIT_SOURCES: dict[str, dict[str, int]] = {
    f"{_HL7}/admit-source": {
        "hosp-trans": 4, "emd": 7, "outp": 2, "born": 23, "gp": 1, "mp": 1, "nursing": 5, "psych": 6, "rehab": 6,
    },
    f"{_NUBC}/PointOfOrigin": {
        "1": 1, "2": 2, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9, "B": 18, "C": 19, "D": 22, "E": 25, "F": 26,
    },
}  # fmt: skip
NOT_RECORDED_SOURCE = 17
EMERGENCY_ROOM = 7

PRIORITIES: dict[str, dict[str, int]] = {
    f"{_HL7}/v3-ActPriority": {"EM": 1, "S": 1, "UR": 2, "A": 2, "R": 3, "EL": 3, "P": 3},
    f"{_NUBC}/PriorityTypeOfAdmitOrVisit": {"1": 1, "2": 2, "3": 3, "4": 4, "5": 7, "9": 5},
    f"{_HL7}/v2-0007": {"A": 7, "E": 1, "U": 2, "C": 3, "R": 3, "N": 4},
}
NOT_AVAILABLE_TYPE = 5

_SOPT = {"1": "MC", "2": "MD", "31": "CH", "5": "CP", "511": "HM", "512": "PO", "6": "BC", "81": "SP", "95": "WC"}
PAYERS: dict[str, dict[str, str]] = {
    "https://nahdo.org/sopt": _SOPT,
    "urn:oid:2.16.840.1.113883.3.221.5": _SOPT,
    f"{_HL7}/v3-ActCode": {
        "HMO": "HM", "PPO": "PO", "WCBPOL": "WC", "PUBLICPOL": "OG", "SUBSIDMC": "MD",
    },
    f"{_HL7}/coverage-selfpay": {"pay": "SP"},
}  # fmt: skip
PAYER_WORDS: dict[str, str] = {"medicare": "MC", "medicaid": "MD", "blue cross": "BC"}
"""What a payer calls itself, where its kind is not coded."""

SPECIALTIES: dict[str, str] = {
    "207R00000X": "InternalMedicine", "208M00000X": "Hospitalist", "207RC0000X": "Cardiology",
    "207Q00000X": "Family/GeneralPractice", "208D00000X": "Family/GeneralPractice", "208600000X": "Surgery-General",
    "207P00000X": "Emergency/Trauma", "207X00000X": "Orthopedics", "207RN0300X": "Nephrology",
    "207RG0100X": "Gastroenterology", "207RP1001X": "Pulmonology", "207RE0101X": "Endocrinology",
    "2084N0400X": "Neurology", "2084P0800X": "Psychiatry", "208800000X": "Urology",
    "207V00000X": "ObstetricsandGynecology",
}  # fmt: skip
"""NUCC's provider taxonomy."""
NUCC = "http://nucc.org/provider-taxonomy"

RXNORM_INGREDIENTS: dict[str, str] = {
    "6809": "metformin", "73044": "repaglinide", "274332": "nateglinide", "2404": "chlorpropamide",
    "25789": "glimepiride", "173": "acetohexamide", "4821": "glipizide", "4815": "glyburide", "10635": "tolbutamide",
    "33738": "pioglitazone", "84108": "rosiglitazone", "16681": "acarbose", "30009": "miglitol",
    "72610": "troglitazone", "10633": "tolazamide", "5856": "insulin", "253182": "insulin", "274783": "insulin",
    "86009": "insulin", "51428": "insulin", "139825": "insulin", "1670007": "insulin", "400008": "insulin",
}  # fmt: skip
"""Ingredients of RxNorm. Products have codes without end; they are read by their name."""
DRUG_WORDS: dict[str, str] = {
    **{name: name for name in DRUGS if "-" not in name and name not in ("examide", "citoglipton")},
    "glibenclamide": "glyburide",
    "humulin": "insulin", "novolin": "insulin", "lantus": "insulin", "humalog": "insulin", "novolog": "insulin",
    "levemir": "insulin", "tresiba": "insulin", "basaglar": "insulin", "toujeo": "insulin",
}  # fmt: skip
OTHER_DIABETES_DRUGS = (
    "semaglutide", "liraglutide", "dulaglutide", "exenatide", "lixisenatide", "tirzepatide", "empagliflozin",
    "dapagliflozin", "canagliflozin", "ertugliflozin", "sitagliptin", "linagliptin", "saxagliptin", "alogliptin",
    "pramlintide", "colesevelam", "bromocriptine",
)  # fmt: skip
"""Drugs of today without a column: those years knew none of them."""
