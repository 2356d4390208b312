"""Step `allow-canary`: let a version answer a share of the requests, after the gate's checks; signed and recorded."""

from typing import Any

from readmission.errors import ConflictError
from readmission.model.signature import ModelSigner
from readmission.pipeline.promote import (
    describe_decision,
    find_challenger,
    sign,
    take_to_gate,
)
from readmission.pipeline.training_data import load_split
from readmission.settings import Settings
from readmission.storage.pipeline.promotions import decide_alone, record_promotion
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.recorded_champion import find_champion


def allow_canary(settings: Settings, actor: str, reason: str, version: str | None = None) -> dict[str, Any]:
    """Sign a version for the canary's share; what is live stays live.

    The gate must not refuse it: a tie with the champion is good enough, since trying it is how one learns more.

    Args:
        settings: where PostgreSQL and MLflow are, and the keys.
        actor: who asked, for the record.
        reason: why, for the record.
        version: the challenger; the newest version where None.

    Returns:
        The number of the decision, the version allowed, the champion, and what the gate said.

    Raises:
        ConfigurationError: the signing key or the public keys are missing.
        NotFoundError: no version is registered, or not this one.
        ConflictError: the gate refuses it, or nothing is live beside which it could be tried.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    signer = ModelSigner(settings.signing_key_file, settings.signing.public_keys_file)
    registry = ModelRegistry(settings)
    with connect(settings.database.url) as guard, decide_alone(guard):
        challenger = find_challenger(registry, version)
        champion = find_champion(settings, registry)
        if champion is None:
            raise ConflictError("no version is live: a canary is tried beside a champion")
        validation = load_split(settings, "validation")
        result = take_to_gate(settings, registry, challenger, champion, validation.data)
        if result.decision == "refused":
            raise ConflictError(f"version {challenger.version} may not be a canary: {result.reason}")
        row = describe_decision(
            settings,
            validation,
            result,
            decision="canary_allowed",
            challenger=challenger,
            champion_version=champion.version,
            live_version=champion.version,
            reason=reason,
            actor=actor,
        )
        with connect(settings.database.url) as connection:
            promotion_id = record_promotion(connection, sign(row, signer, challenger, "canary"))
    return {
        "promotion_id": promotion_id,
        "canary": challenger.version,
        "champion": champion.version,
        "gate": result.reason,
    }
