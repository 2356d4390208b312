"""A small real model, made in a moment: the real encoder, a linear ONNX graph, all files and hashes of an artifact."""

import json
import platform
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from readmission.contract import codes
from readmission.contract.encounter import BY_NAME, INPUT_COLUMNS, MISSING_MARKS
from readmission.contract.target import CLASS_INDEX
from readmission.features.encoder import Encoder
from readmission.model.artifact import Manifest, add_documents, write_artifact
from readmission.model.pyfunc import INPUT_EXAMPLE_FILE, describe_for_mlflow, input_example
from readmission.model.session import StoredModel, open_model, open_session
from tests.made_up_encounters import Row, make_rows

TRAINING_ROWS = 300
PROBES = 32
THRESHOLD = 0.2


@dataclass(frozen=True)
class SmallModel:
    """The files of a model and what the registry must know of it."""

    folder: Path
    manifest: Manifest
    manifest_sha256: str

    @classmethod
    def write(cls, folder: Path, shift: float = 0.0) -> "SmallModel":
        """Write a model into a folder; ``shift`` moves the log-odds of coming back within 30 days."""
        encoder, mean, scale = _encoder()
        onnx = _linear_graph(mean, scale, shift)
        probes = made_up_encounters(PROBES, seed=2)
        answers = open_session(onnx).run(["probabilities"], {"features": encoder.transform(probes)})[0]
        probe = {"encounters": probes, "probabilities": np.asarray(answers, dtype=np.float64).tolist()}
        contents = {
            "encoder.json": encoder.to_json().encode(),
            "model.onnx": onnx,
            "probe.json": json.dumps(probe).encode(),
            "MLmodel": json.dumps(describe_for_mlflow(platform.python_version())).encode(),
            INPUT_EXAMPLE_FILE: json.dumps(input_example()).encode(),
        }
        probabilities = open_session(onnx).run(
            ["probabilities"], {"features": encoder.transform(made_up_encounters(TRAINING_ROWS, seed=1))}
        )[0]
        risks = {"risk_30d": probabilities[:, 2], "risk_any": probabilities[:, 1] + probabilities[:, 2]}
        manifest, manifest_sha256 = write_artifact(
            folder,
            contents,
            model_name="readmission",
            candidate="small_linear",
            threshold=THRESHOLD,
            feature_names=encoder.feature_names,
            dataset={"kind": "synthetic", "sha256": "0" * 64},
            training_data_sha256="0" * 64,
            code_commit="unknown",
            seed=1,
            base_risk={"risk_30d": 0.11, "risk_any": 0.46},
            risk_quantiles={name: np.percentile(risk, range(101)).tolist() for name, risk in risks.items()},
        )
        return cls(folder, manifest, manifest_sha256)

    def open(self) -> StoredModel:
        """The model as training and the gate would score with it."""
        return open_model(self.folder, self.manifest_sha256)

    def with_card(self, markdown: str, page: str) -> "SmallModel":
        """The same model with a card beside it."""
        documents = {"model_card.md": markdown.encode(), "model_card.html": page.encode()}
        return SmallModel(self.folder, *add_documents(self.folder, self.manifest, documents))

    def with_wrong_probe(self) -> "SmallModel":
        """The same model, whose probe expects other answers; every hash is right."""
        probe = json.loads((self.folder / "probe.json").read_bytes())
        probe["probabilities"][0] = [0.5, 0.25, 0.25]
        return self.with_file("probe.json", json.dumps(probe).encode())

    def with_file(self, name: str, content: bytes) -> "SmallModel":
        """The same model with one file written anew; every hash is right."""
        contents = {listed: (self.folder / listed).read_bytes() for listed in self.manifest.files}
        contents[name] = content
        known = asdict(self.manifest)
        described = {key: known[key] for key in known.keys() - {"classes", "files", "model_hash", "format"}}
        return SmallModel(self.folder, *write_artifact(self.folder, contents, **described))


def made_up_encounters(count: int, seed: int) -> list[dict[str, Any]]:
    """Encounters as a request would hold them, none of them real."""
    rows = make_rows(count, seed)
    return [{column.name: _parse(column.name, row) for column in INPUT_COLUMNS} for row in rows]


def _parse(name: str, row: Row) -> int | str | None:
    value = row[name]
    if name == "discharge_disposition_id" and int(value) in codes.NOT_ELIGIBLE_DISPOSITIONS:
        return 1
    if BY_NAME[name].missing_allowed and value in MISSING_MARKS:
        return None
    return int(value) if BY_NAME[name].is_integer else value


@lru_cache(maxsize=1)
def _encoder() -> tuple[Encoder, np.ndarray, np.ndarray]:
    encounters = made_up_encounters(TRAINING_ROWS, seed=1)
    labels = [CLASS_INDEX[row["readmitted"]] for row in make_rows(TRAINING_ROWS, seed=1)]
    encoder, features = Encoder.fit_transform(encounters, labels, list(range(TRAINING_ROWS)), seed=1)
    return encoder, features.mean(axis=0), features.std(axis=0) + 1


def _linear_graph(mean: np.ndarray, scale: np.ndarray, shift: float) -> bytes:
    weights = np.random.default_rng(1).normal(0, 0.3, (len(mean), 3)) / scale[:, None]
    bias = np.array([1.0, 0.5, -1.0 + shift]) - mean @ weights
    constants = {"weights": weights, "bias": bias}
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["features", "weights", "bias"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        ],
        "small",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(mean)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 3])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
