"""The statement that is only bound: what it stores, what it refuses, and what a lost connection looks like."""

import asyncio

import psycopg
import pytest
from psycopg.pq import Format

from readmission.storage.postgres.prepared_statement import PreparedStatement
from tests.conftest import RunningPostgres

INSERT = PreparedStatement("insert_words", "INSERT INTO words SELECT $1::int, $2::text", [Format.TEXT, Format.TEXT])


async def connect(server: RunningPostgres) -> psycopg.AsyncConnection:
    connection = await psycopg.AsyncConnection.connect(server.superuser_url, autocommit=True)
    await connection.execute("CREATE TEMPORARY TABLE words (number int PRIMARY KEY, word text)")
    return connection


async def read(connection: psycopg.AsyncConnection) -> list[tuple[int, str]]:
    return await (await connection.execute("SELECT number, word FROM words ORDER BY number")).fetchall()


async def store_on_two_connections(server: RunningPostgres) -> None:
    first, second = await connect(server), await connect(server)
    async with first, second:
        await INSERT.execute(first, [b"1", b"one"])
        await asyncio.gather(INSERT.execute(first, [b"2", None]), INSERT.execute(second, [b"1", b"uno"]))
        assert await read(first) == [(1, "one"), (2, None)]
        assert await read(second) == [(1, "uno")]


async def store_more_than_a_socket_takes_at_once(server: RunningPostgres) -> None:
    async with await connect(server) as connection:
        await INSERT.execute(connection, [b"1", b"x" * 30_000_000])
        assert await (await connection.execute("SELECT length(word) FROM words")).fetchone() == (30_000_000,)


async def refuse_a_double_and_a_wrong_value(server: RunningPostgres) -> None:
    async with await connect(server) as connection:
        await INSERT.execute(connection, [b"1", b"one"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            await INSERT.execute(connection, [b"1", b"again"])
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            await INSERT.execute(connection, [b"no number", b"two"])
        await INSERT.execute(connection, [b"2", b"two"])
        assert await read(connection) == [(1, "one"), (2, "two")]


async def say_that_the_connection_is_lost(server: RunningPostgres) -> None:
    async with await connect(server) as connection, await connect(server) as other:
        await INSERT.execute(connection, [b"1", b"one"])
        await other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            await INSERT.execute(connection, [b"2", b"two"])


async def say_that_the_table_is_missing(server: RunningPostgres) -> None:
    async with await psycopg.AsyncConnection.connect(server.superuser_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await INSERT.execute(connection, [b"1", b"one"])


@pytest.mark.parametrize(
    "case",
    [
        store_on_two_connections,
        store_more_than_a_socket_takes_at_once,
        refuse_a_double_and_a_wrong_value,
        say_that_the_connection_is_lost,
        say_that_the_table_is_missing,
    ],
)
def test_a_bound_statement(postgres_server: RunningPostgres, case) -> None:
    asyncio.run(case(postgres_server))
