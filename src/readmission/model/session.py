"""A model opened from its folder: verified, probed, ready to score. Nothing it holds is executed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from readmission.errors import ArtifactError, InvalidInputError
from readmission.features.encoder import Encoder
from readmission.model.artifact import ENCODER_FILE, ONNX_FILE, PROBE_FILE, Manifest, verify_artifact

PROBE_TOLERANCE = 1e-6
OUTPUT = "probabilities"
_DECIMALS = 7
"""What float32 can tell; answers are rounded to it, and the decision is taken on the rounded risk."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A verified model: its manifest, its encoder and its ONNX session."""

    manifest: Manifest
    encoder: Encoder
    session: ort.InferenceSession

    def score_features(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities float32[N, 3] in the order of ``contract.target.CLASSES``."""
        return np.asarray(self.session.run([OUTPUT], {"features": features})[0], dtype=np.float32)

    def score(self, encounters: Sequence[Mapping[str, Any]]) -> NDArray[np.float32]:
        """Probabilities float32[N, 3] of encounters the contract allows."""
        return self.score_features(self.encoder.transform(encounters))

    def predict_risks(self, encounters: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
        """``risk_30d`` and ``risk_any`` of each encounter, to seven decimals."""
        return self.read_risks(self.score(encounters))

    @staticmethod
    def read_risks(probabilities: NDArray[np.float32]) -> tuple[list[float], list[float]]:
        """``risk_30d`` and ``risk_any`` of probabilities float32[N, 3], to seven decimals."""
        exact = probabilities.astype(np.float64)
        soon = exact[:, 2]
        risks = np.stack((soon, soon + exact[:, 1])).clip(0.0, 1.0).round(_DECIMALS)
        risks_30d, risks_any = risks.tolist()
        return risks_30d, risks_any


def open_session(content: bytes, threads: int = 1) -> ort.InferenceSession:
    """An ONNX Runtime session on the CPU.

    Raises:
        ArtifactError: the bytes are not a model ONNX Runtime accepts.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises classes of its own, without a common base
        raise ArtifactError(f"{ONNX_FILE} is refused by ONNX Runtime: {str(error).splitlines()[0]}") from error


def open_model(folder: Path, manifest_sha256: str | None = None, threads: int = 1) -> StoredModel:
    """Verify a model's files, open it, and check its answers to its own probe.

    Raises:
        ArtifactError: a file was changed, or the probe gives other answers.
    """
    manifest = verify_artifact(folder, manifest_sha256)
    encoder = Encoder.from_json(_read_text(folder, ENCODER_FILE))
    if encoder.feature_names != manifest.feature_names:
        raise ArtifactError(f"{ENCODER_FILE}: its features are not those of the manifest")
    model = StoredModel(manifest, encoder, open_session((folder / ONNX_FILE).read_bytes(), threads))
    try:
        probe = json.loads(_read_text(folder, PROBE_FILE))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{PROBE_FILE} cannot be read: {type(error).__name__}: {error}") from error
    check_probe(model, probe)
    return model


def _read_text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{name} cannot be read: {error}") from error


def check_probe(model: StoredModel, probe: Mapping[str, Any]) -> None:
    """Compare a model's answers with those it gave when it was made.

    Raises:
        ArtifactError: an answer differs by more than 1e-6, or the probe is not one.
    """
    try:
        expected = np.asarray(probe["probabilities"], dtype=np.float64)
        answers = model.score(probe["encounters"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, InvalidInputError) as error:
        raise ArtifactError(f"probe: not encounters with their probabilities ({type(error).__name__})") from error
    if answers.shape != expected.shape or not len(expected):
        raise ArtifactError(f"probe: {expected.shape} probabilities expected, the model gives {answers.shape}")
    difference = float(np.abs(answers - expected).max())
    if not difference <= PROBE_TOLERANCE:
        raise ArtifactError(f"probe: answers differ by {difference:.2e}, at most {PROBE_TOLERANCE:.0e} is allowed")
