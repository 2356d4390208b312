"""Outcomes: by prediction or encounter, one or many, from HTTP or a file; history kept, unknown ids refused whole."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from readmission.errors import InvalidInputError, NotFoundError
from readmission.pipeline.load_outcomes import load_outcomes, read_outcomes
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, Service, StartService
from tests.small_model import SmallModel, made_up_encounters


@pytest.fixture
def service(
    make_service: StartService, registry: Registry, models: Callable[[float], SmallModel]
) -> tuple[Service, list[dict[str, Any]]]:
    """A running service, and the answers to four encounters; the last two are of one encounter id."""
    registry.make_live("outcomes", registry.register(models(0.0)))
    running = make_service("outcomes").start()
    encounters = made_up_encounters(4, seed=5)
    ids = [1001, 1002, 1003, 1003]
    answers = [running.predict({"encounter_id": i, **e}).json() for i, e in zip(ids, encounters, strict=True)]
    return running, answers


def history(service: Service) -> list[tuple[str, str, str]]:
    with psycopg.connect(service.database_url) as connection:
        rows = connection.execute("SELECT prediction_id, readmitted, kind FROM serving.outcomes ORDER BY outcome_id")
        return [(str(row[0]), row[1], row[2]) for row in rows]


def test_reports_are_kept_as_history_and_the_newest_counts(service: tuple[Service, list[dict[str, Any]]]) -> None:
    running, answers = service
    first = answers[0]["prediction_id"]
    for label, expected in (("NO", "first"), ("NO", "duplicate"), ("<30", "correction")):
        stored = running.client.post("/outcomes", json={"prediction_id": first, "readmitted": label})
        assert stored.status_code == 201
        assert stored.json()[expected] == 1
    assert history(running) == [(first, "NO", "first"), (first, "NO", "duplicate"), (first, "<30", "correction")]
    with psycopg.connect(running.database_url) as connection:
        latest = connection.execute("SELECT readmitted FROM serving.latest_outcomes").fetchall()
        assert latest == [("<30",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM serving.outcomes")


def test_an_encounter_gives_its_outcome_to_every_prediction_of_it(
    service: tuple[Service, list[dict[str, Any]]],
) -> None:
    running, answers = service
    many = [{"encounter_id": 1002, "readmitted": ">30"}, {"encounter_id": 1003, "readmitted": "<30"}]
    assert running.client.post("/outcomes", json=many).json() == {"first": 3, "duplicate": 0, "correction": 0}
    assert {row[0] for row in history(running)} == {each["prediction_id"] for each in answers[1:]}


def test_unknown_ids_are_named_and_nothing_is_stored(service: tuple[Service, list[dict[str, Any]]]) -> None:
    running, answers = service
    many = [
        {"prediction_id": answers[0]["prediction_id"], "readmitted": "NO"},
        {"prediction_id": str(uuid4()), "readmitted": "NO"},
        {"encounter_id": 77, "readmitted": "NO"},
    ]
    refused = running.client.post("/outcomes", json=many)
    assert refused.status_code == 404
    assert [error["field"] for error in refused.json()["errors"]] == ["1.prediction_id", "2.encounter_id"]
    assert history(running) == []


BROKEN: tuple[Any, ...] = (
    {"readmitted": "NO"},
    {"prediction_id": "not-an-id", "readmitted": "NO"},
    {"encounter_id": 1001, "readmitted": "maybe"},
    {"encounter_id": 1001, "prediction_id": "01a20a67-6014-725c-b785-e5ac1d9d2a32", "readmitted": "NO"},
    {"encounter_id": 1001, "readmitted": "NO", "other": 1},
    [],
)


def test_what_breaks_the_contract_is_refused(service: tuple[Service, list[dict[str, Any]]]) -> None:
    running, _ = service
    for body in BROKEN:
        refused = running.client.post("/outcomes", json=body)
        assert refused.status_code == 422, body
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["errors"]
    assert history(running) == []


def test_a_file_is_loaded_whole_or_not_at_all(
    service: tuple[Service, list[dict[str, Any]]], empty_database: RunningPostgres, tmp_path: Path
) -> None:
    running, answers = service
    url = empty_database.url("readmission_serving")
    csv, lines = tmp_path / "outcomes.csv", tmp_path / "outcomes.jsonl"
    csv.write_text(f"encounter_id,prediction_id,readmitted\n1001,,NO\n,{answers[1]['prediction_id']},<30\n")
    lines.write_text(json.dumps({"encounter_id": 1001, "readmitted": ">30"}) + "\n")
    assert load_outcomes(url, csv, "ann") == {"first": 2, "duplicate": 0, "correction": 0}
    assert load_outcomes(url, lines, "ann") == {"first": 0, "duplicate": 0, "correction": 1}
    unknown = tmp_path / "unknown.csv"
    unknown.write_text("encounter_id,readmitted\n1002,NO\n5,NO\n")
    with pytest.raises(NotFoundError, match="1 of 2"):
        load_outcomes(url, unknown, "ann")
    assert len(history(running)) == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("encounter_id,readmitted\n1,NO\nx,NO\n", "line 3"),
        ("encounter_id,readmitted\n1,NO\n2,never\n", "line 3: readmitted"),
        ("encounter,readmitted\n1,NO\n", "header"),
        ("encounter_id,readmitted\n", "no outcomes"),
    ],
)
def test_a_bad_file_names_its_lines(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(text)
    with pytest.raises(InvalidInputError) as refused:
        read_outcomes(file)
    assert named in refused.value.message + str([problem.field for problem in refused.value.problems])
