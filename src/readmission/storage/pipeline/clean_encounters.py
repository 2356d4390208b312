"""clean.*: typed encounters, the quarantine, the ledger and the profile of each batch, stored together."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from readmission.contract.encounter import BY_NAME, COLUMN_NAMES
from readmission.storage.pipeline.raw_encounters import RawBatch

_LOCK_KEY = 7_296_002
_DERIVED = ("diag_1_group", "diag_2_group", "diag_3_group", "eligible", "exclusion")
CLEAN_COLUMNS: tuple[str, ...] = (*COLUMN_NAMES, *_DERIVED)
"""Columns of a clean frame, in the order of the table."""
_KEY = sql.SQL("(dataset_sha256, split, batch_number) = (%s, %s, %s)")


@dataclass(frozen=True, slots=True)
class TransformedBatch:
    """A row of the ledger clean.batches."""

    raw_sha256: str
    rows_raw: int
    rows_clean: int
    rows_quarantined: int
    rows_not_eligible: int


def find_transformed_batch(connection: psycopg.Connection, batch: RawBatch) -> TransformedBatch | None:
    """What the ledger says of a batch, or None if it was not transformed yet."""
    row = connection.execute(
        sql.SQL(
            "SELECT raw_sha256, rows_raw, rows_clean, rows_quarantined, rows_not_eligible FROM clean.batches WHERE {}"
        ).format(_KEY),
        _key(batch),
    ).fetchone()
    return None if row is None else TransformedBatch(*row)


def lock_clean_tables(connection: psycopg.Connection) -> None:
    """Let one transaction at a time decide which encounters are new; held until its end."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))


def find_stored_elsewhere(connection: psycopg.Connection, batch: RawBatch, encounter_ids: pl.Series) -> list[int]:
    """Those of the encounter ids that another batch has stored already."""
    rows = connection.execute(
        "SELECT encounter_id FROM clean.encounters WHERE encounter_id = ANY(%s) AND (split, batch_number) <> (%s, %s)",
        (encounter_ids.to_list(), batch.split, batch.number),
    ).fetchall()
    return [int(row[0]) for row in rows]


def store_transformed_batch(
    connection: psycopg.Connection,
    batch: RawBatch,
    clean: pl.DataFrame,
    quarantine: pl.DataFrame,
    profile: dict[str, Any],
) -> TransformedBatch:
    """Store a transformed batch in place of what was stored of it; the caller's commit makes it visible.

    Args:
        connection: connection whose transaction holds :func:`lock_clean_tables`.
        batch: the raw batch.
        clean: columns :data:`CLEAN_COLUMNS`.
        quarantine: columns row_number, encounter_id, field, reason, value (text as served).
        profile: what monitoring.batch_profiles is to hold.
    """
    key = _key(batch)
    connection.execute("DELETE FROM clean.encounters WHERE (split, batch_number) = (%s, %s)", key[1:])
    # Duplicates refused on ingest have no raw row; their place in the quarantine is theirs for good.
    connection.execute(
        sql.SQL(
            "DELETE FROM clean.quarantine q WHERE {} AND EXISTS (SELECT FROM raw.encounters e WHERE"
            " (e.dataset_sha256, e.split, e.batch_number, e.row_number) ="
            " (q.dataset_sha256, q.split, q.batch_number, q.row_number))"
        ).format(_KEY),
        key,
    )
    connection.execute(sql.SQL("DELETE FROM clean.batches WHERE {}").format(_KEY), key)
    connection.execute(sql.SQL("DELETE FROM monitoring.batch_profiles WHERE {}").format(_KEY), key)
    place = {"split": pl.lit(batch.split), "batch_number": pl.lit(batch.number)}
    _copy_in(connection, "clean", "encounters", clean.select(CLEAN_COLUMNS).with_columns(**place))
    _copy_in(
        connection,
        "clean",
        "quarantine",
        quarantine.select("row_number", "encounter_id", "field", "reason", "value").with_columns(
            dataset_sha256=pl.lit(batch.dataset_sha256), **place
        ),
    )
    not_eligible = int((~clean["eligible"]).sum())
    ledger = TransformedBatch(batch.sha256, batch.rows, len(clean), batch.rows - len(clean), not_eligible)
    connection.execute(
        "INSERT INTO clean.batches (dataset_sha256, split, batch_number, raw_sha256, rows_raw, rows_clean,"
        " rows_quarantined, rows_not_eligible) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (*key, batch.sha256, batch.rows, len(clean), ledger.rows_quarantined, not_eligible),
    )
    connection.execute(
        "INSERT INTO monitoring.batch_profiles (dataset_sha256, split, batch_number, profile) VALUES (%s, %s, %s, %s)",
        (*key, Jsonb(profile)),
    )
    return ledger


class SplitRows:
    """The encounters of a split, typed, ordered by ``encounter_id``, read from PostgreSQL in parts.

    Read once; after the last part ``sha256`` names exactly these rows.

    Args:
        connection: open connection.
        split: train, validation or test.
        columns: of :data:`CLEAN_COLUMNS`.
        eligible_only: leave out deaths and hospice, as training must.
        part_bytes: size of a part's CSV, about.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        split: str,
        columns: Sequence[str] = COLUMN_NAMES,
        *,
        eligible_only: bool = True,
        part_bytes: int = 4 << 20,
    ) -> None:
        self._connection, self._columns, self._part_bytes = connection, columns, part_bytes
        where = sql.SQL(" AND eligible") if eligible_only else sql.SQL("")
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        self._statement = sql.SQL(
            "COPY (SELECT {} FROM clean.encounters WHERE split = {}{} ORDER BY encounter_id) TO STDOUT (FORMAT csv)"
        ).format(names, sql.Literal(split), where)
        self._digest = hashlib.sha256((",".join(columns) + "\n").encode())

    @property
    def sha256(self) -> str:
        """SHA-256 of the rows read so far as CSV with a header, in the order of ``encounter_id``."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Frames of Int64, String, and Boolean for ``eligible``; none if there are no rows."""
        with self._connection.cursor().copy(self._statement) as copy:
            part = io.BytesIO()
            for row in copy:  # the server sends row by row: a part never ends within one
                part.write(row)
                if part.tell() >= self._part_bytes:
                    yield self._read(part)
                    part = io.BytesIO()
            if part.tell():
                yield self._read(part)

    def _read(self, part: io.BytesIO) -> pl.DataFrame:
        content = part.getvalue()
        self._digest.update(content)
        types = {name: pl.String if name == "eligible" else _polars_type(name) for name in self._columns}
        frame = pl.read_csv(content, has_header=False, schema=types)
        return frame.with_columns(eligible=pl.col("eligible") == "t") if "eligible" in types else frame


def read_split(connection: psycopg.Connection, split: str, *, eligible_only: bool = True) -> pl.DataFrame:
    """The encounters of a split in one frame: columns :data:`CLEAN_COLUMNS`, as :class:`SplitRows` reads them."""
    empty = pl.DataFrame(schema={name: _polars_type(name) for name in CLEAN_COLUMNS})
    frame: pl.DataFrame = pl.concat([empty, *SplitRows(connection, split, CLEAN_COLUMNS, eligible_only=eligible_only)])
    return frame


def _polars_type(name: str) -> type[pl.DataType]:
    if name == "eligible":
        return pl.Boolean
    return pl.Int64 if name in BY_NAME and BY_NAME[name].is_integer else pl.String


def _copy_in(connection: psycopg.Connection, schema: str, table: str, frame: pl.DataFrame) -> None:
    statement = sql.SQL("COPY {}.{} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(schema), sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    )
    with connection.cursor().copy(statement) as copy:
        copy.write(frame.write_csv(include_header=False).encode())


def _key(batch: RawBatch) -> tuple[str, str, int]:
    return batch.dataset_sha256, batch.split, batch.number


def count_clean_rows(connection: psycopg.Connection) -> dict[str, int]:
    """What is stored, in numbers a reader of the report wants first."""
    row = connection.execute(
        "SELECT count(*), count(DISTINCT patient_nbr), count(*) FILTER (WHERE NOT eligible),"
        " count(*) FILTER (WHERE eligible AND split = 'train'), (SELECT count(DISTINCT (dataset_sha256, split,"
        " batch_number, row_number)) FROM clean.quarantine) FROM clean.encounters"
    ).fetchone()
    labels = ("encounters", "patients", "deaths and hospice", "eligible encounters of train", "rows in quarantine")
    return dict(zip(labels, map(int, row or ()), strict=True))
