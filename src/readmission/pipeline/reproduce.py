"""Verb `reproduce`: from a stored prediction back to its version, data and code, and the same score again."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import numpy as np

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ArtifactError, NotFoundError
from readmission.model.session import StoredModel, open_model
from readmission.settings import Settings
from readmission.storage.pipeline.raw_encounters import list_raw_batches
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.registry.registry_reader import RegistryReader
from readmission.storage.serving.read_prediction import read_prediction

TOLERANCE = 1e-6
"""How far another machine's answer may lie; the same machine gives the same bits."""
_MOST_ROWS = 16
"""ONNX Runtime takes the logarithm of the calibration several values at a time and those left over one by one; the last
bit may depend on it. With so many rows a row has stood in every place there is."""


def reproduce(settings: Settings, prediction_id: UUID) -> dict[str, Any]:
    """Fetch the version that answered, verify it, and score the stored encounter again.

    Returns:
        Both risks as stored and as computed now, ``bit_equal``, and where the model came from: version, hashes,
        code, seed, and the batches its data set was stored in.

    Raises:
        NotFoundError: no such prediction, or its version is gone from the registry.
        ArtifactError: the version's files were changed, or it gives another score.
        UnavailableError: PostgreSQL, MLflow or S3 does not answer.
    """
    with connect(settings.serving_database.url, "READMISSION_SERVING_DATABASE__URL") as connection:
        stored = read_prediction(connection, prediction_id)
    if stored is None:
        raise NotFoundError(f"there is no prediction {prediction_id}")
    model = _open_version(settings, stored["model_version"])
    computed = recompute(model, stored["encounter"], stored)
    difference = max(abs(computed[name] - stored[name]) for name in computed)
    if not difference <= TOLERANCE:
        raise ArtifactError(
            f"prediction {prediction_id}: version {stored['model_version']} gives another risk now, by {difference:.2e}"
        )
    manifest = model.manifest
    with connect(settings.database.url) as connection:
        batches = [each for each in list_raw_batches(connection) if each.dataset_sha256 == manifest.dataset["sha256"]]
    return {
        "prediction_id": str(prediction_id),
        "created_at": stored["created_at"],
        "stored": {name: stored[name] for name in computed},
        "computed": computed,
        "bit_equal": all(computed[name] == stored[name] for name in computed),
        "difference": difference,
        "model_version": stored["model_version"],
        "model_hash": manifest.model_hash,
        "code_commit": manifest.code_commit,
        "seed": manifest.seed,
        "dataset": manifest.dataset,
        "training_data_sha256": manifest.training_data_sha256,
        "batches": [{"batch": each.name, "sha256": each.sha256, "rows": each.rows} for each in batches],
    }


def recompute(model: StoredModel, encounter: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, float]:
    """Both risks of an encounter, computed as the service does.

    A prediction was scored together with those that came at the same moment, and how many is not recorded. Every place
    a row can have in a batch is tried until the stored risks come out; else the answer is that of the row alone.
    """
    features = model.encoder.transform([encounter])
    alone: dict[str, float] = {}
    for rows in range(1, _MOST_ROWS + 1):
        risks = model.read_risks(model.score_features(np.repeat(features, rows, axis=0)))
        for risk_30d, risk_any in zip(*risks, strict=True):
            found = {"risk_30d": risk_30d, "risk_any": risk_any}
            alone = alone or found
            if all(found[name] == stored[name] for name in found):
                return found
    return alone


def _open_version(settings: Settings, number: str) -> StoredModel:
    registry = RegistryReader(settings, MODEL_NAME)
    try:
        found = next((each for each in registry.list_versions() if each.version == number), None)
        if found is None:
            raise NotFoundError(f"{MODEL_NAME} has no version {number} in the registry any more")
        recorded = found.tags.get(MANIFEST_TAG, "")
        with TemporaryDirectory() as folder:
            return open_model(LocalModels(Path(folder)).fetch(registry, RememberedVersion(number, recorded)), recorded)
    finally:
        registry.close()
