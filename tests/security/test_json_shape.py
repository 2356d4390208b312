"""JSON that two parsers could read differently, or choke on, is refused wherever JSON is taken."""

import json

import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.contract.json_shape import MOST_LEVELS
from tests.security.doors import ADMIN_KEY, Door

SOME_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
HEADERS = {"Content-Type": "application/json", "X-API-Key": ADMIN_KEY}
ENCOUNTER = json.dumps(FREQUENT_VISITOR)
DOUBLE = {
    "/predict": ENCOUNTER[:-1] + ', "age": "[0-10)"}',
    "/explain": ENCOUNTER[:-1] + ', "age" : "[0-10)"}',
    f"/predictions/{SOME_ID}/feedback": '{"verdict": "agree", "verdict": "agree"}',
    "/outcomes": '{"encounter_id": 1, "encounter_id": 2, "readmitted": "NO"}',
    "/v2/models/readmission/infer": '{"id": "a", "id": "b", "inputs": []}',
    "/models/rollback": '{"reason": "one", "reason": "another"}',
}


@pytest.mark.parametrize("path", DOUBLE)
def test_a_key_that_is_there_twice_is_named(inference: Door, path: str) -> None:
    answer = inference.ask("POST", path, HEADERS, DOUBLE[path].encode())
    assert answer.status == 422, answer
    assert "is there more than once" in answer.text


def test_a_row_of_a_batch_with_a_key_twice_is_refused_and_the_others_are_answered(inference: Door) -> None:
    body = "\n".join([ENCOUNTER, DOUBLE["/predict"], ENCOUNTER]).encode()
    answer = inference.ask("POST", "/predict/batch", {"Content-Type": "application/x-ndjson"}, body)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert ["prediction_id" in line for line in lines] == [True, False, True]
    assert lines[1]["errors"][0]["field"] == "age"


def test_the_last_of_two_values_is_not_hidden_by_columns_left_out(inference: Door) -> None:
    """As many colons as columns would be there, were no optional one left out."""
    short = {name: value for name, value in FREQUENT_VISITOR.items() if name != "race"}
    body = json.dumps(short)[:-1] + ', "age": "[0-10)"}'
    assert inference.ask("POST", "/predict", HEADERS, body.encode()).status == 422


def test_colons_in_values_are_no_keys(inference: Door) -> None:
    encounter = {**FREQUENT_VISITOR, "medical_specialty": "a:b:c"}
    assert inference.ask("POST", "/predict", HEADERS, json.dumps(encounter).encode()).status == 200


@pytest.mark.parametrize("path", DOUBLE)
def test_deep_nesting_is_refused(inference: Door, path: str) -> None:
    for deep in ("[" * 30_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 30_000 + "]" * 30_000):
        answer = inference.ask("POST", path, HEADERS, deep.encode())
        assert answer.status in (400, 422), answer
        assert "urn:readmission:" in answer.text


def test_deep_nesting_is_refused_by_the_other_services(data: Door, page: Door) -> None:
    deep = b"[" * (MOST_LEVELS + 1) + b"]" * (MOST_LEVELS + 1)
    for door, method, path in (
        (data, "PUT", "/consumers/x/splits/train/batches/0"),
        (page, "POST", "/en/gradio_api/queue/join"),
    ):
        answer = door.ask(method, path, HEADERS, deep)
        assert answer.status == 400, answer
        assert "deeper than" in answer.text
