"""The real data set over HTTP: every encounter once, no patient in two splits, every hash right."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import polars as pl

from readmission.dataset.published import CSV_SHA256
from tests.integration.data_service.conftest import DataService


def test_all_of_it(start_service: Callable[..., DataService], real_dataset: Path, tmp_path: Path) -> None:
    service = start_service(real_dataset)
    patients: dict[str, set[str]] = {}
    frames = []
    with service.client() as client:
        dataset = client.get("/dataset").json()
        for split in ("train", "validation", "test"):
            for batch in client.get(f"/splits/{split}/batches").json()["batches"]:
                path = f"/splits/{split}/batches/{batch['number']}"
                answer = client.get(path, headers={"Accept": "text/csv"})
                assert hashlib.sha256(answer.content).hexdigest() == batch["sha256"]
                frame = pl.read_csv(answer.content, infer_schema=False)
                assert frame.height == batch["rows"] <= 15_000
                patients.setdefault(split, set()).update(frame["patient_nbr"])
                frames.append(frame)
    assert (dataset["kind"], dataset["synthetic"], dataset["sha256"]) == ("uci", False, CSV_SHA256)
    assert dataset["rows"] == 101_766
    assert {split: counts["patients"] for split, counts in dataset["splits"].items()} == {
        split: len(mine) for split, mine in patients.items()
    }
    assert sum(len(mine) for mine in patients.values()) == len(set().union(*patients.values())) == 71_518
    source = pl.read_csv(next((service.state_dir / "dataset").glob("*.csv")), infer_schema=False)
    assert pl.concat(frames).sort("encounter_id").equals(source.sort("encounter_id"))
