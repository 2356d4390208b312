"""Later encounters: all of a delivery or none of it, once, and never a change to what was served."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import polars as pl
import pytest

from readmission.dataset.splits import assign_split
from tests.integration.data_service.conftest import ADMIN_KEY, DataService
from tests.unit.dataset.made_up import csv_text, made_up_row, write_rows

KEY = {"X-API-Key": ADMIN_KEY, "Content-Type": "text/csv"}


@pytest.fixture
def service(start_service: Callable[..., DataService], tmp_path: Path) -> DataService:
    (tmp_path / "mine.csv").write_text(csv_text(200))
    return start_service(tmp_path / "mine.csv", READMISSION_DATA_SERVICE__BATCH_SIZE="30")


@pytest.fixture
def client(service: DataService) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


def served(client: httpx.Client) -> dict[str, list[dict[str, object]]]:
    """Every batch of every split."""
    return {
        split: client.get(f"/splits/{split}/batches").json()["batches"] for split in ("train", "validation", "test")
    }


def test_arrivals_are_appended_and_survive_a_kill(client: httpx.Client, service: DataService) -> None:
    before = served(client)
    body = csv_text(100, first_id=5000)
    answer = client.put("/arrivals/2009-01", content=body, headers=KEY)
    assert answer.status_code == 201
    arrival = answer.json()
    assert arrival["rows"] == 100 == sum(batch["rows"] for batch in arrival["batches"])
    after = served(client)
    for split, batches in before.items():
        assert after[split][: len(batches)] == batches
    new = {(split, b["number"]) for split in after for b in after[split]} - {
        (split, b["number"]) for split in before for b in before[split]
    }
    assert new == {(batch["split"], batch["number"]) for batch in arrival["batches"]}
    for split, number in new:
        text = client.get(f"/splits/{split}/batches/{number}", headers={"Accept": "text/csv"}).content
        patients = pl.read_csv(text, infer_schema=False)["patient_nbr"]
        assert {assign_split(patient, "readmission-v1") for patient in patients} == {split}

    again = client.put("/arrivals/2009-01", content=body, headers=KEY)
    assert (again.status_code, again.json()) == (200, arrival)
    other = client.put("/arrivals/2009-01", content=csv_text(5, first_id=9000), headers=KEY)
    assert other.status_code == 409
    assert "other content" in other.json()["detail"]
    dataset = client.get("/dataset").json()
    assert (dataset["rows"], dataset["arrivals"]) == (300, 1)

    service.kill()
    service.start()
    service.wait_ready()
    assert served(client) == after
    assert client.get("/dataset").json() == dataset


def test_killed_while_storing_an_arrival(client: httpx.Client, service: DataService) -> None:
    before = served(client)
    files = len(list(service.state_dir.glob("data_service/*/batches/*.csv")))
    body = csv_text(12_000, first_id=5000)

    def send() -> None:
        with service.client() as sender, contextlib.suppress(httpx.TransportError):
            sender.put("/arrivals/large", content=body, headers=KEY)

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        deadline = time.monotonic() + 60
        while len(list(service.state_dir.glob("data_service/*/batches/*.csv"))) < files + 20:
            assert time.monotonic() < deadline, service.log
        service.kill()
        sending.result()
    service.start()
    service.wait_ready()
    assert served(client) == before
    assert client.get("/dataset").json()["rows"] == 200
    assert client.put("/arrivals/large", content=body, headers=KEY).status_code == 201
    assert client.get("/dataset").json()["rows"] == 12_200
    for split, batches in served(client).items():
        for batch in batches:
            answer = client.get(f"/splits/{split}/batches/{batch['number']}", headers={"Accept": "text/csv"})
            assert hashlib.sha256(answer.content).hexdigest() == batch["sha256"]


@pytest.mark.parametrize(
    ("rows", "status", "says"),
    [
        (write_rows([made_up_row(7000), made_up_row(7001, race="Martian")]), 422, "line 3: race"),
        (write_rows([made_up_row(7000, num_medications="many")]), 422, "line 2: num_medications"),
        (write_rows([made_up_row(7000, time_in_hospital=15)]), 422, "is out of range"),
        (write_rows([made_up_row(7000, discharge_disposition_id=99)]), 422, "is not a known code"),
        (write_rows([made_up_row(7000, gender="?")]), 422, "is missing"),
        (write_rows([made_up_row(7000, readmitted="MAYBE")]), 422, "line 2: readmitted"),
        (write_rows([made_up_row(7000, diag_1="x" * 65)]), 422, "is too long"),
        (write_rows([made_up_row(7000), made_up_row(7000)]), 422, "line 3 repeats encounter_id 7000"),
        (write_rows([made_up_row(7000), made_up_row(1000)]), 409, "line 3: encounter_id"),
        (write_rows([]), 422, "no encounters"),
        ("encounter_id,race\n1,Other\n", 422, "lacks 48 column(s)"),
        (csv_text(2)[:-80], 422, "line 3 has"),
        ("", 422, "lacks 50 column(s)"),
    ],
)
def test_a_bad_arrival_is_refused_whole(small_service: DataService, rows: str, status: int, says: str) -> None:
    with small_service.client() as client:
        before = served(client), client.get("/dataset").json()
        answer = client.put("/arrivals/bad", content=rows, headers=KEY)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        problem = answer.json()
        assert says in problem["detail"] + str(problem["errors"])
        assert "Martian" not in answer.text
        assert (served(client), client.get("/dataset").json()) == before
    assert list(small_service.state_dir.glob("data_service/*/incoming/*")) == []


def test_the_name_of_a_refused_arrival_stays_free(client: httpx.Client) -> None:
    refused = client.put("/arrivals/mine", content=csv_text(3), headers=KEY)
    assert (refused.status_code, len(refused.json()["errors"])) == (409, 3)
    assert client.put("/arrivals/mine", content=csv_text(3, first_id=7000), headers=KEY).status_code == 201


def test_only_the_admin_key_opens(client: httpx.Client) -> None:
    body = csv_text(3, first_id=7000)
    for headers in ({}, {"X-API-Key": "wrong"}, {"X-API-Key": ""}):
        answer = client.put("/arrivals/mine", content=body, headers={"Content-Type": "text/csv", **headers})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert client.put("/arrivals/mine", content=body, headers=KEY | {"Content-Type": "text/plain"}).status_code == 415
    assert client.put("/arrivals/Bad Name", content=body, headers=KEY).status_code == 422
    assert client.get("/dataset").json()["arrivals"] == 0


def test_without_a_key_of_its_own_the_service_refuses_everybody(
    start_service: Callable[..., DataService], tmp_path: Path
) -> None:
    (tmp_path / "other.csv").write_text(csv_text(20))
    empty = start_service(tmp_path / "other.csv", READMISSION_DATA_SERVICE__ADMIN_KEY="")
    with empty.client() as client:
        answer = client.put("/arrivals/mine", content=csv_text(3, first_id=7000), headers=KEY | {"X-API-Key": ""})
    assert answer.status_code == 401
