"""docs/reference/data-dictionary.md: every column, from the contract's table."""

from readmission.contract import codes
from readmission.contract.encounter import (
    COLUMNS,
    DIAGNOSES_IN_WORDS,
    DIAGNOSIS_SYSTEM,
    ICD10CM,
    SYSTEMS_IN_WORDS,
    Column,
)
from readmission.contract.target import CLASSES, T1, T2
from readmission.features.diagnosis_groups import GROUPS
from readmission.pipeline.profile_columns import LARGEST_P_VALUE, MOST_COMMON, MOST_MISSING

_KINDS = {
    "identifier": "identifier, never a feature",
    "category": "category",
    "coded": "code, see below",
    "count": "whole number",
    "open_code": "open code",
    "lab": "laboratory test",
    "drug": "medication",
    "target": "outcome",
}


def _row(column: Column) -> str:
    allowed = "a code of the list below" if column.kind == "coded" else column.allowed_in_words
    cells = (f"`{column.name}`", _KINDS[column.kind], column.meaning, column.unit or "", allowed)
    return "| " + " | ".join(cells) + " |"


def _code_list(column: Column) -> list[str]:
    refused = codes.NOT_ELIGIBLE_DISPOSITIONS if column.name == "discharge_disposition_id" else frozenset()
    rows = [
        f"| {code} | {label}{' (not eligible)' if code in refused else ''} |" for code, label in column.labels.items()
    ]
    return [f"### `{column.name}`", "", "| code | meaning |", "|---|---|", *rows, ""]


def render() -> str:
    """The page as Markdown."""
    lines = [
        "# Data dictionary",
        "",
        f"The {len(COLUMNS)} columns of an encounter. `raw.encounters` holds them as text, as served; "
        "`clean.encounters` holds them typed. `?`, empty and null mean missing. For the two laboratory tests `None` "
        "is a value: not measured.",
        "",
        "| column | kind | meaning | unit | allowed |",
        "|---|---|---|---|---|",
        *map(_row, COLUMNS),
        "",
        f"An encounter to be scored may also have `{DIAGNOSIS_SYSTEM}` ({SYSTEMS_IN_WORDS}; by default what"
        " `READMISSION_DIAGNOSIS_SYSTEM` says): what its diagnoses are coded in. The columns above show ICD-9-CM; with"
        f" `icd10cm` they take {DIAGNOSES_IN_WORDS[ICD10CM].partition(' (')[0]}"
        " ([how they are read](../explanation/icd-10.md)).",
        "",
        "## Added by the ETL",
        "",
        "| column | meaning |",
        "|---|---|",
        f"| `diag_1_group`, `diag_2_group`, `diag_3_group` | Group of the diagnosis: {', '.join(GROUPS)} |",
        "| `eligible` | False for deaths and hospice: kept in the tables, out of training, refused when scoring |",
        "| `exclusion` | `death` or `hospice` where not eligible |",
        "| `split`, `batch_number` | Where the encounter belongs; no patient is in two splits |",
        "",
        "A row that breaks the table above goes to `clean.quarantine`: batch, row number, encounter id, field, reason "
        "and the value as served, one row for each broken field.",
        "",
        "## Outcomes",
        "",
        f"Classes in the model's order: {', '.join(f'`{name}`' for name in CLASSES)}. `{T1}` is the probability of "
        f"`<30`; `{T2}` that of `>30` or `<30`.",
        "",
        "## Columns kept and dropped",
        "",
        "`readmission profile-columns` decides on the eligible train encounters and records column, choice, reason and "
        "numbers in `clean.columns`. A column is dropped, in this order, where",
        "",
        f"1. more than {MOST_MISSING:.0%} of its values are missing;",
        f"2. more than {MOST_COMMON:.2%} of the rows have the same value (near-constant);",
        f"3. chance does as well: the mutual information with the outcome does not stand out among permutations "
        f"(p > {LARGEST_P_VALUE}).",
        "",
        "## Codes",
        "",
    ]
    for column in COLUMNS:
        if column.kind == "coded":
            lines += _code_list(column)
    return "\n".join(lines)
