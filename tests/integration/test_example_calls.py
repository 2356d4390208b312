"""Every call the APIs are shown by is really made: with a key of a scope it names, with the status and form it shows.

``RECORD_CALLS=1`` writes the answers anew (``make record-calls``). Ids, versions and times become those of the
examples; lists are cut to three entries and long texts to their beginning.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from readmission.services.data_service import example_calls as data_calls
from readmission.services.inference_service import example_calls as inference_calls
from readmission.services.inference_service.example_calls import PREDICTION_ID, VERSION
from readmission.web.example_calls import ExampleCall, read_answers
from readmission.web.key_file import SCOPES
from tests.conftest import RunningPostgres
from tests.integration.data_service.conftest import DataService
from tests.integration.inference_service.conftest import Registry, forget_versions, record_as_promoted, services
from tests.integration.inference_service.conftest import registry as registry
from tests.integration.inference_service.conftest import serving_database as serving_database
from tests.made_up_model import make_model_folder
from tests.security.named_keys import write_keys
from tests.small_model import SmallModel
from tests.unit.dataset.made_up import csv_text

RECORD = os.environ.get("RECORD_CALLS") == "1"
MOST_ENTRIES, MOST_LETTERS, MOST_LINES = 3, 400, 8
TIME, DATED = "2026-01-15T09:30:00.123456Z", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
VERSIONED = re.compile(r"""(version |version\\?": ?\\?"|readmission,|champions: )(\d+)""")
CARD = "# Model card: readmission, version 3\n\n## Intended use\n\nSupport the planning of a discharge.\n"


def write_scope_keys(folder: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """A key for each scope: the setting that names the file, and the headers to send."""
    keys = write_keys(folder / "keys", {f"example-{scope}": scope for scope in SCOPES})
    return {"READMISSION_ACCESS__KEYS_FILE": str(folder / "keys")}, {
        scope: keys[f"example-{scope}"] for scope in SCOPES
    }


class Caller:
    """Makes the calls of one API and writes down the answers as the examples show them."""

    def __init__(self, url: str, keys: Mapping[str, dict[str, str]], real: Mapping[str, str]) -> None:
        self.client = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.keys = keys
        self.real = dict(real)
        self.document = self.client.get("/openapi.json", headers=keys["admin"]).json()

    def make(self, call: ExampleCall) -> dict[str, Any]:
        """Make a call, with a key of the first scope its operation names; the answer as it is shown."""
        operation = self.document["paths"][call.template][call.method.lower()]
        scopes = [scope for way in operation.get("security", ()) for scope in way.get("api_key", ())]
        target, content = call.target, call.content
        target = re.sub(r"(?<=/)\d+(?=/|$)", lambda found: self.real.get(found[0], found[0]), target)
        if PREDICTION_ID in self.real:
            target = target.replace(PREDICTION_ID, self.real[PREDICTION_ID])
            content = content.replace(PREDICTION_ID, self.real[PREDICTION_ID]) if content else content
        headers = {**({"content-type": call.media_type} if content is not None else {}), **call.headers}
        headers |= self.keys[scopes[0]] if scopes else {}
        answer = self.client.request(call.method, target, content=content, headers=headers)
        assert answer.status_code == call.status, (call.name, answer.text)
        assert str(call.status) in operation["responses"], f"{call.name}: {call.status} is not documented"
        if call.name == "predict":
            self.real[PREDICTION_ID] = answer.json()["prediction_id"]
        media_type = answer.headers["content-type"].partition(";")[0]
        if media_type.endswith("json") and "ndjson" not in media_type:
            return {"media_type": media_type, "body": self._show(answer.json())}
        lines = answer.text.splitlines(keepends=True)[:MOST_LINES]
        return {"media_type": media_type, "body": self._show_text("".join(lines))}

    def _show(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._show(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self._show(each, name) for each in value[:MOST_ENTRIES]]
        if isinstance(value, str):
            if "version" in name or name.startswith("champion"):
                return self._shown_version(value)
            return self._show_text(value)
        return value

    def _show_text(self, text: str) -> str:
        if PREDICTION_ID in self.real:
            text = text.replace(self.real[PREDICTION_ID], PREDICTION_ID)
        text = VERSIONED.sub(lambda found: found[1] + self._shown_version(found[2]), DATED.sub(TIME, text))
        return text if len(text) <= MOST_LETTERS or "\n" in text else text[:MOST_LETTERS] + "…"

    def _shown_version(self, real: str) -> str:
        return next((shown for shown, known in self.real.items() if known == real), real)


@pytest.fixture(scope="module")
def inference(
    serving_database: RunningPostgres, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("examples")
    model = SmallModel(folder / "model", *make_model_folder(folder / "model", rows=1200)).with_card(
        CARD, "<h1>Card</h1>"
    )
    forget_versions(registry)
    before = registry.register(model)
    record_as_promoted(registry, before)
    live = registry.register(model)
    record_as_promoted(registry, live, before)
    registry.point_alias("examples", live)
    setting, keys = write_scope_keys(folder)
    with services(serving_database, registry, folder) as make:
        url = make("examples", **setting).start().url
        caller = Caller(url, keys, {VERSION: live, "2": before})
        yield caller
        caller.client.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    folder = tmp_path_factory.mktemp("data-examples")
    (folder / "made-up.csv").write_text(csv_text(400))
    setting, keys = write_scope_keys(folder)
    service = DataService(folder / "state", str(folder / "made-up.csv"), setting)
    service.start()
    service.wait_ready()
    caller = Caller(service.url, keys, {})
    yield caller
    caller.client.close()
    service.end()


def form_of(value: Any) -> Any:
    """What kind of JSON it is, without its values."""
    if isinstance(value, dict):
        return {name: form_of(each) for name, each in value.items()}
    if isinstance(value, list):
        return [form_of(each) for each in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def make_all(caller: Caller, calls: Sequence[ExampleCall], file: Path) -> None:
    """Make every call in order and compare with what is written down."""
    known, made = read_answers(file), {call.name: caller.make(call) for call in calls}
    if RECORD:
        file.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return
    assert list(known) == list(made), "run `make record-calls`"
    for name, answer in made.items():
        assert answer["media_type"] == known[name]["media_type"], name
        assert form_of(answer["body"]) == form_of(known[name]["body"]), name


def make_those_of_the_document(caller: Caller, calls: Sequence[ExampleCall]) -> None:
    """The document has an example of every operation and body, and shows no other than those that were made."""
    shown = {call.name: call for call in calls}
    for path, operations in caller.document["paths"].items():
        for method, operation in operations.items():
            here = {name: each for name, each in shown.items() if each.operation == f"{method.upper()} {path}"}
            assert any(each.status < 300 for each in here.values()), f"{method.upper()} {path} has no example"
            assert all("example" in each for each in operation.get("parameters", ()) if each["in"] == "path"), path
            bodies = operation.get("requestBody", {}).get("content", {})
            assert all("examples" in media for kind, media in bodies.items() if "arrow" not in kind), path
            for name, example in ((n, e) for media in bodies.values() for n, e in media.get("examples", {}).items()):
                assert (example["value"], here[name].status < 300) == (json.loads(json.dumps(here[name].body)), True)


def test_the_inference_apis_examples(inference: Caller) -> None:
    make_all(inference, inference_calls.CALLS, inference_calls.ANSWERS)
    make_those_of_the_document(inference, inference_calls.CALLS)


def test_the_data_apis_examples(data: Caller) -> None:
    make_all(data, data_calls.CALLS, data_calls.ANSWERS)
    make_those_of_the_document(data, data_calls.CALLS)
