"""The data report: one file that needs nothing else, logged in MLflow once."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from mlflow import MlflowClient

from readmission.errors import NotFoundError, UnavailableError
from readmission.pipeline.ingest_batch import ingest_batch
from readmission.pipeline.profile_columns import profile_columns
from readmission.pipeline.report_data import report_data
from readmission.pipeline.transform_batch import transform_batch
from readmission.settings import Settings
from tests.conftest import RunningParts, free_port
from tests.integration.pipeline.tiny_data_service import TinyDataService, serve
from tests.made_up_encounters import make_rows, to_csv

MakeSettings = Callable[[str], Settings]


class Addresses(HTMLParser):
    """Every address a page would load, and every script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href") and tag != "a"]
        if tag in ("script", "iframe", "link"):
            self.found.append(tag)


def prepare(make_settings: MakeSettings) -> Settings:
    with serve(TinyDataService({"train": [to_csv(make_rows(1500))]}, kind="synthetic")) as service:
        settings = make_settings(service.url)
        ingest_batch(settings, "train", 0)
        transform_batch(settings, "train", 0)
        return settings


def test_report_is_logged_once(
    make_settings: MakeSettings, s3_and_mlflow: RunningParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_and_mlflow.environment.items():
        monkeypatch.setenv(name, value)
    uri = s3_and_mlflow.environment["MLFLOW_TRACKING_URI"]
    settings = prepare(make_settings).model_copy(update={"mlflow_tracking_uri": uri, "code_commit": "abc123"})
    with pytest.raises(NotFoundError, match="no columns are chosen yet"):
        report_data(settings)
    profile_columns(settings)
    first = report_data(settings)
    assert first["logged"]
    assert report_data(settings) == {**first, "logged": False}
    client = MlflowClient(uri)
    run = client.get_run(first["run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.tags["dataset_kind"] == "synthetic"
    assert run.data.tags["code_commit"] == "abc123"
    assert run.data.metrics["encounters"] == 1500
    logged = {file.path for file in client.list_artifacts(first["run_id"])}
    assert logged == {"data_report.html", "columns.json"}
    with open(client.download_artifacts(first["run_id"], "data_report.html"), encoding="utf-8") as file:  # noqa: PTH123
        html = file.read()
    assert "These encounters are synthetic" in html
    for title in ("Missing values", "Signal of each column", "Who comes back within 30 days", "Length of stay"):
        assert title in html
    assert html.count("<svg") > 20
    addresses = Addresses()
    addresses.feed(html)
    assert [address for address in addresses.found if not address.startswith("#")] == []


def test_mlflow_down_is_one_clear_error(make_settings: MakeSettings) -> None:
    settings = prepare(make_settings)
    profile_columns(settings)
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(UnavailableError, match=f"MLflow at {address} does not answer"):
        report_data(settings.model_copy(update={"mlflow_tracking_uri": address}))
