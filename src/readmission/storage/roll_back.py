"""Go back to an earlier champion: recorded first, then the alias moves. The command line and the service share this.

It asks MLflow over its REST API alone, so that a service need not import MLflow.
"""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from pydantic import SecretStr

from readmission.contract.prediction import MODEL_NAME
from readmission.contract.promotion import Promotion
from readmission.errors import ConflictError, NotFoundError, UnavailableError
from readmission.settings import Settings
from readmission.storage.database import connect
from readmission.storage.local_models import MANIFEST_TAG, LocalModels, RememberedVersion
from readmission.storage.promotions import decide_alone, find_decision, list_promotions, record_promotion
from readmission.storage.registry_reader import RegistryReader
from readmission.storage.stored_model import StoredModel, open_model

CHAMPION = "champion"
_HISTORY = 1000
_TIMEOUT_SECONDS = 10.0


def roll_back(
    settings: Settings, url: SecretStr | None, actor: str, reason: str, version: str | None = None
) -> dict[str, Any]:
    """Make an earlier champion live again.

    Its files are fetched, checked and probed first. The decision is committed before the alias moves; a crash
    in between is made good by the next `promote-candidate` or rollback, as for a promotion.

    Args:
        settings: where MLflow and S3 are.
        url: libpq URL of a role that may add to ``audit.promotions``.
        actor: who asked, for the record.
        reason: why, for the record.
        version: a version that was live before; the last other one where None.

    Returns:
        ``promotion_id``, ``champion`` (live from now on), ``champion_before`` and ``reason``.

    Raises:
        ConflictError: no other version was ever live, the version asked for never was, or it is live.
        ArtifactError: its files were changed, or its probe gives other answers.
        NotFoundError: the registry has no such version any more.
        UnavailableError: PostgreSQL, MLflow or S3 does not answer.
    """
    registry = RegistryReader(settings, MODEL_NAME)
    try:
        with connect(url) as guard, decide_alone(guard):
            history = [row["live_version"] for row in list_promotions(url, _HISTORY)]
            before, target = _choose(history, version)
            model = _open_version(registry, target)
            row = Promotion(
                model_name=MODEL_NAME,
                decision="rolled_back",
                challenger_version=target,
                champion_version=before,
                live_version=target,
                reason=reason,
                actor=actor,
                evidence={"model_hash": model.manifest.model_hash, "files_and_probe": "as recorded"},
                dataset_kind=model.manifest.dataset["kind"],
                dataset_sha256=model.manifest.dataset["sha256"],
                code_commit=settings.code_commit,
            )
            with connect(url) as connection:
                promotion_id = record_promotion(connection, row)
            _point_alias(settings, target)
    finally:
        registry.close()
    return {"promotion_id": promotion_id, "champion": target, "champion_before": before, "reason": reason}


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


def _choose(history: list[str | None], version: str | None) -> tuple[str, str]:
    """The live version, and the one to go back to."""
    live = next((each for each in history if each is not None), None)
    if live is None:
        raise ConflictError("no version was ever promoted: there is nothing to go back to")
    earlier = [each for each in dict.fromkeys(history) if each not in (None, live)]
    if version == live:
        raise ConflictError(f"version {live} is live already")
    if version is not None and version not in earlier:
        known = ", ".join(str(each) for each in earlier) or "none"
        raise ConflictError(f"version {version} was never live; earlier champions: {known}")
    if not earlier:
        raise ConflictError(f"no other version than {live} was ever live: there is nothing to go back to")
    return live, version or str(earlier[0])


def _open_version(registry: RegistryReader, number: str) -> StoredModel:
    found = next((each for each in registry.list_versions() if each.version == number), None)
    if found is None:
        raise NotFoundError(f"{MODEL_NAME} has no version {number} in the registry any more")
    recorded = found.tags.get(MANIFEST_TAG, "")
    with TemporaryDirectory() as folder:
        files = LocalModels(Path(folder)).fetch(registry, RememberedVersion(number, recorded))
        return open_model(files, recorded)


def _point_alias(settings: Settings, version: str) -> None:
    tracking_uri = settings.mlflow_tracking_uri
    body = {"name": MODEL_NAME, "alias": CHAMPION, "version": version}
    try:
        response = httpx.post(
            f"{tracking_uri}/api/2.0/mlflow/registered-models/alias",
            json=body,
            timeout=_TIMEOUT_SECONDS,
            auth=settings.mlflow_login,
        )
    except httpx.HTTPError as error:
        raise UnavailableError(
            f"the rollback is recorded, but MLflow at {tracking_uri} does not answer: `readmission promote-candidate`"
            " moves the alias once it is back"
        ) from error
    if response.status_code != 200:
        raise UnavailableError(f"the rollback is recorded, but MLflow answered {response.status_code} to the alias")
