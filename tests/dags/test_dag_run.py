"""The data DAGs by `dag.test()` on a fresh Airflow, with the real data service, PostgreSQL, S3 and MLflow."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.conftest import RunningParts, RunningPostgres
from tests.dags.conftest import DAGS, airflow_environment
from tests.running_data_service import run_data_service

CHAIN = ("create_tables", "fetch_and_store_diabetes_data", "diabetes_etl")
COUNTS = (
    "SELECT (SELECT count(*) FROM raw.encounters), (SELECT count(*) FROM raw.batches),"
    " (SELECT sum(rows) FROM raw.batches), (SELECT count(*) FROM clean.encounters),"
    " (SELECT count(*) FROM clean.quarantine), (SELECT sum(rows_raw) FROM clean.batches),"
    " (SELECT count(*) FROM clean.columns), (SELECT count(*) FROM monitoring.batch_profiles)"
)


def run_chain(environment: dict[str, str], dag_ids: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    command = [sys.executable, str(Path(__file__).with_name("run_dag.py")), str(DAGS), *dag_ids]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.long  # tests/system runs the whole chain twice, by Airflow's own scheduler
@pytest.mark.timeout(900)
def test_chain_twice_stores_everything_once(
    empty_database: RunningPostgres, s3_and_mlflow: RunningParts, tmp_path: Path
) -> None:
    home = tmp_path / "airflow"
    environment = airflow_environment(home) | s3_and_mlflow.environment
    pipeline = empty_database.url("readmission_pipeline").get_secret_value()
    for name, role in (("DATABASE", "readmission_migrator"), ("SERVING_DATABASE", "readmission_migrator")):
        environment[f"READMISSION_{name}__OWNER_URL"] = empty_database.url(role).get_secret_value()
    environment["READMISSION_DATABASE__URL"] = pipeline
    environment["READMISSION_STATE_DIR"] = str(tmp_path)
    subprocess.run([Path(sys.executable).with_name("airflow"), "db", "migrate"], env=environment, check=True,
                   capture_output=True, timeout=120)  # fmt: skip
    with run_data_service(tmp_path, "synthetic", synthetic_rows=800, batch_size=600) as url:
        environment["READMISSION_DATA_SERVICE__URL"] = url
        first = run_chain(environment, CHAIN)
        with psycopg.connect(pipeline) as connection:
            after_first = connection.execute(COUNTS).fetchone()
        second = run_chain(environment, CHAIN[1:])
        with psycopg.connect(pipeline) as connection:
            after_second = connection.execute(COUNTS).fetchone()
    for states in (first, second):
        assert {s for dag in states.values() for task in dag.values() for s in task} == {"success"}, states
    assert after_first is not None
    raw, batches, ledger, clean, quarantined, transformed, columns, profiles = after_first
    assert raw == ledger == transformed == 800
    assert clean + quarantined == 800
    assert len(first["fetch_and_store_diabetes_data"]["ingest-batch"]) == batches == profiles
    assert len(first["diabetes_etl"]["transform-batch"]) == batches
    assert columns == 47
    assert after_second == after_first
