"""The gate signs: what it promotes, what it allows as a canary, and again what was promoted before."""

import json
from pathlib import Path

import psycopg
import pytest

from readmission.contract.examples import FREQUENT_VISITOR
from readmission.contract.promotion import Promotion
from readmission.errors import ConfigurationError, ConflictError, NotFoundError
from readmission.model.signature import SignedStatement, read_public_keys, verify_statement
from readmission.model.signing_key_files import write_signing_key
from readmission.pipeline.allow_canary import allow_canary
from readmission.pipeline.cross_validate import cross_validate_candidate
from readmission.pipeline.promote import promote_version
from readmission.pipeline.sign_promotion import sign_promotion
from readmission.pipeline.train import train_best_candidate
from readmission.settings import Settings
from readmission.storage.pipeline.promotions import list_promotions
from readmission.storage.registry.aligned_alias import align_alias
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.recorded_model import ModelRecord, find_record
from readmission.storage.registry.roll_back import roll_back
from tests.clean_tables import fill_clean_tables, frame_of_made_up_encounters
from tests.conftest import RunningPostgres, as_role
from tests.integration.inference_service.conftest import Registry, services, wait_until
from tests.signing import TestGate


def gate(settings: Settings) -> Settings:
    return as_role(settings, "readmission_gate")


def record_of(settings: Settings) -> ModelRecord:
    return find_record(settings.database.url, read_public_keys(settings.signing.public_keys_file))


def train(settings: Settings, database: RunningPostgres, seed: int, kind: str = "file") -> str:
    """A version of other made-up encounters; its number."""
    owner = database.url("readmission_migrator").get_secret_value()
    fill_clean_tables(owner, frame_of_made_up_encounters(3000, seed=seed), kind)
    cross_validate_candidate(settings, "logistic-regression")
    return str(train_best_candidate(settings)["version"])


def test_a_promotion_is_signed_and_nothing_else_is(settings: Settings, empty_database: RunningPostgres) -> None:
    version = train(settings, empty_database, 8)
    blind = settings.model_copy(update={"signing": settings.signing.model_copy(update={"private_key_file": None})})
    with pytest.raises(ConfigurationError, match="PRIVATE_KEY_FILE is not set"):
        promote_version(gate(blind), "tester")
    assert list_promotions(settings.database.url, 5) == []
    assert promote_version(gate(blind), "tester", dry_run=True)["decision"] == "promoted"

    promote_version(gate(settings), "tester")
    assert promote_version(gate(settings), "tester")["decision"] == "kept"
    kept, promoted = list_promotions(settings.database.url, 5)
    assert kept["statement"] is None
    signed = SignedStatement(promoted["statement"], promoted["signature"], promoted["signing_key"])
    said = verify_statement(signed, read_public_keys(settings.signing.public_keys_file))
    tags = ModelRegistry(settings).find_version(version).tags
    assert (said.model_version, said.manifest_sha256, said.use) == (version, tags["manifest_sha256"], "champion")
    assert json.loads(promoted["statement"])["_type"] == "https://in-toto.io/Statement/v1"
    live = record_of(settings).live
    assert live is not None
    assert live.promotion_id == promoted["promotion_id"]


def test_what_was_promoted_before_is_signed_after_the_gate_looks_again_and_then_answers(
    settings: Settings, empty_database: RunningPostgres, fresh_registry: Registry, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="nothing was promoted yet"):
        sign_promotion(gate(settings), "tester", "update")
    version = train(settings, empty_database, 8)
    promote_version(gate(settings), "tester")
    # As a version before signatures left it.
    with psycopg.connect(empty_database.superuser_url, dbname="readmission") as connection:
        connection.execute("ALTER TABLE audit.promotions DISABLE TRIGGER ALL")
        connection.execute("UPDATE audit.promotions SET statement = NULL, signature = NULL, signing_key = NULL")
        connection.execute("ALTER TABLE audit.promotions ENABLE TRIGGER ALL")
    record = record_of(settings)
    assert record.live is None
    assert "sign-promotion" in record.not_trusted[0]
    with pytest.raises(ConflictError, match="sign-promotion"):
        promote_version(gate(settings), "tester")
    with pytest.raises(ConflictError, match="nothing to go back to"):
        roll_back(settings, gate(settings).database.url, "tester", "test")
    with pytest.raises(NotFoundError, match="has no version '77'"):
        sign_promotion(gate(settings), "tester", "update", "77")

    with services(empty_database, fresh_registry, tmp_path) as make:
        service = make("champion").start(ready=False)
        said = service.client.get("/readyz")
        assert (said.status_code, service.predict(FREQUENT_VISITOR).status_code) == (503, 503)
        assert "sign-promotion" in said.json()["detail"]
        _sign_after_a_changed_hash_is_refused(settings, version)
        wait_until(lambda: service.live_version() == version, "the signed version answers", 10)
        assert service.predict(FREQUENT_VISITOR).json()["model_version"] == version


def _sign_after_a_changed_hash_is_refused(settings: Settings, version: str) -> None:
    # Its tag no longer holds the hash of the decision: somebody changed it.
    registry = ModelRegistry(settings)
    right = registry.find_version(version).tags["manifest_sha256"]
    from mlflow import MlflowClient

    client = MlflowClient(settings.mlflow_tracking_uri)
    client.set_model_version_tag("readmission", version, "manifest_sha256", "0" * 64)
    with pytest.raises(ConflictError, match="not the one it was promoted with"):
        sign_promotion(gate(settings), "tester", "update")
    client.set_model_version_tag("readmission", version, "manifest_sha256", right)

    done = sign_promotion(gate(settings), "tester", "update")
    assert (done["signed"], done["version"]) == (True, version)
    live = record_of(settings).live
    assert live is not None
    assert (live.version, live.promotion_id) == (version, done["promotion_id"])
    assert sign_promotion(gate(settings), "tester", "update")["signed"] is False
    newest = list_promotions(settings.database.url, 1)[0]
    assert (newest["decision"], newest["reason"], newest["live_version"]) == ("signed", "update", version)
    assert newest["evidence"]["checks"]


def test_a_rotation(
    settings: Settings, empty_database: RunningPostgres, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Trust the new key, switch the gate, sign again what may be needed, revoke the old one."""
    keys = TestGate.make(tmp_path_factory.mktemp("rotation"))
    settings = settings.model_copy(update={"signing": keys.settings})
    trusted, private = keys.settings.public_keys_file, keys.settings.private_key_file
    assert trusted is not None
    assert private is not None
    first = train(settings, empty_database, 8, "synthetic")
    promote_version(gate(settings), "tester")
    second = train(settings, empty_database, 9)
    assert promote_version(gate(settings), "tester")["champion"] == second
    old_key = trusted.read_text()

    new = private.with_name("new.pem")
    new_id = write_signing_key(new, trusted)["signing_key"]
    settings = settings.model_copy(update={"signing": keys.settings.model_copy(update={"private_key_file": new})})
    with pytest.raises(ConflictError, match="is there already"):
        write_signing_key(new, trusted)
    assert sign_promotion(gate(settings), "tester", "rotation")["signing_key"] == new_id
    trusted.write_text(trusted.read_text().removeprefix(old_key))
    record = record_of(settings)
    assert record.live is not None
    assert (record.live.version, record.live.signed.signing_key) == (second, new_id)
    with pytest.raises(ConflictError, match=f"no other version than {second}"):
        roll_back(settings, gate(settings).database.url, "tester", "test", first)
    assert sign_promotion(gate(settings), "tester", "to be able to go back", first)["signed"] is True
    record = record_of(settings)
    assert record.live is not None
    assert record.live.version == second, "signing an earlier version makes it no champion"
    assert align_alias(settings)["moved"] is False
    assert roll_back(settings, gate(settings).database.url, "tester", "test", first)["champion"] == first
    record = record_of(settings)
    assert record.live is not None
    assert record.live.version == first


def test_a_canary_is_allowed_unless_the_gate_refuses_it(settings: Settings, empty_database: RunningPostgres) -> None:
    first = train(settings, empty_database, 8)
    with pytest.raises(ConflictError, match="tried beside a champion"):
        allow_canary(gate(settings), "tester", "test")
    promote_version(gate(settings), "tester")
    done = allow_canary(gate(settings), "tester", "worth a try")  # the champion itself: a tie is no refusal
    assert (done["canary"], done["champion"]) == (first, first)
    record = record_of(settings)
    assert record.live is not None
    assert record.live.version == first
    assert record.find_canary(first) is not None
    synthetic = train(settings, empty_database, 9, "synthetic")
    with pytest.raises(ConflictError, match=f"version {synthetic} may not be a canary"):
        allow_canary(gate(settings), "tester", "test")
    newest = Promotion.model_validate(
        {
            name: value
            for name, value in list_promotions(settings.database.url, 1)[0].items()
            if name in Promotion.model_fields
        }
    )
    assert (newest.decision, newest.live_version) == ("canary_allowed", first)
