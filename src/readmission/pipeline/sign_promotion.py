"""Step `sign-promotion`: sign again what was promoted before, after its files and the gate's own bounds are checked.

For versions promoted before promotions were signed, and for a new signing key.
"""

from typing import Any

from readmission.errors import ConflictError, NotFoundError
from readmission.model.signature import ModelSigner
from readmission.pipeline.promote import describe_decision, sign, take_to_gate
from readmission.pipeline.training_data import load_split
from readmission.settings import Settings
from readmission.storage.pipeline.promotions import decide_alone, find_promotion, list_promotions, record_promotion
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.aligned_alias import move_alias
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.recorded_model import ModelRecord, find_own_record
from readmission.storage.registry.registered_version import RegisteredVersion


def sign_promotion(settings: Settings, actor: str, reason: str, version: str | None = None) -> dict[str, Any]:
    """Sign a promoted version with the gate's present key; nothing is done if that key signed it already.

    Args:
        settings: where PostgreSQL and MLflow are, and the keys.
        actor: who asked, for the record.
        reason: why, for the record.
        version: the version; the live one where None.

    Returns:
        ``signed``: whether there was something to do; the version, the key and the number of the decision.

    Raises:
        ConfigurationError: the signing key or the public keys are missing.
        NotFoundError: nothing was promoted yet, or not this version, or the registry has it no more.
        ConflictError: its files are not those that were promoted, or the gate would refuse it today.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    signer = ModelSigner(settings.signing_key_file, settings.signing.public_keys_file)
    registry = ModelRegistry(settings)
    url = settings.database.url
    with connect(url) as guard, decide_alone(guard):
        record = find_own_record(settings)
        live = record.live.version if record.live else _find_live(settings)
        number = version or live
        if number is None:
            raise NotFoundError("nothing was promoted yet: run `readmission promote`")
        known = record.find_champion(number)
        if known is not None and known.signed.signing_key == signer.key_id:
            return {
                "signed": False,
                "version": number,
                "signing_key": signer.key_id,
                "promotion_id": known.promotion_id,
            }
        judged = _with_promoted_hash(settings, registry.find_version(number), record)
        validation = load_split(settings, "validation")
        result = take_to_gate(settings, registry, judged, None, validation.data)
        if result.decision != "promoted":
            raise ConflictError(f"version {number} is not signed: {result.reason}")
        row = describe_decision(
            settings,
            validation,
            result,
            decision="signed",
            challenger=judged,
            champion_version=live,
            live_version=live,
            reason=reason,
            actor=actor,
        )
        with connect(url) as connection:
            promotion_id = record_promotion(connection, sign(row, signer, judged, "champion"))
        move_alias(settings, registry)
    return {"signed": True, "version": number, "signing_key": signer.key_id, "promotion_id": promotion_id}


def _find_live(settings: Settings) -> str | None:
    """What was live by the last decision, signed or not."""
    last = list_promotions(settings.database.url, limit=1)
    return last[0]["live_version"] if last else None


def _with_promoted_hash(settings: Settings, version: RegisteredVersion, record: ModelRecord) -> RegisteredVersion:
    """The version with the hash it was promoted with, which its tag in the registry must still be."""
    known = record.find_champion(version.version)
    if known is not None:
        promoted = known.manifest_sha256
    else:
        row = find_promotion(settings.database.url, version.version)
        if row is None:
            raise NotFoundError(f"version {version.version} was never promoted: take it to the gate instead")
        promoted = str(row["evidence"].get("tags", {}).get("manifest_sha256", ""))
    if version.tags.get("manifest_sha256") != promoted or not promoted:
        raise ConflictError(
            f"version {version.version} is not signed: the hash of its manifest in the registry is not the one it was"
            " promoted with"
        )
    return version
