"""Row 3: whoever can write to MLflow, or to audit.promotions without the gate's key, still makes nothing live.

The attack of the first test is the one that was live in 2.6 s: the champion's files copied, their threshold moved to
.99 so that nobody is flagged, all hashes made anew, a version registered, the alias moved.
"""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.errors import ArtifactError, ConfigurationError, PlatformError
from readmission.local.start import require_signed_champion
from readmission.model.artifact import MANIFEST_FILE, Manifest, hash_model, sha256
from readmission.model.signature import (
    ModelSigner,
    SignedStatement,
    key_id,
    read_private_key,
    read_public_keys,
    verify_statement,
)
from readmission.model.signing_key_files import write_signing_key
from readmission.storage.registry.recorded_model import find_record
from tests.conftest import RunningPostgres
from tests.integration.inference_service.conftest import Registry, Service, StartService, make_service, wait_until
from tests.integration.inference_service.conftest import models as models
from tests.integration.inference_service.conftest import registry as registry
from tests.signing import TestGate, record_decision
from tests.small_model import SmallModel

__all__ = ["make_service"]
Models = Callable[[float], SmallModel]
LOOKS_SECONDS = 1.5
"""Fifteen looks of the service at the record and the alias."""


def as_an_attacker_would(model: SmallModel, folder: Path) -> SmallModel:
    """A copy of a model that flags nobody; every hash fits."""
    shutil.copytree(model.folder, folder)
    document = json.loads((folder / MANIFEST_FILE).read_text())
    document["threshold"] = 0.99
    document["model_hash"] = hash_model(document["files"], 0.99, tuple(document["feature_names"]))
    text = json.dumps(document, sort_keys=True, indent=1) + "\n"
    (folder / MANIFEST_FILE).write_text(text)
    document["classes"], document["feature_names"] = tuple(document["classes"]), tuple(document["feature_names"])
    return SmallModel(folder, Manifest(**document), sha256(text.encode()))


def read_models(service: Service) -> dict[str, Any]:
    answer: dict[str, Any] = service.client.get("/models").json()
    return answer


def problems_of(service: Service) -> dict[str, str]:
    return {each["problem"]: each["detail"] for each in read_models(service)["custody_problems"]}


def metric_of(service: Service, problem: str) -> bool:
    return f'model_custody_problem{{problem="{problem}"}} 1.0' in service.client.get("/metrics").text


def never_live(service: Service, version: str) -> None:
    """The service has looked many times, and the version answers nothing."""
    deadline = time.monotonic() + LOOKS_SECONDS
    while time.monotonic() < deadline:
        assert service.live_version() != version
        time.sleep(0.1)


def gate_url(registry: Registry) -> str:
    return registry.postgres.url("readmission_gate").get_secret_value()


def test_a_version_made_in_mlflow_is_not_live_however_the_alias_is_moved(
    make_service: StartService, registry: Registry, models: Models, tmp_path: Path
) -> None:
    honest = models(0.0)
    champion = registry.register(honest)
    registry.make_live("champion", champion)
    service = make_service("champion").start()
    before = service.predict(FREQUENT_VISITOR).json()
    assert problems_of(service) == {}

    forged = registry.register(as_an_attacker_would(honest, tmp_path / "forged"))
    registry.point_alias("champion", forged)
    wait_until(lambda: "alias-elsewhere" in problems_of(service), "the moved alias is noticed", 10)
    never_live(service, forged)

    assert metric_of(service, "alias-elsewhere")
    assert f"version {forged}" in problems_of(service)["alias-elsewhere"]
    after = service.predict(FREQUENT_VISITOR).json()
    assert (after["model_version"], after["threshold"]) == (champion, before["threshold"])
    assert read_models(service)["recorded"]["version"] == champion
    ready = service.client.get("/readyz")
    assert (ready.status_code, ready.json()["custody_problems"]) == (200, ["alias-elsewhere"])

    service.stop()  # a restart is no way in either
    service.start()
    never_live(service, forged)
    assert service.predict(FREQUENT_VISITOR).json()["threshold"] == before["threshold"]

    registry.point_alias("champion", champion)
    wait_until(lambda: problems_of(service) == {}, "nothing is wrong any more", 10)
    assert not metric_of(service, "alias-elsewhere")


def test_a_new_service_takes_nothing_from_the_alias_alone(
    make_service: StartService, registry: Registry, models: Models
) -> None:
    registry.point_alias("champion", registry.register(models(0.0)))
    service = make_service("champion").start(ready=False)
    never_live(service, "any")
    assert "no version was promoted yet" in service.client.get("/readyz").json()["detail"]
    assert service.predict(FREQUENT_VISITOR).status_code == 503


def other_gate(folder: Path) -> TestGate:
    return TestGate.make(folder / "attackers")


Forgery = Callable[[SignedStatement, str, str, str, TestGate], SignedStatement | None]
FORGERIES: dict[str, Forgery] = {
    "no signature": lambda *_: None,
    "a made-up signature": lambda honest, *_: replace(honest, signature="A" * 86 + "=="),
    "no base64": lambda honest, *_: replace(honest, signature="no base64 \u2026"),
    "another key": lambda _h, version, _c, sha, other: other.sign(version, sha),
    "another key under the gate's id": lambda honest, version, _c, sha, other: replace(
        other.sign(version, sha), signing_key=honest.signing_key
    ),
    "the champion's statement replayed": lambda honest, *_: honest,
    "the champion's statement with the number changed": lambda honest, version, champion, *_: replace(
        honest,
        statement=honest.statement.replace(f'"model_version": "{champion}"', f'"model_version": "{version}"'),
    ),
    "no statement at all": lambda honest, *_: replace(honest, statement="{}"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_row_without_the_gates_signature_does_not_count(
    make_service: StartService, registry: Registry, models: Models, tmp_path: Path, name: str
) -> None:
    champion = registry.register(models(0.0))
    registry.make_live("champion", champion)
    honest = registry.gate.sign(champion, registry.hashes[champion])
    forged = registry.register(models(2.0))
    attackers = other_gate(tmp_path)
    record_decision(
        gate_url(registry), forged, FORGERIES[name](honest, forged, champion, registry.hashes[forged], attackers)
    )
    registry.point_alias("champion", forged)
    service = make_service("champion").start()
    wait_until(lambda: "not-signed" in problems_of(service), "the row is passed over, and said so", 10)
    assert service.live_version() == champion
    assert metric_of(service, "not-signed")
    never_live(service, forged)


def test_a_canarys_signature_makes_no_champion(make_service: StartService, registry: Registry, models: Models) -> None:
    champion, canary = registry.register(models(0.0)), registry.register(models(2.0))
    registry.make_live("champion", champion)
    signed = registry.gate.sign(canary, registry.hashes[canary], "canary")
    record_decision(gate_url(registry), canary, signed, "canary_allowed", live=champion)
    service = make_service("champion").start()
    assert problems_of(service) == {}
    record_decision(gate_url(registry), canary, signed, "promoted")
    wait_until(lambda: "not-signed" in problems_of(service), "the row is passed over", 10)
    assert service.live_version() == champion


def test_a_revoked_key_counts_no_more(
    make_service: StartService, registry: Registry, models: Models, tmp_path: Path
) -> None:
    """And a rotation in the right order is unnoticed: trust the new key, sign again with it, revoke the old one."""
    old = TestGate.make(tmp_path / "keys")
    trusted = old.settings.public_keys_file
    assert trusted is not None
    new_file = tmp_path / "keys" / "new.pem"
    champion = registry.register(models(0.0))
    sha = registry.hashes[champion]
    record_decision(gate_url(registry), champion, old.sign(champion, sha))
    registry.point_alias("champion", champion)
    environment = {"READMISSION_SIGNING__PUBLIC_KEYS_FILE": str(trusted)}
    service = make_service("champion", **environment).start()

    write_signing_key(new_file, trusted)
    new = TestGate(old.settings.model_copy(update={"private_key_file": new_file}))
    record_decision(gate_url(registry), champion, new.sign(champion, sha), "signed")
    new_id = key_id(read_private_key(new_file).public_key())
    wait_until(lambda: read_models(service)["recorded"]["signing_key"] == new_id, "the new signature counts", 10)
    both = trusted.read_text()
    trusted.write_text("key" + both.split("key", 2)[2])  # the old one is out
    later = registry.register(models(2.0))
    record_decision(gate_url(registry), later, SignedStatement(*_signed_by(old, both, tmp_path, later, registry)))
    wait_until(lambda: "not-signed" in problems_of(service), "what the revoked key signs is passed over", 10)
    assert service.live_version() == champion

    service.stop()
    trusted.write_text(TestGate.make(tmp_path / "third").settings.public_keys_file.read_text())  # type: ignore[union-attr]
    service.start(ready=False)
    wait_until(lambda: "not among the trusted keys" in service.client.get("/readyz").text, "the reason is told", 10)
    assert service.predict(FREQUENT_VISITOR).status_code == 503, "not from the local copy either"


def _signed_by(old: TestGate, both: str, folder: Path, version: str, registry: Registry) -> tuple[str, str, str]:
    """What the revoked key signs; its signer checks that it is trusted, so it is given the keys from before."""
    before = folder / "before.pem"
    before.write_text(both)
    signed = ModelSigner(old.settings.private_key_file, before).sign(
        "readmission", version, registry.hashes[version], "champion"
    )
    return signed.statement, signed.signature, signed.signing_key


def test_the_gate_does_not_sign_with_a_key_nobody_trusts(tmp_path: Path, test_gate: TestGate) -> None:
    write_signing_key(tmp_path / "new.pem", tmp_path / "elsewhere.pem")
    with pytest.raises(ConfigurationError, match="no service would trust"):
        ModelSigner(tmp_path / "new.pem", test_gate.settings.public_keys_file)


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "urn:somebody-elses"},
        {"subject": []},
        {"predicate": {"model_version": "3", "use": "anything", "signing_key": "x"}},
    ],
)
def test_a_signed_statement_of_another_kind_is_none(test_gate: TestGate, change: Mapping[str, Any]) -> None:
    """The key may sign other things one day; none of them is a promotion."""
    import base64

    from readmission.model.signature import encode_for_signing

    signed = test_gate.sign("3", "a" * 64)
    text = json.dumps({**json.loads(signed.statement), **change})
    key = read_private_key(test_gate.settings.private_key_file)
    other = replace(signed, statement=text, signature=base64.b64encode(key.sign(encode_for_signing(text))).decode())
    with pytest.raises(ArtifactError, match="not one of the gate's"):
        verify_statement(other, read_public_keys(test_gate.settings.public_keys_file))


def test_the_private_key_is_its_owners_alone(test_gate: TestGate) -> None:
    file = test_gate.settings.private_key_file
    assert file is not None
    assert file.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in test_gate.settings.public_keys_file.read_text()  # type: ignore[union-attr]


def test_a_roll_back_replays_only_what_the_gate_signed(empty_database: RunningPostgres, test_gate: TestGate) -> None:
    """A roll-back needs no key: it carries the statement of the promotion, and that of no other version."""
    url = empty_database.url("readmission_gate").get_secret_value()
    first, second = test_gate.sign("1", "a" * 64), test_gate.sign("2", "b" * 64)
    record_decision(url, "1", first)
    record_decision(url, "2", second)
    keys = read_public_keys(test_gate.settings.public_keys_file)

    def live() -> str | None:
        found = find_record(empty_database.url("readmission_gate"), keys).live
        return None if found is None else found.version

    assert live() == "2"
    record_decision(url, "1", second, "rolled_back")
    assert live() == "2"
    record_decision(url, "1", first, "rolled_back")
    assert live() == "1"


def test_make_up_names_the_command_that_signs_what_was_promoted_before(
    empty_database: RunningPostgres, test_gate: TestGate
) -> None:
    """Else it would wait three minutes for a service that will never be ready, and blame the service."""
    keys = test_gate.settings.public_keys_file
    assert keys is not None
    reader, gate = empty_database.url("readmission_pipeline"), empty_database.url("readmission_gate").get_secret_value()
    require_signed_champion(reader, keys)  # nothing was promoted yet
    record_decision(gate, "1", None)
    with pytest.raises(PlatformError, match=r"no model answers: decision 1 .*`readmission sign-promotion` signs"):
        require_signed_champion(reader, keys)
    record_decision(gate, "1", test_gate.sign("1", "a" * 64), "signed")
    require_signed_champion(reader, keys)


def test_half_a_signature_is_no_row(empty_database: RunningPostgres, test_gate: TestGate) -> None:
    signed = replace(test_gate.sign("1", "a" * 64), signature=None)  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.CheckViolation):
        record_decision(empty_database.url("readmission_gate").get_secret_value(), "1", signed)
