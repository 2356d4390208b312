"""Read a stored prediction in a step: over psycopg, as all steps do."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from readmission.storage.serving.predictions import STORED

_FIND = f"SELECT {STORED} FROM serving.predictions WHERE prediction_id = %s"  # noqa: S608 - our own names


def read_prediction(connection: psycopg.Connection, prediction_id: UUID) -> dict[str, Any] | None:
    """The stored prediction with its encounter, or None."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_FIND, (prediction_id,)).fetchone()
