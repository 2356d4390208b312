"""Answers never get mixed up: thousands of distinct encounters at once, each checked against its single-row answer."""

import http.client
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.integration.inference_service.conftest import Registry, StartService
from tests.small_model import SmallModel, made_up_encounters

ENCOUNTERS = 3000
CONNECTIONS = 64


def ask_all(port: int, bodies: list[bytes]) -> list[dict[str, Any]]:
    """The answers in the order of the bodies, asked by many threads over a connection each."""
    answers: dict[int, dict[str, Any]] = {}

    def ask_share(start: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for number in range(start, len(bodies), CONNECTIONS):
                connection.request("POST", "/predict", bodies[number], {"content-type": "application/json"})
                response = connection.getresponse()
                content = response.read()
                assert response.status == 200, content
                answers[number] = json.loads(content)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(ask_share, range(CONNECTIONS)))
    return [answers[number] for number in range(len(bodies))]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_of_many_concurrent_encounters_gets_its_own_answer(
    make_service: StartService, registry: Registry, models: Callable[[float], SmallModel], workers: str
) -> None:
    model = models(0.0)
    registry.make_live("identity", registry.register(model))
    service = make_service("identity", READMISSION_INFERENCE_SERVICE__WORKERS=workers).start()
    encounters = made_up_encounters(ENCOUNTERS, seed=11)
    bodies = [json.dumps({**each, "encounter_id": number + 1}).encode() for number, each in enumerate(encounters)]
    answers = ask_all(service.port, bodies)

    stored = model.open()
    alone = [stored.score([encounter])[0] for encounter in encounters]
    assert len({tuple(row.tolist()) for row in alone}) > 0.99 * ENCOUNTERS, "the encounters must tell answers apart"
    records = service.stored_rows("encounter_id, prediction_id::text, risk_30d, risk_any")
    by_encounter = {row[0]: row[1:] for row in records}
    assert len(records) == ENCOUNTERS
    for number, (answer, expected) in enumerate(zip(answers, alone, strict=True)):
        assert answer["risk_30d"] == pytest.approx(expected[2], abs=1e-6)
        assert answer["risk_any"] == pytest.approx(expected[1] + expected[2], abs=1e-6)
        found = by_encounter[number + 1]
        assert found == (answer["prediction_id"], answer["risk_30d"], answer["risk_any"])
    metrics = service.client.get("/metrics").text
    batches = next(line for line in metrics.splitlines() if line.startswith("predict_batch_rows_count"))
    assert float(batches.split()[1]) < ENCOUNTERS, "requests were answered in batches"
