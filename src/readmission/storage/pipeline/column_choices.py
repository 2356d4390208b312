"""clean.columns: which columns a model may use, decided on the train split, with reason and evidence."""

from collections.abc import Sequence

import psycopg
from psycopg.types.json import Jsonb

from readmission.features.column_choice import ColumnChoice


def replace_column_choices(
    connection: psycopg.Connection, dataset_sha256: str, choices: Sequence[ColumnChoice]
) -> None:
    """Record the choices for a data set in place of earlier ones; the caller commits."""
    connection.execute("DELETE FROM clean.columns WHERE dataset_sha256 = %s", (dataset_sha256,))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO clean.columns (dataset_sha256, column_name, kept, reason, statistics)"
            " VALUES (%s, %s, %s, %s, %s)",
            [(dataset_sha256, c.column_name, c.kept, c.reason, Jsonb(c.statistics)) for c in choices],
        )


def read_column_choices(connection: psycopg.Connection, dataset_sha256: str) -> list[ColumnChoice]:
    """The recorded choices of a data set, by column name; empty before the step has run."""
    rows = connection.execute(
        "SELECT column_name, kept, reason, statistics FROM clean.columns WHERE dataset_sha256 = %s ORDER BY 1",
        (dataset_sha256,),
    ).fetchall()
    return [ColumnChoice(*row) for row in rows]
