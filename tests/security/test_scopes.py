"""What a key opens: every operation of every service against every scope, from the OpenAPI document itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from readmission.errors import ConfigurationError
from readmission.services.inference_service.scopes import SCOPES as INFERENCE_SCOPES
from readmission.settings import AccessSettings
from readmission.web.access import OPEN_PATHS, AccessControl
from readmission.web.key_file import SCOPES, key_line, make_key, parse_keys
from readmission.web.route_scopes import RouteScopes
from tests.conftest import RunningPostgres
from tests.integration.data_service.conftest import DataService
from tests.integration.inference_service.conftest import Registry, services
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.conftest import registry as registry
from tests.integration.inference_service.conftest import serving_database as serving_database
from tests.security.named_keys import write_keys
from tests.small_model import SmallModel
from tests.unit.dataset.made_up import csv_text

EXPECTED = {
    "POST /predict": {"predict"},
    "POST /predict/batch": {"predict"},
    "POST /explain": {"predict", "read"},
    "GET /predictions/{prediction_id}": {"predict", "read"},
    "POST /predictions/{prediction_id}/feedback": {"feedback"},
    "GET /predictions/{prediction_id}/feedback": {"feedback", "read"},
    "POST /outcomes": {"outcomes"},
    "GET /models": {"predict", "promote", "read"},
    "GET /models/{version}/card": {"predict", "promote", "read"},
    "GET /promotions": {"predict", "promote", "read"},
    "POST /models/rollback": {"promote"},
    "GET /v2": {"predict", "promote", "read"},
    "GET /v2/health/live": {"predict", "promote", "read"},
    "GET /v2/health/ready": {"predict", "promote", "read"},
    "GET /v2/models/{name}": {"predict", "promote", "read"},
    "GET /v2/models/{name}/ready": {"predict", "promote", "read"},
    "POST /v2/models/{name}/infer": {"predict"},
    "GET /v2/models/{name}/versions/{version}": {"predict", "promote", "read"},
    "GET /v2/models/{name}/versions/{version}/ready": {"predict", "promote", "read"},
    "POST /v2/models/{name}/versions/{version}/infer": {"predict"},
    "GET /dataset": {"data"},
    "GET /splits": {"data"},
    "GET /splits/{split}/batches": {"data"},
    "GET /splits/{split}/batches/{number}": {"data"},
    "GET /consumers/{consumer}/splits/{split}/batches/{number}": {"data"},
    "PUT /consumers/{consumer}/splits/{split}/batches/{number}": {"data"},
    "PUT /arrivals/{name}": {"arrivals"},
}
"""Written down a second time on purpose: a wider right is a change in two places. ``admin`` opens everything."""
UNKNOWN = "01890000-0000-7000-8000-000000000000"
OTHER_PATHS = ("/", "/predict/", "/predict/x", "/Predict", "//predict", "/predictions", "/outcomes/x", "/arrivalsx",
               "/models/rollback/x", "/v2/x", "/docs", "/openapi.json", "/metricsx")  # fmt: skip


class Guarded(NamedTuple):
    """A running service, and the headers of a key for each scope."""

    url: str
    headers: dict[str, dict[str, str]]


@pytest.fixture(scope="module", params=["inference", "data"])
def guarded(
    request: pytest.FixtureRequest,
    serving_database: RunningPostgres,
    registry: Registry,
    models: Callable[[float], SmallModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:
    folder: Path = tmp_path_factory.mktemp("scopes")
    headers = write_keys(folder / "keys", {scope: scope for scope in SCOPES})
    setting = {"READMISSION_ACCESS__KEYS_FILE": str(folder / "keys")}
    if request.param == "inference":
        registry.make_live("scopes", registry.register(models(0.0)))
        with services(serving_database, registry, folder) as make:
            yield Guarded(make("scopes", **setting).start().url, headers)
        return
    (folder / "mine.csv").write_text(csv_text(60))
    service = DataService(folder / "state", str(folder / "mine.csv"), setting)
    service.start()
    service.wait_ready()
    yield Guarded(service.url, headers)
    service.end()


def operations(guarded: Guarded) -> dict[str, dict[str, Any]]:
    document = httpx.get(f"{guarded.url}/openapi.json", headers=guarded.headers["admin"]).json()
    return {
        f"{method.upper()} {path}": operation
        for path, found in document["paths"].items()
        for method, operation in found.items()
        if path not in OPEN_PATHS
    }


def ask(guarded: Guarded, operation: str, headers: dict[str, str] | None) -> int:
    method, _, path = operation.partition(" ")
    path = path.replace("{prediction_id}", UNKNOWN).replace("{", "").replace("}", "")
    query = {"prediction_id": UNKNOWN} if path == "/explain" else {}
    return httpx.request(method, guarded.url + path, params=query, headers=headers).status_code


def test_every_operation_against_every_scope(guarded: Guarded) -> None:
    found = operations(guarded)
    assert len(found) >= 7
    for operation in found:
        assert operation in EXPECTED, f"{operation} has no expected scope here"
        assert ask(guarded, operation, None) == 401, operation
        assert ask(guarded, operation, {"X-API-Key": "rk_wrong"}) == 401, operation
        for scope, headers in guarded.headers.items():
            passes = scope == "admin" or scope in EXPECTED[operation]
            assert (ask(guarded, operation, headers) not in (401, 403)) == passes, (operation, scope)


def test_the_document_says_what_each_operation_needs(guarded: Guarded) -> None:
    for name, operation in operations(guarded).items():
        named = {scope for way in operation["security"] for scopes in way.values() for scope in scopes}
        assert named == EXPECTED[name], name


@pytest.mark.parametrize("path", OTHER_PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "BREW"])
def test_an_unknown_path_needs_a_key_and_is_then_not_found(guarded: Guarded, method: str, path: str) -> None:
    assert httpx.request(method, guarded.url + path).status_code == 401
    known = httpx.request(method, guarded.url + path, headers=guarded.headers["outcomes"]).status_code
    assert known in (200, 307, 404, 405)
    assert known != 200 or path in ("/docs", "/openapi.json")


def test_a_route_without_a_declared_scope_stops_the_start() -> None:
    def answer() -> None:
        """Of every route here."""

    app = FastAPI(docs_url=None, redoc_url=None)
    declared = RouteScopes({"GET /known": {"read"}})
    app.get("/known")(answer)
    declared.check(app)
    app.post("/known")(answer)
    with pytest.raises(ConfigurationError, match="POST /known"):
        declared.check(app)
    with pytest.raises(ConfigurationError, match="GET /gone"):
        RouteScopes({"GET /known": {"read"}, "POST /known": {"read"}, "GET /gone": {"read"}}).check(app)
    with pytest.raises(ConfigurationError, match="everything"):
        RouteScopes({"GET /known": {"everything"}})


def test_a_path_is_matched_as_the_router_does() -> None:
    assert INFERENCE_SCOPES.needed("HEAD", "/models") == INFERENCE_SCOPES.needed("GET", "/models") != frozenset()
    assert INFERENCE_SCOPES.needed("POST", "/v2/models/a/versions/b/infer") == {"predict"}
    for method, path in (("POST", "/models"), ("GET", "/predict"), ("POST", "/v2/models/a/b/infer"), ("POST", "/x")):
        assert INFERENCE_SCOPES.needed(method, path) == frozenset(), "any key, and then 404 or 405"


def test_key_files_of_before_still_load_and_the_new_scopes_too() -> None:
    for scope in ("predict", "outcomes", "data", "admin", "read", "feedback", "arrivals", "promote"):
        line = key_line("ward", frozenset({scope}), make_key())
        (key,) = parse_keys(line, "keys").values()
        assert key.scopes == {scope}


@pytest.mark.parametrize("name", ["local", "service-admin", "x" * 65, "a\x00b"])
def test_no_key_may_carry_a_name_that_is_taken_or_unprintable(name: str) -> None:
    with pytest.raises(ConfigurationError, match="keys, line 1"):
        parse_keys(key_line(name, frozenset({"predict"}), make_key()), "keys")


def test_without_a_key_file_only_what_changes_a_service_is_asked_for(tmp_path: Path) -> None:
    access = AccessControl(AccessSettings(), SecretStr("the-admin-key"))
    for scope in SCOPES:
        if scope in ("promote", "arrivals", "admin"):
            with pytest.raises(Exception, match="admin key"):
                access.identify([], frozenset({scope}))
            given = [(b"x-api-key", b"the-admin-key")]
            assert access.identify(given, frozenset({scope})).name == "service-admin"
        else:
            assert access.identify([], frozenset({scope})).name == "local"
