"""Checked encounters to predictions that are ready to be stored; requests and uploads alike are scored here."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from readmission.contract.encounter import DIAGNOSIS_SYSTEM
from readmission.contract.encounter_input import EncounterInput
from readmission.contract.prediction import MODEL_NAME
from readmission.contract.unseen_warnings import write_warnings
from readmission.services.inference_service.models.loaded_model import LoadedModel
from readmission.storage.serving.predictions import PredictionBatch, make_prediction_ids


def score_encounters(
    model: LoadedModel, inputs: Sequence[EncounterInput], request_ids: list[str | None], asked_by: list[str | None]
) -> PredictionBatch:
    """Score encounters at once, in order; nothing is stored yet.

    Args:
        model: the one version that answers all of them.
        inputs: at least one.
        request_ids: the request each came by.
        asked_by: name of the key each came with.
    """
    encounters = [given.encounter for given in inputs]
    risks_30d, risks_any = model.predict_risks(encounters)
    threshold = model.threshold
    now = datetime.now(UTC)
    return PredictionBatch(
        model_name=MODEL_NAME,
        model_version=model.version,
        threshold=threshold,
        created_at=now.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        prediction_ids=make_prediction_ids(len(inputs), now.timestamp()),
        risks_30d=risks_30d,
        risks_any=risks_any,
        decisions=["flag" if risk >= threshold else "no_flag" for risk in risks_30d],
        encounter_ids=[given.encounter_id for given in inputs],
        patient_nbrs=[given.patient_nbr for given in inputs],
        encounters=[msgspec.json.encode(encounter) for encounter in encounters],
        request_ids=request_ids,
        asked_by=asked_by,
        warnings=_write_warnings(model, encounters, risks_30d),
    )


def _write_warnings(
    model: LoadedModel, encounters: Sequence[Mapping[str, Any]], risks_30d: Sequence[float]
) -> list[bytes | None]:
    if not any(DIAGNOSIS_SYSTEM in encounter for encounter in encounters):
        return [write_warnings(model.find_unseen(encounter)) for encounter in encounters]
    found = model.warn_of_values(encounters, risks_30d)
    return [json.dumps(each).encode() if each else None for each in found]
