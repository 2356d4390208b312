"""docs/reference/fhir-coverage.md: where each column comes from in FHIR R4, from the contract's declaration."""

from readmission.contract.fhir.sources import SOURCES, FhirSource


def _row(names: list[str], source: FhirSource) -> str:
    cells = (", ".join(f"`{name}`" for name in names), source.where, source.rule, source.otherwise, source.unknowable)
    return "| " + " | ".join(cells) + " |"


def render() -> str:
    """The page as Markdown."""
    rows: dict[FhirSource, list[str]] = {}
    for name, source in SOURCES.items():
        rows.setdefault(source, []).append(name)
    return "\n".join(
        [
            "# FHIR R4: where each column comes from",
            "",
            "`readmission.contract.fhir.encounter.read_encounter` reads one stay from a Bundle or from a CDS Hooks"
            " prefetch. Every column of the answer says `given`, `assumed` or `missing`; nothing is assumed silently."
            " Elements that are not named here are not read, so no profile of a site is refused for them; those that"
            " are read are checked, and a wrong one is named by its path"
            " ([decision 57](../decisions/0057-fhir-is-read-element-by-element.md)).",
            "",
            "Refused altogether: no Patient, birth date, inpatient Encounter with a start, or Condition"
            " (`missing-data`, 412); an outpatient visit, a death, a hospice (`not-eligible`); resources of two"
            " patients.",
            "",
            "| column | read from | how | if absent | what FHIR cannot tell |",
            "|---|---|---|---|---|",
            *(_row(names, source) for source, names in rows.items()),
        ]
    )
