"""A body wrong in thousands of places: twenty are named, the rest counted, and others are answered meanwhile."""

import json
import threading
import time

import pytest

from readmission.settings import HttpSettings
from tests.security.doors import ADMIN_KEY, Answer, Door

SOME_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
HEADERS = {"Content-Type": "application/json", "X-API-Key": ADMIN_KEY}
FEEDBACK = f"/predictions/{SOME_ID}/feedback"
MOST_WAIT_SECONDS = 3
"""What anyone else may wait; it was 12 s. A busy machine is slow by itself, so this is no claim of speed."""
LIST = HttpSettings().max_list_bytes


def unknown_keys(count: int) -> str:
    return "{" + ",".join(f'"k{number}":1' for number in range(count)) + "}"


@pytest.mark.parametrize("path", [FEEDBACK, "/predict", "/explain", "/models/rollback"])
def test_twenty_problems_are_named_and_the_rest_counted(inference: Door, path: str) -> None:
    answer = inference.ask("POST", path, HEADERS, unknown_keys(900).encode())
    assert answer.status == 422
    problem = json.loads(answer.body)
    assert len(problem["errors"]) == 20
    assert problem["more_errors"] >= 880
    assert f"{20 + problem['more_errors']} " in problem["detail"]
    assert len(answer.body) < 5_000


def fit(one: str) -> bytes:
    """As many of one thing as a list takes."""
    return ("[" + ",".join([one] * ((LIST - 2) // (len(one) + 1))) + "]").encode()


FLOODS = {
    "feedback of 7 MB": (FEEDBACK, unknown_keys(600_000).encode()),
    "feedback of the most that is read": (FEEDBACK, unknown_keys(5_500).encode()),
    "outcomes with nothing in them": ("/outcomes", fit("{}")),
    "outcomes, each wrong": (
        "/outcomes",
        b"[" + b",".join([b'{"prediction_id":"x","readmitted":"y","z":1}'] * 10_000) + b"]",
    ),
    "one outcome of unknown keys": ("/outcomes", unknown_keys(150_000).encode()),
    "outcomes of unknown keys": ("/outcomes", fit(unknown_keys(900))),
    "outcomes that are lists": ("/outcomes", fit("[]")),
    "a tensor of objects": (
        "/v2/models/readmission/infer",
        b'{"inputs":[{"name":"age","shape":[1],"datatype":"BYTES","data":'
        + fit("{}")[: LIST - 100].rstrip(b",{")
        + b"]}]}",
    ),
    "tensors without end": (
        "/v2/models/readmission/infer",
        b'{"inputs":' + fit("{}")[: LIST - 100].rstrip(b",{") + b"]}",
    ),
}


@pytest.mark.parametrize("name", FLOODS)
def test_others_are_answered_while_a_flood_is_refused(inference: Door, name: str) -> None:
    path, body = FLOODS[name]
    answers: list[Answer] = []
    flood = threading.Thread(target=lambda: answers.append(inference.ask("POST", path, HEADERS, body)))
    flood.start()
    longest = 0.0
    while flood.is_alive():
        began = time.monotonic()
        assert inference.ask("GET", "/healthz").status == 200
        longest = max(longest, time.monotonic() - began)
    flood.join()
    assert answers[0].status in (400, 413, 422), answers[0]
    assert len(answers[0].body) < 20_000
    assert longest < MOST_WAIT_SECONDS
