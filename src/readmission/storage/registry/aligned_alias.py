"""The alias ``champion`` mirrors the record, for people and tools that read MLflow; only the gate may move it."""

from typing import Any

from readmission.settings import Settings
from readmission.storage.pipeline.promotions import decide_alone
from readmission.storage.postgres.connection import connect
from readmission.storage.registry.model_registry import ModelRegistry
from readmission.storage.registry.recorded_model import find_own_record


def align_alias(settings: Settings) -> dict[str, Any]:
    """Point the alias at the recorded version, if it points elsewhere; repeating it changes nothing.

    Returns:
        ``champion``: the recorded version, None before the first; ``alias_before``; ``moved``.

    Raises:
        ConfigurationError: a setting is missing.
        NotFoundError: the registry has no such version any more.
        UnavailableError: PostgreSQL or MLflow does not answer.
    """
    with connect(settings.database.url) as guard, decide_alone(guard):
        return move_alias(settings, ModelRegistry(settings))


def move_alias(settings: Settings, registry: ModelRegistry) -> dict[str, Any]:
    """The same, for a step that takes its decision alone already."""
    live = find_own_record(settings).live
    found = registry.find_champion()
    before = None if found is None else found.version
    if live is None:
        return {"champion": None, "alias_before": before, "moved": False}
    if before != live.version:
        registry.find_version(live.version)
        registry.set_champion(live.version)
    return {"champion": live.version, "alias_before": before, "moved": before != live.version}
