"""After a run: every acknowledged prediction is in PostgreSQL, once, for its own encounter and with its own risk."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from readmission.storage.postgres.connection import connect

ROWS_AT_ONCE = 50_000
"""Answers looked up by one statement: a reader's statement may not take long."""


@dataclass(frozen=True, slots=True)
class Proof:
    """``acknowledged`` answers; how many of them are ``missing`` or stored as something else (``different``)."""

    acknowledged: int
    missing: int
    different: int
    given_twice: int

    @property
    def holds(self) -> bool:
        """True if nothing is lost, altered or double."""
        return self.acknowledged > 0 and not (self.missing or self.different or self.given_twice)


def read_acknowledged(folder: Path) -> Iterator[tuple[str, int, float]]:
    """All answers that the processes of a run wrote down."""
    for file in sorted(folder.glob("acknowledged-*.csv")):
        for line in file.read_text(encoding="ascii").splitlines():
            prediction_id, encounter_id, risk = line.split(",")
            yield prediction_id, int(encounter_id), float(risk)


def prove_stored(folder: Path, reader_url: str) -> Proof:
    """Compare what was acknowledged with what is stored, as the role that may only read.

    Args:
        folder: of the run.
        reader_url: libpq URL of the reader role, which may make no temporary table.
    """
    acknowledged = list(read_acknowledged(folder))
    missing = different = 0
    with connect(SecretStr(reader_url), "READMISSION_SERVING_DATABASE__READER_URL") as connection:
        for start in range(0, len(acknowledged), ROWS_AT_ONCE):
            columns = [list(column) for column in zip(*acknowledged[start : start + ROWS_AT_ONCE], strict=True)]
            row = connection.execute(
                """
                SELECT count(*) FILTER (WHERE stored.prediction_id IS NULL),
                       count(*) FILTER (WHERE stored.encounter_id IS DISTINCT FROM acknowledged.encounter_id
                                        AND stored.prediction_id IS NOT NULL
                                        OR abs(stored.risk_30d - acknowledged.risk) > 1e-9)
                FROM unnest(%s::uuid[], %s::bigint[], %s::float8[]) acknowledged (prediction_id, encounter_id, risk)
                LEFT JOIN serving.predictions stored USING (prediction_id)""",
                columns,
            ).fetchone()
            assert row is not None  # noqa: S101 - an aggregate always returns a row
            missing, different = missing + row[0], different + row[1]
    given_twice = len(acknowledged) - len({prediction_id for prediction_id, _, _ in acknowledged})
    return Proof(len(acknowledged), missing, different, given_twice)
