"""What could be taken two ways is refused, and nothing of it stored: outcomes, reasons nobody can see, formats."""

import json
from uuid import uuid4

import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from tests.conftest import RunningPostgres
from tests.security.doors import ADMIN_KEY, Door

HEADERS = {"Content-Type": "application/json", "X-API-Key": ADMIN_KEY}


def predict(door: Door, encounter_id: int) -> str:
    body = json.dumps({**FREQUENT_VISITOR, "encounter_id": encounter_id}).encode()
    return str(json.loads(door.ask("POST", "/predict", HEADERS, body).body)["prediction_id"])


def stored(postgres: RunningPostgres, table: str, prediction: str) -> int:
    with psycopg.connect(postgres.url("readmission_serving").get_secret_value()) as connection:
        query = f"SELECT COUNT(*) FROM serving.{table} WHERE prediction_id = %s"
        row = connection.execute(query, (prediction,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("first", ["encounter_id", "prediction_id"])
@pytest.mark.parametrize("second", ["encounter_id", "prediction_id"])
def test_two_outcomes_of_one_prediction_must_agree(
    inference: Door, own_postgres: RunningPostgres, first: str, second: str
) -> None:
    encounter = uuid4().int % 10**9 + 1
    prediction = predict(inference, encounter)
    ids = {"encounter_id": encounter, "prediction_id": prediction}
    reports = [
        {first: ids[first], "readmitted": "NO"},
        {second: ids[second], "readmitted": "<30"},
    ]
    answer = inference.ask("POST", "/outcomes", HEADERS, json.dumps(reports).encode())
    assert answer.status == 422, answer
    assert json.loads(answer.body)["errors"][0]["field"] == "1.readmitted"
    assert stored(own_postgres, "outcomes", prediction) == 0
    agreeing = [{**each, "readmitted": "NO"} for each in reports]
    assert inference.ask("POST", "/outcomes", HEADERS, json.dumps(agreeing).encode()).status == 201
    assert stored(own_postgres, "outcomes", prediction) == 2


UNSEEN = ("\u200b", "\u200b\u200d \ufeff", "\u2060", "\u00ad", "\u3164", "\u2800", "...", "\u202e")


@pytest.mark.parametrize("reason", UNSEEN, ids=[ascii(reason) for reason in UNSEEN])
def test_a_reason_nobody_can_see_is_none(inference: Door, own_postgres: RunningPostgres, reason: str) -> None:
    prediction = predict(inference, uuid4().int % 10**9 + 1)
    for verdict in ("override", "agree"):
        body = json.dumps({"verdict": verdict, "reason": reason}).encode()
        answer = inference.ask("POST", f"/predictions/{prediction}/feedback", HEADERS, body)
        assert answer.status == 422, answer
        assert json.loads(answer.body)["errors"][0]["field"] == "reason"
    assert stored(own_postgres, "feedback", prediction) == 0
    for order in ({"reason": reason}, {"reason": "a reason", "actor": reason}):
        refused = inference.ask("POST", "/models/rollback", HEADERS, json.dumps(order).encode())
        assert refused.status == 422, refused


@pytest.mark.parametrize("reason", ["two words", "理由", "é", "7"])
def test_reasons_in_any_script_are_kept(inference: Door, reason: str) -> None:
    prediction = predict(inference, uuid4().int % 10**9 + 1)
    body = json.dumps({"verdict": "override", "reason": reason}).encode()
    answer = inference.ask("POST", f"/predictions/{prediction}/feedback", HEADERS, body)
    assert answer.status == 201
    assert json.loads(answer.body)["reason"] == reason


ACCEPT = {
    "text/csv;q=0.1, application/json": "application/json",
    "application/json;q=0, */*": "application/x-ndjson",
    "*/*;q=0.1, text/csv": "text/csv",
    "application/x-ndjson;q=0.2, text/csv;q=0.9, application/json;q=0.5": "text/csv",
    "text/*": "text/csv",
    "text/csv;q=0": "",
}


@pytest.mark.parametrize("accept", ACCEPT)
def test_the_quality_of_a_format_counts(inference: Door, accept: str) -> None:
    body = json.dumps(FREQUENT_VISITOR).encode()
    headers = {"Content-Type": "application/x-ndjson", "Accept": accept}
    answer = inference.ask("POST", "/predict/batch", headers, body)
    if ACCEPT[accept]:
        assert f"content-type: {ACCEPT[accept]}" in answer.head
    else:
        assert answer.status == 406
