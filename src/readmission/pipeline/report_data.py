"""Step `report-data`: the exploratory report of the train split, logged in MLflow's experiment `data`."""

import hashlib
from typing import Any

from readmission.contract.origin import RunOrigin
from readmission.errors import NotFoundError
from readmission.learning.data_report.render import render_data_report
from readmission.settings import Settings
from readmission.storage.pipeline.clean_encounters import count_clean_rows, read_split
from readmission.storage.pipeline.column_choices import read_column_choices
from readmission.storage.pipeline.raw_encounters import read_dataset
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.experiment_runs import find_finished_run, start_run

EXPERIMENT = "data"


def report_data(settings: Settings) -> dict[str, Any]:
    """Draw the report and log it, once for the same data, choices and code.

    Returns:
        The run's id, whether it is new, and the size of the report in bytes.

    Raises:
        NotFoundError: no columns were chosen yet.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    with connect(settings.database.url) as connection:
        dataset = read_dataset(connection)
        choices = read_column_choices(connection, dataset.sha256)
        if not choices:
            raise NotFoundError("no columns are chosen yet: run `readmission profile-columns` first")
        counts = count_clean_rows(connection)
        train = read_split(connection, "train")
    origin = RunOrigin(dataset.kind, dataset.sha256, settings.code_commit)
    counts["columns kept"] = sum(choice.kept for choice in choices)
    report = render_data_report(train, choices, counts, origin)
    # Same data, same choices, same code draw the same file: its hash says whether it is logged already.
    tags = {**origin.tags, "report_sha256": hashlib.sha256(report.encode()).hexdigest()}
    run_id = find_finished_run(settings.mlflow_tracking_uri, EXPERIMENT, tags)
    logged = run_id is None
    if run_id is None:
        name = f"{dataset.kind} {dataset.sha256[:8]}"
        with start_run(settings.mlflow_tracking_uri, EXPERIMENT, name, origin) as run:
            run.log_text(report, "data_report.html")
            run.log_metrics({label.replace(" ", "_"): value for label, value in counts.items()})
            run.log_json({c.column_name: {"kept": c.kept, "reason": c.reason, **c.statistics} for c in choices},
                         "columns.json")  # fmt: skip
            run.set_tags(tags)
            run_id = run.run_id
    return {"run_id": run_id, "logged": logged, "bytes": len(report.encode())}
