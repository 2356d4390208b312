"""`readmission simulate`: the whole of it, from the data set to the picture."""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from readmission.dataset import resolve_dataset
from readmission.errors import ConfigurationError, PlatformError, ReadmissionError
from readmission.local.stages import Stages
from readmission.settings import Settings
from readmission.simulation.months import HISTORY, MONTHS, cut_months
from readmission.simulation.parts import run_parts
from readmission.simulation.plot import draw_year
from readmission.simulation.replay import STEPS_A_MONTH, MonthResult, Progress, replay, train_first
from readmission.storage.pipeline.monitoring import copy_to
from readmission.storage.postgres.connection import connect

PICTURE = "simulated_year.png"


def simulate(live: Settings, months: int, folder: Path, stages: Stages) -> dict[str, Any]:
    """Replay months of the data set and draw what happened.

    Args:
        live: settings of this process; names the data set, and the platform the results are shown in.
        months: how many to live through after the history.
        folder: where the picture goes.
        stages: shows what is being done.

    Returns:
        The picture's path and a line a month.

    Raises:
        PlatformError: a part of the simulation does not start, or a step fails.
    """
    if not 1 <= months <= MONTHS - HISTORY:
        raise PlatformError(f"--months must be 1 to {MONTHS - HISTORY}: {HISTORY} of {MONTHS} are history")
    with stages.stage("data set") as bar:
        dataset = resolve_dataset(live, lambda step, done, whole: bar.advance_to(done, whole or 0, step, plain=False))
        shift_from = HISTORY + 1 + months // 2
        year = cut_months(dataset.csv_path, HISTORY + months, shift_from)
    root = live.state_dir.expanduser().absolute() / "simulation"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True, mode=0o700)
    history = root / "history.csv"
    header, *_ = year[0].csv.partition(b"\n")
    history.write_bytes(header + b"\n" + b"".join(month.csv.partition(b"\n")[2] for month in year[:HISTORY]))
    started = datetime.now(UTC)
    with ExitStack() as stack:
        with stages.stage("parts of the simulation"):
            parts = stack.enter_context(run_parts(live, root, history))
        with stages.stage("first champion", total=2) as bar:
            said = count()
            train_first(parts, lambda what: bar.advance_to(next(said), 2, what))
        with stages.stage("months", total=STEPS_A_MONTH * months + 1) as bar:
            results = replay(parts, year[HISTORY:], Progress(bar, STEPS_A_MONTH * months + 1))
        shown = _show_beside_live(live, parts.settings, f"{started:%Y-%m-%dT%H:%M}")
    picture = folder / PICTURE
    title = f"A simulated year on {dataset.kind} data: months {HISTORY + 1} to {HISTORY + months} of {MONTHS}"
    draw_year(results, title, picture)
    return {"picture": str(picture), "months": _describe(results), "shown": shown}


def _show_beside_live(live: Settings, simulated: Settings, prefix: str) -> str:
    """Put the simulation's rows beside the live platform's own, marked, so that dashboards show them."""
    try:
        with connect(live.database.url) as target, connect(simulated.database.url) as source:
            copied = copy_to(source, target, prefix)
    except (ConfigurationError, ReadmissionError) as error:
        return f"not shown on dashboards: {error.message}"
    return f"shown on dashboards as origin=simulation ({copied['reports']} reports, {copied['metrics']} metrics)"


def _describe(results: Sequence[MonthResult]) -> list[dict[str, Any]]:
    def value(result: MonthResult, kind: str) -> float | None:
        rows = result.estimated if kind == "estimated" else result.realised
        found = [row.value for row in rows if (row.target, row.slice, row.metric) == ("risk_30d", "all", "roc_auc")]
        return round(found[0], 4) if found else None

    return [
        {
            "month": result.number,
            "version": result.version,
            "predictions": result.predictions,
            "estimated_auc": value(result, "estimated"),
            "realised_auc": value(result, "realised"),
            "drifted": len(result.drifted),
            "shifted": result.shifted,
            "gate": result.decision or "-",
        }
        for result in results
    ]
