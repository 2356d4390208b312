"""FHIR R4 in our terms: a patient's resources become an encounter, and a prediction a RiskAssessment."""
