"""A model's folder vouches for itself; whatever was changed is refused by name."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from readmission.contract.examples import EXAMPLES
from readmission.errors import ArtifactError
from readmission.model.artifact import MANIFEST_FILE, PROBE_FILE, Manifest, sha256, verify_artifact
from readmission.model.session import open_model
from tests.made_up_model import make_model_folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest, str]:
    folder = tmp_path_factory.mktemp("model")
    manifest, manifest_sha256 = make_model_folder(folder)
    return folder, manifest, manifest_sha256


@pytest.fixture
def copy(made: tuple[Path, Manifest, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "model"))


def test_a_whole_model_is_verified_and_answers(made: tuple[Path, Manifest, str]) -> None:
    folder, manifest, manifest_sha256 = made
    model = open_model(folder, manifest_sha256)
    assert model.manifest == manifest == verify_artifact(folder)
    probabilities = model.score(list(EXAMPLES.values()))
    assert probabilities.shape == (len(EXAMPLES), 3)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("name", ["encoder.json", "model.onnx", "booster.txt", "probe.json", "MLmodel"])
def test_a_changed_file_is_refused_by_name(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(bytes(content))
    with pytest.raises(ArtifactError, match=name):
        open_model(copy)


def test_a_missing_file_is_refused_by_name(copy: Path) -> None:
    (copy / "model.onnx").unlink()
    with pytest.raises(ArtifactError, match=r"model\.onnx cannot be read"):
        open_model(copy)


def test_a_manifest_the_registry_does_not_know_is_refused(copy: Path, made: tuple[Path, Manifest, str]) -> None:
    manifest = json.loads((copy / MANIFEST_FILE).read_text())
    manifest["code_commit"] = "another"
    (copy / MANIFEST_FILE).write_text(json.dumps(manifest))
    verify_artifact(copy)  # the folder agrees with itself
    with pytest.raises(ArtifactError, match="not the one the registry recorded"):
        open_model(copy, made[2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": 0.9}, "model_hash does not follow"),
        ({"format": 2}, "format 1"),
        ({"classes": ["<30", ">30", "NO"]}, "classes"),
        ({"files": {"../encoder.json": "0"}}, "not a plain file name"),
        ({"surprise": 1}, "cannot be read"),
        ({"threshold": float("nan")}, "threshold: a probability expected"),
        ({"threshold": -0.1}, "threshold: a probability expected"),
    ],
)
def test_a_forged_manifest_is_refused(copy: Path, change: dict[str, object], message: str) -> None:
    manifest = json.loads((copy / MANIFEST_FILE).read_text())
    (copy / MANIFEST_FILE).write_text(json.dumps({**manifest, **change}))
    with pytest.raises(ArtifactError, match=message):
        open_model(copy)


def test_a_model_that_answers_its_probe_differently_is_refused(copy: Path) -> None:
    from readmission.model.artifact import hash_model

    probe = json.loads((copy / PROBE_FILE).read_text())
    probe["probabilities"][0] = probe["probabilities"][0][::-1]
    (copy / PROBE_FILE).write_text(json.dumps(probe))
    manifest = json.loads((copy / MANIFEST_FILE).read_text())
    manifest["files"][PROBE_FILE] = sha256((copy / PROBE_FILE).read_bytes())
    manifest["model_hash"] = hash_model(manifest["files"], manifest["threshold"], tuple(manifest["feature_names"]))
    (copy / MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="probe: answers differ"):
        open_model(copy)


def test_training_twice_gives_the_same_hashes(made: tuple[Path, Manifest, str], tmp_path: Path) -> None:
    manifest, manifest_sha256 = make_model_folder(tmp_path / "again")
    assert manifest.model_hash == made[1].model_hash
    assert manifest_sha256 == made[2]


_WATCH = """
import sys
from pathlib import Path
folder, seen = Path(sys.argv[1]), []
from readmission.model.session import open_model
from readmission.model.reasons import open_reasons
from readmission.contract.examples import EXAMPLES

def watch(event, arguments):
    if event in ("pickle.find_class", "os.system", "subprocess.Popen", "socket.connect", "ctypes.dlopen"):
        seen.append((event, str(arguments[0])))
    if event in ("open", "exec", "import") and str(folder) in str(arguments):
        seen.append((event, Path(str(arguments[0])).name))

sys.addaudithook(watch)
sys.path.insert(0, str(folder))  # even where the folder could be imported from
model = open_model(folder)
reasons = open_reasons(folder, model)
for encounter in EXAMPLES.values():
    reasons.explain(model, encounter)
watched = list(seen)
print(sorted(set(watched)))
"""


def test_opening_scoring_and_explaining_runs_nothing_of_the_artifact(copy: Path) -> None:
    """Python's own audit events: no pickle, no process, no import; only the files of the manifest are opened."""
    trap = "raise SystemExit('the artifact ran')"
    for name in ("json.py", "sitecustomize.py", "code/readmission/__init__.py"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(trap)
    (copy / "python_model.pkl").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    command = [sys.executable, "-c", _WATCH, str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = ast.literal_eval(done.stdout.splitlines()[-1])
    kept = {"encoder.json", "model.onnx", "booster.txt", "calibration.json", "probe.json", "manifest.json", "MLmodel"}
    assert {event for event, _ in seen} == {"open"}, seen
    opened = {name for _, name in seen}
    assert kept <= opened
    assert not opened & {"json.py", "sitecustomize.py", "__init__.py", "python_model.pkl"}


def vouch_for(folder: Path, name: str) -> None:
    """Make the hashes anew for a file that was changed: whoever writes the files can."""
    from readmission.model.artifact import hash_model

    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    manifest["files"][name] = sha256((folder / name).read_bytes())
    manifest["model_hash"] = hash_model(manifest["files"], manifest["threshold"], tuple(manifest["feature_names"]))
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))


@pytest.mark.parametrize("name", ["probe.json", "encoder.json"])
@pytest.mark.parametrize(
    "content",
    [b"[" * 200_000 + b"]" * 200_000, b"{", b"[]", b"null", b"{}", b"\xff", b'{"probabilities": [[]], "encounters": 3}',
     b'{"probabilities": ["x"], "encounters": [{}]}', b'{"probabilities": [[1, 0, 0]], "encounters": [{"age": {}}]}'],
    ids=["deep", "cut", "list", "null", "empty", "bytes", "shapes", "words", "encounter"],
)  # fmt: skip
def test_a_file_of_json_that_says_something_else_is_refused(copy: Path, name: str, content: bytes) -> None:
    (copy / name).write_bytes(content)
    vouch_for(copy, name)
    with pytest.raises(ArtifactError, match=r"probe|encoder"):
        open_model(copy)


def test_a_manifest_that_is_too_deep_is_refused(copy: Path) -> None:
    (copy / MANIFEST_FILE).write_bytes(b"[" * 200_000 + b"]" * 200_000)
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        open_model(copy)
