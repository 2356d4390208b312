"""The 31 source attributes of a predictive decision support intervention: 45 CFR 170.315(b)(11)(iv)(B), rule HTI-1.

Names follow the regulation (89 FR 1192, in the public domain).
"""

VARIABLES = (
    "race",
    "ethnicity",
    "language",
    "sexual orientation",
    "gender identity",
    "sex",
    "date of birth",
    "social determinants of health data",
    "health status assessments data",
)
"""The variables of paragraph (b)(11)(iv)(A)(5)-(13)."""

SOURCE_ATTRIBUTES: dict[str, str] = {
    "(1)(i)": "Name and contact information for the intervention developer",
    "(1)(ii)": "Funding source of the technical implementation for the intervention's development",
    "(1)(iii)": "Description of value that the intervention produces as an output",
    "(1)(iv)": "Whether the output is a prediction, classification, recommendation, evaluation, analysis, or other"
    " type",
    "(2)(i)": "Intended use of the intervention",
    "(2)(ii)": "Intended patient population(s) for the intervention's use",
    "(2)(iii)": "Intended user(s)",
    "(2)(iv)": "Intended decision-making role (informs, augments, replaces clinical management)",
    "(3)(i)": "Tasks, situations, or populations where a user is cautioned against applying the intervention",
    "(3)(ii)": "Known risks, inappropriate settings, inappropriate uses, or known limitations",
    "(4)(i)": "Exclusion and inclusion criteria that influenced the training data set",
    "(4)(ii)": "Use of variables in paragraph (b)(11)(iv)(A)(5)-(13) as input features",
    "(4)(iii)": "Demographic representativeness according to those variables",
    "(4)(iv)": "Relevance of training data to intended deployed setting",
    "(5)(i)": "Approach taken to ensure that the intervention's output is fair",
    "(5)(ii)": "Approaches to manage, reduce, or eliminate bias",
    "(6)(i)": "External validation: data source, clinical setting, or environment",
    "(6)(ii)": "External validation: party that conducted the external testing",
    "(6)(iii)": "External validation: demographic representativeness of external data",
    "(6)(iv)": "External validation: description of the process",
    "(7)(i)": "Validity in test data derived from the same source as the initial training data",
    "(7)(ii)": "Fairness in test data derived from the same source as the initial training data",
    "(7)(iii)": "Validity in data external to or from a different source than the initial training data",
    "(7)(iv)": "Fairness in data external to or from a different source than the initial training data",
    "(7)(v)": "References to evaluation of use of the intervention on outcomes",
    "(8)(i)": "Process and frequency by which the intervention's validity is monitored over time",
    "(8)(ii)": "Validity of intervention in local data",
    "(8)(iii)": "Process and frequency by which the intervention's fairness is monitored over time",
    "(8)(iv)": "Fairness of intervention in local data",
    "(9)(i)": "Process and frequency by which the intervention is updated",
    "(9)(ii)": "Frequency by which performance is corrected when risks to validity and fairness are identified",
}
"""Paragraph to name, in the order of the regulation."""
