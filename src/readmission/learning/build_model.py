"""Train the chosen candidate on the whole train split, calibrate it, and write it as plain files."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from readmission.contract.prediction import MODEL_NAME
from readmission.errors import ArtifactError
from readmission.features.encoder import Encoder
from readmission.learning.calibration import Calibration, fit_calibration
from readmission.learning.candidate import Candidate, FittedModel, Probabilities
from readmission.learning.candidate_problem import clear_candidate_errors
from readmission.learning.cross_validation import LabelledEncounters
from readmission.learning.decision_threshold import choose_threshold
from readmission.learning.onnx_graph import GraphBuilder
from readmission.learning.probe import make_probe_encounters
from readmission.learning.training_profile import ColumnProfile, describe_columns, write_profile
from readmission.model.artifact import (
    CALIBRATION_FILE,
    ENCODER_FILE,
    MLMODEL_FILE,
    ONNX_FILE,
    PROBE_FILE,
    PROFILE_FILE,
    Manifest,
    write_artifact,
)
from readmission.model.pyfunc import INPUT_EXAMPLE_FILE, describe_for_mlflow, input_example
from readmission.model.session import OUTPUT, open_session

PARITY_TOLERANCE = 1e-6
"""How far the exported graph may be from the trained model it stands for."""
_PARITY_ROWS = 2000


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A trained, calibrated and exported model, still in memory."""

    candidate: str
    encoder: Encoder
    model: FittedModel
    calibration: Calibration
    onnx: bytes
    base_risk: dict[str, float]
    risk_quantiles: dict[str, list[float]]
    columns: dict[str, ColumnProfile]

    def predict(self, data: LabelledEncounters) -> Probabilities:
        """Calibrated probabilities float64[N, 3], by the training code (not by the exported graph)."""
        return self.calibration.apply(self.model.predict(self.encoder.transform(data.encounters)))


def build_model(
    data: LabelledEncounters,
    candidate: Candidate,
    out_of_fold: Probabilities,
    seed: int,
    rounds: int | None,
    dropped: Collection[str] = (),
) -> BuiltModel:
    """Fit on all rows of train; calibrate on the out-of-fold predictions of the cross-validation.

    Raises:
        InvalidInputError: the candidate's own code fails.
        ArtifactError: the exported graph does not give the model's own probabilities within 1e-6.
    """
    encoder, rows = data.encode(seed, dropped)
    with clear_candidate_errors(candidate.name, "cannot be trained"):
        model = candidate.fit(rows, seed, rounds)
    calibration = fit_calibration(out_of_fold, data.labels)
    graph = GraphBuilder(len(encoder.feature_names))
    with clear_candidate_errors(candidate.name, "cannot be exported"):
        output = model.export(graph)
    exported = graph.finish(graph.calibrate(output, calibration.weights, calibration.bias))
    features = encoder.transform(data.encounters[:_PARITY_ROWS])
    answers = open_session(exported).run([OUTPUT], {"features": features})[0]
    difference = float(np.abs(answers - calibration.apply(model.predict(features))).max())
    if not difference <= PARITY_TOLERANCE:
        raise ArtifactError(f"{candidate.name}: the ONNX graph differs from the trained model by {difference:.2e}")
    # Out of fold: what the model says of patients it has not seen, so what an answer can be compared with.
    calibrated = calibration.apply(out_of_fold)
    risks = {"risk_30d": calibrated[:, 2], "risk_any": calibrated[:, 1] + calibrated[:, 2]}
    base_risk = {name: float(risk.mean()) for name, risk in risks.items()}
    quantiles = {name: np.percentile(risk, range(101)).round(6).tolist() for name, risk in risks.items()}
    columns = describe_columns(data.encounters)
    return BuiltModel(candidate.name, encoder, model, calibration, exported, base_risk, quantiles, columns)


def export_model(
    folder: Path,
    built: BuiltModel,
    *,
    dataset: dict[str, str],
    training_data_sha256: str,
    code_commit: str,
    seed: int,
    python_version: str = "3.11",
) -> tuple[Manifest, str]:
    """Write a built model into a folder; see ``model.artifact`` for its files.

    Returns:
        The manifest, and the SHA-256 of its file.
    """
    probe = make_probe_encounters(built.encoder, seed)
    session = open_session(built.onnx)
    answers = session.run([OUTPUT], {"features": built.encoder.transform(probe)})[0]
    contents = {
        ENCODER_FILE: built.encoder.to_json().encode(),
        ONNX_FILE: built.onnx,
        PROBE_FILE: _as_json({"encounters": probe, "probabilities": answers.astype(np.float64).tolist()}),
        MLMODEL_FILE: _as_json(describe_for_mlflow(python_version)),
        INPUT_EXAMPLE_FILE: _as_json(input_example()),
        CALIBRATION_FILE: _as_json(
            {"weights": built.calibration.weights.tolist(), "bias": built.calibration.bias.tolist()}
        ),
        PROFILE_FILE: _as_json(write_profile(built.columns, built.risk_quantiles)),
        **built.model.reason_files(),
    }
    return write_artifact(
        folder,
        contents,
        model_name=MODEL_NAME,
        candidate=built.candidate,
        threshold=choose_threshold(),
        feature_names=built.encoder.feature_names,
        dataset=dataset,
        training_data_sha256=training_data_sha256,
        code_commit=code_commit,
        seed=seed,
        base_risk=built.base_risk,
        risk_quantiles=built.risk_quantiles,
    )


def _as_json(document: object) -> bytes:
    return (json.dumps(document, sort_keys=True) + "\n").encode()
