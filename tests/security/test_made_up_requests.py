"""Made-up requests for every operation of both APIs, with every check on.

No answer is a 5xx, nothing that the OpenAPI document forbids is accepted, and nothing that it allows is refused, except
what JSON Schema cannot say (:func:`may_be_refused`).
"""

import random
import re
from contextlib import suppress
from itertools import product
from typing import Any
from unittest import SkipTest
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.specs.openapi.checks import positive_data_acceptance

from readmission.contract.api_key import HEADER
from readmission.contract.encounter import DIAGNOSES, DIAGNOSIS_PATTERNS, DIAGNOSIS_SYSTEM, ICD9CM, MISSING_MARKS
from readmission.contract.examples import FREQUENT_VISITOR
from readmission.contract.written_reason import is_readable
from tests.security.doors import ADMIN_KEY, Door

SHORT, LONG = 300, 3_000
SEED = 13
TIMEOUT_SECONDS = 20
HTTP_METHODS = {"get", "post", "put", "patch", "delete"}
MOST_EXACT = 2**53
KEY = "Idempotency-Key"
load_all_checks()


def may_be_refused(case: Any) -> bool:
    """True for a request that the document allows and the service may refuse: JSON Schema has no words for the reason.

    That is what stands inside a CSV, NDJSON or Arrow body; that the tensors of a request have equally many rows and all
    columns required; that outcomes of one list do not contradict each other; that a body is needed if the address names
    no prediction; that a reason has a letter or digit (a pattern that says so is read by few programs); and that a
    diagnosis is a code of the system named beside it.
    """
    if case.media_type not in (None, "application/json") or case.path.endswith("/infer"):
        return True
    if case.path == "/outcomes":
        return isinstance(case.body, list) and len(case.body) > 1
    texts = [case.body.get(name) for name in ("reason", "actor")] if isinstance(case.body, dict) else []
    if any(isinstance(text, str) and not is_readable(text) for text in texts):
        return True
    if isinstance(case.body, dict) and not are_of_their_system(case.body):
        return True
    return case.path == "/explain" and not isinstance(case.body, dict) and "prediction_id" not in (case.query or {})


def are_of_their_system(encounter: dict[str, Any]) -> bool:
    """Every diagnosis is missing, or a code of ``diagnosis_system``."""
    named = encounter.get(DIAGNOSIS_SYSTEM) or ICD9CM
    pattern = next((found for system, found in DIAGNOSIS_PATTERNS.items() if system == named), ".*")
    codes = [code for name in DIAGNOSES if (code := encounter.get(name)) not in (None, *MISSING_MARKS)]
    return all(re.fullmatch(pattern, str(code)) for code in codes)


def write_whole_numbers(value: Any) -> Any:
    """The same with 9 in place of 9.0: one number to JSON Schema; a point is refused, so that no id loses digits."""
    if isinstance(value, float) and value.is_integer() and abs(value) < MOST_EXACT:
        return int(value)
    if isinstance(value, list):
        return [write_whole_numbers(each) for each in value]
    if isinstance(value, dict):
        return {key: write_whole_numbers(each) for key, each in value.items()}
    return value


def try_all(door: Door, cases: int, number: int, stored: str = "") -> None:
    """Try about as many cases as asked for, half of them valid; ``number`` is the seed they are made with."""
    print(f"{door.name}: seed {number}")  # noqa: T201
    url = f"http://127.0.0.1:{door.port}"
    schema: Any = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    assert len(operations) == sum(len(HTTP_METHODS & set(path)) for path in paths.values())
    tried, accepted = 0, set()
    # An operation that takes nothing has one valid case and no invalid one; the others make up for it.
    each = round(1.1 * cases / len(operations))
    for operation, mode in product(operations, (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)):

        @seed(number)
        @settings(max_examples=each, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_one(case: Any) -> None:
            nonlocal tried
            tried += 1
            case.body = write_whole_numbers(case.body)
            if case.meta.generation.mode.is_positive:
                if KEY in (case.headers or {}):
                    case.headers[KEY] = uuid4().hex  # the same key with other content is refused on purpose
                if stored and "prediction_id" in (case.path_parameters or {}):
                    case.path_parameters["prediction_id"] = stored  # a made-up one is hardly ever there
            response = case.call(base_url=url, timeout=TIMEOUT_SECONDS, headers={HEADER: ADMIN_KEY})
            excluded = [positive_data_acceptance] if may_be_refused(case) else []
            case.validate_response(response, checks=CHECKS.get_all(), excluded_checks=excluded)
            if response.status_code < 300:
                accepted.add(case.operation.label)

        with suppress(SkipTest, Unsatisfiable):  # it takes nothing that could be broken
            try_one()
    print(f"{tried} requests; accepted: {', '.join(sorted(accepted))}")  # noqa: T201
    assert tried >= cases
    assert httpx.get(f"{url}/readyz").status_code == 200


@pytest.fixture(scope="module")
def stored(inference: Door) -> str:
    """Id of a stored prediction."""
    answer = httpx.post(f"http://127.0.0.1:{inference.port}/predict", json=FREQUENT_VISITOR)
    return str(answer.raise_for_status().json()["prediction_id"])


def test_three_hundred_cases_of_the_inference_service(inference: Door, stored: str) -> None:
    try_all(inference, SHORT, SEED, stored)


def test_three_hundred_cases_of_the_data_service(data: Door) -> None:
    try_all(data, SHORT, SEED)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_three_thousand_cases_of_the_inference_service(inference: Door, stored: str) -> None:
    try_all(inference, LONG, random.randrange(2**32), stored)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_three_thousand_cases_of_the_data_service(data: Door) -> None:
    try_all(data, LONG, random.randrange(2**32))
