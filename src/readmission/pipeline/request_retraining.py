"""Steps `watch-arrivals` and `request-retraining`: what starts the chain again, each with its reason on record.

Later data starts it at the beginning; drift, or risks that are off, start training. The gate decides as always.
"""

from typing import Any

from readmission.learning.gate.floors import LOOSEST_ECE
from readmission.pipeline.list_batches import list_served_batches, list_stored_batches
from readmission.settings import Settings
from readmission.storage.pipeline.retrainings import (
    Retraining,
    find_calibration_off,
    find_drifted_reports,
    name_training_data,
    record_retraining,
)
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.recorded_model import find_live

MIN_OUTCOMES = 500
"""Outcomes below which a calibration error is too unsure to act on."""


def watch_arrivals(settings: Settings, actor: str) -> dict[str, Any]:
    """Look for batches on offer that are not stored yet, and put the request to fetch them on record.

    Returns:
        ``wanted``: whether the chain should start; ``batches``: the new ones.

    Raises:
        ConflictError: versions were promoted, but none with a signature that counts.
        UnavailableError: the data service or PostgreSQL does not answer.
    """
    stored = {(batch["split"], batch["number"]) for batch in list_stored_batches(settings)["batches"]}
    served = list_served_batches(settings)["batches"]
    new = [f"{b['split']}/{b['number']}" for b in served if (b["split"], b["number"]) not in stored]
    if new and stored:  # a database without any batch is a first run, not an arrival
        live = find_live(settings)
        with connect(settings.database.url) as connection:
            reason = f"{len(new)} new batch(es) at the data service: {', '.join(new)}"
            version = live.version if live else "none"
            asked = Retraining("new_data", version, ",".join(new), reason, actor, {"batches": new})
            record_retraining(connection, asked)
    return {"wanted": bool(new and stored), "batches": new}


def request_retraining(settings: Settings, actor: str) -> dict[str, Any]:
    """Ask for training if the newest comparison found drift, or realised risks are off; once for each reason.

    Returns:
        ``wanted``: whether training should start; ``reasons``; ``known``: reasons asked for before.

    Raises:
        ConflictError: versions were promoted, but none with a signature that counts.
        UnavailableError: PostgreSQL does not answer.
    """
    live = find_live(settings)
    if live is None:
        return {"wanted": False, "reasons": [], "known": []}
    with connect(settings.database.url) as connection:
        data = name_training_data(connection)
        drift = find_drifted_reports(connection, live.version)
        off = find_calibration_off(connection, live.version, LOOSEST_ECE, MIN_OUTCOMES)
        causes = []
        if drift:
            where = "; ".join(f"{each['subject']}: {', '.join(each['columns'])}" for each in drift)
            causes.append(("drift", f"drift found in {where}", {"reports": drift}))
        if off:
            how = "; ".join(f"{each['target']} by {each['ece']:.3f}" for each in off)
            causes.append(("calibration", f"risks are off: {how}, at most {LOOSEST_ECE} is allowed", {"off": off}))
        asked: list[str] = []
        known: list[str] = []
        for cause, reason, evidence in causes:
            made = record_retraining(connection, Retraining(cause, live.version, data, reason, actor, evidence))
            (known if made is None else asked).append(reason)
    return {"wanted": bool(asked), "reasons": asked, "known": known}
