"""Encounters the contract allows, drawn by hypothesis; none is a row of the data set."""

from typing import Any

from hypothesis import strategies as st

from readmission.contract.encounter import INPUT_COLUMNS, Column

_OPEN_CODES = {
    "diag": st.one_of(
        st.sampled_from(["250", "250.10", "250.1", "428", "V27", "e888", " 401 ", "008", "8", "999", "XYZ", "250.x"]),
        st.text(max_size=8),
    ),
    "other": st.one_of(st.sampled_from(["MC", "BC", "InternalMedicine", "Cardiology"]), st.text(max_size=8)),
}


def _values(column: Column) -> st.SearchStrategy[Any]:
    if column.kind == "count":
        return st.integers(column.minimum, column.maximum)
    if column.kind == "coded":
        return st.sampled_from(sorted(column.labels))
    if column.kind == "open_code":
        values = _OPEN_CODES["diag" if column.name.startswith("diag") else "other"]
    else:
        values = st.sampled_from(column.allowed)
    return st.one_of(values, st.sampled_from([None, "?", ""])) if column.missing_allowed else values


encounters = st.fixed_dictionaries({column.name: _values(column) for column in INPUT_COLUMNS})
