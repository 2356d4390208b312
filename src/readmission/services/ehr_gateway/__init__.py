"""The EHR gateway: CDS Hooks 2.0 and FHIR R4 in front of the inference service; a process of its own."""
