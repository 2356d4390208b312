"""The pool: values arrive as sent, what is lost is replaced, what is refused or hangs is said, risks never wait."""

import asyncio
import json
import os
import signal
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from readmission.errors import ConfigurationError, InvalidInputError, NotFoundError, UnavailableError
from readmission.storage.postgres import pool as pool_module
from readmission.storage.postgres.pool import Connection, Pool
from readmission.storage.serving.predictions import ALL, BATCH_COLUMNS, ROW_COLUMNS
from tests.conftest import RunningPostgres

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
DOCUMENTS = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT, st.lists, max_leaves=5)


def few(each: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(each, min_size=1, max_size=20)


def use(server: RunningPostgres, scenario: Callable[[Pool], Awaitable[Any]], size: int = 1, reserved: int = 0) -> Any:
    async def run() -> Any:
        pool = Pool(SecretStr(server.superuser_url), size, reserved)
        try:
            return await scenario(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    few(st.none() | TEXT),
    few(st.none() | st.integers(-(2**63), 2**63 - 1)),
    few(st.floats(allow_nan=False)),
    few(st.uuids()),
    few(DOCUMENTS),
)
def test_values_arrive_as_sent(
    postgres_server: RunningPostgres,
    texts: list[str | None],
    bigints: list[int | None],
    floats: list[float],
    uuids: list[uuid.UUID],
    documents: list[Any],
) -> None:
    statement = "SELECT $1::text[], $2::bigint[], $3::float8[], $4::uuid[], $5::jsonb[]"
    sent = (texts, bigints, floats, [str(each) for each in uuids], [json.dumps(each).encode() for each in documents])

    async def send(pool: Pool) -> tuple[Any, ...]:
        return tuple(await pool.run(lambda connection: connection.fetchrow(statement, *sent), "read"))

    assert use(postgres_server, send) == (texts, bigints, floats, uuids, documents)


@pytest.mark.parametrize(
    ("statement", "values", "refused"),
    [
        ("SELECT $1::bigint", [2**63], InvalidInputError),
        ("SELECT $1::text", ["a\x00b"], InvalidInputError),
        ("SELECT 1 / $1::int", [0], InvalidInputError),
        ("SELECT * FROM no_such_table", [], UnavailableError),
        (
            "INSERT INTO serving.feedback (prediction_id, verdict) VALUES (gen_random_uuid(), 'agree')",
            [],
            NotFoundError,
        ),
    ],
)
def test_what_is_refused_is_said_and_the_next_call_works(
    empty_database: RunningPostgres, statement: str, values: list[object], refused: type[Exception]
) -> None:
    async def ask() -> None:
        pool = Pool(empty_database.url("readmission_migrator"), size=1)
        with pytest.raises(refused, match="PostgreSQL cannot do it"):
            await pool.run(lambda connection: connection.fetch(statement, *values), "do it")
        assert await pool.run(lambda connection: connection.fetchval("SELECT 1"), "read") == 1
        await pool.close()

    asyncio.run(ask())


def end_connections(server: RunningPostgres) -> None:
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'inference-service'"
        )


@pytest.mark.parametrize("again", [True, False])
def test_a_connection_lost_while_idle_is_replaced(postgres_server: RunningPostgres, again: bool) -> None:
    async def lose(pool: Pool) -> object:
        await pool.run(lambda connection: connection.fetchval("SELECT 1"), "read")
        end_connections(postgres_server)
        return await pool.run(lambda connection: connection.fetchval("SELECT 2"), "read", again=again)

    assert use(postgres_server, lose) == 2


@pytest.mark.parametrize(("again", "calls"), [(True, 2), (False, 1)])
def test_a_call_that_is_cut_off_runs_twice_only_if_it_may(
    postgres_server: RunningPostgres, again: bool, calls: int
) -> None:
    seen = []

    async def cut_off(connection: Connection) -> None:
        seen.append(connection)
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async def ask(pool: Pool) -> None:
        with pytest.raises(UnavailableError, match="PostgreSQL cannot read: it went away"):
            await pool.run(cut_off, "read", again=again)

    use(postgres_server, ask)
    assert len(seen) == calls


def test_a_server_that_hangs_counts_as_away_and_is_used_again_once_it_answers(
    postgres_server: RunningPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "CALL_TIMEOUT_SECONDS", 0.5)

    async def hang(pool: Pool) -> None:
        backend = await pool.run(lambda connection: connection.fetchval("SELECT pg_backend_pid()"), "read")
        os.kill(backend, signal.SIGSTOP)
        try:
            with pytest.raises(UnavailableError, match="did not answer within"):
                await pool.run(lambda connection: connection.fetchval("SELECT 1"), "read")
        finally:
            os.kill(backend, signal.SIGCONT)
        assert await pool.run(lambda connection: connection.fetchval("SELECT 2"), "read") == 2

    use(postgres_server, hang)


def test_reserved_connections_are_free_however_many_others_wait(postgres_server: RunningPostgres) -> None:
    async def crowd(pool: Pool) -> object:
        gate = asyncio.Event()

        async def hold(connection: Connection) -> None:
            await connection.execute("SELECT 1")
            await gate.wait()

        waiting = [asyncio.create_task(pool.run(hold, "read")) for _ in range(5)]
        await asyncio.sleep(0.2)
        found = await pool.run(lambda connection: connection.fetchval("SELECT 3"), "read", urgent=True)
        assert not any(task.done() for task in waiting)
        gate.set()
        await asyncio.gather(*waiting)
        return found

    assert use(postgres_server, crowd, size=3, reserved=1) == 3


def test_an_address_may_hold_what_only_libpq_understands(postgres_server: RunningPostgres) -> None:
    async def ask() -> object:
        pool = Pool(SecretStr(f"{postgres_server.superuser_url}?connect_timeout=3&keepalives=1&sslmode=prefer"), size=1)
        try:
            return await pool.run(lambda connection: connection.fetchval("SHOW synchronous_commit"), "read")
        finally:
            await pool.close()

    assert asyncio.run(ask()) == "on"


def test_an_address_is_needed() -> None:
    with pytest.raises(ConfigurationError, match="READMISSION_SERVING_DATABASE__URL is not set"):
        Pool(None, size=1)


def test_the_declared_columns_are_those_of_the_table(empty_database: RunningPostgres) -> None:
    with psycopg.connect(empty_database.url("readmission_migrator").get_secret_value()) as connection:
        there: dict[str, str] = dict(
            connection.execute(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
                " WHERE attrelid = 'serving.predictions'::regclass AND attnum > 0 AND NOT attisdropped"
            ).fetchall()
        )
    full = {"float8": "double precision", "timestamptz": "timestamp with time zone"}
    declared = BATCH_COLUMNS | {name: kind for name, (kind, _) in ROW_COLUMNS.items()}
    assert ALL.split(", ") == list(declared)
    assert {name: full.get(kind, kind) for name, kind in declared.items()}.items() <= there.items()
    assert there.keys() - declared.keys() == {"idempotency_key", "stored_at"}
