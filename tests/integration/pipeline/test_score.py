"""`readmission score`: every kind of source, problems beside the answers, and a kill -9 that changes nothing."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readmission.errors import ConflictError, InvalidInputError, NotFoundError
from readmission.pipeline.score.rows import score_rows
from readmission.pipeline.score.source import open_file, open_table
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.local_models import LocalModels, RememberedVersion
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningPostgres
from tests.made_up_encounters import make_rows, to_csv
from tests.signing import TestGate
from tests.small_model import SmallModel, made_up_encounters

SOURCE = str(Path(__file__).parents[3] / "src")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SmallModel:
    return SmallModel.write(tmp_path_factory.mktemp("model") / "files")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_csv_and_parquet_give_the_model_s_own_risks(model: SmallModel, tmp_path: Path) -> None:
    encounters = made_up_encounters(250, seed=3)
    opened = model.open()
    expected, _ = opened.predict_risks(encounters)
    names = list(encounters[0])
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "readmitted"])  # the data set's own files have it; it is never read
        writer.writerows([*("?" if row[name] is None else row[name] for name in names), "NO"] for row in encounters)
    pq.write_table(pa.Table.from_pylist(encounters), tmp_path / "rows.parquet")
    outputs = []
    for name in ("rows.csv", "rows.parquet"):
        output = tmp_path / f"{name}.risks.csv"
        done = score_rows(open_file(tmp_path / name), opened, output, part_rows=100)
        assert (done["scored"], done["problems"]) == (250, 0)
        outputs.append(output.read_bytes())
        assert [float(row["risk_30d"]) for row in read(output)] == pytest.approx(expected, abs=1e-6)
        assert not (tmp_path / f"{name}.risks.csv.parts").exists()
    assert outputs[0] == outputs[1]


def test_rows_that_cannot_be_scored_go_to_a_file_of_their_own(model: SmallModel, tmp_path: Path) -> None:
    rows = make_rows(6, seed=4)
    for row in rows:
        row["discharge_disposition_id"] = "1"
    rows[1]["age"] = "old"
    rows[1]["time_in_hospital"] = "many"
    rows[4]["discharge_disposition_id"] = "11"
    (tmp_path / "rows.csv").write_bytes(to_csv(rows) + b"1,2\n\xff\n")
    done = score_rows(open_file(tmp_path / "rows.csv"), model.open(), tmp_path / "out.csv", part_rows=2)
    assert done["scored"] == 4
    assert [row["row"] for row in read(tmp_path / "out.csv")] == ["1", "3", "4", "6"]
    problems = [(row["row"], row["field"]) for row in read(tmp_path / "out.csv.errors.csv")]
    assert problems == [
        ("2", "age"), ("2", "time_in_hospital"), ("5", "discharge_disposition_id"), ("7", ""), ("8", ""),
    ]  # fmt: skip


def test_what_is_no_source_is_refused(model: SmallModel, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("age,shoe_size\n")
    with pytest.raises(InvalidInputError, match="header"):
        score_rows(open_file(tmp_path / "rows.csv"), model.open(), tmp_path / "out.csv")
    pq.write_table(pa.table({"time_in_hospital": [1.5]}), tmp_path / "rows.parquet")
    with pytest.raises(InvalidInputError, match="another type"):
        open_file(tmp_path / "rows.parquet")
    (tmp_path / "no.parquet").write_text("no")
    for name in ("no.parquet", "absent.csv", "rows.xls"):
        with pytest.raises(InvalidInputError):
            open_file(tmp_path / name)


def test_a_table(model: SmallModel, empty_database: RunningPostgres, tmp_path: Path) -> None:
    frame = frame_of_made_up_encounters(500, seed=8)
    fill_clean_tables(empty_database.url("readmission_migrator").get_secret_value(), frame, "synthetic")
    with connect(empty_database.url("readmission_pipeline")) as connection:
        source = open_table(connection, "clean.encounters")
        done = score_rows(source, model.open(), tmp_path / "out.csv", part_rows=200)
        refused = {row["row"] for row in read(tmp_path / "out.csv.errors.csv")}
        assert done["scored"] + len(refused) == source.whole > 0
        ids = [int(row["encounter_id"]) for row in read(tmp_path / "out.csv")]
        assert ids == sorted(ids)
        with pytest.raises(NotFoundError, match="no table"):
            open_table(connection, "clean.nothing")


def test_a_kill_in_the_middle_changes_nothing(model: SmallModel, test_gate: TestGate, tmp_path: Path) -> None:
    once = to_csv(make_rows(2_000, seed=5))
    header, rows = once.split(b"\n", 1)
    (tmp_path / "rows.csv").write_bytes(header + b"\n" + rows * 40)
    local = LocalModels(tmp_path / "state" / "inference_service" / "models")
    kept = RememberedVersion("7", model.manifest_sha256)
    local.remember_champion(kept, test_gate.sign("7", model.manifest_sha256))
    local.folder_of(kept).parent.mkdir()
    local.folder_of(kept).symlink_to(model.folder)

    interrupted = start(tmp_path, "killed.csv", test_gate)
    first_part = tmp_path / "killed.csv.parts" / "00000000.csv"
    deadline = time.monotonic() + 60
    while not first_part.is_file():
        assert interrupted.poll() is None, interrupted.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    interrupted.send_signal(signal.SIGKILL)
    interrupted.communicate()
    assert not (tmp_path / "killed.csv").exists()
    first_written = first_part.stat().st_mtime_ns

    with pytest.raises(ConflictError, match="begun for another"):
        score_rows(open_file(tmp_path / "rows.csv"), model.open(), tmp_path / "killed.csv", part_rows=1)
    assert first_part.stat().st_mtime_ns == first_written
    resumed, undisturbed = (finish(start(tmp_path, name, test_gate)) for name in ("killed.csv", "whole.csv"))
    assert resumed["model_version"] == "7"
    assert resumed["scored"] == undisturbed["scored"] > 0
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "killed.csv.errors.csv").read_bytes() == (tmp_path / "whole.csv.errors.csv").read_bytes()


def start(folder: Path, output: str, gate: TestGate) -> "subprocess.Popen[str]":
    environment = {key: value for key, value in os.environ.items() if not key.startswith("READMISSION_")}
    environment |= {"PYTHONPATH": SOURCE, "READMISSION_STATE_DIR": str(folder / "state"), **gate.environment}
    arguments = ["score", "--json", str(folder / "rows.csv"), "--output", str(folder / output)]
    command = [sys.executable, "-c", "from readmission.cli import main; main()", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    said, problems = process.communicate(timeout=120)
    assert process.returncode == 0, problems
    summary: dict[str, Any] = json.loads(said.splitlines()[-1])
    return summary
