"""A body wrong in thousands of places: twenty are named, the rest counted, and others can be answered meanwhile."""

import json

import psutil
import pytest

from readmission.settings import HttpSettings
from tests.security.doors import ADMIN_KEY, Door

SOME_ID = "01980c5e-7b7a-7cc3-98c4-dc0c0c07398f"
HEADERS = {"Content-Type": "application/json", "X-API-Key": ADMIN_KEY}
FEEDBACK = f"/predictions/{SOME_ID}/feedback"
MOST_LOOP_SECONDS = 0.1
"""Processor time a flood may cost the thread that answers everybody: it was 12 s, it is .02. Waiting is not in it."""
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


def loop_seconds(door: Door) -> float:
    """Processor time so far of the threads that run the service's event loops: the first one of each worker."""
    listening = {
        each.pid for each in psutil.net_connections("tcp") if each.laddr and each.laddr.port == door.port and each.pid
    }
    times = [
        thread.user_time + thread.system_time
        for pid in listening
        for thread in psutil.Process(pid).threads()
        if thread.id == pid
    ]
    assert times, "nothing listens"
    return sum(times)


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_keeps_the_thread_that_answers_everybody_free(inference: Door, name: str) -> None:
    path, body = FLOODS[name]
    before = loop_seconds(inference)
    answer = inference.ask("POST", path, HEADERS, body)
    spent = loop_seconds(inference) - before
    assert answer.status in (400, 413, 422), answer
    assert len(answer.body) < 20_000
    assert spent < MOST_LOOP_SECONDS
