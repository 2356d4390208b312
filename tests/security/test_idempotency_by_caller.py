"""``Idempotency-Key``: a caller's own, on all that adds records; a repeat adds nothing and gets what is stored."""

import csv
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, Service, services, wait_until
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.conftest import registry as registry
from tests.integration.inference_service.conftest import serving_database as serving_database
from tests.security.named_keys import write_keys
from tests.small_model import SmallModel

NDJSON = {"content-type": "application/x-ndjson", "accept": "application/x-ndjson"}
CALLERS = {"ward-3": "predict,feedback,outcomes", "ward-4": "predict,feedback,outcomes"}
ROWS = 3_500
"""More than three chunks."""


class Asked:
    """The service, its callers' headers, and what is stored."""

    def __init__(self, service: Service, headers: dict[str, dict[str, str]]) -> None:
        self.service, self.headers = service, headers

    def send(self, caller: str, path: str, key: str | None, **options: Any) -> httpx.Response:
        headers = self.headers[caller] | ({} if key is None else {"Idempotency-Key": key}) | options.pop("headers", {})
        return self.service.client.post(path, headers=headers, timeout=120, **options)

    def batch(self, caller: str, key: str | None, body: str, **headers: str) -> httpx.Response:
        return self.send(caller, "/predict/batch", key, content=body, headers=NDJSON | headers)

    def count(self, table: str = "predictions") -> int:
        with psycopg.connect(self.service.database_url) as connection:
            row = connection.execute(f"SELECT count(*) FROM serving.{table}").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture(scope="module")
def asked(
    serving_database: RunningPostgres,
    registry: Registry,
    models: Callable[[float], SmallModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Asked]:
    folder: Path = tmp_path_factory.mktemp("idempotency")
    headers = write_keys(folder / "keys", CALLERS)
    registry.make_live("by-caller", registry.register(models(0.0)))
    with services(serving_database, registry, folder) as make:
        yield Asked(make("by-caller", READMISSION_ACCESS__KEYS_FILE=str(folder / "keys")).start(), headers)


def body_of(rows: int, first_id: int = 1, bad: int | None = None) -> str:
    """NDJSON of different stays, the last with a value the model never saw; row ``bad`` breaks the contract."""
    encounters = [{**FREQUENT_VISITOR, "encounter_id": first_id + place} for place in range(rows)]
    encounters[-1]["medical_specialty"] = "Astrology"
    if bad is not None:
        encounters[bad - 1]["time_in_hospital"] = 40
    return "".join(json.dumps(each) + "\n" for each in encounters)


def test_two_callers_may_use_the_same_key(asked: Asked) -> None:
    other = {**FREQUENT_VISITOR, "time_in_hospital": 1}
    mine = asked.send("ward-3", "/predict", "stay-1", json=FREQUENT_VISITOR)
    theirs = asked.send("ward-4", "/predict", "stay-1", json=other)
    assert (mine.status_code, theirs.status_code) == (200, 200), theirs.text
    assert mine.json()["prediction_id"] != theirs.json()["prediction_id"]
    assert asked.send("ward-3", "/predict", "stay-1", json=FREQUENT_VISITOR).content == mine.content
    assert asked.send("ward-4", "/predict", "stay-1", json=other).content == theirs.content


def test_a_batch_sent_again_gets_the_stored_answer(asked: Asked) -> None:
    before = asked.count()
    body = body_of(ROWS, bad=1_200)
    first = asked.batch("ward-3", "night-1", body)
    assert first.status_code == 200
    lines = [json.loads(line) for line in first.text.splitlines()]
    assert len(lines) == ROWS
    assert [line["row"] for line in lines if "problem" in line] == [1_200]
    assert "medical_specialty" in {warning["field"] for warning in lines[-1]["warnings"]}
    assert asked.count() == before + ROWS - 1
    again = asked.batch("ward-3", "night-1", body)
    assert again.content == first.content
    as_csv = asked.batch("ward-3", "night-1", body, accept="text/csv")
    assert [row["prediction_id"] for row in csv.DictReader(as_csv.text.splitlines())] == [
        line.get("prediction_id", "") for line in lines
    ]
    assert asked.count() == before + ROWS - 1, "nothing is stored twice"


def test_a_batch_is_another_with_another_body_or_caller(asked: Asked) -> None:
    body = body_of(3)
    first = asked.batch("ward-3", "night-2", body)
    assert first.status_code == 200
    before = asked.count()
    for refused in (
        asked.batch("ward-3", "night-2", body_of(3, first_id=9)),
        asked.batch("ward-3", "bad key", body),
        asked.batch("ward-3", "x" * 256, body),
    ):
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["field"] == "Idempotency-Key"
    assert asked.count() == before
    theirs = asked.batch("ward-4", "night-2", body)
    assert theirs.status_code == 200
    assert {json.loads(line)["prediction_id"] for line in theirs.text.splitlines()}.isdisjoint(
        json.loads(line)["prediction_id"] for line in first.text.splitlines()
    )
    assert asked.batch("ward-3", None, body).status_code == 200
    assert asked.count() == before + 6, "without a key each sending is a batch of its own"


def test_a_batch_sent_many_times_at_once_is_stored_once(asked: Asked) -> None:
    before = asked.count()
    body = body_of(1_500)
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(asked.batch, "ward-3", "night-3", body) for _ in range(4)]
    answers = {each.result().content for each in sent}
    assert {each.result().status_code for each in sent} == {200}
    assert len(answers) == 1
    assert asked.count() == before + 1_500


def test_a_batch_cut_off_by_kill_9_goes_on_where_it_was(asked: Asked) -> None:
    """Between what is stored and what was answered the service dies; the same request then finishes the work."""
    before = asked.count()
    body = body_of(20_000)

    def send_and_lose() -> None:
        with pytest.raises(httpx.HTTPError):
            asked.batch("ward-3", "night-4", body)

    sending = threading.Thread(target=send_and_lose)
    sending.start()
    wait_until(lambda: asked.count() >= before + 1_000, "a part of the batch is stored", 60)
    asked.service.kill()
    sending.join()
    stored = asked.count() - before
    assert 1_000 <= stored < 20_000
    with psycopg.connect(asked.service.database_url) as connection:
        kept = {row[0] for row in connection.execute("SELECT prediction_id::text FROM serving.predictions").fetchall()}
    asked.service.start()
    lines = [json.loads(line) for line in asked.batch("ward-3", "night-4", body).text.splitlines()]
    assert len(lines) == 20_000
    assert asked.count() - before == 20_000, "nothing is stored twice, nothing is missing"
    assert sum(line["prediction_id"] in kept for line in lines) == stored


def test_feedback_sent_again_is_one_verdict(asked: Asked) -> None:
    prediction = asked.send("ward-3", "/predict", None, json=FREQUENT_VISITOR).json()["prediction_id"]
    path, verdict = f"/predictions/{prediction}/feedback", {"verdict": "override", "reason": "has a nurse at home"}
    before = asked.count("feedback")
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(asked.send, "ward-3", path, "said-1", json=verdict) for _ in range(4)]
    assert {(each.result().status_code, each.result().content) for each in sent} == {(201, sent[0].result().content)}
    assert asked.count("feedback") == before + 1
    changed = asked.send("ward-3", path, "said-1", json={"verdict": "agree"})
    assert (changed.status_code, changed.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert asked.send("ward-4", path, "said-1", json=verdict).status_code == 201
    assert asked.count("feedback") == before + 2


def test_outcomes_sent_again_do_not_undo_a_correction(asked: Asked) -> None:
    prediction = asked.send("ward-3", "/predict", None, json=FREQUENT_VISITOR).json()["prediction_id"]
    first, corrected = ({"prediction_id": prediction, "readmitted": value} for value in ("NO", "<30"))
    told = asked.send("ward-3", "/outcomes", "told-1", json=[first])
    assert told.status_code == 201, told.text
    assert asked.send("ward-3", "/outcomes", "told-2", json=[corrected]).json()["correction"] == 1
    before = asked.count("outcomes")
    assert asked.send("ward-3", "/outcomes", "told-1", json=[first]).content == told.content
    assert asked.count("outcomes") == before
    with psycopg.connect(asked.service.database_url) as connection:
        newest = "SELECT readmitted FROM serving.latest_outcomes WHERE prediction_id = %s"
        assert connection.execute(newest, (prediction,)).fetchone() == ("<30",)
    other = asked.send("ward-3", "/outcomes", "told-1", json=[corrected])
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
