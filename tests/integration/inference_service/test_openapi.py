"""Made-up requests for every operation of the OpenAPI document: no 500, no hang, answers as documented."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from readmission.contract.examples import FREQUENT_VISITOR
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, Service, services
from tests.small_model import SmallModel

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
SHORT, LONG = 500, 5_000
TIMEOUT_SECONDS = 20
HTTP_METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def service(
    serving_database: RunningPostgres,
    registry: Registry,
    models: Callable[[float], SmallModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    registry.make_live("openapi", registry.register(models(0.0)))
    folder: Path = tmp_path_factory.mktemp("openapi")
    with services(serving_database, registry, folder) as make:
        started = make("openapi").start()
        assert started.predict(FREQUENT_VISITOR).status_code == 200
        yield started


def try_all(service: Service, cases: int, *, derandomize: bool) -> None:
    schema: Any = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    paths = service.client.get("/openapi.json").json()["paths"]
    assert len(operations) == sum(len(HTTP_METHODS & set(path)) for path in paths.values())
    tried = 0
    # An operation that takes nothing has one valid case and no invalid one; the others make up for it.
    each = round(2 * cases / len(operations) / 2)
    for operation, mode in product(operations, (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):

        @settings(
            max_examples=each,
            deadline=None,
            derandomize=derandomize,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_one(case: Any) -> None:
            nonlocal tried
            tried += 1
            response = case.call(base_url=service.url, timeout=TIMEOUT_SECONDS)
            case.validate_response(response, checks=CHECKS)

        with suppress(SkipTest, Unsatisfiable):  # it takes nothing that could be broken
            try_one()
    assert tried >= cases
    assert service.client.get("/readyz").status_code == 200


def test_five_hundred_cases(service: Service) -> None:
    try_all(service, SHORT, derandomize=True)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_five_thousand_cases(service: Service) -> None:
    try_all(service, LONG, derandomize=False)
