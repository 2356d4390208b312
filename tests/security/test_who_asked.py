"""Who asked: every record and every read of one carries the name of the caller's key, never the key."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.services.inference_service.predict.keep_predictions import PredictionKeeper
from readmission.storage.postgres.migrate import migrate
from readmission.storage.postgres.pool import Pool
from readmission.storage.serving.prediction_journal import PredictionJournal
from readmission.storage.serving.predictions import PredictionStore
from tests.conftest import RunningPostgres, run_postgres
from tests.integration.data_service.conftest import DataService
from tests.integration.data_service.conftest import start_service as start_service
from tests.integration.inference_service.conftest import (
    Registry,
    Service,
    record_as_promoted,
    services,
    wait_until,
)
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.conftest import registry as registry
from tests.integration.inference_service.conftest import serving_database as serving_database
from tests.integration.inference_service.test_journal import make_batch
from tests.security.named_keys import write_keys
from tests.small_model import SmallModel
from tests.unit.dataset.made_up import csv_text

Models = Callable[[float], SmallModel]
CALLERS = {
    "ward-3": "predict",
    "ward-4": "predict,feedback",
    "auditor": "read",
    "records-office": "outcomes",
    "release": "promote",
}
LINES = (json.dumps(FREQUENT_VISITOR) + "\n") * 2


class Asked:
    """The service, the callers' headers, and what the database holds."""

    def __init__(self, service: Service, headers: dict[str, dict[str, str]], database_url: str) -> None:
        self.service, self.headers, self._url = service, headers, database_url

    def send(self, caller: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers[caller] | options.pop("headers", {})
        return self.service.client.request(method, path, headers=headers, **options)

    def predict(self, caller: str) -> str:
        answer = self.send(caller, "POST", "/predict", json=FREQUENT_VISITOR)
        assert answer.status_code == 200, answer.text
        assert "asked_by" not in answer.json(), "in the record, not in the answer"
        return str(answer.json()["prediction_id"])

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(statement, values).fetchall()

    def reads_of(self, prediction_id: str) -> list[tuple[str, str]]:
        statement = "SELECT asked_by, what FROM serving.prediction_reads WHERE prediction_id = %s ORDER BY recorded_at"
        return [(row[0], row[1]) for row in self.query(statement, prediction_id)]


@pytest.fixture(scope="module")
def asked(
    serving_database: RunningPostgres,
    registry: Registry,
    models: Models,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Asked]:
    folder: Path = tmp_path_factory.mktemp("who")
    headers = write_keys(folder / "keys", CALLERS)
    first, second = registry.register(models(0.0)), registry.register(models(1.0))
    for version in (first, second):
        record_as_promoted(registry, version)
    registry.point_alias("champion", second)
    with services(serving_database, registry, folder) as make:
        service = make("champion", READMISSION_ACCESS__KEYS_FILE=str(folder / "keys")).start()
        yield Asked(service, headers, serving_database.url("readmission_reader").get_secret_value())


def test_every_way_to_score_names_the_caller(asked: Asked) -> None:
    single = asked.predict("ward-3")
    ndjson = {"content-type": "application/x-ndjson"}
    many = asked.send("ward-4", "POST", "/predict/batch", content=LINES, headers=ndjson)
    batch = [json.loads(line)["prediction_id"] for line in many.text.splitlines()]
    tensors = [
        {"name": name, "shape": [1], "datatype": "BYTES" if isinstance(value, str) else "INT64", "data": [value]}
        for name, value in FREQUENT_VISITOR.items()
        if value is not None
    ]
    infer = asked.send("ward-4", "POST", "/v2/models/readmission/infer", json={"inputs": tensors})
    assert infer.status_code == 200, infer.text
    outputs = {output["name"]: output["data"] for output in infer.json()["outputs"]}
    keyed = asked.send("ward-3", "POST", "/predict", json=FREQUENT_VISITOR, headers={"Idempotency-Key": "k"})

    expected = {single: "ward-3", keyed.json()["prediction_id"]: "ward-3"}
    expected |= dict.fromkeys([*batch, *outputs["prediction_id"]], "ward-4")
    found = asked.query(
        "SELECT prediction_id::text, asked_by FROM serving.predictions WHERE prediction_id = ANY(%s::uuid[])",
        list(expected),
    )
    assert dict(found) == expected
    assert len(expected) == 5


def test_feedback_outcomes_and_explanations_name_the_caller(asked: Asked) -> None:
    mine = asked.predict("ward-4")
    given = asked.send("ward-4", "POST", f"/predictions/{mine}/feedback", json={"verdict": "agree"})
    assert given.status_code == 201, given.text
    outcome = {"prediction_id": mine, "readmitted": "NO"}
    assert asked.send("records-office", "POST", "/outcomes", json=outcome).status_code == 201
    for table, caller in (("feedback", "ward-4"), ("outcomes", "records-office")):
        found = asked.query(f"SELECT asked_by FROM serving.{table} WHERE prediction_id = %s", mine)
        assert found == [(caller,)], table
    listed = asked.send("auditor", "GET", f"/predictions/{mine}/feedback").json()
    assert [row["asked_by"] for row in listed] == ["ward-4"]
    assert asked.reads_of(mine) == [("auditor", "feedback")]


def test_a_read_is_recorded_with_who_and_when(asked: Asked) -> None:
    theirs = asked.predict("ward-3")
    assert asked.reads_of(theirs) == []
    read = asked.send("auditor", "GET", f"/predictions/{theirs}")
    assert (read.status_code, read.json()["asked_by"]) == (200, "ward-3")
    assert asked.send("ward-3", "GET", f"/predictions/{theirs}").status_code == 200
    assert asked.reads_of(theirs) == [("auditor", "prediction"), ("ward-3", "prediction")]
    near = "SELECT count(*) FROM serving.prediction_reads WHERE prediction_id = %s AND now() - read_at < '1 minute'"
    assert asked.query(near, theirs) == [(2,)]


def test_a_predict_key_reads_nothing_of_others(asked: Asked) -> None:
    theirs = asked.predict("ward-4")
    nothing = asked.send("ward-3", "GET", "/predictions/01890000-0000-7000-8000-000000000000")
    for method, path in (("GET", f"/predictions/{theirs}"), ("POST", f"/explain?prediction_id={theirs}")):
        refused = asked.send("ward-3", method, path)
        assert refused.status_code == 404, "what is not yours looks like what is not there"
        assert refused.json()["detail"].replace(theirs, "X") == nothing.json()["detail"].replace(
            "01890000-0000-7000-8000-000000000000", "X"
        )
    assert asked.send("ward-3", "GET", f"/predictions/{theirs}/feedback").status_code == 403
    assert asked.reads_of(theirs) == []


def test_reading_is_not_scoring(asked: Asked) -> None:
    refused = asked.send("auditor", "POST", "/explain", json=FREQUENT_VISITOR)
    assert refused.status_code == 403
    assert "predict" in refused.json()["detail"]


def test_the_record_of_reads_cannot_be_rewritten(asked: Asked, serving_database: RunningPostgres) -> None:
    theirs = asked.predict("ward-3")
    asked.send("auditor", "GET", f"/predictions/{theirs}")
    for role in ("readmission_serving", "readmission_pipeline", "readmission_migrator"):
        with psycopg.connect(serving_database.url(role).get_secret_value(), autocommit=True) as connection:
            for statement in ("UPDATE {} SET prediction_id = gen_random_uuid()", "DELETE FROM {}", "TRUNCATE {}"):
                for table in ("serving.prediction_reads", "serving.keyed_batch_rows"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(statement.format(table))


def test_the_access_log_names_the_caller_even_when_refused(asked: Asked) -> None:
    asked.send("auditor", "GET", "/models")
    asked.send("records-office", "POST", "/predict", json=FREQUENT_VISITOR)
    asked.service.client.get("/models", headers={"X-API-Key": "nobody's"})

    def logged() -> set[tuple[str, int, str | None]]:
        whole = asked.service.log.read_text().rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return {(line["method"], line["status"], line["caller"]) for line in lines if line.get("message") == "request"}

    expected = {("GET", 200, "auditor"), ("POST", 403, "records-office"), ("GET", 401, None)}
    # An answer reaches its caller before its line reaches the log.
    wait_until(lambda: expected <= logged(), f"the log has {expected}")


def test_a_roll_back_names_the_key_beside_what_was_said(asked: Asked) -> None:
    said = {"reason": "worse in the ward", "actor": "Dr. Rivera"}
    done = asked.send("release", "POST", "/models/rollback", json=said)
    assert done.status_code == 200, done.text
    newest = asked.send("auditor", "GET", "/promotions").json()[0]
    assert newest["decision"] == "rolled_back"
    assert newest["actor"] == "release (Dr. Rivera)"


def test_no_key_is_in_a_record_or_a_log(asked: Asked, serving_database: RunningPostgres) -> None:
    asked.predict("ward-3")
    kept = asked.service.log.read_text()
    with psycopg.connect(serving_database.url("readmission_migrator").get_secret_value()) as connection:
        named = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('serving', 'audit')"
        ).fetchall()
        for (table,) in named:
            kept += str(connection.execute(f"SELECT * FROM {table}").fetchall())
    assert "ward-3" in kept
    for headers in asked.headers.values():
        assert headers["X-API-Key"] not in kept


def test_where_nobody_is_asked_the_caller_is_local_whatever_it_says(
    serving_database: RunningPostgres, registry: Registry, models: Models, tmp_path: Path
) -> None:
    registry.make_live("open", registry.register(models(0.0)))
    with services(serving_database, registry, tmp_path) as make:
        service = make("open").start()
        claims = {"X-API-Key": "ward-3", "X-User": "ward-3"}
        answer = service.client.post("/predict", json=FREQUENT_VISITOR, headers=claims).json()
        stored = service.client.get(f"/predictions/{answer['prediction_id']}", headers=claims).json()
        assert stored["asked_by"] == "local"


def test_the_journal_carries_the_caller_and_reads_what_was_written_before(
    serving_database: RunningPostgres, tmp_path: Path
) -> None:
    old, new = make_batch("MC"), make_batch("SP")
    new.asked_by = ["ward-3"]

    async def scenario() -> dict[str, str | None]:
        journal = PredictionJournal(tmp_path / "journal")
        await journal.append(old)
        await journal.append(new)
        without = msgspec.msgpack.decode(msgspec.msgpack.encode(old))
        del without["asked_by"]
        with sqlite3.connect(tmp_path / "journal" / "predictions.sqlite") as file:
            file.execute("UPDATE batches SET content = ? WHERE sequence = 1", (msgspec.msgpack.encode(without),))
        found = await journal.find(old.prediction_ids[0])  # type: ignore[arg-type]
        assert found is not None
        assert found["asked_by"] is None
        pool = Pool(serving_database.url("readmission_serving"), size=2)
        store = PredictionStore(pool)
        keeper = PredictionKeeper(store, journal)
        replaying = asyncio.create_task(keeper.replay())
        async with asyncio.timeout(20):
            while await journal.count_rows():
                await asyncio.sleep(0.02)
        replaying.cancel()
        stored = {}
        for identifier in (*old.prediction_ids, *new.prediction_ids):
            row = await store.find(identifier)  # type: ignore[arg-type]
            assert row is not None
            stored[identifier] = row["asked_by"]
        await keeper.close()
        await pool.close()
        return stored

    assert asyncio.run(scenario()) == {old.prediction_ids[0]: None, new.prediction_ids[0]: "ward-3"}


def test_a_read_while_postgresql_is_away_is_recorded_once_it_is_back(
    registry: Registry, models: Models, tmp_path: Path
) -> None:
    headers = write_keys(tmp_path / "keys", CALLERS)
    settings = {
        "READMISSION_ACCESS__KEYS_FILE": str(tmp_path / "keys"),
        "READMISSION_INFERENCE_SERVICE__JOURNAL_DIR": str(tmp_path / "journal"),
    }
    with run_postgres(tmp_path / "postgres") as own:
        migrate("pipeline", own.url("readmission_migrator"))
        migrate("serving", own.url("readmission_migrator"))
        registry.on(own).make_live("away", registry.register(models(0.0)))
        with services(own, registry, tmp_path) as make:
            service = make("away", **settings).start()
            asked = Asked(service, headers, own.url("readmission_reader").get_secret_value())
            own.stop()
            kept = asked.predict("ward-3")
            assert asked.send("ward-4", "GET", f"/predictions/{kept}").status_code == 404
            assert asked.send("auditor", "GET", f"/predictions/{kept}").status_code == 200
            service.kill()
            service.start()
            own.start()
            wait_until(lambda: asked.reads_of(kept) == [("auditor", "prediction")], "the read is in PostgreSQL")
            (found,) = asked.query("SELECT asked_by FROM serving.predictions WHERE prediction_id = %s", kept)
            assert found == ("ward-3",)


def test_an_arrival_names_the_caller_also_in_a_catalogue_made_before(
    start_service: Callable[..., DataService], tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text(csv_text(200))
    headers = write_keys(tmp_path / "keys", {"registry": "arrivals", "etl": "data"})
    service = start_service(tmp_path / "mine.csv", READMISSION_ACCESS__KEYS_FILE=str(tmp_path / "keys"))
    (catalogue,) = service.state_dir.rglob("*.sqlite*")
    service.stop()
    with sqlite3.connect(catalogue) as file:
        columns = [row[1] for row in file.execute("PRAGMA table_info(arrivals)")]
        assert "asked_by" in columns
        file.execute("ALTER TABLE arrivals DROP COLUMN asked_by")
        file.execute("INSERT INTO arrivals VALUES ('2008-12', 'x', 1, '2009-01-01T00:00:00+00:00')")
    service.start()
    service.wait_ready()
    with service.client() as client:
        options: dict[str, Any] = {"content": csv_text(20, first_id=5000)}
        refused = client.put("/arrivals/2009-01", **options, headers=headers["etl"] | {"Content-Type": "text/csv"})
        assert refused.status_code == 403
        done = client.put("/arrivals/2009-01", **options, headers=headers["registry"] | {"Content-Type": "text/csv"})
        assert done.status_code == 201, done.text
    with sqlite3.connect(catalogue) as file:
        stored = dict(file.execute("SELECT name, asked_by FROM arrivals").fetchall())
    assert stored == {"2008-12": None, "2009-01": "registry"}
