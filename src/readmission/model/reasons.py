"""Reasons for a risk: which parts of an encounter moved it, from a version's own files alone.

Every call checks that the scores taken apart give the risk the served graph gives.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from readmission.errors import ArtifactError, ConflictError
from readmission.features.encoder import Encoder
from readmission.model.artifact import BOOSTER_FILE, CALIBRATION_FILE, LINEAR_FILE, Manifest, sha256
from readmission.model.lightgbm_text import N_TARGETS, read_lightgbm_text
from readmission.model.linear_contributions import read_linear_scores
from readmission.model.risk_contributions import (
    RISKS,
    Floats,
    RiskContributions,
    ScoreCalibration,
    share_out_risk,
    spread_rest,
)
from readmission.model.session import StoredModel
from readmission.model.tree_contributions import Contributions, TreeEnsemble

RISK_TOLERANCE = 1e-5
"""How far the risk taken apart may be from the risk served (float32)."""


class ExplainedScores(Protocol):
    """Scores that can be taken apart by feature."""

    def explain(self, row: NDArray[np.float32]) -> Contributions:
        """Contributions of each feature of a row float32[F]."""


@dataclass(frozen=True, slots=True)
class StoredReasons:
    """What takes a version's risks apart."""

    encoder: Encoder
    scores: ExplainedScores
    calibration: ScoreCalibration

    def explain(self, model: StoredModel, encounter: Mapping[str, Any]) -> dict[str, RiskContributions]:
        """Both risks, each with the contribution of every feature; they add up to ``risk - base_risk``.

        Args:
            model: the version whose reasons these are; its risk is the one taken apart.
            encounter: one the contract allows.

        Raises:
            ArtifactError: the files do not give the risk the version serves.
        """
        features = self.encoder.encode_one(encounter)
        served = model.score_features(features)[0].astype(np.float64)
        parts = self.scores.explain(features[0])
        found = share_out_risk(parts.by_feature, parts.average_score, parts.score, self.calibration)
        return {name: _match(name, each, float(served @ RISKS[name])) for name, each in found.items()}


def _match(name: str, found: RiskContributions, served: float) -> RiskContributions:
    if not abs(found.risk - served) <= RISK_TOLERANCE:
        raise ArtifactError(f"{name}: the reasons' files give {found.risk:.6f}, the version serves {served:.6f}")
    risk = round(served, 7)
    return RiskContributions(risk, found.base_risk, spread_rest(found.by_feature, risk - found.base_risk))


def group_contributions(encoder: Encoder, by_feature: Floats) -> dict[str, float]:
    """Contributions summed by clinical group (``features.feature_groups``)."""
    groups: dict[str, float] = {}
    for name, value in zip(encoder.feature_names, by_feature.tolist(), strict=True):
        group = encoder.feature_groups[name]
        groups[group] = groups.get(group, 0.0) + value
    return groups


def open_reasons(folder: Path, model: StoredModel) -> StoredReasons:
    """Read what takes a version's risks apart; about a second for 1,200 trees.

    Args:
        folder: the version's files.
        model: the version, opened and verified; its manifest vouches for the files.

    Raises:
        ConflictError: the version's scores are not sums of trees or features: there are no exact reasons.
        ArtifactError: a file was changed or cannot be read.
    """
    manifest = model.manifest
    kept = {BOOSTER_FILE, LINEAR_FILE} & manifest.files.keys()
    if not kept or CALIBRATION_FILE not in manifest.files:
        raise ConflictError(
            f"The candidate {manifest.candidate} has no exact reasons: only one booster or a linear model has them"
        )
    calibration = _read_calibration(_read(folder, CALIBRATION_FILE, manifest))
    scores: ExplainedScores
    if BOOSTER_FILE in kept:
        trees = read_lightgbm_text(_read(folder, BOOSTER_FILE, manifest))
        scores = TreeEnsemble(trees, N_TARGETS, len(manifest.feature_names))
    else:
        scores = read_linear_scores(_read(folder, LINEAR_FILE, manifest))
    return StoredReasons(model.encoder, scores, calibration)


def _read(folder: Path, name: str, manifest: Manifest) -> str:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{folder.name}/{name} cannot be read: {error.strerror}") from error
    if sha256(content) != manifest.files[name]:
        raise ArtifactError(f"{folder.name}/{name}: its SHA-256 is not the manifest's")
    return content.decode()


def _read_calibration(text: str) -> ScoreCalibration:
    try:
        document = json.loads(text)
        return ScoreCalibration(np.array(document["weights"], dtype=float), np.array(document["bias"], dtype=float))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArtifactError(f"{CALIBRATION_FILE} cannot be read: {error}") from error
