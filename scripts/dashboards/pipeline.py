"""Pipeline: batches, DAG runs and decisions of the gate."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from scripts.dashboards._panels import bars, lines, number, page, row, rows


def dashboard() -> Dashboard:
    """The dashboard."""
    made = page("pipeline", "Pipeline", "Batches from the data service to the gate.", "now-6h")
    made.with_panel(number("Encounters stored", "As served", "none", "sum(raw_rows)"))
    made.with_panel(number("Clean", "Typed and checked", "none", "sum(clean_rows)"))
    made.with_panel(number("Quarantined", "Broke the contract", "none", "sum(quarantined_rows)"))
    made.with_panel(
        number("Newest batch", "Time since it was transformed", "s",
               'time() - max(last_batch_timestamp_seconds{step="clean"})')
    )  # fmt: skip
    made.with_row(row("Airflow"))
    made.with_panel(rows("Last runs", "State of the newest run of each DAG", "airflow_dag_last_run_state == 1"))
    made.with_panel(
        bars("Durations", "Newest run of each DAG", "s", "airflow_dag_last_run_duration_seconds", "{{dag}}")
    )
    made.with_panel(lines("Parts", "1 if Airflow calls the part healthy", "none", ("airflow_part_healthy", "{{part}}")))
    made.with_panel(
        lines("Runs over time", "Duration of the newest run", "s",
              ("airflow_dag_last_run_duration_seconds", "{{dag}}"))
    )  # fmt: skip
    made.with_panel(
        lines("Training", "Duration of each candidate's newest training", "s",
              ("training_duration_seconds", "{{candidate}}"))
    )  # fmt: skip
    made.with_panel(
        lines("Training failed", "1 if a candidate's newest training failed", "none",
              ("training_failed", "{{candidate}}"))
    )  # fmt: skip
    made.with_row(row("Data"))
    made.with_panel(lines("Batches", "Stored as served", "none", ("raw_batches", "{{split}}")))
    made.with_panel(
        lines("Quarantined share of the newest batch", "From 1 % on an alert fires", "percentunit",
              ("last_batch_quarantined_ratio", "{{split}}"))
    )  # fmt: skip
    made.with_panel(
        lines("Given out by the data service", "Encounters a second", "none",
              ("sum by (split, format) (rate(data_rows_served_total[5m]))", "{{split}} {{format}}"))
    )  # fmt: skip
    made.with_panel(
        lines("Ready in the data service", "Encounters", "none", ("max by (split) (data_prepared_rows)", "{{split}}"))
    )
    made.with_row(row("Decisions"))
    made.with_panel(lines("Gate", "Decisions so far", "none", ("promotions_total", "{{decision}}")))
    made.with_panel(lines("Retrainings", "Asked for, by cause", "none", ("retrainings_total", "{{cause}}")))
    return made
