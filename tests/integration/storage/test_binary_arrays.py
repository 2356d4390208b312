"""What is laid out by hand arrives in PostgreSQL as what was meant."""

import asyncio
import uuid
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readmission.storage.postgres import binary_arrays
from tests.conftest import RunningPostgres

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
BIGINTS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False)
FEW = {"min_size": 1, "max_size": 20}


async def send_and_read(url: str, **arrays: tuple[str, binary_arrays.BinaryArray]) -> tuple[Any, ...]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        binary_arrays.register_binary_arrays(connection)
        casts = ", ".join(f"%({name})s::{kind}[]" for name, (kind, _) in arrays.items())
        cursor = await connection.execute(f"SELECT {casts}", {name: array for name, (_, array) in arrays.items()})
        row = await cursor.fetchone()
        assert row is not None
        return row


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.none() | TEXT, **FEW),
    st.lists(st.none() | BIGINTS, **FEW),
    st.lists(FLOATS, **FEW),
    st.lists(st.uuids(), **FEW),
)
def test_values_arrive_as_sent(
    postgres_server: RunningPostgres,
    texts: list[str | None],
    bigints: list[int | None],
    floats: list[float],
    uuids: list[uuid.UUID],
) -> None:
    row = asyncio.run(
        send_and_read(
            postgres_server.superuser_url,
            texts=("text", binary_arrays.text_array(texts)),
            bigints=("bigint", binary_arrays.bigint_array(bigints)),
            floats=("float8", binary_arrays.float8_array(floats)),
            uuids=("uuid", binary_arrays.uuid_array([str(value) for value in uuids])),
        )
    )
    assert row == (texts, bigints, floats, uuids)


@pytest.mark.parametrize("documents", [[b'{"a": "\\"x\\\\y"}', b"[1, null]"], [b'"\xc3\xa9"']])
def test_json_documents_arrive_as_sent(postgres_server: RunningPostgres, documents: list[bytes]) -> None:
    import json

    array = binary_arrays.jsonb_array(documents)
    (found,) = asyncio.run(send_and_read(postgres_server.superuser_url, documents=("jsonb", array)))
    assert found == [json.loads(document) for document in documents]
