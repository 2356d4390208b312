"""The champion as the steps of the pipeline meet it: the registry's version, with the hash that the gate signed."""

from dataclasses import replace

from readmission.settings import Settings
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.recorded_model import RecordedVersion, find_live
from readmission.storage.registry.registered_version import RegisteredVersion


def find_champion(settings: Settings, registry: ModelRegistry) -> RegisteredVersion | None:
    """The version that is live by the record; None before the first promotion.

    Raises:
        ConfigurationError: the public keys or the database's URL are missing.
        ConflictError: versions were promoted, but none with a signature that counts.
        NotFoundError: the registry has it no more.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    live = find_live(settings)
    return None if live is None else with_signed_hash(registry.find_version(live.version), live)


def with_signed_hash(version: RegisteredVersion, recorded: RecordedVersion) -> RegisteredVersion:
    """A version whose files must be those that were signed, whatever its tag says by now."""
    return replace(version, tags={**version.tags, "manifest_sha256": recorded.manifest_sha256})
