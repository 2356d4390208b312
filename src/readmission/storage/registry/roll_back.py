"""Go back to an earlier champion: a recorded decision. The command line and the service share this.

It asks MLflow over its REST API alone, so that a service need not import MLflow.
"""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from readmission.contract.prediction import MODEL_NAME
from readmission.contract.promotion import RollBack
from readmission.errors import ConflictError, NotFoundError
from readmission.model.session import StoredModel, open_model
from readmission.model.signature import read_public_keys
from readmission.settings import Settings
from readmission.storage.pipeline.promotions import decide_alone, find_decision, record_roll_back
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.local_models import LocalModels, RememberedVersion
from readmission.storage.registry.recorded_model import ModelRecord, RecordedVersion, find_record
from readmission.storage.registry.registry_reader import RegistryReader


def roll_back(
    settings: Settings, url: SecretStr | None, actor: str, reason: str, version: str | None = None
) -> dict[str, Any]:
    """Make an earlier champion live again: its files are fetched, checked and probed, then the decision is recorded.

    No key is needed: the decision carries what the gate signed when it promoted that version. Services go live with it
    at their next look at the record; the alias, which nobody obeys, follows by ``storage.registry.aligned_alias``.

    Args:
        settings: where MLflow and S3 are, and whose signatures count.
        url: libpq URL of a role that may record a roll-back.
        actor: who asked, for the record.
        reason: why, for the record.
        version: a version the gate promoted before; the last other one where None.

    Returns:
        ``promotion_id``, ``champion`` (live from now on), ``champion_before`` and ``reason``.

    Raises:
        ConflictError: no other version was ever promoted and signed, the one asked for never was, or it is live.
        ArtifactError: its files were changed, or its probe gives other answers.
        UnavailableError: PostgreSQL, MLflow or S3 does not answer.
    """
    keys = read_public_keys(settings.signing.public_keys_file)
    registry = RegistryReader(settings, MODEL_NAME)
    try:
        with connect(url) as guard, decide_alone(guard):
            before, target = _choose(find_record(url, keys), version)
            model = _open_version(registry, target)
            evidence = {
                "model_hash": model.manifest.model_hash,
                "files_and_probe": "as recorded",
                "signed_by_decision": target.promotion_id,
            }
            with connect(url) as connection:
                asked = RollBack(MODEL_NAME, target.version, actor, reason, evidence, settings.code_commit)
                promotion_id = record_roll_back(connection, asked)
    finally:
        registry.close()
    return {
        "promotion_id": promotion_id,
        "champion": target.version,
        "champion_before": before.version,
        "reason": reason,
    }


def find_live_version(url: SecretStr | None, at: datetime | None = None) -> dict[str, Any]:
    """The decision that was in force at a time: its row of ``audit.promotions``.

    Raises:
        NotFoundError: nothing was live yet.
        UnavailableError: PostgreSQL does not answer.
    """
    moment = at or datetime.now(UTC)
    row = find_decision(url, moment)
    if row is None:
        raise NotFoundError(f"no version was live at {moment.isoformat()}")
    return row


def _choose(record: ModelRecord, version: str | None) -> tuple[RecordedVersion, RecordedVersion]:
    """The live version, and the one to go back to."""
    live = record.live
    if live is None:
        why = f" ({record.not_trusted[0]})" if record.not_trusted else ""
        raise ConflictError(f"no version was ever promoted and signed{why}: there is nothing to go back to")
    if version == live.version:
        raise ConflictError(f"version {version} is live already")
    earlier = [each for each in record.champions if each.version != live.version]
    if not earlier:
        raise ConflictError(f"no other version than {live.version} was ever live: there is nothing to go back to")
    if version is None:
        return live, earlier[0]
    target = next((each for each in earlier if each.version == version), None)
    if target is None:
        known = ", ".join(each.version for each in earlier)
        raise ConflictError(
            f"version {version} was never live with a signature that counts; earlier champions: {known}"
        )
    return live, target


def _open_version(registry: RegistryReader, target: RecordedVersion) -> StoredModel:
    with TemporaryDirectory() as folder:
        files = LocalModels(Path(folder)).fetch(registry, RememberedVersion(target.version, target.manifest_sha256))
        return open_model(files, target.manifest_sha256)
