"""Derive the profile of the synthetic encounters from the real data set.

    python scripts/derive_synthetic_profile.py diabetic_data.csv

Writes src/readmission/dataset/synthetic/profile.json: counts of values over all encounters, alone or by one
other column's band, every count under 11 left out; and the weights of the risk function, fitted by
multinomial logistic regression. No row, and no identifier, gets into it.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from readmission.contract.encounter import DRUGS
from readmission.contract.target import CLASSES
from readmission.dataset.synthetic.bands import DRAW_ORDER, PARENTS, PATIENT_COLUMNS
from readmission.dataset.synthetic.risk import compute_terms

SMALLEST_COUNT = 11
STRENGTH = 1.2
"""Makes up for the signal the risk function leaves out: models then separate about as well as on the real data."""
TARGET_FILE = Path("src/readmission/dataset/synthetic/profile.json")


def count_table(values: list[str], bands: list[int]) -> dict[str, Any]:
    """Counts of each value in each band, the small ones left out."""
    counts = Counter(zip(bands, values, strict=True))
    rows = range(max(bands) + 1)
    kept = sorted({value for (_, value), count in counts.items() if count >= SMALLEST_COUNT})
    table = [[count if (count := counts[band, value]) >= SMALLEST_COUNT else 0 for value in kept] for band in rows]
    return {"values": kept, "counts": table}


def add_derived(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns ``stays`` and ``regimen``."""
    on = [pl.when(pl.col(drug) != "No").then(pl.lit(f"{drug}=") + pl.col(drug)) for drug in DRUGS]
    return frame.with_columns(
        pl.len().over("patient_nbr").cast(pl.String).alias("stays"),
        pl.concat_str(["change", *on], separator=" ", ignore_nulls=True).alias("regimen"),
    )


def derive_tables(frame: pl.DataFrame) -> dict[str, Any]:
    """One table for each column that is drawn."""
    patients = frame.unique("patient_nbr", keep="first", maintain_order=True)
    tables = {
        name: count_table(patients[name].to_list(), [0] * patients.height) for name in ("stays", *PATIENT_COLUMNS)
    }
    for name in DRAW_ORDER:
        bands = [0] * frame.height
        if name in PARENTS:
            parent, band = PARENTS[name]
            bands = band(frame[parent].to_list()).tolist()
        tables[name] = count_table(frame[name].to_list(), bands)
    return tables


def fit_risk(frame: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Weights of the risk function, relative to NO."""
    alive = frame.filter(~pl.col("discharge_disposition_id").is_in(["11", "19", "20", "21"]))
    names, terms = compute_terms({name: alive[name].to_numpy().astype(str) for name in alive.columns})
    labels = np.array([CLASSES.index(value) for value in alive["readmitted"]])
    model = LogisticRegression(C=1.0, max_iter=2000, fit_intercept=False).fit(terms, labels)
    weights = (model.coef_ - model.coef_[0]) * STRENGTH
    shares = np.bincount(labels) / len(labels)
    for _ in range(50):  # a stronger signal moves the prevalence: bring it back by the constant term
        odds = np.exp(terms @ weights.T)
        shift = np.log(shares / (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0))
        weights[:, names.index("one")] += shift - shift[0]
    return {
        name: (round(float(later), 4), round(float(soon), 4))
        for name, later, soon in zip(names, *weights[1:], strict=True)
    }


if __name__ == "__main__":
    real = add_derived(pl.read_csv(sys.argv[1], infer_schema=False))
    tables = json.dumps(derive_tables(real), separators=(",", ":")).replace('},"', '},\n"')
    risk = json.dumps(fit_risk(real), indent=0)
    TARGET_FILE.write_text(f'{{"tables":{tables},\n"risk":{risk}}}\n', encoding="utf-8")
