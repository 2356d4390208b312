"""PostgreSQL away: the journal takes the records, and they reach PostgreSQL in order, each once."""

import asyncio
import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.errors import UnavailableError
from readmission.services.inference_service.predict.keep_predictions import PredictionKeeper
from readmission.storage.postgres.migrate import migrate
from readmission.storage.postgres.pool import Pool
from readmission.storage.serving.prediction_journal import PredictionJournal
from readmission.storage.serving.predictions import PredictionBatch, PredictionStore, make_prediction_ids
from tests.conftest import RunningPostgres, run_postgres
from tests.integration.inference_service.conftest import Registry, Service, StartService, services, wait_until
from tests.integration.inference_service.load import load_on
from tests.integration.inference_service.test_durability import acknowledge, assert_every_answer_is_stored
from tests.small_model import SmallModel

Models = Callable[[float], SmallModel]


def read_gauge(service: Service, name: str) -> float:
    lines = service.client.get("/metrics").text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name))


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[RunningPostgres]:
    """A PostgreSQL of this test's own, to be stopped and killed."""
    with run_postgres(tmp_path / "postgres") as server:
        migrate("pipeline", server.url("readmission_migrator"))
        migrate("serving", server.url("readmission_migrator"))
        yield server


@pytest.fixture
def make_journaling(
    own_postgres: RunningPostgres, registry: Registry, models: Models, tmp_path: Path
) -> Iterator[StartService]:
    registry.on(own_postgres).make_live("journal", registry.register(models(0.0)))
    with services(own_postgres, registry, tmp_path) as make:
        folder = str(tmp_path / "journal")
        yield lambda **more: make("journal", READMISSION_INFERENCE_SERVICE__JOURNAL_DIR=folder, **more)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_both_killed_under_load_and_nothing_is_missing_or_double(
    own_postgres: RunningPostgres, make_journaling: StartService, tmp_path: Path, workers: str
) -> None:
    service = make_journaling(READMISSION_INFERENCE_SERVICE__WORKERS=workers).start()
    with load_on(service.url) as load:
        acknowledge(load, 100)
        own_postgres.stop(signal.SIGKILL)
        acknowledge(load, 100)
        assert set(load.statuses) == {200}, "PostgreSQL's death is not noticed by callers"
        service.kill()
        service.start()  # ready without PostgreSQL: the last champion is kept on this machine
        acknowledge(load, 100)
        own_postgres.start()
        acknowledge(load, 100)
    wait_until(lambda: read_gauge(service, "prediction_journal_rows") == 0, "the journal is replayed")
    assert service.client.get("/readyz").json()["predictions_go_to"] == "postgresql"
    assert set(load.statuses) <= {200, 503}, "503 is for the moment before the model is loaded"
    assert_every_answer_is_stored(load, service)
    with sqlite3.connect(tmp_path / "journal" / "predictions.sqlite") as journal:
        assert journal.execute("SELECT count(*) FROM predictions").fetchone() == (0,)
    assert service.stop() == 0


def test_a_worker_killed_while_postgresql_is_away_loses_nothing(
    own_postgres: RunningPostgres, make_journaling: StartService, tmp_path: Path
) -> None:
    """Both workers write the one journal; the one that comes back, and the other, replay all of it."""
    service = make_journaling(READMISSION_INFERENCE_SERVICE__WORKERS="2").start()

    def find_workers() -> set[int]:
        assert service.process is not None
        children = psutil.Process(service.process.pid).children()
        # One that was killed is listed until granian has looked.
        return {process.pid for process in children if process.status() != psutil.STATUS_ZOMBIE}

    def has_one_beside(gone: set[int]) -> bool:
        return len(find_workers() - gone) == 1

    with load_on(service.url) as load:
        acknowledge(load, 50)
        own_postgres.stop(signal.SIGKILL)
        acknowledge(load, 100)
        for _ in range(2):
            before = find_workers()
            victim = min(before)
            os.kill(victim, signal.SIGKILL)
            wait_until(partial(has_one_beside, before), "granian starts another worker")
            acknowledge(load, 50)
        own_postgres.start()
        acknowledge(load, 50)
    wait_until(lambda: read_gauge(service, "prediction_journal_rows") == 0, "the journal is replayed")
    assert set(load.statuses) <= {200, 503}, "503 is for the moment before the model is loaded"
    assert_every_answer_is_stored(load, service)
    with sqlite3.connect(tmp_path / "journal" / "predictions.sqlite") as journal:
        assert journal.execute("SELECT count(*) FROM predictions").fetchone() == (0,)


def test_what_the_journal_holds_can_be_read_and_survives_a_stop(
    own_postgres: RunningPostgres, make_journaling: StartService
) -> None:
    service = make_journaling().start()
    before = service.predict(FREQUENT_VISITOR).json()
    own_postgres.stop()
    answer = service.predict({**FREQUENT_VISITOR, "encounter_id": 11}).json()
    read_back = service.client.get(f"/predictions/{answer['prediction_id']}").json()
    assert {key: read_back[key] for key in answer} == answer
    assert read_back["encounter_id"] == 11
    assert service.client.get(f"/predictions/{before['prediction_id']}").status_code == 503
    assert service.client.get("/readyz").json()["predictions_go_to"] == "journal"
    wait_until(lambda: read_gauge(service, "prediction_journal_rows") == 1, "the journal's length is shown")
    refused = service.predict(FREQUENT_VISITOR, **{"Idempotency-Key": "away"})
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"

    assert service.stop() == 0
    service.start()
    again = service.predict(FREQUENT_VISITOR).json()
    own_postgres.start()
    wait_until(lambda: service.client.get("/readyz").json()["predictions_go_to"] == "postgresql", "PostgreSQL is back")
    wait_until(lambda: len(service.stored_ids()) == 3, "the journal is replayed")
    assert service.stored_ids() == {each["prediction_id"] for each in (before, answer, again)}
    after = service.client.get(f"/predictions/{answer['prediction_id']}").json()
    for mine in (read_back, after):
        mine["created_at"] = datetime.fromisoformat(mine["created_at"])
    assert after == read_back


def make_batch(*encounters: str) -> PredictionBatch:
    count = len(encounters)
    return PredictionBatch(
        model_name="readmission",
        model_version="1",
        threshold=0.2,
        created_at="2026-01-15T09:30:00.123456Z",
        prediction_ids=make_prediction_ids(count, 1e9),
        risks_30d=[0.1] * count,
        risks_any=[0.2] * count,
        decisions=["no_flag"] * count,
        encounter_ids=[None] * count,
        patient_nbrs=[None] * count,
        encounters=[json.dumps({"payer_code": each}).encode() for each in encounters],
        request_ids=[None] * count,
        asked_by=[None] * count,
    )


def test_a_row_postgresql_refuses_holds_up_no_other_and_is_kept(
    empty_database: RunningPostgres, tmp_path: Path
) -> None:
    async def scenario() -> None:
        journal = PredictionJournal(tmp_path / "journal")
        pool = Pool(empty_database.url("readmission_serving"), size=2)
        store = PredictionStore(pool)
        mixed, later = make_batch("MC", "a\x00b", "SP"), make_batch("HM")
        for batch in (mixed, later):
            await journal.append(batch)
        keeper = PredictionKeeper(store, journal)
        replaying = asyncio.create_task(keeper.replay())
        async with asyncio.timeout(20):
            while await journal.read_first(1):
                await asyncio.sleep(0.02)
        replaying.cancel()
        found = [await store.find(UUID(each)) is not None for each in (*mixed.prediction_ids, *later.prediction_ids)]
        assert found == [True, False, True, True]
        kept = await journal.find(UUID(mixed.prediction_ids[1]))
        assert kept is not None
        assert kept["encounter"] == {"payer_code": "a\x00b"}
        await keeper.close()
        await pool.close()

    asyncio.run(scenario())


def test_batches_come_back_in_order_and_a_broken_disk_is_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        journal = PredictionJournal(tmp_path / "journal")
        batches = [make_batch(str(number)) for number in range(5)]
        for batch in batches:
            await journal.append(batch)
        await journal.close()
        again = PredictionJournal(tmp_path / "journal")
        assert [entry.batch for entry in await again.read_first(10)] == batches
        with pytest.raises(UnavailableError, match="the journal cannot be used"):
            await again.append(batches[0])  # an id twice: the batch as a whole is refused
        assert await again.count_rows() == 5
        await again.close()
        (tmp_path / "file").touch()
        with pytest.raises(UnavailableError, match="the journal cannot be used"):
            await PredictionJournal(tmp_path / "file" / "journal").append(batches[0])

    asyncio.run(scenario())
