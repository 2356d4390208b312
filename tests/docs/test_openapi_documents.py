"""The committed OpenAPI documents: valid examples, keys declared, and nothing taken from those who call today."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scripts.openapi_changes import FOLDER, RELEASED, find_breaking_changes

SERVICES = ("inference-service", "data-service")
OPEN = {"/healthz", "/readyz", "/metrics"}


def read(service: str, folder: Any = FOLDER) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / f"{service}.json").read_text(encoding="utf-8"))
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_declares_its_key_and_shows_a_good_answer(service: str) -> None:
    document = read(service)
    assert document["components"]["securitySchemes"]["api_key"]["name"] == "X-API-Key"
    for path, method, operation in operations(document):
        scopes = [scope for way in operation.get("security", ()) for scope in way["api_key"]]
        assert bool(scopes) is (path not in OPEN), f"{method} {path}"
        good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        assert any("examples" in media for answer in good for media in answer.get("content", {}).values()), path


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_fits_its_schema(service: str) -> None:
    document = read(service)
    checked = 0
    for path, method, operation in operations(document):
        bodies = [("body", operation.get("requestBody", {})), *operation["responses"].items()]
        for place, body in bodies:
            for media_type, media in body.get("content", {}).items():
                if media_type in ("application/json", "application/problem+json"):
                    whole = {**media.get("schema", {}), "components": document["components"]}
                    for name, example in media.get("examples", {}).items():
                        found = [error.message for error in Draft202012Validator(whole).iter_errors(example["value"])]
                        assert found == [], f"{method} {path} {place}: {name}"
                        checked += 1
    assert checked >= 15


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_taken_from_callers_of_the_release(service: str) -> None:
    assert find_breaking_changes(read(service, RELEASED), read(service)) == []


Change = Callable[[dict[str, Any]], Any]
BREAKING: dict[str, Change] = {
    "/predict/batch: the path is gone": lambda d: d["paths"].pop("/predict/batch"),
    "GET /predictions/{prediction_id}/feedback: the operation is gone": lambda d: d["paths"][
        "/predictions/{prediction_id}/feedback"
    ].pop("get"),
    "POST /predict: body.payer_code is gone": lambda d: encounter(d)["properties"].pop("payer_code"),
    "POST /predict: body.ward is new and required": lambda d: (
        encounter(d)["properties"].update(ward={"type": "string"}),
        encounter(d)["required"].append("ward"),
    ),
    "POST /predict: body.diag_1 is required now": lambda d: encounter(d)["required"].append("diag_1"),
    "POST /predict: body.time_in_hospital does not take integer any more": lambda d: encounter(d)["properties"][
        "time_in_hospital"
    ].update(type="string"),
    "POST /predict: body.time_in_hospital: maximum is 9 now, it was 14": lambda d: encounter(d)["properties"][
        "time_in_hospital"
    ].update(maximum=9),
    "POST /predict: body.gender does not take Unknown/Invalid any more": lambda d: encounter(d)["properties"][
        "gender"
    ].update(enum=["Female", "Male"]),
    "POST /predict: answer 200.risk_any is gone": lambda d: d["components"]["schemas"]["Prediction"]["properties"].pop(
        "risk_any"
    ),
    "POST /predict: answer 200.threshold may be missing now": lambda d: d["components"]["schemas"]["Prediction"][
        "required"
    ].remove("threshold"),
    "POST /predict: answer 200.risk_30d may be string now": lambda d: d["components"]["schemas"]["Prediction"][
        "properties"
    ]["risk_30d"].update(type="string"),
    "POST /predict: body.diag_1: another pattern": lambda d: diagnosis(d).update(pattern=r"^(?:|\?|[0-9]{3})$"),
    "POST /predict/batch: a body of text/csv is not taken any more": lambda d: d["paths"]["/predict/batch"]["post"][
        "requestBody"
    ]["content"].pop("text/csv"),
    "GET /promotions: the parameter limit is required now": lambda d: d["paths"]["/promotions"]["get"]["parameters"][
        0
    ].update(required=True),
    "GET /models: the scope predict does not open it any more": lambda d: d["paths"]["/models"]["get"].update(
        security=[{"api_key": ["promote"]}, {"api_key": ["read"]}]
    ),
}


def encounter(document: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = document["components"]["schemas"]["Encounter"]
    return schema


def diagnosis(document: dict[str, Any]) -> dict[str, Any]:
    options: list[dict[str, Any]] = encounter(document)["properties"]["diag_1"]["anyOf"]
    return next(option for option in options if option.get("type") == "string")


@pytest.mark.parametrize("named", BREAKING)
def test_a_breaking_change_is_named(named: str) -> None:
    released = read("inference-service")
    current = copy.deepcopy(released)
    BREAKING[named](current)
    assert named in find_breaking_changes(released, current)


def test_what_is_added_breaks_nothing() -> None:
    released = read("inference-service")
    current = copy.deepcopy(released)
    encounter(current)["properties"]["ward"] = {"type": "string"}
    diagnosis(current)["pattern"] = diagnosis(current)["pattern"].removesuffix(")$") + "|[A-Z]{9})$"
    current["components"]["schemas"]["Prediction"]["properties"]["certainty"] = {"type": "string"}
    current["paths"]["/new"] = current["paths"]["/models"]
    assert find_breaking_changes(released, current) == []
