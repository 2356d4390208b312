"""An EHR discharges patients through the gateway, in front of a real inference service with keys."""

import copy
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import jwt
import psycopg
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from readmission.contract.fhir.examples import BUNDLE, PATIENT, RESOURCES, STAY
from readmission.errors import ConfigurationError
from readmission.services.ehr_gateway.app import build_service, check_who_may_call
from readmission.settings import EhrClientSettings, EhrGatewaySettings, InferenceServiceSettings, Settings
from tests.conftest import RunningPostgres, free_port
from tests.integration.inference_service.conftest import Registry, Service, services, wait_until
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.conftest import registry as registry
from tests.integration.inference_service.conftest import serving_database as serving_database
from tests.security.named_keys import write_keys
from tests.small_model import SmallModel

URL = "https://gateway.example"
DISCHARGE = "/cds-services/readmission-at-discharge"
FHIR = {"content-type": "application/fhir+json"}
ORIGIN = "https://chart.example"


class Ehr(BaseHTTPRequestHandler):
    """A FHIR server that answers what it is told to, and remembers what it was asked."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
    asked: list[tuple[str, str | None]] = []

    def do_GET(self) -> None:
        name = self.path.removeprefix("/fhir/")
        Ehr.asked.append((name, self.headers.get("authorization")))
        status, headers, body = Ehr.answers.get(name.partition("?")[0], (404, {}, b"{}"))
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Asked:
    """The gateway as two EHRs call it, and what is stored."""

    def __init__(self, client: httpx.Client, service: Service, keys: dict[str, Any], fhir: str) -> None:
        self.client, self.service, self.keys, self.fhir = client, service, keys, fhir

    def token(self, name: str, **changes: Any) -> str:
        now = int(time.time())
        claims = {"iss": f"https://{name}.example", "aud": URL, "iat": now, "exp": now + 240, "jti": str(uuid.uuid4())}
        return jwt.encode({**claims, **changes}, self.keys[name], "ES384", headers={"kid": "k"})

    def send(self, path: str, body: Any, name: str = "ehr-a", method: str = "POST", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {self.token(name)}", "content-type": "application/json", **headers}

        return self.client.request(method, path, content=content, headers=sent)

    def count(self, table: str = "predictions") -> int:
        return len(self.rows(f"SELECT 1 FROM serving.{table}"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.service.database_url) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def asked(
    serving_database: RunningPostgres,
    registry: Registry,
    models: Callable[[float], SmallModel],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Asked]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    headers = write_keys(folder / "keys", dict.fromkeys(("ehr-a", "ehr-b"), "predict,feedback"))
    registry.make_live("by-ehr", registry.register(models(0.0)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ehr)
    Thread(target=server.serve_forever, daemon=True).start()
    fhir = f"http://127.0.0.1:{server.server_port}/fhir"
    keys = {name: ec.generate_private_key(ec.SECP384R1()) for name in headers}
    clients = []
    for name, key in keys.items():
        entry = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())), "kid": "k"}
        (folder / f"{name}.json").write_text(json.dumps({"keys": [entry]}))
        clients.append(
            EhrClientSettings(
                name=name, issuer=f"https://{name}.example", jwks_file=folder / f"{name}.json", fhir_servers=(fhir,),
                api_key=SecretStr(headers[name]["X-API-Key"]),
            )
        )  # fmt: skip
    with services(serving_database, registry, folder) as make:
        service = make("by-ehr", READMISSION_ACCESS__KEYS_FILE=str(folder / "keys")).start()
        settings = Settings(
            inference_service=InferenceServiceSettings(url=service.url),
            ehr_gateway=EhrGatewaySettings(url=URL, clients=tuple(clients), origins=ORIGIN),
        )
        port = free_port()
        running = uvicorn.Server(uvicorn.Config(build_service(settings), port=port, log_config=None, lifespan="on"))
        thread = Thread(target=running.run)
        thread.start()
        wait_until(lambda: running.started, "the gateway has started")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield Asked(client, service, keys, fhir)
        running.should_exit = True
        thread.join()
    server.shutdown()
    server.server_close()


def of_kind(*kinds: str) -> dict[str, Any]:
    found = [{"resource": each} for each in RESOURCES if each["resourceType"] in kinds]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": found}


def hook(**changes: Any) -> dict[str, Any]:
    prefetch = {
        "patient": PATIENT,
        "encounter": STAY,
        "encounters": of_kind("Encounter"),
        "conditions": of_kind("Condition"),
        "results": of_kind("Observation"),
        "laboratory": {"resourceType": "Bundle", "type": "searchset", "total": 37},
        "medications": of_kind("MedicationRequest"),
        "procedures": of_kind("Procedure"),
        "coverage": of_kind("Coverage"),
    }
    call: dict[str, Any] = {
        "hook": "encounter-discharge",
        "hookInstance": str(uuid.uuid4()),
        "context": {"userId": "Practitioner/n1", "patientId": "p1", "encounterId": "e1"},
        "prefetch": prefetch,
    }
    return copy.deepcopy({**call, **changes})


def test_discovery_needs_no_token(asked: Asked) -> None:
    answer = asked.send("/cds-services", b"", method="GET", authorization="")
    assert answer.status_code == 200
    assert {service["hook"] for service in answer.json()["services"]} == {"encounter-discharge", "patient-view"}


def test_a_discharge_is_a_card_and_a_stored_prediction(asked: Asked) -> None:
    call = hook()
    before = asked.count()
    answer = asked.send(DISCHARGE, call)
    assert answer.status_code == 200, answer.text
    (card,) = answer.json()["cards"]
    assert len(card["summary"]) < 140
    assert card["indicator"] in ("info", "warning")
    assert [each["status"] for each in card["extension"]["readmission.sources"]] == ["missing", "missing"]
    (stored,) = asked.rows(
        "SELECT asked_by, encounter->>'num_lab_procedures', encounter->>'diag_1' FROM serving.predictions"
        f" WHERE prediction_id = '{card['uuid']}'"
    )
    assert stored == ("ehr-a", "37", "I50.9")
    resource = card["suggestions"][0]["actions"][0]["resource"]
    assert resource["subject"] == {"reference": "Patient/p1"}
    assert resource["prediction"][0]["whenPeriod"]["start"] == "2026-03-06T11:00:00-05:00"
    again = asked.send(DISCHARGE, call)
    assert again.json()["cards"][0]["uuid"] == card["uuid"]
    assert asked.count() == before + 1


def test_feedback_is_stored_once_under_the_name_of_the_ehr(asked: Asked) -> None:
    (card,) = asked.send(DISCHARGE, hook()).json()["cards"]
    reason = {
        "reason": {"code": "already-planned", "system": "s", "display": "Planned"},
        "userComment": "sees us in 7 days",
    }
    said = {"feedback": [{"card": card["uuid"], "outcome": "overridden", "overrideReason": reason}]}
    for _ in range(2):
        assert asked.send(f"{DISCHARGE}/feedback", said).status_code == 200
    query = f"SELECT asked_by, verdict, reason FROM serving.feedback WHERE prediction_id = '{card['uuid']}'"
    assert asked.rows(query) == [("ehr-a", "override", "Planned: sees us in 7 days")]


def test_feedback_on_the_card_of_another_is_refused(asked: Asked) -> None:
    (mine,) = asked.send(DISCHARGE, hook(), "ehr-b").json()["cards"]
    (other,) = asked.send(DISCHARGE, hook()).json()["cards"]
    before = asked.count("feedback")
    said = [{"card": card, "outcome": "accepted"} for card in (mine["uuid"], other["uuid"])]
    assert asked.send(f"{DISCHARGE}/feedback", {"feedback": said}, "ehr-b").status_code in (403, 404)
    assert asked.count("feedback") == before


def test_what_the_prefetch_left_out_is_asked_of_the_ehr(asked: Asked) -> None:
    Ehr.asked.clear()
    Ehr.answers = {
        "Patient/p1": (200, {}, json.dumps(PATIENT).encode()),
        "Encounter/e1": (200, {}, json.dumps(STAY).encode()),
        "Condition": (200, {}, json.dumps(of_kind("Condition")).encode()),
    }
    call = hook(prefetch={}, fhirServer=asked.fhir, fhirAuthorization={"access_token": "t0ken", "token_type": "Bearer"})
    answer = asked.send(DISCHARGE, call)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["cards"]) == 1
    assert {authorization for _, authorization in Ehr.asked} == {"Bearer t0ken"}


@pytest.mark.parametrize(
    "answer",
    [
        (302, {"location": "http://127.0.0.1:1/secret"}, b""),
        (200, {}, b"[" * 100_000),
        (200, {}, b'{"resourceType": "Patient", "id": NaN}'),
        (200, {"content-encoding": "gzip"}, b"x"),
        (200, {}, b" " * (2 * 1024 * 1024 + 1)),
        (500, {}, b"down"),
    ],
    ids=["redirect", "deep", "nan", "packed", "large", "down"],
)
def test_what_an_ehr_may_answer_is_bounded(asked: Asked, answer: tuple[int, dict[str, str], bytes]) -> None:
    Ehr.answers = {"Patient/p1": answer}
    before = asked.count()
    call = hook(prefetch={**hook()["prefetch"]}, fhirServer=asked.fhir)
    del call["prefetch"]["patient"]
    refusal = asked.send(DISCHARGE, call)
    assert refusal.status_code == 412, refusal.text
    assert refusal.json()["errors"][0]["field"] == "prefetch.patient"
    assert asked.count() == before


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:1/fhir", "https://evil.example/fhir", "file:///etc", "http://169.254.169.254/latest"]
)
def test_only_registered_servers_are_asked(asked: Asked, server: str) -> None:
    answer = asked.send(DISCHARGE, hook(prefetch={}, fhirServer=server))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "fhirServer"


def test_a_beginning_of_a_registered_address_is_not_enough(asked: Asked) -> None:
    call = hook(prefetch={}, fhirServer=f"{asked.fhir}@evil.example/fhir")
    assert asked.send(DISCHARGE, call).status_code == 422


def test_missing_data_is_412_and_named(asked: Asked) -> None:
    call = hook()
    del call["prefetch"]["conditions"]
    answer = asked.send(DISCHARGE, call)
    assert answer.status_code == 412
    assert [each["field"] for each in answer.json()["errors"]] == ["prefetch.conditions"]


def test_who_died_gets_no_card(asked: Asked) -> None:
    call = hook()
    call["prefetch"]["patient"]["deceasedBoolean"] = True
    before = asked.count()
    assert asked.send(DISCHARGE, call).json() == {"cards": []}
    assert asked.count() == before


def test_a_bundle_becomes_a_risk_assessment(asked: Asked) -> None:
    bundle = copy.deepcopy(BUNDLE)
    answer = asked.send("/fhir/$score", bundle, **FHIR)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.json()["resourceType"] == "RiskAssessment"
    assert 0 <= answer.json()["prediction"][0]["probabilityDecimal"] <= 1


def test_no_token_no_answer(asked: Asked) -> None:
    before = asked.count()
    token = asked.token("ehr-a")
    assert asked.send(DISCHARGE, hook(), authorization="").status_code == 401
    assert asked.send(DISCHARGE, hook(), authorization=f"Bearer {token}").status_code == 200
    assert asked.send(DISCHARGE, hook(), authorization=f"Bearer {token}").status_code == 401
    assert asked.count() == before + 1


def test_only_allowed_origins(asked: Asked) -> None:
    allowed = asked.send(DISCHARGE, hook(), origin=ORIGIN)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, ORIGIN)
    preflight = asked.send(DISCHARGE, b"", method="OPTIONS", origin=ORIGIN)
    assert preflight.status_code == 204
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    refused = asked.send(DISCHARGE, hook(), origin="https://evil.example")
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


HOSTILE: dict[str, Any] = {
    "deep": b'{"hook":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "not-json": b"{",
    "nan": b'{"hook": NaN}',
    "surrogate": b'{"hook": "\\ud800"}',
    "list": b"[]",
    "twice": b'{"hook": 1, "hook": 2}',
    "large": b" " * (4 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies(asked: Asked, body: bytes) -> None:
    before = asked.count()
    for path in (DISCHARGE, f"{DISCHARGE}/feedback", "/fhir/$score"):
        assert 400 <= asked.send(path, body).status_code < 500, path
    assert asked.count() == before


def test_a_prefetch_with_more_conditions_than_a_patient_has(asked: Asked) -> None:
    one = {"resource": {"resourceType": "Condition"}}
    call = hook()
    call["prefetch"]["conditions"] = {"resourceType": "Bundle", "entry": [one] * 50_000}
    assert asked.send(DISCHARGE, call).status_code == 422


def damage_and_send(asked: Asked, rounds: int, seed: int) -> None:
    """Damaged hooks and feedback: an answer below 500 each, and a prediction stored for each card and no other."""
    draw = random.Random(seed)
    leaves: list[Any] = [
        None,
        True,
        -1,
        10**30,
        0.5,
        "",
        "\x00",
        "\u202e",
        "9999-12-31",
        "Patient/p9",
        "AMB",
        [],
        {},
        [[]],
    ]
    places = paths(hook())[1:]
    before, cards = asked.count(), 0
    for _ in range(rounds):
        call = hook()
        for path in draw.sample(places, draw.randint(1, 3)):
            put(call, path, draw.choice(leaves))
        answer = asked.send(DISCHARGE, call)
        assert answer.status_code < 500, (answer.status_code, answer.text)
        cards += len(answer.json().get("cards", ()))
    assert asked.count() == before + cards


def test_damaged_hooks(asked: Asked) -> None:
    damage_and_send(asked, 60, 1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_five_thousand_damaged_hooks(asked: Asked) -> None:
    damage_and_send(asked, 5_000, 2)


def paths(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [at, *(path for key, child in inner for path in paths(child, (*at, key)))]


def put(document: Any, path: tuple[Any, ...], value: Any) -> None:
    try:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        return  # an earlier damage took the place away


def test_who_may_call_is_settled_before_the_start() -> None:
    with pytest.raises(ConfigurationError, match="CLIENTS is empty"):
        check_who_may_call(EhrGatewaySettings())
    with pytest.raises(ConfigurationError, match="loopback"):
        check_who_may_call(EhrGatewaySettings(host="10.0.0.7", without_tokens=True))
    twice = EhrClientSettings(name="a", issuer="https://a.example")
    with pytest.raises(ConfigurationError, match="same name"):
        check_who_may_call(EhrGatewaySettings(clients=(twice, twice)))
    check_who_may_call(EhrGatewaySettings(without_tokens=True))


@pytest.mark.parametrize(
    "address", ["http://ehr.example/fhir", "https://user@ehr.example", "file:///etc", "ehr.example"]
)
def test_servers_are_reached_encrypted(address: str) -> None:
    with pytest.raises(ValueError, match="an address is"):
        EhrClientSettings(name="a", issuer="i", fhir_servers=(address,))
