"""Clean tables filled straight from a frame, so that training steps can be tested without the steps before them."""

import io
import zipfile
from pathlib import Path

import polars as pl
import psycopg

from readmission.contract.encounter import COLUMN_NAMES, TARGET
from readmission.contract.target import CLASSES
from readmission.dataset.parse_batch import parse_batch
from readmission.dataset.splits import assign_splits
from readmission.pipeline.transform_batch import mark_and_group
from readmission.storage.pipeline.clean_encounters import CLEAN_COLUMNS
from tests.made_up_model import make_encounters


def frame_of_made_up_encounters(rows: int, seed: int = 7) -> pl.DataFrame:
    """Typed columns of the contract, for made-up encounters."""
    made = make_encounters(rows, seed)
    labels = [CLASSES[label] for label in made.labels]
    rows_of_50 = [
        {"encounter_id": index + 1, "patient_nbr": patient, **encounter, TARGET: label}
        for index, (encounter, patient, label) in enumerate(zip(made.encounters, made.patients, labels, strict=True))
    ]
    return pl.DataFrame(rows_of_50, infer_schema_length=None).select(COLUMN_NAMES)


def read_real_frame(archive: Path) -> pl.DataFrame:
    """Typed, eligible encounters of the real data set with their split, in the order of ``encounter_id``."""
    with zipfile.ZipFile(archive) as opened:
        raw = pl.read_csv(io.BytesIO(opened.read("diabetic_data.csv")), infer_schema=False)
    typed, _ = parse_batch(raw.with_row_index("row_number"))
    return add_split(mark_and_group(typed).filter(pl.col("eligible"))).sort("encounter_id")


def add_split(frame: pl.DataFrame, salt: str = "readmission-v1") -> pl.DataFrame:
    """The frame with its split by patient."""
    splits = assign_splits(frame["patient_nbr"].to_list(), salt)
    return frame.with_columns(split=frame["patient_nbr"].replace_strict(splits, return_dtype=pl.String))


def fill_clean_tables(owner_url: str, frame: pl.DataFrame, kind: str, dropped: tuple[str, ...] = ("weight",)) -> None:
    """Store typed encounters as if the steps before training had run."""
    whole = add_split(mark_and_group(frame)).with_columns(batch_number=pl.lit(0))
    columns = (*CLEAN_COLUMNS, "split", "batch_number")
    names = ", ".join(f'"{name}"' for name in columns)
    with psycopg.connect(owner_url) as connection:
        connection.execute("ALTER TABLE raw.dataset DISABLE TRIGGER append_only")  # as its owner, and put back below
        connection.execute("TRUNCATE clean.encounters, clean.columns, raw.dataset")
        connection.execute("ALTER TABLE raw.dataset ENABLE TRIGGER append_only")
        connection.execute("INSERT INTO raw.dataset (sha256, kind) VALUES ('test', %s)", (kind,))
        with connection.cursor().copy(f"COPY clean.encounters ({names}) FROM STDIN (FORMAT csv, NULL '')") as copy:
            copy.write(whole.select(columns).write_csv(include_header=False))
        for name in COLUMN_NAMES:
            connection.execute(
                "INSERT INTO clean.columns (dataset_sha256, column_name, kept, reason, statistics)"
                " VALUES ('test', %s, %s, 'test', '{}')",
                (name, name not in dropped),
            )
