"""A model as a folder of plain files that vouch for each other: written once, verified before every use.

===================  ======================================================================================
``encoder.json``    what the encoder learned (``features.encoder``)
``model.onnx``      features float32[N, F] to probabilities float32[N, 3], calibration included
``booster.txt``     the trees as LightGBM text; only if the model is a LightGBM model
``linear.json``     weights of a linear model; only if the model is one
``calibration.json`` the calibration by itself, for reasons (the graph holds it too)
``probe.json``      made-up encounters with the probabilities expected of this model
``training_profile.json`` what the training rows looked like, for drift (``learning.training_profile``)
``model_card.md``   the model card (``learning.model_card``), and ``model_card.html``: the same with its pictures
``MLmodel``         how MLflow loads it: by a module of the installed package, never by code in the folder
``manifest.json``   SHA-256 of each file above, threshold, features, data and code it came from
===================  ======================================================================================

Nothing here is a pickle, and nothing is executed on loading.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from readmission.contract.target import CLASSES
from readmission.errors import ArtifactError

FORMAT = 1
MANIFEST_FILE = "manifest.json"
ENCODER_FILE = "encoder.json"
ONNX_FILE = "model.onnx"
BOOSTER_FILE = "booster.txt"
LINEAR_FILE = "linear.json"
CALIBRATION_FILE = "calibration.json"
PROBE_FILE = "probe.json"
PROFILE_FILE = "training_profile.json"
MLMODEL_FILE = "MLmodel"
CARD_FILE = "model_card.md"
CARD_PAGE_FILE = "model_card.html"
_REQUIRED = (ENCODER_FILE, ONNX_FILE, PROBE_FILE, MLMODEL_FILE)
_SCORING = (ENCODER_FILE, ONNX_FILE, BOOSTER_FILE, PROBE_FILE)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is made of and where it came from.

    ``files``: SHA-256 by file name. ``model_hash``: of the scoring files' hashes, the threshold, classes and
    features, so the same data, code and seed give the same hash. ``base_risk``: mean risks over the
    training rows. ``risk_quantiles``: the 0th to 100th percentile of each risk among them, so that an answer can
    be placed among all discharges; absent from models made before it.
    """

    model_name: str
    candidate: str
    threshold: float
    classes: tuple[str, ...]
    feature_names: tuple[str, ...]
    files: dict[str, str]
    model_hash: str
    dataset: dict[str, str]
    training_data_sha256: str
    code_commit: str
    seed: int
    base_risk: dict[str, float]
    risk_quantiles: dict[str, list[float]] = field(default_factory=dict)
    format: int = FORMAT

    def to_json(self) -> str:
        """The manifest as it is stored; the same bytes for the same manifest."""
        return json.dumps(asdict(self), sort_keys=True, indent=1) + "\n"


def sha256(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def hash_model(files: Mapping[str, str], threshold: float, feature_names: tuple[str, ...]) -> str:
    """Hash of all that decides an answer: scoring files, threshold, classes and features."""
    parts = {
        "files": {name: files[name] for name in _SCORING if name in files},
        "threshold": threshold,
        "classes": CLASSES,
        "feature_names": feature_names,
    }
    return sha256(json.dumps(parts, sort_keys=True).encode())


def write_artifact(
    folder: Path,
    contents: Mapping[str, bytes],
    *,
    model_name: str,
    candidate: str,
    threshold: float,
    feature_names: tuple[str, ...],
    dataset: dict[str, str],
    training_data_sha256: str,
    code_commit: str,
    seed: int,
    base_risk: dict[str, float],
    risk_quantiles: dict[str, list[float]],
) -> tuple[Manifest, str]:
    """Write the files of a model and their manifest.

    Args:
        folder: made if absent.
        contents: file name to bytes, for every file but the manifest.
        model_name: name in the registry.
        candidate: which way of training made it.
        threshold: ``risk_30d`` from which an answer says ``flag``.
        feature_names: in the order of the model's input.
        dataset: ``kind`` and ``sha256`` of the data set.
        training_data_sha256: hash of the training rows.
        code_commit: git commit of the code that trained it.
        seed: of everything random in training.
        base_risk: ``risk_30d`` and ``risk_any``, means over the training rows.
        risk_quantiles: the same risks' 0th to 100th percentiles, 101 numbers each.

    Returns:
        The manifest, and the SHA-256 of its file.
    """
    missing = [name for name in _REQUIRED if name not in contents]
    if missing:
        raise ArtifactError(f"a model needs the files {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: sha256(content) for name, content in sorted(contents.items())}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = Manifest(
        model_name=model_name,
        candidate=candidate,
        threshold=threshold,
        classes=CLASSES,
        feature_names=feature_names,
        files=files,
        model_hash=hash_model(files, threshold, feature_names),
        dataset=dataset,
        training_data_sha256=training_data_sha256,
        code_commit=code_commit,
        seed=seed,
        base_risk=base_risk,
        risk_quantiles=risk_quantiles,
    )
    text = manifest.to_json().encode()
    (folder / MANIFEST_FILE).write_bytes(text)
    return manifest, sha256(text)


def add_documents(folder: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> tuple[Manifest, str]:
    """Put documents beside a model's files: listed in its manifest, without a part in its hash.

    Args:
        folder: the model's folder.
        manifest: the manifest it has.
        contents: file name to bytes; none may be a file the model has already.

    Returns:
        The new manifest, and the SHA-256 of its file.

    Raises:
        ArtifactError: a name is taken.
    """
    taken = sorted(contents.keys() & (manifest.files.keys() | set(_SCORING) | {MANIFEST_FILE}))
    if taken:
        raise ArtifactError(f"a model's own files cannot be documents: {', '.join(taken)}")
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    files = {**manifest.files, **{name: sha256(content) for name, content in contents.items()}}
    with_documents = replace(manifest, files=dict(sorted(files.items())))
    text = with_documents.to_json().encode()
    (folder / MANIFEST_FILE).write_bytes(text)
    return with_documents, sha256(text)


def verify_artifact(folder: Path, manifest_sha256: str | None = None) -> Manifest:
    """Check that every file of a model is there and unchanged.

    Args:
        folder: the model's folder.
        manifest_sha256: what the registry recorded of the manifest; None if there is no registry.

    Raises:
        ArtifactError: a file is missing, changed or unreadable; the message names it.
    """
    manifest = read_manifest(folder, manifest_sha256)
    for name in manifest.files:
        read_listed_file(folder, manifest, name)
    missing = [name for name in _REQUIRED if name not in manifest.files]
    if missing:
        raise ArtifactError(f"{MANIFEST_FILE} lists no {', '.join(missing)}")
    if hash_model(manifest.files, manifest.threshold, manifest.feature_names) != manifest.model_hash:
        raise ArtifactError(f"{MANIFEST_FILE}: model_hash does not follow from the files it lists")
    return manifest


def read_listed_file(folder: Path, manifest: Manifest, name: str) -> bytes:
    """Content of one file a manifest lists.

    Raises:
        ArtifactError: the manifest does not list it, or it is missing or changed.
    """
    if name not in manifest.files:
        raise ArtifactError(f"{MANIFEST_FILE} lists no {name}")
    content = _read(folder, name)
    if sha256(content) != manifest.files[name]:
        raise ArtifactError(f"{folder.name}/{name}: its SHA-256 is not the one in {MANIFEST_FILE}")
    return content


def read_manifest(folder: Path, manifest_sha256: str | None = None) -> Manifest:
    """Read a model's manifest and check it against the registry; the files it lists are not looked at.

    Raises:
        ArtifactError: the manifest is missing, changed or unreadable.
    """
    text = _read(folder, MANIFEST_FILE)
    if manifest_sha256 is not None and sha256(text) != manifest_sha256:
        raise ArtifactError(f"{folder.name}/{MANIFEST_FILE}: its SHA-256 is not the one the registry recorded")
    manifest = _parse_manifest(text)
    for name in manifest.files:
        if Path(name).name != name:
            raise ArtifactError(f"{MANIFEST_FILE}: {name!r} is not a plain file name")
    return manifest


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{folder.name}/{name} cannot be read: {error.strerror}") from error


def _parse_manifest(text: bytes) -> Manifest:
    try:
        document: dict[str, Any] = json.loads(text)
        document["classes"] = tuple(document["classes"])
        document["feature_names"] = tuple(document["feature_names"])
        document["threshold"] = float(document["threshold"])
        manifest = Manifest(**document)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArtifactError(f"{MANIFEST_FILE} cannot be read: {error}") from error
    if manifest.format != FORMAT or manifest.classes != CLASSES:
        raise ArtifactError(f"{MANIFEST_FILE}: format {FORMAT} and classes {CLASSES} expected")
    if not 0 <= manifest.threshold <= 1:  # no number (NaN) is none either
        raise ArtifactError(f"{MANIFEST_FILE}: threshold: a probability expected")
    return manifest
