"""Read encounters from any table of PostgreSQL, in order and in parts, without holding the table in memory."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from readmission.contract.encounter import COLUMNS, DIAGNOSIS_SYSTEM
from readmission.errors import InvalidInputError, NotFoundError

_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"


def find_encounter_columns(connection: psycopg.Connection, schema: str, table: str) -> list[str]:
    """The columns of a table or view that an encounter has, by name; any others are left alone.

    Raises:
        NotFoundError: this role sees no such table.
        InvalidInputError: it has no ``encounter_id``, so its rows have no order to go on from.
    """
    names = [row[0] for row in connection.execute(_COLUMNS, (schema, table)).fetchall()]
    if not names:
        raise NotFoundError(f"there is no table {schema}.{table} that this role may read")
    if "encounter_id" not in names:
        raise InvalidInputError(f"{schema}.{table} has no column encounter_id to read its rows in order")
    wanted = [*(column.name for column in COLUMNS if column.kind != "target"), DIAGNOSIS_SYSTEM]
    return [name for name in wanted if name in names]


def count_rows(connection: psycopg.Connection, schema: str, table: str) -> int:
    """Rows of a table."""
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def read_encounters(
    connection: psycopg.Connection, schema: str, table: str, columns: list[str], skip: int, rows: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Parts of ``rows`` rows in the order of ``encounter_id``, the first ``skip`` rows left out."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY encounter_id OFFSET {}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, table), sql.Literal(skip)
    )
    with connection.cursor(name="encounters_to_score") as cursor:
        cursor.execute(query)
        while part := cursor.fetchmany(rows):
            yield part
