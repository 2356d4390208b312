"""Reading over HTTP: formats that agree, hashes that hold, problems that say what is wrong."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator

import httpx
import polars as pl
import pytest

from readmission.contract.encounter import BY_NAME, COLUMN_NAMES
from readmission.contract.parse import parse_text
from tests.integration.data_service.conftest import DataService

ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture
def client(small_service: DataService) -> Iterator[httpx.Client]:
    with small_service.client() as client:
        yield client


def test_dataset_says_what_is_served(client: httpx.Client) -> None:
    dataset = client.get("/dataset").json()
    assert (dataset["kind"], dataset["synthetic"], dataset["rows"]) == ("file", False, 400)
    assert (dataset["salt"], dataset["batch_size"]) == ("readmission-v1", 60)
    assert dataset["splits"] == client.get("/splits").json()["splits"]
    for split, counts in dataset["splits"].items():
        batches = client.get(f"/splits/{split}/batches").json()["batches"]
        assert [batch["number"] for batch in batches] == list(range(counts["batches"]))
        assert sum(batch["rows"] for batch in batches) == counts["rows"]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_all_formats_agree(client: httpx.Client, split: str) -> None:
    path = f"/splits/{split}/batches/0"
    listed = client.get(f"/splits/{split}/batches").json()["batches"][0]
    as_csv = client.get(path, headers={"Accept": "text/csv"})
    assert hashlib.sha256(as_csv.content).hexdigest() == as_csv.headers["X-Batch-SHA256"] == listed["sha256"]
    assert as_csv.headers["X-Dataset-SHA256"] == client.get("/dataset").json()["sha256"]
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert len(rows) == listed["rows"]

    as_arrow = client.get(path, headers={"Accept": ARROW})
    frame = pl.read_ipc_stream(io.BytesIO(as_arrow.content))
    assert frame.columns == list(COLUMN_NAMES)
    assert frame.rows(named=True) == rows

    as_json = client.get(path, headers={"Accept": "application/json"})
    expected = [{name: parse_text(BY_NAME[name], text) for name, text in row.items()} for row in rows]
    assert json.loads(as_json.content) == expected
    assert as_json.headers["X-Batch-SHA256"] == listed["sha256"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.5, application/vnd.apache.arrow.stream", ARROW),
        ("application/json;q=0, */*", "text/csv"),
        ("text/html, text/csv;q=0.1", "text/csv"),
    ],
)
def test_the_preferred_format_is_given(client: httpx.Client, accept: str | None, expected: str) -> None:
    client.headers.pop("accept")
    answer = client.get("/splits/test/batches/0", headers={"Accept": accept} if accept else {})
    assert answer.headers["content-type"].startswith(expected)


@pytest.mark.parametrize(
    ("path", "headers", "status", "says"),
    [
        ("/splits/dev/batches", {}, 404, "train, validation, test"),
        ("/splits/dev/batches/0", {}, 404, "train, validation, test"),
        ("/splits/test/batches/77", {}, 404, "test has no batch 77; it has batches 0 to"),
        ("/splits/test/batches/-1", {}, 422, "number"),
        ("/splits/test/batches/one", {}, 422, "number"),
        ("/splits/test/batches/99999999999999999999", {}, 422, "number"),
        ("/splits/test/batches/0", {"Accept": "image/png"}, 406, "text/csv"),
        ("/splits/test/batches/0", {"Accept": "nonsense;;q=,"}, 406, "text/csv"),
        ("/consumers/ETL!/splits/test/batches/0", {}, 422, "consumer"),
        ("/consumers/etl/splits/test/batches/77", {}, 404, "test has no batch 77"),
        ("/nowhere", {}, 404, "Not Found"),
    ],
)
def test_bad_requests_are_problem_details(
    client: httpx.Client, path: str, headers: dict[str, str], status: int, says: str
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert says in problem["detail"] + str(problem["errors"])


def test_a_method_that_is_not_there_is_refused(client: httpx.Client) -> None:
    answer = client.delete("/dataset")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


@pytest.mark.parametrize("path", ["/dataset", "/splits/test/batches/0", "/healthz", "/splits/dev/batches"])
def test_head_is_get_without_body(client: httpx.Client, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    differing = {"x-request-id", "date"}
    assert {k: v for k, v in head.headers.items() if k not in differing} == {
        k: v for k, v in get.headers.items() if k not in differing
    }


def test_progress_is_kept_by_consumer_and_never_goes_back(client: httpx.Client, small_service: DataService) -> None:
    path = "/consumers/etl/splits/train/batches/1"
    assert client.get(path).json()["state"] == "not_taken"
    taken = client.put(path, json={"state": "taken"}).json()
    assert (taken["state"], taken["acknowledged_at"]) == ("taken", None)
    done = client.put(path, json={"state": "acknowledged"}).json()
    assert done["state"] == "acknowledged"
    assert client.put(path, json={"state": "taken"}).json() == done
    assert client.put(path, json={"state": "acknowledged"}).json() == done
    assert client.get(path.replace("etl", "other")).json()["state"] == "not_taken"
    assert client.get(path.replace("/1", "/0")).json()["state"] == "not_taken"
    small_service.kill()
    small_service.start()
    small_service.wait_ready()
    assert client.get(path).json() == done


@pytest.mark.parametrize("body", [{}, {"state": "lost"}, {"state": "taken", "more": 1}, [], "taken"])
def test_a_bad_progress_is_refused(client: httpx.Client, body: object) -> None:
    answer = client.put("/consumers/etl/splits/test/batches/0", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert client.get("/consumers/etl/splits/test/batches/0").json()["state"] == "not_taken"


def test_requests_are_counted_and_logged_without_values(client: httpx.Client, small_service: DataService) -> None:
    answer = client.get("/splits/train/batches/0", headers={"Accept": "text/csv", "X-Request-ID": "from-test-1"})
    assert answer.headers["X-Request-ID"] == "from-test-1"
    metrics = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/splits/{split}/batches/{number}"' in metrics
    assert 'data_batches_served_total{format="csv",split="train"}' in metrics
    assert client.get("/healthz", headers={"X-Request-ID": "no spaces allowed"}).headers["X-Request-ID"].isalnum()
    lines = [json.loads(line) for line in small_service.log.splitlines()]
    mine = [line for line in lines if line.get("request_id") == "from-test-1"]
    assert [(line["status"], line["route"]) for line in mine] == [(200, "/splits/{split}/batches/{number}")]


def test_openapi_describes_every_route(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == 10
    assert all(operation["summary"] for operation in operations)
    formats = document["paths"]["/splits/{split}/batches/{number}"]["get"]["responses"]["200"]["content"]
    assert set(formats) == {"application/json", "text/csv", ARROW}
